"""What the ward counted, for oversight; and what a receiver may learn of one paper. No personal data in either."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from madoguchi import custody, evidence
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.reading_cases import read_house
from madoguchi.runtime.clock import JST, epoch
from madoguchi.runtime.database import Connection
from madoguchi.wire.account import Account, FeedAge, TransactionAccount, WithdrawnAccount
from madoguchi.wire.paper import PaperStatus

_PAPER_STATUS: dict[str, Literal["issued", "superseded", "revoked", "unknown"]] = {
    "printed": "issued",
    "superseded": "superseded",
    "revoked": "revoked",
}
"""A paper that was never handed over is as unknown as one that never was."""


async def account_of(connection: Connection, day: date, *, config: IssuerConfig, now: datetime) -> Account:
    """The ward's count of one Japanese calendar day."""
    begins = datetime.combine(day, time(), tzinfo=JST)
    ends = begins + timedelta(days=1)
    cursor = await connection.execute(
        "SELECT transaction, claimed_at, issued_at, kind, fiscal_year, state, refusal, sheets, sheets_printed,"
        " paid_yen, refunded_yen, owed_yen FROM issuances WHERE claimed_at >= %s AND claimed_at < %s"
        " ORDER BY claimed_at, transaction",
        (begins, ends),
    )
    counted = tuple(_counted(row, config=config, now=now) for row in await cursor.fetchall())
    cursor = await connection.execute(
        "SELECT code FROM incidents WHERE at >= %s AND at < %s ORDER BY id", (begins, ends)
    )
    incidents = tuple(row["code"] for row in await cursor.fetchall())
    house = await read_house(connection, menu=config.menu)
    position, entry_hash = await evidence.end(connection)
    return Account(
        party="issuer",
        day=day.isoformat(),
        transactions=counted,
        relayed=(),
        reported=(),
        custody=(await custody.account(connection, party="issuer"),),
        feeds=(
            _age("tax", house.tax_as_of, limit=config.feeds.tax_seconds, now=now),
            _age("jukinet", house.jukinet_as_of, limit=config.feeds.jukinet_seconds, now=now),
        ),
        incidents=incidents,
        withdrawn=await _withdrawn(connection, begins=begins, ends=ends),
        evidence_position=position,
        evidence_hash=entry_hash,
        at=epoch(now),
    )


async def _withdrawn(connection: Connection, *, begins: datetime, ends: datetime) -> tuple[WithdrawnAccount, ...]:
    cursor = await connection.execute(
        "SELECT transaction, withdrawals.state, why, count(*) AS sheets, max(at) AS at"
        " FROM withdrawals JOIN papers USING (paper_number) WHERE at >= %s AND at < %s"
        " GROUP BY transaction, withdrawals.state, why ORDER BY max(at), transaction",
        (begins, ends),
    )
    return tuple(WithdrawnAccount(**{**row, "at": epoch(row["at"])}) for row in await cursor.fetchall())


async def paper_status(connection: Connection, paper_number: bytes) -> PaperStatus:
    """Issued, superseded or revoked, or unknown."""
    cursor = await connection.execute(
        "SELECT papers.state, successor IS NOT NULL AS later FROM papers"
        " LEFT JOIN withdrawals USING (paper_number, state) WHERE paper_number = %s",
        (paper_number,),
    )
    row = await cursor.fetchone()
    if row is None:
        return PaperStatus(paper_number=paper_number, status="unknown")
    status = _PAPER_STATUS.get(row["state"], "unknown")
    return PaperStatus(paper_number=paper_number, status=status, later_certificate=row["later"])


def _counted(row: dict[str, Any], *, config: IssuerConfig, now: datetime) -> TransactionAccount:
    return TransactionAccount(
        transaction=row["transaction"],
        ward=config.ward.code,
        state=_state(row, config=config, now=now),
        kind=row["kind"],
        fiscal_year=row["fiscal_year"],
        sheets_issued=row["sheets"] or 0,
        sheets_printed=row["sheets_printed"] or 0,
        paid_yen=row["paid_yen"] or 0,
        refunded_yen=row["refunded_yen"] or 0,
        owed_yen=row["owed_yen"] or 0,
        refusal=row["refusal"],
        at=epoch(row["claimed_at"]),
    )


def _state(row: dict[str, Any], *, config: IssuerConfig, now: datetime) -> str:
    """The row's state; an issuance of which no outcome came in time reached no kiosk: a class of its own."""
    if row["state"] == "issued" and now - row["issued_at"] > timedelta(seconds=config.undelivered_after_seconds):
        return "undelivered"
    return str(row["state"])


def _age(feed: Literal["tax", "jukinet"], as_of: datetime | None, *, limit: int, now: datetime) -> FeedAge:
    age = None if as_of is None else max(0, int((now - as_of).total_seconds()))
    return FeedAge(feed=feed, age_seconds=age, limit_seconds=limit)
