"""What a kiosk would say about one card, and why: for a clerk of the ward with the resident before them.

The same rules in the same order as at the moment of issue, and whatever the composer would refuse. Nothing is made,
printed or paid; that somebody looked is kept as evidence, because the answer is about a person (特記事項 第4).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from madoguchi.errors import MadoguchiError, Problem
from madoguchi.issuer.case import Asked, Case, Pair
from madoguchi.issuer.composing import Order
from madoguchi.issuer.config import IssuerConfig, MenuSection
from madoguchi.issuer.desk_problems import SERIAL_SEVERAL
from madoguchi.issuer.kept import note
from madoguchi.issuer.offers import offer_in_force
from madoguchi.issuer.problems import UNKNOWN_SERIAL
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.rules import FOUND_BY_ASKING, FOUND_BY_COMPOSER, RULES, composer_refusal, judge, offered_kind
from madoguchi.issuer.secrets_at_rest import Pseudonyms
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection

EXPLAINED: Final = "person.explained"
Check = Callable[[Order], None]
"""Raises what composing this would raise, without writing a page."""
_COMPOSER: Final = "composing the page"
_ASKING: Final = "jukinet, asked on the spot"
_WIDTHS: Final = (3, 30, 20, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a clerk asks about: a card's serial, a kind and a year, one copy at the first accepted operator."""

    serial: str
    ca_key_digest: bytes | None
    """None when the serial alone is enough; one that two generations of the CA gave out needs both."""
    kind: str
    fiscal_year: int
    asked_by: str
    """Who asks, as the system knows them; goes into the evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer: what refuses, or nothing."""

    refusal: Problem | None
    unknown: bool = False
    """The serial is not in the ward's list: a kiosk's application would ask the registry on the spot."""

    def lines(self) -> Iterable[str]:
        """For the clerk's terminal, Japanese first."""
        if self.refusal is None:
            yield "交付できます。 A kiosk would issue this certificate."
            return
        yield "交付できません。 A kiosk would refuse."
        yield f"  端末の表示    {self.refusal.resident.ja}"
        yield f"  on the screen {self.refusal.resident.en}"
        yield f"  区内の理由    {self.refusal.clerk.ja}"
        yield f"  in the ward   {self.refusal.clerk.en}"
        yield f"  code          {self.refusal.code} ({self.refusal.public_reason})"
        if self.unknown:
            yield "  端末ではその場で住基ネットCSに照会します。 A kiosk would ask jukinet on the spot."


async def explain(
    connection: Connection,
    question: Question,
    *,
    config: IssuerConfig,
    cases: CaseReader,
    generations: Iterable[bytes],
    check: Check,
    pseudonyms: Pseudonyms,
    now: datetime,
) -> Explanation:
    """Judge as an application would be judged at `now`.

    `generations`: SHA-256 of the keys of the card CAs. Raises `issuer.serial_several` and `issuer.row_damaged`.
    """
    pair = await _pair(connection, question, cases=cases, generations=generations)
    offer = await offer_in_force(connection, config.menu)
    case = await cases.read(connection, pair=pair, asked=_asked(question, offer, now), now=now)
    refusal = _refusal(case, check)
    body: dict[str, str | int | bytes] = {
        "by": question.asked_by,
        "kind": question.kind,
        "fiscal_year": question.fiscal_year,
        "code": refusal.code if refusal else "",
    }
    if case.person is not None:
        body["period"], body["person"] = pseudonyms.of(case.person.addressee_number, at=now)
    await note(connection, EXPLAINED, body, at=now)
    return Explanation(refusal=refusal, unknown=refusal is not None and refusal.code == UNKNOWN_SERIAL.code)


def rule_lines() -> Iterable[str]:
    """The table of refusals in the order in which they are judged, with where the truth of each comes from."""
    yield _row("", "code", "public reason", "decided by", "職員向けの説明")
    found = [(rule.problem, rule.source) for rule in RULES]
    asked = next(at for at, (problem, _) in enumerate(found) if problem is UNKNOWN_SERIAL)
    found[asked + 1 : asked + 1] = [(problem, _ASKING) for problem in FOUND_BY_ASKING]
    found += [(problem, _COMPOSER) for problem in dict.fromkeys(FOUND_BY_COMPOSER.values())]
    for number, (problem, source) in enumerate(found, 1):
        yield _row(f"{number}", problem.code, problem.public_reason, source, problem.clerk.ja)


async def _pair(connection: Connection, question: Question, *, cases: CaseReader, generations: Iterable[bytes]) -> Pair:
    """Rows are found by CA and serial together: without the CA, each that the trust list names is tried."""
    if question.ca_key_digest is not None:
        return Pair(ca_key_digest=question.ca_key_digest, serial=question.serial)
    tried = [Pair(ca_key_digest=digest, serial=question.serial) for digest in sorted(set(generations))]
    known = [pair for pair in tried if await cases.knows(connection, pair)]
    if len(known) > 1:
        raise SERIAL_SEVERAL.error(f"{len(known)} generations")
    return known[0] if known else Pair(ca_key_digest=bytes(32), serial=question.serial)


def _asked(question: Question, offer: MenuSection, now: datetime) -> Asked:
    kind = offered_kind(offer, question.kind)
    return Asked(
        kind=question.kind,
        fiscal_year=question.fiscal_year,
        copies=1,
        fee_yen=kind.fee_on(now.astimezone(JST).date()) if kind else 0,
        operator=offer.operators[0] if offer.operators else "",
    )


def _refusal(case: Case, check: Check) -> Problem | None:
    try:
        judge(case)
        check(Order.of(case))
    except MadoguchiError as refused:
        return composer_refusal(refused).problem
    return None


def _row(*cells: str) -> str:
    padded = [cell + " " * (width - _columns(cell)) for cell, width in zip(cells, _WIDTHS, strict=False)]
    return " ".join([*padded, *cells[len(_WIDTHS) :]]).rstrip()


def _columns(text: str) -> int:
    """Columns of a terminal: a wide character takes two (Unicode Standard Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
