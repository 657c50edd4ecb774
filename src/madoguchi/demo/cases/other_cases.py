"""What center, card authority, relay and kiosk refuse by themselves: the ward is not asked, or not any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from madoguchi.card import Token
from madoguchi.center.config import CenterConfig
from madoguchi.demo.cases.case import Case
from madoguchi.demo.cases.stage import FISCAL_YEAR, STAFF, Stage, now
from madoguchi.demo.visitor import Wish
from madoguchi.deployment.cards import DEMO_PIN
from madoguchi.deployment.configs import Adjust
from madoguchi.issuer import stopping
from madoguchi.kiosk.config import Faults, KioskConfig
from madoguchi.runtime.config import PartyConfig

_MENU_SECONDS: Final = 1.0
_IDLE_SECONDS: Final = 5.0
_ASK_SECONDS: Final = 3.0


def _faulty(**faults: Any) -> Adjust:
    """The devices of the first kiosk have a fault."""

    def adjust(config: PartyConfig) -> PartyConfig:
        if isinstance(config, KioskConfig) and config.name == "kiosk-1":
            return replace(config, devices=replace(config.devices, faults=Faults(**faults)))
        return config

    return adjust


def _impatient(config: PartyConfig) -> PartyConfig:
    if isinstance(config, KioskConfig):
        return replace(config, timeouts=replace(config.timeouts, idle=_IDLE_SECONDS))
    return config


def _curious(config: PartyConfig) -> PartyConfig:
    """Centers that look at the ward's menu every second."""
    if isinstance(config, CenterConfig):
        return replace(config, lifetimes=replace(config.lifetimes, menu_refresh=_MENU_SECONDS))
    return config


def _cut_emoney(config: PartyConfig) -> PartyConfig:
    """Nobody hears what the e-money pad does, and nobody waits long for it."""
    adjusted = _faulty(emoney_cut=True)(config)
    if isinstance(adjusted, KioskConfig):
        return replace(adjusted, devices=replace(adjusted.devices, ask_seconds=_ASK_SECONDS))
    return adjusted


async def _without_consent(stage: Stage) -> None:
    await stage.reconfigure("center", _consents(lambda operators: operators[1:]), CenterConfig)


def _consents(change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Adjust:
    def adjust(config: PartyConfig) -> PartyConfig:
        if not isinstance(config, CenterConfig):
            return config
        wards = {code: replace(ward, operators=change(ward.operators)) for code, ward in config.wards.items()}
        return replace(config, wards=wards)

    return adjust


async def _an_iphone(stage: Stage) -> str:
    return (await stage.new_card(stage.number("plain"), token=Token.IPHONE)).name


async def _refuse_on_the_phone(visitor: Any, _shown: dict[str, Any]) -> object:
    return await visitor.operate("refuse_on_phone")


async def _take_the_phone(visitor: Any, _shown: dict[str, Any]) -> object:
    return await visitor.operate("take_card")


async def _in_use_elsewhere(stage: Stage) -> None:
    wish = Wish(
        card="plain",
        pin=DEMO_PIN,
        ward=stage.site.site.plan.ward.code,
        kind="taxation",
        fiscal_year=FISCAL_YEAR,
    )
    await stage.hold_at_the_amount("kiosk-2", wish)


async def _let_go(stage: Stage) -> None:
    await stage.let_go()


async def _closed_at_the_center(stage: Stage) -> None:
    await stage.at("issuer", lambda each: stopping.suspend_ward(each, STAFF, at=now()))
    await asyncio.sleep(4 * _MENU_SECONDS)


async def _open_again(stage: Stage) -> None:
    await stage.at("issuer", lambda each: stopping.resume_ward(each, STAFF, at=now()))


async def _card_unknown_to_its_authority(stage: Stage) -> str:
    return (await stage.new_card(stage.number("plain"), at_jpki=False)).name


async def _card_to_lock(stage: Stage) -> str:
    return (await stage.new_card(stage.number("plain"))).name


async def _authority_away(stage: Stage) -> None:
    stage.stop("jpki-1")


async def _authority_back(stage: Stage) -> None:
    await stage.start("jpki-1")


async def _ward_away(stage: Stage) -> None:
    stage.stop("issuer-1", "issuer-2")


async def _ward_back(stage: Stage) -> None:
    await stage.start("issuer-1", "issuer-2")
    await stage.feed_is_fresh("jukinet")
    await stage.feed_is_fresh("tax")


async def _centers_away(stage: Stage) -> None:
    stage.stop("center-1", "center-2")


async def _centers_back(stage: Stage) -> None:
    await stage.start("center-1", "center-2")


async def _relay_away(stage: Stage) -> None:
    stage.stop("ec-asahi-mart")


async def _relay_back(stage: Stage) -> None:
    await stage.start("ec-asahi-mart")


async def _stop_at_the_amount(visitor: Any, _shown: dict[str, Any]) -> None:
    await visitor.touch("amount", "stop")


async def _walk_away(_visitor: Any, _shown: dict[str, Any]) -> None:
    """Nobody touches anything any more."""


OTHER_CASES: Final = (
    Case(
        code="center.operator_not_accepted",
        how="the center is told that the ward no longer consents to this kiosk's operator",
        before=_without_consent,
        adjust=_curious,
    ),
    Case(
        code="center.card_busy",
        how="the same card has an application open at another kiosk",
        before=_in_use_elsewhere,
        after=_let_go,
    ),
    Case(
        code="center.closed",
        how="the ward is suspended, the center knows it, and the kiosk still shows the menu of before",
        before=_closed_at_the_center,
        after=_open_again,
        adjust=_curious,
    ),
    Case(
        code="center.ocsp_unavailable",
        how="the card authority dies: nobody can say whether the card is revoked",
        meanwhile=_authority_away,
        after=_authority_back,
    ),
    Case(
        code="center.ward_unavailable",
        how="both issuing servers of the ward die while the resident holds the card",
        meanwhile=_ward_away,
        after=_ward_back,
    ),
    Case(
        code="ec.center_down",
        how="both centers die while the resident holds the card",
        meanwhile=_centers_away,
        after=_centers_back,
        adjust=_impatient,
    ),
    Case(
        code="runtime.unreachable",
        how="the operator's relay dies while the resident holds the card",
        meanwhile=_relay_away,
        after=_relay_back,
        adjust=_impatient,
    ),
    Case(code="cardproof.revoked", who="revoked_card", how="a card whose authority has revoked it (OCSP)"),
    Case(
        code="cardproof.unknown",
        how="a genuine certificate that its authority has never registered",
        before=_card_unknown_to_its_authority,
    ),
    Case(
        code="cardproof.certificate_expired",
        who="expired_card",
        how="a card whose certificate has expired; the kiosk sees it before the PIN",
    ),
    Case(
        code="card.pin_locked",
        pin="9876",
        how="the PIN is entered wrongly three times",
        before=_card_to_lock,
    ),
    Case(
        code="card.not_confirmed",
        how="an iPhone: its holder refuses to confirm with face or finger",
        before=_an_iphone,
        instead={"phone": _refuse_on_the_phone},
    ),
    Case(
        code="kiosk.phone_left",
        how="an iPhone is taken away before its holder has confirmed",
        before=_an_iphone,
        instead={"phone": _take_the_phone},
    ),
    Case(
        code="kiosk.stopped",
        how="the resident touches stop at the amount: the paper is there, checked, and is destroyed",
        instead={"amount": _stop_at_the_amount},
    ),
    Case(
        code="kiosk.timed_out",
        how="the resident walks away from the amount (5 s here)",
        instead={"amount": _walk_away},
        adjust=_impatient,
    ),
    Case(code="kiosk.no_paper", how="the drawer of the printer is empty", adjust=_faulty(paper_sheets=0)),
    Case(code="kiosk.no_change", how="the coin mechanism has no change", adjust=_faulty(no_change=True)),
    Case(
        code="kiosk.printer_failed",
        how="the printer jams before the first sheet is out; the money comes back",
        adjust=_faulty(jam_after_sheets=0),
    ),
    Case(
        code="kiosk.payment_unknown",
        how="the line behind the e-money pad is cut in the middle of a payment (asked for 3 s here): all of it is owed",
        emoney=True,
        adjust=_cut_emoney,
    ),
)
