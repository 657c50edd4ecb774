"""One day of the ward's desk: the four counts of every transaction side by side, made from the accounts."""

from __future__ import annotations

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Protocol

from madoguchi.oversight.accounts import DayAccounts
from madoguchi.oversight.config import WardSection
from madoguchi.oversight.page.contract import (
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
from madoguchi.oversight.wording import FEEDS, PARTIES, alarm_words, kind_words, refusal_words
from madoguchi.runtime.clock import JST, Clock, epoch
from madoguchi.wire.account import Account, CustodyAccount, LostAccount, TransactionAccount

_STATES = {
    "opened": State.OPEN,
    "applying": State.OPEN,
    "claimed": State.OPEN,
    "delivered": State.OPEN,
    "issued": State.OPEN,
    "undelivered": State.UNDELIVERED,
    "expired": State.ABANDONED,
    "abandoned": State.ABANDONED,
    "refused": State.REFUSED,
    "failed": State.REFUSED,
    "printed": State.PRINTED,
}
"""A state at center, kiosk or ward, as the desk names it. What is not here came after money and is not complete."""
_SETTLED = frozenset({"settled", "printed", "partly_printed", "not_printed", "refused", "failed", "abandoned"})
"""States in which a party's own count of sheets is final."""
_WITH_OUTCOME = frozenset({"settled", "printed", "partly_printed", "not_printed"})
"""States at center and ward that an outcome has led to: their yen are counted."""

_LOST_SECONDS = 24 * 3600
"""After this an open lost property is an alarm."""

Sides = dict[Counter, TransactionAccount | None]
"""One transaction as each of the four has it."""


class CollectsAccounts(Protocol):
    """Where the desk gets its accounts from."""

    async def collect(self, day: date) -> DayAccounts:
        """The accounts of one Japanese calendar day."""
        ...


class WardDesk:
    """The ward's desk over what issuer and center have counted."""

    def __init__(self, ward: WardSection, *, collector: CollectsAccounts, clock: Clock) -> None:
        self._ward = ward
        self._collector = collector
        self._clock = clock

    async def today(self) -> DeskDay:
        """The present Japanese day, collected now."""
        now = self._clock.now()
        day = now.astimezone(JST).date()
        accounts = await self._collector.collect(day)
        rows = _rows(accounts)
        both = [account for account in (accounts.issuer, accounts.center) if account is not None]
        return DeskDay(
            ward=Words(ja=self._ward.ja, en=self._ward.en),
            day=day,
            asked_at=now,
            rows=rows,
            counts=_counts(accounts),
            money=_money(accounts.center),
            erasures=tuple(_erasures(each) for account in both for each in account.custody),
            refusals=_refusals(accounts),
            alarms=_alarms(accounts, at=now),
            feeds=_feeds(accounts.issuer),
        )


def _rows(accounts: DayAccounts) -> tuple[Row, ...]:
    """By the time of their last change, newest first; whoever of the four has not reported stays open."""
    center, issuer = accounts.center, accounts.issuer
    kiosk_of = _by_id(center.reported if center else ())
    ec_of = _by_id(center.relayed if center else ())
    center_of = _by_id(center.transactions if center else ())
    issuer_of = _by_id(issuer.transactions if issuer else ())
    made = []
    for number in center_of | issuer_of:
        sides: Sides = {
            Counter.KIOSK: kiosk_of.get(number),
            Counter.EC: ec_of.get(number),
            Counter.CENTER: center_of.get(number),
            Counter.ISSUER: issuer_of.get(number),
        }
        made.append(_row(number, sides, ward_answered=issuer is not None))
    return tuple(sorted(made, key=lambda row: (row.at, row.transaction), reverse=True))


def _row(number: bytes, sides: Sides, *, ward_answered: bool) -> Row:
    known = [side for side in sides.values() if side is not None]
    leading = sides[Counter.KIOSK] or sides[Counter.CENTER] or known[0]
    about = next((side for side in known if side.kind is not None), leading)
    return Row(
        at=datetime.fromtimestamp(max(side.at for side in known), UTC),
        transaction=number.hex(),
        kind=kind_words(about.kind),
        fiscal_year=about.fiscal_year or 0,
        sheets=leading.sheets_printed,
        state=_state(leading, sides[Counter.CENTER]),
        counted={counter: _count(counter, sides, ward_answered=ward_answered) for counter in sides},
    )


def _state(leading: TransactionAccount, center: TransactionAccount | None) -> State:
    if center is not None and center.state == "undelivered":
        return State.UNDELIVERED
    return _STATES.get(leading.state, State.UNSETTLED)


def _count(counter: Counter, sides: Sides, *, ward_answered: bool) -> int | None:
    """A party's count, once it is final; None before that, and from whoever did not answer."""
    side, kiosk = sides[counter], sides[Counter.KIOSK]
    if side is not None:
        return side.sheets_printed if side.state in _SETTLED else None
    # What was refused or left before the ward was asked is final there too: it knows of nothing and printed nothing.
    never_asked = counter is Counter.ISSUER and ward_answered and kiosk is not None and kiosk.sheets_printed == 0
    return 0 if never_asked else None


def _counts(accounts: DayAccounts) -> tuple[PartyCount, ...]:
    """Each party's sheets, and the transactions in which it counted any."""
    center, issuer = accounts.center, accounts.issuer
    sides: dict[Counter, tuple[TransactionAccount, ...] | None] = {
        Counter.KIOSK: center.reported if center else None,
        Counter.EC: center.relayed if center else None,
        Counter.CENTER: center.transactions if center else None,
        Counter.ISSUER: issuer.transactions if issuer else None,
    }
    return tuple(
        PartyCount(
            party=party,
            transactions=sum(1 for each in side if each.sheets_printed),
            sheets=sum(each.sheets_printed for each in side),
        )
        for party, side in sides.items()
        if side is not None
    )


def _money(center: Account | None) -> DayMoney:
    told = center.reported if center else ()
    return DayMoney(
        paid_yen=sum(each.paid_yen for each in told),
        printed_yen=sum(each.paid_yen - each.refunded_yen - each.owed_yen for each in told),
        refunded_yen=sum(each.refunded_yen for each in told),
        owed_yen=sum(each.owed_yen for each in told),
    )


def _erasures(account: CustodyAccount) -> Erasures:
    return Erasures(
        party=PARTIES.get(account.party, Words(ja=account.party, en=account.party)),
        held=account.held,
        erased=sum(account.erased.values()),
        oldest_open_seconds=max((each.age_seconds for each in account.open), default=None),
    )


def _refusals(accounts: DayAccounts) -> tuple[RefusalCount, ...]:
    """The ward's own reasons for what it refused; the center's public reason for what never reached the ward."""
    issuer_rows = accounts.issuer.transactions if accounts.issuer else ()
    center_rows = accounts.center.transactions if accounts.center else ()
    reached = {each.transaction for each in issuer_rows}
    codes = [each.refusal for each in issuer_rows if each.refusal]
    codes += [each.refusal for each in center_rows if each.refusal and each.transaction not in reached]
    return tuple(
        RefusalCount(code=code, words=refusal_words(code), count=count) for code, count in Tally(codes).most_common()
    )


def _alarms(accounts: DayAccounts, *, at: datetime) -> tuple[Alarm, ...]:
    both = (accounts.issuer, accounts.center)
    silent = [(Severity.CRITICAL, "oversight.no_account", None) for account in both if account is None]
    differing = [(Severity.CRITICAL, "oversight.money_differs", number.hex()) for number in _money_differs(accounts)]
    lost = [(_urgency(each, at=at), "center.lost_property", each.transaction.hex()) for each in _left(accounts.center)]
    told = [(Severity.WARNING, code, None) for account in both if account is not None for code in account.incidents]
    return tuple(
        Alarm(at=at, severity=severity, code=code, words=alarm_words(code), transaction=number)
        for severity, code, number in (*silent, *differing, *lost, *told, *_taken_back(accounts.issuer))
    )


def _taken_back(issuer: Account | None) -> list[tuple[Severity, str, str | None]]:
    """Papers that the ward's staff withdrew: known and decided, unless somebody held another person's."""
    return [
        (
            Severity.CRITICAL if each.why == "wrong_person" else Severity.NOTICE,
            f"issuer.paper_{each.state}",
            each.transaction.hex(),
        )
        for each in (issuer.withdrawn if issuer else ())
    ]


def _left(center: Account | None) -> tuple[LostAccount, ...]:
    """Papers that lie at a store and are not settled."""
    return tuple(each for each in (center.lost if center else ()) if each.end is None)


def _urgency(lost: LostAccount, *, at: datetime) -> Severity:
    """A person's paper that nobody has handed to the police for a day is an alarm."""
    return Severity.CRITICAL if epoch(at) - lost.noticed_at >= _LOST_SECONDS else Severity.WARNING


def _money_differs(accounts: DayAccounts) -> list[bytes]:
    """Transactions of which those who have counted an outcome do not agree on the yen."""
    both = [account for account in (accounts.issuer, accounts.center) if account is not None]
    own = [each for account in both for each in account.transactions if each.state in _WITH_OUTCOME]
    told = [each for account in both for each in (*account.reported, *account.relayed)]
    yen: defaultdict[bytes, set[tuple[int, int, int]]] = defaultdict(set)
    for each in (*own, *told):
        yen[each.transaction].add((each.paid_yen, each.refunded_yen, each.owed_yen))
    return sorted(number for number, counted in yen.items() if len(counted) > 1)


def _feeds(issuer: Account | None) -> tuple[FeedAge, ...]:
    return tuple(
        FeedAge(feed=FEEDS[each.feed], age_seconds=each.age_seconds, limit_seconds=each.limit_seconds)
        for each in (issuer.feeds if issuer else ())
    )


def _by_id(rows: Iterable[TransactionAccount]) -> dict[bytes, TransactionAccount]:
    return {row.transaction: row for row in rows}
