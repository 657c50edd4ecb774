"""When the ward refuses: one table, read from top to bottom; the first rule that applies is the reason.

It is judged twice: before anything is composed, and again inside the transaction whose commit is the moment of issue.
Rules about the house and the offer come first, so that whoever asks for what nobody gets learns nothing of a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar

from madoguchi.certificate.kinds import kind_of
from madoguchi.errors import MadoguchiError, Problem
from madoguchi.issuer import problems as p
from madoguchi.issuer import receiving_problems as who
from madoguchi.issuer.case import Case, Situation
from madoguchi.issuer.config import MenuSection, OfferedKind, OfferedYear
from madoguchi.records import Removal, TaxStatus
from madoguchi.runtime.clock import JST

ADULT_ENOUGH: Final = 15
"""Years: below it no certificate at a kiosk."""

S_contra = TypeVar("S_contra", bound=Situation, contravariant=True)


@dataclass(frozen=True, slots=True)
class Rule(Generic[S_contra]):
    """One refusal: its problem (code, public reason, texts), where its truth comes from, and when it applies."""

    problem: Problem
    source: str
    refuses: Callable[[S_contra], bool]


def judge(case: Case) -> None:
    """Raise the problem of the first rule that refuses this case; return when none does."""
    for rule in RULES:
        if rule.refuses(case):
            raise rule.problem.error()


def judge_house(situation: Situation) -> None:
    """Raise the problem of the first rule by which everybody would be refused, whoever asks for whatever."""
    for rule in HOUSE_RULES:
        if rule.refuses(situation):
            raise rule.problem.error()


def composer_refusal(error: MadoguchiError) -> MadoguchiError:
    """What the composer refuses about this person's data, under the ward's code; anything else as it is."""
    found = FOUND_BY_COMPOSER.get(error.code)
    return found.error(f"{error.code} {error.cause}") if found else error


def offered_kind(menu: MenuSection, kind: str) -> OfferedKind | None:
    """The offer of this kind, if there is one."""
    return next((each for each in menu.kinds if each.kind == kind and not each.stopped), None)


def open_years(kind: OfferedKind, *, today: date) -> tuple[OfferedYear, ...]:
    """The years of a kind that the ward has opened by `today`."""
    return tuple(year for year in kind.years if not year.stopped and (year.opens is None or year.opens <= today))


def in_service(menu: MenuSection, *, now: datetime) -> bool:
    """Whether the ward's hours cover this moment, in Japanese time."""
    local = now.astimezone(JST)
    minute = local.hour * 60 + local.minute
    hours = menu.hours
    return hours.opens_minute <= minute < hours.closes_minute and local.strftime("%m-%d") not in hours.closed_days


def too_old(as_of: datetime | None, *, now: datetime, limit_seconds: int) -> bool:
    """Whether a feed is older than its limit; one that never came is."""
    return as_of is None or now - as_of > timedelta(seconds=limit_seconds)


def _tax_old(case: Situation) -> bool:
    return too_old(case.house.tax_as_of, now=case.now, limit_seconds=case.config.feeds.tax_seconds)


def _jukinet_old(case: Situation) -> bool:
    return too_old(case.house.jukinet_as_of, now=case.now, limit_seconds=case.config.feeds.jukinet_seconds)


def _outside_hours(case: Situation) -> bool:
    return not in_service(case.menu, now=case.now)


def _closed(case: Situation) -> bool:
    return any(each.begins <= case.now < each.ends for each in case.menu.closures)


def _operator(case: Case) -> bool:
    return case.asked.operator not in case.menu.operators


def _offer(case: Case) -> OfferedKind:
    offer = offered_kind(case.menu, case.asked.kind)
    if offer is None:
        raise p.KIND.error()
    return offer


def _kind(case: Case) -> bool:
    return offered_kind(case.menu, case.asked.kind) is None


def _fiscal_year(case: Case) -> bool:
    return case.asked.fiscal_year not in {year.fiscal_year for year in open_years(_offer(case), today=case.today)}


def _copies(case: Case) -> bool:
    return case.asked.copies > _offer(case).max_copies


def _fee(case: Case) -> bool:
    return case.asked.fee_yen != _offer(case).fee_on(case.today) * case.asked.copies


def _serial_expired(case: Case) -> bool:
    row = case.serial
    return row is None or not row.valid_from <= case.today <= row.valid_until


def _under_age(case: Case) -> bool:
    """Until the day of the birthday; who was born on February 29 waits for March 1 in other years."""
    born, today = case.someone.columns.birth_date, case.today
    return (today.year - born.year - ((today.month, today.day) < (born.month, born.day))) < ADULT_ENOUGH


def _of_payments(case: Case) -> bool:
    return kind_of(case.asked.kind).certifies_payments


def _unpaid(case: Case) -> bool:
    setting = case.config.unpaid
    if not _of_payments(case) or setting == "print":
        return False
    return any(
        each.amount_paid < each.amount_due and (setting == "refuse_if_unpaid" or each.due_date < case.today)
        for each in case.instalments
    )


HOUSE_RULES: Final[tuple[Rule[Situation], ...]] = (
    Rule(p.ALARM, "switch alarm", lambda case: case.house.alarm),
    Rule(p.SUSPENDED, "switch suspended", lambda case: case.house.suspended),
    Rule(p.CLOSED, "offer, clock", _closed),
    Rule(p.TAX_FEED_OLD, "feeds, limit of the ward", _tax_old),
    Rule(p.JUKINET_FEED_OLD, "feeds, limit of the ward", _jukinet_old),
)
"""The house: by these everybody is refused."""

RULES: Final[tuple[Rule[Case], ...]] = (
    *HOUSE_RULES,
    # The offer
    Rule(p.OUTSIDE_HOURS, "offer, clock", _outside_hours),
    Rule(p.OPERATOR, "offer", _operator),
    Rule(p.KIND, "offer", _kind),
    Rule(p.FISCAL_YEAR, "offer, clock", _fiscal_year),
    Rule(p.COPIES, "offer", _copies),
    Rule(p.FEE, "offer", _fee),
    # The card
    Rule(p.UNKNOWN_SERIAL, "jukinet, asked on the spot", lambda case: case.serial is None),
    Rule(p.SERIAL_AMBIGUOUS, "jukinet", lambda case: case.serial is not None and case.serial.ambiguous),
    Rule(p.SERIAL_REVOKED, "jukinet", lambda case: case.serial is not None and case.serial.status == "revoked"),
    Rule(p.SERIAL_SUPERSEDED, "jukinet", lambda case: case.serial is not None and case.serial.status == "superseded"),
    Rule(p.SERIAL_EXPIRED, "jukinet, clock", _serial_expired),
    # The person
    Rule(who.NO_TAX_DATA, "tax feed", lambda case: case.person is None),
    Rule(
        p.SUPPRESSED,
        "tax feed, stop notice",
        lambda case: case.someone.columns.suppression or _stop(case, "suppression"),
    ),
    Rule(who.NOT_REGISTERED, "tax feed", lambda case: case.someone.columns.removal == Removal.NOT_REGISTERED),
    Rule(
        who.REMOVED,
        "tax feed, stop notice",
        lambda case: case.someone.columns.removal is not None or _stop(case, "removal"),
    ),
    Rule(p.STOPPED_FOR_CORRECTION, "stop notice", lambda case: _stop(case, "correction")),
    Rule(p.RECORD_SUSPENDED, "clerk", lambda case: case.someone.suspended),
    Rule(p.UNDER_AGE, "tax feed, clock", _under_age),
    # The year
    Rule(who.PROPERTY_LEVY, "tax feed", lambda case: _status(case) is TaxStatus.PROPERTY_ONLY),
    Rule(who.NO_LEVY, "tax feed", lambda case: case.record is None or not case.record.levied_here),
    Rule(p.UNDECLARED, "tax feed", lambda case: case.levied.status is TaxStatus.UNDECLARED),
    Rule(p.UNDER_CORRECTION, "tax feed", lambda case: case.levied.status is TaxStatus.UNDER_CORRECTION),
    Rule(p.EXEMPT_YEAR, "tax feed", lambda case: _of_payments(case) and case.levied.non_taxable),
    Rule(p.UNPAID, "tax feed, setting of the ward", _unpaid),
)
FOUND_BY_COMPOSER: Final = {
    "certificate.glyph_missing": p.UNDRAWABLE,
    "certificate.text_too_long": p.UNDRAWABLE,
    "certificate.text_unprintable": p.UNDRAWABLE,
    "paper.front_code_malformed": p.UNDRAWABLE,
    "certificate.facts_inconsistent": p.INCONSISTENT,
    "certificate.payment_of_exempt_year": p.EXEMPT_YEAR,
}
"""The last rules, whose truth comes from setting the page: what cannot be printed exactly, and rows at odds."""
FOUND_BY_ASKING: Final = (who.REGISTRY_UNREACHABLE,)
"""Beside `unknown_serial`: nobody could be asked about a card that the list does not hold."""


def _status(case: Case) -> TaxStatus | None:
    return case.record.status if case.record else None


def _stop(case: Case, stop: str) -> bool:
    return stop in case.someone.stops
