"""What the ward's desk shows of one day. No type here has room for personal data."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """The same words in Japanese and in English."""

    ja: str
    en: str


class Counter(StrEnum):
    """The four parties that count every transaction, in the order of the columns."""

    KIOSK = "kiosk"
    EC = "ec"
    CENTER = "center"
    ISSUER = "issuer"


class State(StrEnum):
    """How a transaction stands."""

    OPEN = "open"
    PRINTED = "printed"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    """The resident stopped, or the time ran out, before money."""
    UNDELIVERED = "undelivered"
    """Issued by the ward, but it reached no kiosk."""
    UNSETTLED = "unsettled"
    """Money was taken and the outcome is not complete."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction."""

    at: datetime
    """When it last changed, UTC."""
    transaction: str
    """The 128-bit id in hex; the page shows its first eight digits."""
    kind: Words
    fiscal_year: int
    sheets: int
    state: State
    counted: dict[Counter, int | None]
    """Sheets printed by each party's count; None: that party has not reported."""


class PartyCount(msgspec.Struct, frozen=True, kw_only=True):
    """A party's totals of the day."""

    party: Counter
    transactions: int
    sheets: int


class DayMoney(msgspec.Struct, frozen=True, kw_only=True):
    """Yen of the day: paid must be printed + refunded + owed."""

    paid_yen: int
    printed_yen: int
    refunded_yen: int
    owed_yen: int

    @property
    def balanced(self) -> bool:
        """Whether the equation of invariant 4 holds."""
        return self.paid_yen == self.printed_yen + self.refunded_yen + self.owed_yen


class Erasures(msgspec.Struct, frozen=True, kw_only=True):
    """`held` and `erased` receipts of one party, and the age of the oldest one that is still open."""

    party: Words
    held: int
    erased: int
    oldest_open_seconds: int | None = None


class RefusalCount(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals of the day with one stable code."""

    code: str
    words: Words
    count: int


class Severity(StrEnum):
    """How loudly an alarm speaks."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm or an incident that nobody has explained yet."""

    at: datetime
    severity: Severity
    code: str
    words: Words
    transaction: str | None = None


class FeedAge(msgspec.Struct, frozen=True, kw_only=True):
    """How old a feed's data is; beyond the limit issuing stops."""

    feed: Words
    age_seconds: int | None
    """None: nothing has arrived yet."""
    limit_seconds: int


class DeskDay(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the first page of the desk shows."""

    ward: Words
    day: date
    """In Japanese time."""
    asked_at: datetime
    rows: tuple[Row, ...] = ()
    """Newest first."""
    counts: tuple[PartyCount, ...] = ()
    money: DayMoney = DayMoney(paid_yen=0, printed_yen=0, refunded_yen=0, owed_yen=0)
    erasures: tuple[Erasures, ...] = ()
    refusals: tuple[RefusalCount, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    feeds: tuple[FeedAge, ...] = ()


class Desk(Protocol):
    """Where the page gets its day from."""

    async def today(self) -> DeskDay:
        """The present day, read now."""
        ...
