"""The operator's own account of one Japanese calendar day: what passed through, in sheets and yen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from madoguchi.ec import journal as kept
from madoguchi.ec import lost_journal
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.journal import Journal
from madoguchi.wire.account import Account, TransactionAccount


def account(journal: Journal, *, day: date, at: datetime, lost_alarm_hours: float = 24.0) -> Account:
    """The account of `day`: outcomes by the day on which they came here; what is open too long is an incident."""
    overdue = lost_journal.overdue(journal, before=at - timedelta(hours=lost_alarm_hours))
    return Account(
        party="ec",
        day=day.isoformat(),
        transactions=tuple(_transaction(counted) for counted in kept.of_day(journal, day=day)),
        relayed=(),
        reported=(),
        custody=(),
        feeds=(),
        incidents=("ec.lost_property_open",) * len(overdue),
        evidence_position=None,
        evidence_hash=None,
        at=epoch(at),
    )


def _transaction(counted: kept.Counted) -> TransactionAccount:
    return TransactionAccount(
        transaction=counted.transaction,
        ward=counted.ward,
        state=counted.result,
        kind=None,
        fiscal_year=None,
        sheets_issued=0,
        sheets_printed=counted.sheets_printed,
        paid_yen=counted.paid_yen,
        refunded_yen=counted.refunded_yen,
        owed_yen=counted.owed_yen,
        refusal=None,
        at=counted.taken_at,
    )
