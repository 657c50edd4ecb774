"""Generations: a snapshot is written beside what is in force, and switched in by a transaction of a few milliseconds.

There are two places, `a` and `b`, of three tables each; `feeds.slot` says which is in force. Nobody reads the other,
so it is cleared, filled with COPY and indexed without a lock that issuing could feel. A crash leaves rubbish there,
which the next package clears. A delta, or the snapshot of some years, is written beside as well, and from there
replaces rows of the generation in force, in one transaction.

One package is applied at a time, whichever process takes it in: the load lock, held by the session and so released by
PostgreSQL itself when the process dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import psycopg

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
_HEADER: Final = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER: Final = b"\xff\xff"
_COLUMNS: Final = {
    "persons": "person, sealed",
    "records": "person, fiscal_year, sealed",
    "instalments": "person, fiscal_year, sealed",
}
_KEPT: Final = {**_COLUMNS, "persons": "person, version, sealed"}
"""A person has a version from the moment of being written beside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Sealed rows of one table, packed for COPY (`store.cells`)."""

    table: str
    octets: bytes


_Next = Callable[[], Awaitable[Rows | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaces:
    """Which rows of `records` and `instalments` give way to those of a package (`wire.feed.FeedManifest`)."""

    everybody: bool
    """Those of the whole ward, not only of the people in the package."""
    years: tuple[int, ...] | None
    """Of these years; None of all."""

    def where(self, beside: Slot) -> str:
        """The condition, over the parameter `years`. A package of everybody and all years has none."""
        people = [] if self.everybody else [f"person IN (SELECT person FROM persons_{beside})"]  # noqa: S608 - ours
        years = [] if self.years is None else ["fiscal_year = ANY(%(years)s)"]
        if not people and not years:
            msg = "a whole snapshot is switched in"
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


async def write_beside(connection: Connection, package: Callable[[], Generator[Rows]], *, slot: Slot) -> Written:
    """Fill the generation that is not in force and index it; the session of `alone_loading`, its own transaction.

    The rows of a table follow those of the one before it in `TABLES`. Whatever `package` raises leaves nothing here.
    """
    async with connection.transaction(), _walked(package) as rows:
        await connection.execute("SET LOCAL statement_timeout = 0")
        # What is written goes to the disk as it comes: no issue's commit waits behind hundreds of megabytes at the end.
        await connection.execute("SET LOCAL backend_flush_after = '1MB'")
        await connection.execute("SELECT clear_generation(%s)", (slot,))
        counts, ahead = [], await rows()
        for table in TABLES:
            count, ahead = await _copy(connection, table, slot, ahead, rows)
            counts.append(count)
        await connection.execute("SELECT index_generation(%s)", (slot,))
    return Written(persons=counts[0], records=counts[1], instalments=counts[2])


@asynccontextmanager
async def _walked(package: Callable[[], Generator[Rows]]) -> AsyncIterator[_Next]:
    """Walk through a package in a thread of its own, which ends it too when the walk is broken off."""
    loop, iterator = asyncio.get_running_loop(), package()
    with ThreadPoolExecutor(1, thread_name_prefix="package") as thread:
        try:
            yield lambda: loop.run_in_executor(thread, next, iterator, None)
        finally:
            await loop.run_in_executor(thread, iterator.close)


async def clear(connection: Connection, slot: Slot) -> None:
    """Empty the generation that is not in force."""
    async with connection.transaction():
        await connection.execute("SELECT clear_generation(%s)", (slot,))


def other(slot: Slot) -> Slot:
    """The place of the next generation."""
    return SLOTS[1] if slot == SLOTS[0] else SLOTS[0]


async def merge(connection: Connection, *, replaces: Replaces, slot: Slot) -> None:
    """Let what was written beside take the place of people or years in the generation in force.

    The caller's transaction, and the session of `alone_loading`.
    """
    await connection.execute("SET LOCAL statement_timeout = 0")
    beside, years = other(slot), {"years": list(replaces.years or ())}
    named = f"person IN (SELECT person FROM persons_{beside})"  # noqa: S608 - our own names
    for table in TABLES:
        where = named if table == "persons" else replaces.where(beside)
        await connection.execute(f"DELETE FROM {table}_{slot} WHERE {where}".encode(), years)  # noqa: S608
        columns = _KEPT[table]
        await connection.execute(
            f"INSERT INTO {table}_{slot} ({columns}) SELECT {columns} FROM {table}_{beside}".encode()  # noqa: S608
        )


async def _copy(
    connection: Connection, table: str, slot: Slot, ahead: Rows | None, rows: _Next
) -> tuple[int, Rows | None]:
    """Send the rows of one table; returns how many, and what comes after them."""
    statement = f"COPY {table}_{slot} ({_COLUMNS[table]}) FROM STDIN (FORMAT binary, FREEZE)"
    async with connection.cursor() as cursor:
        async with cursor.copy(statement.encode()) as copy:
            await copy.write(_HEADER)
            while ahead is not None and ahead.table == table:
                await copy.write(ahead.octets)
                ahead = await rows()
            await copy.write(_TRAILER)
        return cursor.rowcount, ahead
