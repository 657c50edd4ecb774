"""Generations: a snapshot is written beside what is in force, and switched in by a transaction of a few milliseconds.

There are two places, `a` and `b`, of three tables each; `feeds.slot` says which is in force. Nobody reads the other,
so it is cleared, filled with COPY and indexed without a lock that issuing could feel. A crash leaves rubbish there,
which the next snapshot clears. A delta or
the snapshot of some years replaces rows in the generation in force, in one transaction.

One package is applied at a time, whichever process takes it in: the load lock, held by the session and so released by
PostgreSQL itself when the process dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Protocol

import psycopg

from madoguchi.issuer.store.cells import Sealer
from madoguchi.issuer.store.problems import FEED_BUSY
from madoguchi.issuer.store.visible import SLOTS, Slot
from madoguchi.runtime.database import Connection, Pool, session

TABLES: Final = ("persons", "records", "instalments")
_LOAD_LOCK: Final = 0x6C6F6164
"""Advisory lock "load": one per database."""
_WAIT_SECONDS: Final = 20.0
PATIENT_SECONDS: Final = 600.0
"""For work that may wait for a whole snapshot."""
_LOOK_SECONDS: Final = 0.1
_BLOCK_OCTETS: Final = 512 * 1024
"""How much is sealed off the event loop and sent in one go."""
_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_COLUMNS: Final = {
    "persons": "person, sealed",
    "records": "person, fiscal_year, sealed",
    "instalments": "person, fiscal_year, sealed",
}


class PackageRows(Protocol):
    """The checked rows of a package, in an order that can be walked once each."""

    def years(self) -> frozenset[int]:
        """Fiscal years of which there are rows."""
        ...

    def whose(self, sealer: Sealer) -> list[bytes]:
        """The persons of the package by their keyed names."""
        ...

    def rows(self, table: str, sealer: Sealer) -> Iterator[bytes]:
        """Sealed rows of one table, packed for COPY; any number of rows at a time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaces:
    """Which rows of `records` and `instalments` give way to those of a package (`wire.feed.FeedManifest`)."""

    everybody: bool
    """Those of the whole ward, not only of the people in the package."""
    years: tuple[int, ...] | None
    """Of these years; None of all."""

    @property
    def where(self) -> str:
        """The condition, over the parameters `whose` and `years`. A package of everybody and all years is no such."""
        people = [] if self.everybody else ["person = ANY(%(whose)s)"]
        years = [] if self.years is None else ["fiscal_year = ANY(%(years)s)"]
        if not people and not years:
            msg = "a whole snapshot is written beside"
            raise ValueError(msg)
        return " AND ".join([*people, *years])


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How many rows were written."""

    persons: int
    records: int
    instalments: int


@asynccontextmanager
async def alone_loading(pool: Pool, *, wait_seconds: float = _WAIT_SECONDS) -> AsyncIterator[Connection]:
    """A session that alone may write generations and move data keys. Raises `issuer.feed_busy`."""
    async with session(pool) as connection:
        await _lock(connection, wait_seconds)
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):  # a lost session has lost its lock
                await connection.execute("SELECT pg_advisory_unlock(%s)", (_LOAD_LOCK,))


async def _lock(connection: Connection, wait_seconds: float) -> None:
    for _ in range(max(1, int(wait_seconds / _LOOK_SECONDS))):
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS got", (_LOAD_LOCK,))
        row = await cursor.fetchone()
        if row is not None and row["got"]:
            return
        await asyncio.sleep(_LOOK_SECONDS)
    raise FEED_BUSY.error()


async def write_beside(connection: Connection, package: PackageRows, *, slot: Slot, sealer: Sealer) -> Written:
    """Fill the generation that is not in force and index it; the session of `alone_loading`, its own transaction."""
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0")
        await connection.execute("SELECT clear_generation(%s)", (slot,))
        counts = [await _copy(connection, table, slot, package.rows(table, sealer), freeze=True) for table in TABLES]
        await connection.execute("SELECT index_generation(%s)", (slot,))
    return Written(persons=counts[0], records=counts[1], instalments=counts[2])


async def clear(connection: Connection, slot: Slot) -> None:
    """Empty the generation that is not in force."""
    async with connection.transaction():
        await connection.execute("SELECT clear_generation(%s)", (slot,))


def other(slot: Slot) -> Slot:
    """The place of the next generation."""
    return SLOTS[1] if slot == SLOTS[0] else SLOTS[0]


async def write_into(
    connection: Connection, package: PackageRows, *, replaces: Replaces, slot: Slot, sealer: Sealer
) -> Written:
    """Replace people or years in the generation in force, in the caller's transaction."""
    await connection.execute("SET LOCAL statement_timeout = 0")
    whose = await asyncio.to_thread(package.whose, sealer)
    await connection.execute(f"DELETE FROM persons_{slot} WHERE person = ANY(%s)".encode(), (whose,))  # noqa: S608 - ours
    values = {"whose": whose, "years": list(replaces.years or ())}
    for table in ("records", "instalments"):
        await connection.execute(f"DELETE FROM {table}_{slot} WHERE {replaces.where}".encode(), values)  # noqa: S608 - ours
    counts = [await _copy(connection, table, slot, package.rows(table, sealer), freeze=False) for table in TABLES]
    return Written(persons=counts[0], records=counts[1], instalments=counts[2])


async def _copy(connection: Connection, table: str, slot: Slot, rows: Iterator[bytes], *, freeze: bool) -> int:
    options = "FORMAT binary, FREEZE" if freeze else "FORMAT binary"
    statement = f"COPY {table}_{slot} ({_COLUMNS[table]}) FROM STDIN ({options})"
    async with connection.cursor() as cursor:
        async with cursor.copy(statement.encode()) as copy:
            await copy.write(_HEADER)
            while block := await asyncio.to_thread(_block, rows):
                await copy.write(block)
            await copy.write(_TRAILER)
        return cursor.rowcount


def _block(rows: Iterator[bytes]) -> bytes:
    taken: list[bytes] = []
    octets = 0
    for row in rows:
        taken.append(row)
        octets += len(row)
        if octets >= _BLOCK_OCTETS:
            break
    return b"".join(taken)
