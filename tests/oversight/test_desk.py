"""One day of the desk, made from accounts; what is not known is never taken for zero."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from madoguchi.oversight.accounts import DayAccounts
from madoguchi.oversight.config import WardSection
from madoguchi.oversight.desk import WardDesk
from madoguchi.oversight.page.contract import Counter, DeskDay, Row, Severity, State
from madoguchi.oversight.page.telling import counts_agree, match_of
from madoguchi.runtime.clock import FrozenClock, epoch
from madoguchi.wire.account import Account, CustodyAccount, FeedAge, LostAccount, OpenCustody, TransactionAccount

WARD = "131999"
NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
"""Half past one in the morning of the 23rd in Japan."""
ONE, TWO = bytes([1]) * 16, bytes([2]) * 16


def counted(number: bytes = ONE, state: str = "printed", **changes: Any) -> TransactionAccount:
    made = TransactionAccount(
        transaction=number,
        ward=WARD,
        state=state,
        kind="taxation",
        fiscal_year=2026,
        sheets_issued=1,
        sheets_printed=1 if state in {"printed", "settled"} else 0,
        paid_yen=300 if state in {"printed", "settled"} else 0,
        refunded_yen=0,
        owed_yen=0,
        refusal=None,
        at=1000,
    )
    return msgspec.structs.replace(made, **changes)


def account(party: str, *transactions: TransactionAccount, **changes: Any) -> Account:
    made = Account(
        party=party,
        day="2026-11-23",
        transactions=transactions,
        relayed=(),
        reported=(),
        custody=(),
        feeds=(),
        incidents=(),
        evidence_position=0,
        evidence_hash=bytes(32),
        at=1000,
    )
    return msgspec.structs.replace(made, **changes)


def told(*transactions: TransactionAccount) -> dict[str, tuple[TransactionAccount, ...]]:
    """As a kiosk reported and its operator relayed."""
    return {"reported": transactions, "relayed": transactions}


UNPRINTED = counted(state="settled", sheets_printed=0, paid_yen=0)


class Accounts:
    """A collector that has them already."""

    def __init__(self, issuer: Account | None, center: Account | None) -> None:
        self.accounts = DayAccounts(issuer=issuer, center=center)
        self.asked: list[date] = []

    async def collect(self, day: date) -> DayAccounts:
        self.asked.append(day)
        return self.accounts


async def today(issuer: Account | None, center: Account | None) -> DeskDay:
    collector = Accounts(issuer, center)
    ward = WardSection(code=WARD, ja="窓口区", en="Madoguchi")
    day = await WardDesk(ward, collector=collector, clock=FrozenClock(NOW)).today()
    assert collector.asked == [date(2026, 11, 23)]  # a Japanese day
    return day


async def only_row(issuer: Account | None, center: Account | None) -> Row:
    (row,) = (await today(issuer, center)).rows
    return row


async def test_four_counts_of_one_paper_agree() -> None:
    day = await today(
        account("issuer", counted()), account("center", counted(state="settled", at=1060), **told(counted()))
    )
    (row,) = day.rows
    assert (row.state, row.sheets, row.kind.ja, row.fiscal_year) == (State.PRINTED, 1, "課税（非課税）証明書", 2026)
    assert row.at == datetime.fromtimestamp(1060, UTC)
    assert row.transaction == ONE.hex()
    assert set(row.counted.values()) == {1}
    assert match_of(row) == "agree"
    assert counts_agree(day)
    assert (day.money.paid_yen, day.money.printed_yen, day.money.balanced) == (300, 300, True)
    assert day.alarms == ()


@pytest.mark.parametrize(
    ("center", "state"),
    [
        ("opened", State.OPEN),
        ("applying", State.OPEN),
        ("delivered", State.OPEN),
        ("expired", State.ABANDONED),
        ("refused", State.REFUSED),
        ("failed", State.REFUSED),
        ("undelivered", State.UNDELIVERED),
    ],
)
async def test_states_before_any_outcome(center: str, state: State) -> None:
    assert (await only_row(account("issuer"), account("center", counted(state=center)))).state is state


@pytest.mark.parametrize(
    ("result", "state"),
    [
        ("printed", State.PRINTED),
        ("partly_printed", State.UNSETTLED),
        ("not_printed", State.UNSETTLED),
        ("refused", State.REFUSED),
        ("abandoned", State.ABANDONED),
    ],
)
async def test_states_as_the_kiosk_ended(result: str, state: State) -> None:
    center = account("center", counted(state="settled"), **told(counted(state=result)))
    assert (await only_row(account("issuer"), center)).state is state


@pytest.mark.parametrize(
    ("issuer", "state"),
    [
        ("claimed", State.OPEN),
        ("issued", State.OPEN),
        ("undelivered", State.UNDELIVERED),
        ("refused", State.REFUSED),
        ("failed", State.REFUSED),
        ("printed", State.PRINTED),
        ("partly_printed", State.UNSETTLED),
    ],
)
async def test_states_when_only_the_ward_answers(issuer: str, state: State) -> None:
    row = await only_row(account("issuer", counted(state=issuer)), None)
    assert row.state is state
    assert [row.counted[each] for each in (Counter.KIOSK, Counter.EC, Counter.CENTER)] == [None, None, None]


async def test_an_undelivered_issue_is_a_class_of_its_own() -> None:
    center = account("center", counted(state="undelivered"), **told(counted(state="abandoned")))
    assert (await only_row(account("issuer", counted(state="issued")), center)).state is State.UNDELIVERED


async def test_a_count_that_differs_is_shown() -> None:
    center = account("center", counted(state="settled"), reported=(counted(),), relayed=(counted(sheets_printed=2),))
    day = await today(account("issuer", counted()), center)
    assert match_of(day.rows[0]) == "differ"
    assert not counts_agree(day)


async def test_what_is_not_final_is_waited_for() -> None:
    row = await only_row(account("issuer", counted(state="issued")), account("center", counted(state="delivered")))
    assert set(row.counted.values()) == {None}
    assert match_of(row) == "waiting"


async def test_what_never_reached_the_ward_needs_no_count_of_it() -> None:
    center = account(
        "center", counted(state="settled", sheets_printed=0, paid_yen=0), **told(counted(state="abandoned"))
    )
    row = await only_row(account("issuer"), center)
    assert row.counted[Counter.ISSUER] == 0


async def test_a_ward_that_did_not_answer_is_never_taken_for_zero() -> None:
    center = account(
        "center", counted(state="settled", sheets_printed=0, paid_yen=0), **told(counted(state="abandoned"))
    )
    day = await today(None, center)
    assert day.rows[0].counted[Counter.ISSUER] is None
    assert Counter.ISSUER not in {each.party for each in day.counts}
    assert [(each.code, each.severity) for each in day.alarms] == [("oversight.no_account", Severity.CRITICAL)]


async def test_nobody_answers() -> None:
    day = await today(None, None)
    assert (day.rows, day.counts, day.erasures, day.feeds) == ((), (), (), ())
    assert [each.code for each in day.alarms] == ["oversight.no_account", "oversight.no_account"]


async def test_paid_is_printed_and_refunded_and_owed() -> None:
    printed = counted(paid_yen=1000, refunded_yen=700)
    partly = counted(TWO, "partly_printed", sheets_printed=1, paid_yen=600, owed_yen=300)
    money = (await today(account("issuer"), account("center", **told(printed, partly)))).money
    assert (money.paid_yen, money.printed_yen, money.refunded_yen, money.owed_yen) == (1600, 600, 700, 300)


@pytest.mark.parametrize("field", ["paid_yen", "refunded_yen", "owed_yen"])
@pytest.mark.parametrize("side", ["issuer", "center", "relayed"])
async def test_yen_that_differ_are_an_alarm(field: str, side: str) -> None:
    other: dict[str, Any] = {field: 77}
    center = account(
        "center",
        counted(state="settled", **(other if side == "center" else {})),
        reported=(counted(),),
        relayed=(counted(**(other if side == "relayed" else {})),),
    )
    issuer = account("issuer", counted(**(other if side == "issuer" else {})))
    (alarm,) = (await today(issuer, center)).alarms
    assert (alarm.code, alarm.severity, alarm.transaction) == (
        "oversight.money_differs",
        Severity.CRITICAL,
        ONE.hex(),
    )
    assert alarm.words.ja


async def test_a_refusal_before_its_outcome_is_no_difference_of_money() -> None:
    issuer = account("issuer", counted(state="refused", refusal="issuer.suppressed"))
    center = account("center", counted(state="settled", paid_yen=0), **told(counted(state="refused")))
    assert (await today(issuer, center)).alarms == ()


async def test_the_wards_own_reason_counts_once() -> None:
    issuer = account("issuer", counted(state="refused", refusal="issuer.suppressed"))
    center = account(
        "center",
        counted(state="refused", refusal="ask_your_ward"),
        counted(TWO, "refused", refusal="card", kind=None, fiscal_year=None),
    )
    day = await today(issuer, center)
    assert {(each.code, each.count, each.words.en) for each in day.refusals} == {
        ("issuer.suppressed", 1, "By a rule of the ward"),
        ("card", 1, "Because of the card"),
    }
    assert {row.kind.en for row in day.rows} >= {"(before the application)"}


async def test_custody_of_every_party_with_the_age_of_what_is_open() -> None:
    still = (OpenCustody(holder="kiosk", age_seconds=5), OpenCustody(holder="kiosk", age_seconds=70))
    kiosks = CustodyAccount(party="kiosk", held=4, erased={"wiped": 1, "printer_confirmed": 1}, open=still)
    ward = CustodyAccount(party="issuer", held=4, erased={"wiped": 4}, open=())
    day = await today(account("issuer", custody=(ward,)), account("center", custody=(kiosks,)))
    assert [(each.party.en, each.held, each.erased, each.oldest_open_seconds) for each in day.erasures] == [
        ("Issuing server", 4, 4, None),
        ("Kiosks", 4, 2, 70),
    ]


async def test_feeds_and_incidents_are_shown() -> None:
    feeds = (
        FeedAge(feed="tax", age_seconds=None, limit_seconds=90),
        FeedAge(feed="jukinet", age_seconds=4, limit_seconds=9),
    )
    day = await today(
        account("issuer", feeds=feeds, incidents=("issuer.alarm",)),
        account("center", incidents=("center.ward_not_told",)),
    )
    assert [(each.feed.ja, each.age_seconds, each.limit_seconds) for each in day.feeds] == [
        ("税務システム", None, 90),
        ("住基ネットCS", 4, 9),
    ]
    assert [(each.code, each.severity) for each in day.alarms] == [
        ("issuer.alarm", Severity.WARNING),
        ("center.ward_not_told", Severity.WARNING),
    ]
    assert all(each.words.ja and each.words.en for each in day.alarms)


async def test_a_kind_of_another_ward_keeps_its_name() -> None:
    row = await only_row(account("issuer", counted(kind="resident_record")), account("center"))
    assert row.kind.ja == "resident_record"


async def test_newest_first() -> None:
    day = await today(account("issuer", counted(at=5), counted(TWO, at=9)), None)
    assert [row.transaction for row in day.rows] == [TWO.hex(), ONE.hex()]


@pytest.mark.parametrize(("hours", "severity"), [(23, Severity.WARNING), (24, Severity.CRITICAL)])
async def test_a_paper_left_at_a_store_is_an_alarm_until_it_is_settled(hours: int, severity: Severity) -> None:
    noticed_at = epoch(NOW) - hours * 3600
    left = LostAccount(transaction=ONE, noticed_at=noticed_at, end=None, receipt=None, ended_at=None)
    shown = await today(account("issuer"), account("center", lost=(left,)))
    (alarm,) = shown.alarms
    assert (alarm.code, alarm.severity, alarm.transaction) == ("center.lost_property", severity, ONE.hex())
    assert "遺失物" in alarm.words.ja
    settled = msgspec.structs.replace(left, end="police", receipt="A-1", ended_at=epoch(NOW))
    assert (await today(account("issuer"), account("center", lost=(settled,)))).alarms == ()
