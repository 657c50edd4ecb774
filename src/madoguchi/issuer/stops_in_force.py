"""What stops issuing at this moment, with who, when and why: for `issuer stops`, the status and the ward's desk.

支援措置 and the other notices of the tax system are not listed: whoever needs them looks there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from madoguchi.issuer.config import Closure, MenuSection
from madoguchi.issuer.offers import Revision, offer_in_force, revisions
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StopInForce:
    """One stop. None: nobody said, or the configuration holds it."""

    what: str
    """`alarm`, `suspended`, `closure`, `kind KIND`, `year KIND YEAR` or `record`."""
    since: datetime | None
    by: str | None
    reason: str | None
    code: str | None = None
    """What the program itself found, where it stopped by itself."""
    person: bytes | None = field(default=None, repr=False)
    """Whose record, by the keyed name (`store.index`): the number itself stands nowhere in the clear."""

    def line(self) -> str:
        """For the clerk's terminal."""
        what = f"{self.what} {self.person.hex()[:8]}" if self.person else self.what
        since = f"{self.since.astimezone(JST):%Y-%m-%d %H:%M}" if self.since else "-"
        return f"{what:<28} {since:<16}  {self.by or self.code or '-'}  {self.reason or ''}".rstrip()


async def stops_in_force(connection: Connection, configured: MenuSection, *, now: datetime) -> tuple[StopInForce, ...]:
    """Every stop that makes somebody's application refused at `now`, the widest first."""
    return tuple([each async for each in _stops(connection, configured, now=now)])


async def _stops(connection: Connection, configured: MenuSection, *, now: datetime) -> AsyncIterator[StopInForce]:
    cursor = await connection.execute(
        "SELECT name, since, set_by, reason, code FROM switches WHERE engaged ORDER BY name"
    )
    for row in await cursor.fetchall():
        yield StopInForce(
            what=row["name"], since=row["since"], by=row["set_by"], reason=row["reason"], code=row["code"]
        )
    offer = await offer_in_force(connection, configured)
    made = await revisions(connection, offer)
    for what, holds in _stopped(offer, now=now):
        first = _first(made, holds)
        yield StopInForce(
            what=what,
            since=first.set_at if first else None,
            by=first.set_by if first else None,
            reason=first.reason if first else None,
        )
    cursor = await connection.execute(
        "SELECT person, at, set_by, reason, code FROM suspended_records() ORDER BY at, person"
    )
    for row in await cursor.fetchall():
        yield StopInForce(
            what="record",
            since=row["at"],
            by=row["set_by"],
            reason=row["reason"],
            code=row["code"],
            person=bytes(row["person"]),
        )


Holds = Callable[[MenuSection], bool]
"""Whether an offer has a stop."""


def _stopped(offer: MenuSection, *, now: datetime) -> Iterator[tuple[str, Holds]]:
    for closure in offer.closures:
        if closure.begins <= now < closure.ends:
            yield "closure", _has_closure(closure)
    for kind in offer.kinds:
        if kind.stopped:
            yield f"kind {kind.kind}", _has_kind(kind.kind)
        for year in kind.years:
            if year.stopped:
                yield f"year {kind.kind} {year.fiscal_year}", _has_year(kind.kind, year.fiscal_year)


def _has_closure(closure: Closure) -> Holds:
    return lambda offer: closure in offer.closures


def _has_kind(kind: str) -> Holds:
    return lambda offer: any(each.kind == kind and each.stopped for each in offer.kinds)


def _has_year(kind: str, fiscal_year: int) -> Holds:
    return lambda offer: any(
        each.kind == kind and year.fiscal_year == fiscal_year and year.stopped
        for each in offer.kinds
        for year in each.years
    )


def _first(made: tuple[Revision, ...], holds: Holds) -> Revision | None:
    """The revision that brought the stop which still holds: the oldest of those that have it without a gap."""
    found = None
    for revision in made:  # the newest first
        if not holds(revision.offer):
            break
        found = revision
    return found
