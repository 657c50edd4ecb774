"""The center's account of one Japanese calendar day, for one ward: what it counted, what operators and kiosks counted.

A transaction belongs to the day on which it was opened. An issuance that reached no kiosk is a class of its own,
`undelivered`, whatever the state machine says besides.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from madoguchi import custody, evidence
from madoguchi.center import incidents, lost
from madoguchi.center.parts import Parts
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import Connection, transaction
from madoguchi.wire.account import Account, CustodyAccount, OpenCustody, TransactionAccount

_OF_DAY = (
    "SELECT t.id, t.ward, t.state, t.kind, t.fiscal_year, t.refusal, extract(epoch FROM t.changed_at)::bigint AS at,"
    " t.sheets, t.issuance_digest IS NOT NULL AS issued, t.delivery IS NOT NULL AS delivered, o.result,"
    " o.sheets_printed, o.paid_yen, o.refunded_yen, o.owed_yen, o.custody_held, o.custody_erased,"
    " o.relay_sheets_printed, o.relay_paid_yen, o.relay_refunded_yen, o.relay_owed_yen,"
    " extract(epoch FROM clock_timestamp() - t.changed_at)::bigint AS age"
    " FROM transactions t LEFT JOIN outcomes o ON o.transaction = t.id"
    " WHERE t.ward = %s AND (t.opened_at AT TIME ZONE 'Asia/Tokyo')::date = %s ORDER BY t.opened_at, t.id"
)


async def account(parts: Parts, *, ward: str, day: date) -> Account:
    """The account of `day` for `ward`."""
    async with transaction(parts.pool) as connection:
        rows = await (await connection.execute(_OF_DAY, (ward, day))).fetchall()
        own = await custody.account(connection, party="center")
        found = await incidents.of_day(connection, ward=ward, day=day)
        waiting = await _waiting(connection, ward)
        left = await lost.of_ward(connection, ward=ward, day=day)
        position, end = await evidence.end(connection)
    told = [row for row in rows if row["result"] is not None]
    return Account(
        party="center",
        day=day.isoformat(),
        transactions=tuple(_own(row) for row in rows),
        relayed=tuple(_told(row, "relay_") for row in told),
        reported=tuple(_told(row, "") for row in told),
        custody=(own, _kiosks(rows)),
        feeds=(),
        lost=left,
        evidence_position=position,
        evidence_hash=end,
        incidents=found + (("center.ward_not_told",) if waiting else ()),
        at=epoch(parts.clock.now()),
    )


def _own(row: dict[str, Any]) -> TransactionAccount:
    """As the center counted it: money as the outcome says, once it is there."""
    return _transaction(row, state=_class(row), prefix="", refusal=row["refusal"])


def _told(row: dict[str, Any], prefix: str) -> TransactionAccount:
    return _transaction(row, state=row["result"], prefix=prefix, refusal=None)


def _transaction(row: dict[str, Any], *, state: str, prefix: str, refusal: str | None) -> TransactionAccount:
    return TransactionAccount(
        transaction=row["id"],
        ward=row["ward"],
        state=state,
        kind=row["kind"],
        fiscal_year=row["fiscal_year"],
        sheets_issued=row["sheets"] or 0,
        sheets_printed=row[f"{prefix}sheets_printed"] or 0,
        paid_yen=row[f"{prefix}paid_yen"] or 0,
        refunded_yen=row[f"{prefix}refunded_yen"] or 0,
        owed_yen=row[f"{prefix}owed_yen"] or 0,
        refusal=refusal,
        at=row["at"],
    )


def _class(row: dict[str, Any]) -> str:
    if row["issued"] and not row["delivered"] and row["state"] != "applying":
        return "undelivered"
    return str(row["state"])


def _kiosks(rows: list[dict[str, Any]]) -> CustodyAccount:
    """What kiosks held in plain, as they reported it; what was delivered and not reported yet is open."""
    held = [row for row in rows if row["custody_held"]]
    unreported = [row for row in rows if row["delivered"] and row["result"] is None]
    return CustodyAccount(
        party="kiosk",
        held=len(held) + len(unreported),
        erased=dict(Counter(row["custody_erased"] for row in held)),
        open=tuple(OpenCustody(holder="kiosk", age_seconds=max(0, row["age"])) for row in unreported),
    )


async def _waiting(connection: Connection, ward: str) -> int:
    """Outcomes that the ward has not acknowledged after several attempts."""
    cursor = await connection.execute(
        "SELECT count(*) AS waiting FROM ward_queue WHERE ward = %s AND done_at IS NULL AND attempts > 3", (ward,)
    )
    row = await cursor.fetchone()
    return int(row["waiting"]) if row else 0
