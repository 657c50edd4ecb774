"""From the desk's day to what its page says: matches, ages, sums. Pure; the template only lays out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from madoguchi.oversight.page.contract import Counter, DeskDay, Erasures, FeedAge, Row, Severity, State
from madoguchi.runtime.look import Messages, Pair

COUNTERS: Final = tuple(Counter)
SHOWN_DIGITS: Final = 8
"""Of a transaction's 32 hex digits: enough for a day, and what a resident can read out on the telephone."""
_STATE_TONE: Final = {
    State.OPEN: "info",
    State.PRINTED: "good",
    State.REFUSED: "dash",
    State.ABANDONED: "dash",
    State.UNDELIVERED: "warn",
    State.UNSETTLED: "bad",
}
_SEVERITY_TONE: Final = {Severity.NOTICE: "info", Severity.WARNING: "warn", Severity.CRITICAL: "bad"}
_UNITS: Final = ((2 * 86400, 86400, "days"), (2 * 3600, 3600, "hours"), (2 * 60, 60, "minutes"))
"""From how many seconds on a unit is used, its size and its name."""


def short(transaction: str) -> str:
    """The beginning of a transaction's id."""
    return transaction[:SHOWN_DIGITS]


def match_of(row: Row) -> str:
    """`agree`, `differ`, or `waiting` while a party has not yet reported."""
    reported = {row.counted.get(counter) for counter in COUNTERS} - {None}
    if reported - {row.sheets}:
        return "differ"
    return "agree" if all(row.counted.get(counter) is not None for counter in COUNTERS) else "waiting"


def tone_of(value: State | Severity) -> str:
    """The icon and colour of a state or severity; words always stand beside it."""
    return _STATE_TONE[value] if isinstance(value, State) else _SEVERITY_TONE[value]


def counts_agree(day: DeskDay) -> bool:
    """Whether all four parties reported the same totals."""
    totals = {(count.transactions, count.sheets) for count in day.counts}
    return len(totals) == 1 and {count.party for count in day.counts} == set(COUNTERS)


def open_count(erasures: Erasures) -> int:
    """Receipts `held` that no `erased` has answered."""
    return erasures.held - erasures.erased


def is_stale(feed: FeedAge) -> bool:
    """Whether issuing stops because of this feed."""
    return feed.age_seconds is None or feed.age_seconds > feed.limit_seconds


@dataclass(frozen=True, slots=True)
class Ages:
    """Durations in the largest unit that leaves at least two, so that 26 hours beside a limit of 25 look different."""

    messages: Messages

    def __call__(self, seconds: int) -> Pair:
        """`seconds` as 3分 / 3 min."""
        for least, size, unit in _UNITS:
            if seconds >= least:
                return self.messages.pair(f"age.{unit}", n=seconds // size)
        return self.messages.pair("age.seconds", n=seconds)
