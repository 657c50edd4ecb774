"""What the EC center keeps, in SQLite: of every outcome the transaction's id, digests, counts and yen.

The signed bytes stay only until the center has acknowledged them; then they are overwritten, and the acknowledgement
stays for a kiosk that asks again. No name and no serial ever comes here, and a paper number only of paper that was left
in a kiosk, until the store has settled it (`lost_journal`).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from madoguchi.ec import lost_journal
from madoguchi.runtime.clock import JST, epoch
from madoguchi.runtime.journal import Journal
from madoguchi.wire.outcome import RelayedOutcome

SCHEMA = (
    """
    CREATE TABLE outcomes (
        id BLOB PRIMARY KEY CHECK (length(id) = 16),
        outcome_digest BLOB NOT NULL UNIQUE CHECK (length(outcome_digest) = 32),
        ward TEXT NOT NULL,
        result TEXT NOT NULL,
        sheets_printed INTEGER NOT NULL CHECK (sheets_printed >= 0),
        paid_yen INTEGER NOT NULL CHECK (paid_yen >= 0),
        refunded_yen INTEGER NOT NULL CHECK (refunded_yen >= 0),
        owed_yen INTEGER NOT NULL CHECK (owed_yen >= 0),
        taken_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_at INTEGER NOT NULL DEFAULT 0,
        enrolment BLOB,
        outcome BLOB,
        relay BLOB,
        acknowledgement BLOB,
        CHECK ((acknowledgement IS NULL) = (enrolment IS NOT NULL)),
        CHECK ((acknowledgement IS NULL) = (outcome IS NOT NULL)),
        CHECK ((acknowledgement IS NULL) = (relay IS NOT NULL))
    ) STRICT;
    CREATE INDEX outcomes_waiting ON outcomes (next_at) WHERE acknowledgement IS NULL;
    CREATE INDEX outcomes_of_a_day ON outcomes (taken_at);
    """,
    lost_journal.SCHEMA,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One outcome as this operator counted it."""

    transaction: bytes
    outcome_digest: bytes
    ward: str
    result: str
    sheets_printed: int
    paid_yen: int
    refunded_yen: int
    owed_yen: int
    taken_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An outcome that the center has not acknowledged."""

    transaction: bytes
    outcome_digest: bytes
    attempts: int
    told: RelayedOutcome


def put(journal: Journal, counted: Counted, told: RelayedOutcome) -> bytes:
    """Keep an outcome, once per transaction. Returns the digest that stands: another one means a conflict."""
    with journal.write() as connection:
        connection.execute(
            "INSERT INTO outcomes (id, outcome_digest, ward, result, sheets_printed, paid_yen, refunded_yen, owed_yen,"
            " taken_at, enrolment, outcome, relay) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                counted.transaction,
                counted.outcome_digest,
                counted.ward,
                counted.result,
                counted.sheets_printed,
                counted.paid_yen,
                counted.refunded_yen,
                counted.owed_yen,
                counted.taken_at,
                told.enrolment,
                told.outcome,
                told.relay,
            ),
        )
        found = connection.execute(
            "SELECT outcome_digest FROM outcomes WHERE id = ?", (counted.transaction,)
        ).fetchone()
    return bytes(found["outcome_digest"])


def acknowledgement(journal: Journal, transaction: bytes) -> bytes | None:
    """The center's raw acknowledgement of this transaction's outcome, if it has come."""
    with journal.read() as connection:
        found = connection.execute("SELECT acknowledgement FROM outcomes WHERE id = ?", (transaction,)).fetchone()
    return None if found is None else found["acknowledgement"]


def acknowledge(journal: Journal, transaction: bytes, *, raw: bytes) -> None:
    """Write the acknowledgement and let go of the bytes that were kept for it."""
    with journal.write() as connection:
        connection.execute(
            "UPDATE outcomes SET acknowledgement = ?, enrolment = NULL, outcome = NULL, relay = NULL"
            " WHERE id = ? AND acknowledgement IS NULL",
            (raw, transaction),
        )


def due(journal: Journal, *, at: datetime, limit: int) -> list[Waiting]:
    """Outcomes to relay now, oldest first."""
    with journal.read() as connection:
        rows = connection.execute(
            "SELECT id, outcome_digest, attempts, enrolment, outcome, relay FROM outcomes"
            " WHERE acknowledgement IS NULL AND next_at <= ? ORDER BY next_at, taken_at LIMIT ?",
            (epoch(at), limit),
        ).fetchall()
    return [_waiting(row) for row in rows]


def waiting(journal: Journal, transaction: bytes) -> Waiting | None:
    """This transaction's outcome, while it is not acknowledged."""
    with journal.read() as connection:
        row = connection.execute(
            "SELECT id, outcome_digest, attempts, enrolment, outcome, relay FROM outcomes"
            " WHERE acknowledgement IS NULL AND id = ?",
            (transaction,),
        ).fetchone()
    return None if row is None else _waiting(row)


def try_again(journal: Journal, transaction: bytes, *, after: datetime) -> None:
    """Count a failed attempt, and when to make the next."""
    with journal.write() as connection:
        connection.execute(
            "UPDATE outcomes SET attempts = attempts + 1, next_at = ? WHERE id = ? AND acknowledgement IS NULL",
            (epoch(after), transaction),
        )


def of_day(journal: Journal, *, day: date) -> list[Counted]:
    """What was counted on a Japanese calendar day, in order."""
    start = datetime(day.year, day.month, day.day, tzinfo=JST)
    with journal.read() as connection:
        rows = connection.execute(
            'SELECT id AS "transaction", outcome_digest, ward, result, sheets_printed, paid_yen, refunded_yen,'
            " owed_yen, taken_at FROM outcomes WHERE taken_at >= ? AND taken_at < ? ORDER BY taken_at, id",
            (epoch(start), epoch(start + timedelta(days=1))),
        ).fetchall()
    return [Counted(**_plain(row)) for row in rows]


def forget(journal: Journal, *, before: datetime) -> int:
    """Delete the counts of acknowledged outcomes from before. Returns how many."""
    with journal.write() as connection:
        gone = connection.execute(
            "DELETE FROM outcomes WHERE acknowledgement IS NOT NULL AND taken_at < ?", (epoch(before),)
        )
    return gone.rowcount


def _waiting(row: sqlite3.Row) -> Waiting:
    return Waiting(
        transaction=row["id"],
        outcome_digest=row["outcome_digest"],
        attempts=row["attempts"],
        told=RelayedOutcome(enrolment=row["enrolment"], outcome=row["outcome"], relay=row["relay"]),
    )


def _plain(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values
