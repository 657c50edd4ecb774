"""What the ward offers, changed by its staff while the replicas serve: every change is a revision of its own.

Each application reads the offer in force from the database, so a change counts from its commit on every replica. Kiosks
learn of it with their next menu; one that still shows the old offer is refused before money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final, TypeVar

import msgspec
from msgspec.structs import replace

from madoguchi.evidence.log import Plain
from madoguchi.issuer.config import Channel, Closure, FeeTerm, MenuSection, OfferedKind, OfferedYear
from madoguchi.issuer.desk_problems import OFFER_WRONG
from madoguchi.issuer.kept import note
from madoguchi.issuer.problems import ROW_DAMAGED
from madoguchi.issuer.store.visible import before_commit
from madoguchi.runtime.database import Connection
from madoguchi.wire.menu import ServiceHours

CHANGED: Final = "offer.changed"
Change = Callable[[MenuSection], MenuSection]
T = TypeVar("T")


async def offer_in_force(connection: Connection, configured: MenuSection) -> MenuSection:
    """The highest revision: of the staff's changes and of the configuration's own. Raises `issuer.row_damaged`."""
    cursor = await connection.execute("SELECT revision, body::text AS body FROM offers ORDER BY revision DESC LIMIT 1")
    row = await cursor.fetchone()
    if row is None or row["revision"] < configured.revision:
        return configured
    return _decoded(row["body"])


async def change_offer(
    connection: Connection,
    configured: MenuSection,
    change: Change,
    *,
    by: str,
    what: str,
    reason: str = "",
    at: datetime,
) -> MenuSection:
    """Put the next revision in force with the caller's commit, as evidence with who, when and why.

    `what`: the command in words, for the evidence. Raises `issuer.offer_wrong`; then nothing has changed.
    """
    # One change after another: the second sees what the first has made of the offer.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('issuer offers'))")
    before = await offer_in_force(connection, configured)
    changed = replace(change(before), revision=before.revision + 1)
    text = msgspec.json.encode(changed, order="deterministic").decode()
    offer = _decoded(text)
    await connection.execute(
        "INSERT INTO offers (revision, body, set_by, set_at, reason) VALUES (%s, %s::jsonb, %s, %s, %s)",
        (offer.revision, text, by, at, reason),
    )
    body: dict[str, Plain] = {"revision": offer.revision, "by": by, "what": what, "reason": reason or None}
    await before_commit(connection)
    await note(connection, CHANGED, body, at=at)
    return offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """An offer as it was set by command."""

    offer: MenuSection
    set_by: str
    set_at: datetime
    reason: str | None


async def revisions(connection: Connection, offer: MenuSection) -> tuple[Revision, ...]:
    """The offer in force and those before it, as far as they were set by command; the newest first."""
    cursor = await connection.execute(
        "SELECT body::text AS body, set_by, set_at, reason FROM offers WHERE revision <= %s ORDER BY revision DESC",
        (offer.revision,),
    )
    return tuple(
        Revision(offer=_decoded(row["body"]), set_by=row["set_by"], set_at=row["set_at"], reason=row["reason"])
        for row in await cursor.fetchall()
    )


@lru_cache(maxsize=8)
def _decoded(body: str) -> MenuSection:
    try:
        return msgspec.json.decode(body, type=MenuSection)
    except msgspec.ValidationError as wrong:
        raise ROW_DAMAGED.error(f"offer: {wrong}") from None


def with_hours(*, opens_minute: int, closes_minute: int, closed_days: Sequence[str]) -> Change:
    """Daily hours, and the days of every year without service."""
    if opens_minute >= closes_minute:
        raise OFFER_WRONG.error("hours end before they begin")
    hours = ServiceHours(opens_minute=opens_minute, closes_minute=closes_minute, closed_days=tuple(sorted(closed_days)))
    return lambda offer: replace(offer, hours=hours)


def with_closure(begins: datetime, ends: datetime) -> Change:
    """No service from one moment to another (aware)."""
    if begins >= ends:
        raise OFFER_WRONG.error("a closure ends before it begins")
    return lambda offer: replace(
        offer,
        closures=tuple(sorted({*offer.closures, Closure(begins=begins, ends=ends)}, key=lambda each: each.begins)),
    )


def without_closure(begins: datetime) -> Change:
    """Take the closure that begins at this moment out of the calendar."""

    def change(offer: MenuSection) -> MenuSection:
        kept = tuple(each for each in offer.closures if each.begins != begins)
        if len(kept) == len(offer.closures):
            raise OFFER_WRONG.error("no closure begins then")
        return replace(offer, closures=kept)

    return change


def with_operator(code: str, *, accepted: bool) -> Change:
    """Accept a store operator, or no longer."""

    def change(offer: MenuSection) -> MenuSection:
        if accepted == (code in offer.operators):
            raise OFFER_WRONG.error("is so already")
        others = tuple(each for each in offer.operators if each != code)
        return replace(offer, operators=(*others, code) if accepted else others)

    return change


def with_kind_stopped(kind: str, *, stopped: bool) -> Change:
    """Stop a kind, or offer it again."""
    return _of_kind(kind, lambda offered: replace(offered, stopped=stopped))


def with_copies(kind: str, *, max_copies: int) -> Change:
    """How many copies one application may ask for."""
    return _of_kind(kind, lambda offered: replace(offered, max_copies=max_copies))


def with_year(kind: str, year: int, *, opens: date | None) -> Change:
    """Offer a year, from a day on (from now on without one)."""

    def change(offered: OfferedKind) -> OfferedKind:
        others = [each for each in offered.years if each.fiscal_year != year]
        years = sorted([*others, OfferedYear(fiscal_year=year, opens=opens)], key=lambda each: -each.fiscal_year)
        return replace(offered, years=tuple(years))

    return _of_kind(kind, change)


def without_year(kind: str, year: int) -> Change:
    """Offer a year no longer."""

    def change(offered: OfferedKind) -> OfferedKind:
        _the(each for each in offered.years if each.fiscal_year == year)
        return replace(offered, years=tuple(each for each in offered.years if each.fiscal_year != year))

    return _of_kind(kind, change)


def with_year_stopped(kind: str, year: int, *, stopped: bool) -> Change:
    """Stop a year of a kind, or offer it again."""

    def change(offered: OfferedKind) -> OfferedKind:
        found = _the(each for each in offered.years if each.fiscal_year == year)
        years = tuple(replace(each, stopped=stopped) if each == found else each for each in offered.years)
        return replace(offered, years=years)

    return _of_kind(kind, change)


def with_stopped(kind: str | None, year: int | None, *, stopped: bool) -> Change:
    """Stop a kind, or a year of one or of every kind, or offer it again; as it is when that is so already."""

    def years(offered: OfferedKind) -> OfferedKind:
        return replace(
            offered,
            years=tuple(replace(each, stopped=stopped) if each.fiscal_year == year else each for each in offered.years),
        )

    def change(offer: MenuSection) -> MenuSection:
        chosen = [each for each in offer.kinds if kind in {None, each.kind}]
        _the(each for each in chosen if year is None or year in {one.fiscal_year for one in each.years})
        turned = (lambda each: replace(each, stopped=stopped)) if year is None else years
        return replace(offer, kinds=tuple(turned(each) if each in chosen else each for each in offer.kinds))

    return change


def with_fee(kind: str, fee_yen: int, *, begins: date, ends: date | None, channel: Channel) -> Change:
    """A fee per copy for some days; replaces the term of this channel that begins on the same day."""
    if ends is not None and ends < begins:
        raise OFFER_WRONG.error("a fee ends before it begins")
    term = FeeTerm(begins=begins, ends=ends, channel=channel, fee_yen=fee_yen)

    def change(offered: OfferedKind) -> OfferedKind:
        others = [each for each in offered.fees if (each.begins, each.channel) != (begins, channel)]
        return replace(offered, fees=tuple(sorted([*others, term], key=lambda each: (each.channel, each.begins))))

    return _of_kind(kind, change)


def _of_kind(kind: str, change: Callable[[OfferedKind], OfferedKind]) -> Change:
    def whole(offer: MenuSection) -> MenuSection:
        found = _the(each for each in offer.kinds if each.kind == kind)
        return replace(offer, kinds=tuple(change(each) if each == found else each for each in offer.kinds))

    return whole


def _the(found: Iterable[T]) -> T:
    """The only one. Raises `issuer.offer_wrong` when there is none."""
    for each in found:
        return each
    raise OFFER_WRONG.error("the offer does not hold it")
