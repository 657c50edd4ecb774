"""Lost property in the EC center's journal. It names nobody; paper numbers go when it is settled."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from msgspec import convert

from madoguchi.ec.problems import LOST_ENDED, LOST_UNKNOWN
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.journal import Journal
from madoguchi.wire.lost import LostEnd, LostProperty, LostThing

SCHEMA = """
    CREATE TABLE lost_property (
        id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
        notice_digest BLOB NOT NULL CHECK (length(notice_digest) = 32),
        kiosk BLOB NOT NULL CHECK (length(kiosk) = 16),
        thing TEXT NOT NULL CHECK (thing IN ('card', 'paper')),
        transaction_id BLOB CHECK (length(transaction_id) = 16),
        ward TEXT,
        papers BLOB NOT NULL,
        noticed_at INTEGER NOT NULL,
        ended TEXT CHECK (ended IN ('police', 'returned')),
        receipt TEXT,
        ended_at INTEGER,
        told TEXT NOT NULL DEFAULT '' CHECK (told IN ('', 'open', 'ended')),
        alarmed INTEGER NOT NULL DEFAULT 0 CHECK (alarmed IN (0, 1)),
        CHECK ((ended IS NULL) = (ended_at IS NULL)),
        CHECK ((ended IS 'police') = (receipt IS NOT NULL))
    ) STRICT
    """
_PAPER_OCTETS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One lost thing as this operator knows it."""

    id: bytes
    kiosk: bytes
    thing: LostThing
    transaction: bytes | None
    ward: str | None
    papers: tuple[bytes, ...]
    noticed_at: int
    end: LostEnd | None
    receipt: str | None
    ended_at: int | None


def put(journal: Journal, body: LostProperty, *, digest: bytes) -> bytes:
    """Keep a notice, once per id. Returns the digest that stands: another one means a conflict."""
    with journal.write() as connection:
        connection.execute(
            "INSERT INTO lost_property (id, notice_digest, kiosk, thing, transaction_id, ward, papers, noticed_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (
                body.id,
                digest,
                body.kiosk,
                body.thing,
                body.transaction,
                body.ward,
                b"".join(body.papers),
                body.noticed_at,
            ),
        )
        row = connection.execute("SELECT notice_digest FROM lost_property WHERE id = ?", (body.id,)).fetchone()
    return bytes(row["notice_digest"])


def complete(journal: Journal, id_: bytes, *, end: LostEnd, receipt: str | None, at: datetime) -> Found:
    """A person has settled it; its paper numbers are let go of. Raises `ec.lost_unknown`, `ec.lost_ended`."""
    with journal.write() as connection:
        row = connection.execute("SELECT ended FROM lost_property WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise LOST_UNKNOWN.error()
        if row["ended"] is not None:
            raise LOST_ENDED.error(row["ended"])
        connection.execute(
            "UPDATE lost_property SET ended = ?, receipt = ?, ended_at = ?, papers = x'' WHERE id = ?",
            (end, receipt, epoch(at), id_),
        )
        ended = connection.execute("SELECT * FROM lost_property WHERE id = ?", (id_,)).fetchone()
    return _found(ended)


def listed(journal: Journal, *, ended_too: bool) -> list[Found]:
    """What is open, oldest first, and if wanted what is settled."""
    with journal.read() as connection:
        rows = connection.execute(
            "SELECT * FROM lost_property WHERE ended IS NULL OR ? ORDER BY noticed_at, id", (ended_too,)
        ).fetchall()
    return [_found(row) for row in rows]


def untold(journal: Journal) -> list[Found]:
    """Papers of which the center does not know the present state."""
    with journal.read() as connection:
        rows = connection.execute(
            "SELECT * FROM lost_property WHERE transaction_id IS NOT NULL AND ward IS NOT NULL"
            " AND told <> CASE WHEN ended IS NULL THEN 'open' ELSE 'ended' END ORDER BY noticed_at LIMIT 16"
        ).fetchall()
    return [_found(row) for row in rows]


def told(journal: Journal, found: Found) -> None:
    """The center has it as it was when it was told."""
    state = "open" if found.end is None else "ended"
    with journal.write() as connection:
        connection.execute("UPDATE lost_property SET told = ? WHERE id = ?", (state, found.id))


def overdue(journal: Journal, *, before: datetime, unsaid: bool = False) -> list[Found]:
    """What was noticed before and is open still; if wanted only what no alarm was given for."""
    with journal.read() as connection:
        rows = connection.execute(
            "SELECT * FROM lost_property WHERE ended IS NULL AND noticed_at <= ? AND NOT (alarmed AND ?)",
            (epoch(before), unsaid),
        ).fetchall()
    return [_found(row) for row in rows]


def said(journal: Journal, id_: bytes) -> None:
    """The alarm was given."""
    with journal.write() as connection:
        connection.execute("UPDATE lost_property SET alarmed = 1 WHERE id = ?", (id_,))


def forget(journal: Journal, *, before: datetime) -> int:
    """Delete what was settled before and the center knows of. Returns how many."""
    with journal.write() as connection:
        gone = connection.execute(
            "DELETE FROM lost_property WHERE ended_at < ? AND (told = 'ended' OR transaction_id IS NULL)",
            (epoch(before),),
        )
    return gone.rowcount


def _found(row: sqlite3.Row) -> Found:
    papers = row["papers"]
    return Found(
        id=row["id"],
        kiosk=row["kiosk"],
        thing=convert(row["thing"], type=LostThing),
        transaction=row["transaction_id"],
        ward=row["ward"],
        papers=tuple(papers[at : at + _PAPER_OCTETS] for at in range(0, len(papers), _PAPER_OCTETS)),
        noticed_at=row["noticed_at"],
        end=convert(row["ended"], type=LostEnd | None),
        receipt=row["receipt"],
        ended_at=row["ended_at"],
    )
