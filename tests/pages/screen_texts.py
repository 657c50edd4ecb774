"""Every sentence that the machine can put on the screen, in English and Japanese, walked from where it is kept."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import madoguchi
from madoguchi.center.refusing import NEUTRAL
from madoguchi.certificate.kinds import all_kinds
from madoguchi.certificate.years import (
    fiscal_year_label,
    fiscal_year_label_en,
    income_year_label,
    income_year_label_en,
)
from madoguchi.errors import Problem, PublicReason, all_problems
from madoguchi.issuer.public_text import PUBLIC_TEXT
from madoguchi.kiosk import trusting
from madoguchi.kiosk.machine.reasons import reason_of, title_of

YEARS = range(2019, 2027)
OWN = ("kiosk.", "card.", "cardproof.")
"""Problems that the machine explains itself (`kiosk/refusing.py`)."""
SIGNED = ("center.", "issuer.", "certificate.", "paper.", "wire.", "runtime.", "statement.", "trust.", "seal.")
HOUSE = ("custody.", "evidence.")
"""Rooms whose problems center and ward meet, and whose resident's text they may sign into a refusal or a menu."""
RECEIVERS = ("paper.scramble", "paper.chart")
"""Of whoever checks a paper or fits a printer: no kiosk does."""

Pair = tuple[str, str]


def texts_of_screens() -> list[Pair]:
    """English and Japanese of each, without repetition."""
    found = [*_of_problems(), *_of_refusals(), *_of_menus()]
    return sorted(set(found))


def _of_problems() -> Iterator[Pair]:
    for problem in _problems():
        if problem.code.startswith((*OWN, *SIGNED, *HOUSE)) and not problem.code.startswith(RECEIVERS):
            yield problem.resident.en, problem.resident.ja
        if problem.code.startswith(OWN):
            title = reason_of(problem).title
            yield title.en, title.ja


def _problems() -> tuple[Problem, ...]:
    for module in pkgutil.walk_packages(madoguchi.__path__, "madoguchi."):
        if module.name.rpartition(".")[2] in ("problems", "refusing"):
            importlib.import_module(module.name)
    return all_problems()


def _of_refusals() -> Iterator[Pair]:
    for reason in PublicReason:
        yield title_of(reason).en, title_of(reason).ja
        yield PUBLIC_TEXT[reason].en, PUBLIC_TEXT[reason].ja
    yield NEUTRAL.en, NEUTRAL.ja


def _of_menus() -> Iterator[Pair]:
    for closed in (trusting.OUTSIDE_HOURS, trusting.CLOSED):
        yield closed.en, closed.ja
    for kind in all_kinds():
        yield kind.name.en, kind.name.ja
    for year in YEARS:
        yield fiscal_year_label_en(year), fiscal_year_label(year)
        yield income_year_label_en(year), income_year_label(year)
