"""The signed menu: what the ward offers at this moment, as kiosks show it before any card is set."""

from __future__ import annotations

from datetime import date

from madoguchi.certificate.kinds import kind_of
from madoguchi.certificate.years import (
    fiscal_year_label,
    fiscal_year_label_en,
    income_year_label,
    income_year_label_en,
)
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.case import Situation
from madoguchi.issuer.config import OfferedKind
from madoguchi.issuer.rules import judge_house, open_years
from madoguchi.runtime.clock import epoch
from madoguchi.statement import Signer
from madoguchi.statement.kinds import MENU
from madoguchi.wire.identifiers import RawStatement
from madoguchi.wire.menu import Menu, MenuKind, MenuYear, Wording


def sign_menu(situation: Situation, *, signer: Signer) -> RawStatement:
    """The menu of this moment, signed by this replica (role `menu`)."""
    return signer.sign(MENU, menu_of(situation))


def menu_of(situation: Situation) -> Menu:
    """What the ward offers; closed, with the reason, while everybody would be refused."""
    config, offer = situation.config, situation.menu
    closed = _closed_reason(situation)
    return Menu(
        ward=config.ward.code,
        ward_name=config.ward.name,
        contact=config.ward.contact,
        revision=offer.revision,
        issued_at=epoch(situation.now),
        life_seconds=offer.life_seconds,
        open=closed is None,
        closed_reason=closed,
        hours=offer.hours,
        operators=offer.operators,
        kinds=tuple(_kind(kind, today=situation.today) for kind in offer.kinds if not kind.stopped),
    )


def _closed_reason(situation: Situation) -> Wording | None:
    try:
        judge_house(situation)
    except MadoguchiError as closed:
        text = closed.problem.resident
        return Wording(ja=text.ja, en=text.en)
    return None


def _kind(kind: OfferedKind, *, today: date) -> MenuKind:
    name = kind_of(kind.kind).name
    return MenuKind(
        kind=kind.kind,
        title=Wording(ja=name.ja, en=name.en),
        fee_yen=kind.fee_on(today),
        max_copies=kind.max_copies,
        years=tuple(_year(each.fiscal_year) for each in open_years(kind, today=today)),
    )


def _year(fiscal_year: int) -> MenuYear:
    """Named by the same words as on the paper: one ward's screen and paper disagreed."""
    return MenuYear(
        fiscal_year=fiscal_year,
        label=Wording(ja=fiscal_year_label(fiscal_year), en=fiscal_year_label_en(fiscal_year)),
        income_label=Wording(ja=income_year_label(fiscal_year), en=income_year_label_en(fiscal_year)),
    )
