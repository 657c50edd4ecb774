"""A desk with a day on which something of everything happened, and one on which nothing did."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from madoguchi.oversight.page import (
    Alarm,
    Counter,
    DayMoney,
    DeskDay,
    Erasures,
    FeedAge,
    PartyCount,
    RefusalCount,
    Row,
    Severity,
    State,
    Words,
)

NOW = datetime(2026, 11, 23, 3, 15, 20, tzinfo=UTC)
WARD = Words(ja="見本区", en="Mihon Ward")
TAXATION = Words(ja="課税（非課税）証明書", en="Taxation certificate")


def row(
    number: int, *, state: State = State.PRINTED, sheets: int = 1, counted: dict[Counter, int | None] | None = None
) -> Row:
    return Row(
        at=NOW - timedelta(minutes=7 * number, seconds=13 * number),
        transaction=f"{0x5F2C9A41 + number * 7919:08x}" + "d07be8362f0c44a9be71d053",
        kind=TAXATION,
        fiscal_year=2026 - number % 3,
        sheets=sheets,
        state=state,
        counted=counted if counted is not None else dict.fromkeys(Counter, sheets),
    )


MISMATCH = row(3, sheets=2, counted={Counter.KIOSK: 2, Counter.EC: 2, Counter.CENTER: 1, Counter.ISSUER: 2})
WAITING = row(0, state=State.OPEN, sheets=0, counted={Counter.CENTER: 0, Counter.ISSUER: 0})

EMPTY = DeskDay(ward=WARD, day=date(2026, 11, 23), asked_at=NOW)

BUSY = DeskDay(
    ward=WARD,
    day=date(2026, 11, 23),
    asked_at=NOW,
    rows=(
        WAITING,
        row(1),
        row(2, state=State.REFUSED, sheets=0),
        MISMATCH,
        row(4, sheets=3),
        row(5, state=State.ABANDONED, sheets=0),
        row(6, state=State.UNSETTLED, sheets=1),
        row(7, state=State.UNDELIVERED, sheets=0),
        row(8),
    ),
    counts=(
        PartyCount(party=Counter.KIOSK, transactions=9, sheets=8),
        PartyCount(party=Counter.EC, transactions=9, sheets=8),
        PartyCount(party=Counter.CENTER, transactions=9, sheets=7),
        PartyCount(party=Counter.ISSUER, transactions=9, sheets=8),
    ),
    money=DayMoney(paid_yen=2700, printed_yen=2100, refunded_yen=300, owed_yen=300),
    erasures=(
        Erasures(party=Words(ja="証明書自動交付システム", en="Issuer"), held=9, erased=9),
        Erasures(party=Words(ja="交付センター", en="Center"), held=8, erased=8),
        Erasures(party=Words(ja="キオスク端末", en="Kiosks"), held=8, erased=7, oldest_open_seconds=5400),
    ),
    refusals=(
        RefusalCount(
            code="issuer.no_levy_here",
            words=Words(ja="その年度の課税がこの区にない", en="No levy here in that fiscal year"),
            count=2,
        ),
        RefusalCount(code="card.pin_locked", words=Words(ja="暗証番号がロックされた", en="PIN locked"), count=1),
    ),
    alarms=(
        Alarm(
            at=NOW - timedelta(minutes=22),
            severity=Severity.CRITICAL,
            code="oversight.count_mismatch",
            words=Words(ja="枚数が一致しない取引があります", en="A transaction whose counts differ"),
            transaction=MISMATCH.transaction,
        ),
        Alarm(
            at=NOW - timedelta(minutes=50),
            severity=Severity.WARNING,
            code="issuer.feed_stale",
            words=Words(ja="住基ネットCSの差分が遅れています", en="The registry's difference is late"),
        ),
    ),
    feeds=(
        FeedAge(feed=Words(ja="税務システム", en="Tax system"), age_seconds=1260, limit_seconds=93600),
        FeedAge(feed=Words(ja="住基ネットCS", en="Registry network"), age_seconds=93900, limit_seconds=90000),
    ),
)


class FakeDesk:
    """Implements `Desk`."""

    def __init__(self, day: DeskDay) -> None:
        self.day = day

    async def today(self) -> DeskDay:
        return self.day
