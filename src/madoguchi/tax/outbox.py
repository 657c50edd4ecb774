"""The outbox: what the issuing server must still learn. A package or a stop stays until it is acknowledged.

Nothing here is part of a resident's transaction, so sending is repeated until it succeeds; the receiver takes the same
package once (its sequence number says so).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from psycopg.rows import DictRow

from madoguchi.records.package import write_package
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import Connection
from madoguchi.statement import Signer
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.tax import ledger
from madoguchi.tax.problems import EMPTY_LEDGER, NO_SNAPSHOT_YET
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import FORMAT_VERSION, FeedManifest, FeedPackage, StopNotice

Stop = Literal["suppression", "removal", "correction"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send: its number in the outbox and its bytes on the wire."""

    number: int
    body: bytes


async def is_behind(connection: Connection) -> bool:
    """Whether the ledger has changed since the last package was made."""
    last = await _last_package(connection)
    after = last["up_to"] if last else 0
    return await ledger.last_change(connection) > after or await ledger.was_replaced(connection, after=after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which package is wanted; without a wish, what is due: everything at first and after a new export, or a delta."""

    content: Literal["snapshot", "delta"]
    year: int | None = None
    """A snapshot of this fiscal year alone."""


async def make_package(
    connection: Connection, *, signer: Signer, ward: str, at: datetime, wish: Wish | None = None
) -> int:
    """Put the next package into the outbox; returns its sequence.

    A delta may hold nothing, and then says that nothing changed. Raises `tax.empty_ledger`, or `tax.no_snapshot_yet`
    for a wish that builds on what was never sent, or that a replaced ledger has overtaken.
    """
    # Who makes a package waits for who makes another; the ledger goes on changing meanwhile, which is the next package.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax packages'))")
    last = await _last_package(connection)
    sequence, after = (1, 0) if last is None else (last["sequence"] + 1, last["up_to"])
    up_to = await ledger.last_change(connection)
    if up_to == 0:
        raise EMPTY_LEDGER.error()
    due_whole = last is None or await ledger.was_replaced(connection, after=after)
    if wish is not None and due_whole and wish != Wish(content="snapshot"):
        raise NO_SNAPSHOT_YET.error()
    year = None if wish is None else wish.year
    if year is not None:
        # It says nothing of other years: whoever changed still goes out with the next delta.
        records, up_to = await ledger.year_records(connection, year), after
        snapshot = True
    else:
        snapshot = due_whole or (wish is not None and wish.content == "snapshot")
        records = await ledger.changed_records(connection, after=0 if snapshot else after)
    files, about = write_package(records)
    manifest = FeedManifest(
        format_version=FORMAT_VERSION,
        ward=ward,
        sequence=sequence,
        content="snapshot" if snapshot else "delta",
        every_year=year is None,
        fiscal_years=records.years if year is None else (year,),
        created_at=epoch(at),
        files=about,
    )
    package = FeedPackage(manifest=signer.sign(FEED_MANIFEST, manifest), files=files)
    await connection.execute(
        "INSERT INTO packages (sequence, content, every_year, up_to, package, made_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (sequence, manifest.content, manifest.every_year, up_to, encode(package), at),
    )
    return sequence


async def has_packages(connection: Connection) -> bool:
    """Whether there was a first package."""
    return await _last_package(connection) is not None


async def last_snapshot_at(connection: Connection) -> datetime | None:
    """When everything was last sent whole."""
    cursor = await connection.execute(
        "SELECT made_at FROM packages WHERE content = 'snapshot' AND every_year ORDER BY sequence DESC LIMIT 1"
    )
    row = await cursor.fetchone()
    return None if row is None else row["made_at"]


async def make_stop(
    connection: Connection, addressee_number: str, *, stop: Stop, stopped: bool, signer: Signer, ward: str, at: datetime
) -> None:
    """Put an immediate stop (or its end) into the outbox.

    Its time is later than that of every notice about the same before it, by a second if need be: the issuing server
    refuses an older notice, and of two with one time only the stop would count.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax stops'))")
    cursor = await connection.execute(
        "SELECT max(notice_at) AS latest FROM stops WHERE addressee_number = %s AND stop = %s", (addressee_number, stop)
    )
    row = await cursor.fetchone()
    latest = -1 if row is None or row["latest"] is None else row["latest"]
    seconds = max(epoch(at), latest + 1)
    notice = StopNotice(ward=ward, addressee_number=addressee_number, stop=stop, stopped=stopped, at=seconds)
    await connection.execute(
        "INSERT INTO stops (addressee_number, stop, notice_at, notice) VALUES (%s, %s, %s, %s)",
        (addressee_number, stop, seconds, signer.sign(STOP_NOTICE, notice)),
    )


async def unsent_packages(connection: Connection) -> list[Outgoing]:
    """Packages in their order, oldest first; what a later snapshot contains anyway is not sent any more."""
    cursor = await connection.execute(
        "SELECT sequence, package FROM packages WHERE settled_at IS NULL AND sequence >="
        " coalesce((SELECT max(sequence) FROM packages WHERE content = 'snapshot' AND every_year), 0)"
        " ORDER BY sequence LIMIT 10"
    )
    return [Outgoing(row["sequence"], bytes(row["package"])) for row in await cursor.fetchall()]


async def unsent_stops(connection: Connection) -> list[Outgoing]:
    """Stops in their order, oldest first."""
    cursor = await connection.execute(
        "SELECT number, notice FROM stops WHERE acknowledged_at IS NULL ORDER BY number LIMIT 100"
    )
    return [Outgoing(row["number"], bytes(row["notice"])) for row in await cursor.fetchall()]


async def package_acknowledged(connection: Connection, number: int) -> None:
    """The issuing server has it, and so all that went before: the copies in the outbox go."""
    await connection.execute(
        "UPDATE packages SET package = NULL, settled_at = clock_timestamp()"
        " WHERE sequence <= %s AND settled_at IS NULL",
        (number,),
    )


async def stop_acknowledged(connection: Connection, number: int) -> None:
    """The stop is in force at the issuing server."""
    await connection.execute(
        "UPDATE stops SET notice = NULL, acknowledged_at = clock_timestamp()"
        " WHERE number = %s AND acknowledged_at IS NULL",
        (number,),
    )


async def _last_package(connection: Connection) -> DictRow | None:
    cursor = await connection.execute("SELECT sequence, up_to FROM packages ORDER BY sequence DESC LIMIT 1")
    return await cursor.fetchone()
