"""The outbox: what the issuing server must still learn. A package or a stop stays until it is acknowledged.

Nothing here is part of a resident's transaction, so sending is repeated until it succeeds; the receiver takes the same
package once (its sequence number says so).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from madoguchi.records.package import write_package
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import Connection
from madoguchi.statement import Signer
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.tax import ledger
from madoguchi.tax.problems import EMPTY_LEDGER
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import FeedManifest, FeedPackage, StopNotice

Stop = Literal["suppression", "removal", "correction"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Something to send: its number in the outbox and its bytes on the wire."""

    number: int
    body: bytes


async def make_package(connection: Connection, *, signer: Signer, ward: str, at: datetime) -> int:
    """Put the next package into the outbox: a snapshot first, then what changed since. Returns its sequence."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax packages'))")
    cursor = await connection.execute("SELECT sequence, up_to FROM packages ORDER BY sequence DESC LIMIT 1")
    last = await cursor.fetchone()
    up_to = await ledger.last_change(connection)
    if up_to == 0:
        raise EMPTY_LEDGER.error()
    sequence, after = (1, 0) if last is None else (last["sequence"] + 1, last["up_to"])
    content: Literal["snapshot", "delta"] = "snapshot" if last is None else "delta"
    files, about = write_package(await ledger.changed_records(connection, after=after))
    manifest = FeedManifest(ward=ward, sequence=sequence, content=content, created_at=epoch(at), files=about)
    package = FeedPackage(manifest=signer.sign(FEED_MANIFEST, manifest), files=files)
    await connection.execute(
        "INSERT INTO packages (sequence, content, up_to, package) VALUES (%s, %s, %s, %s)",
        (sequence, content, up_to, encode(package)),
    )
    return sequence


async def make_stop(
    connection: Connection, addressee_number: str, *, stop: Stop, stopped: bool, signer: Signer, ward: str, at: datetime
) -> None:
    """Put an immediate stop (or its end) into the outbox."""
    notice = StopNotice(ward=ward, addressee_number=addressee_number, stop=stop, stopped=stopped, at=epoch(at))
    await connection.execute("INSERT INTO stops (notice) VALUES (%s)", (signer.sign(STOP_NOTICE, notice),))


async def unsent_packages(connection: Connection) -> list[Outgoing]:
    """Packages in their order, oldest first."""
    cursor = await connection.execute(
        "SELECT sequence, package FROM packages WHERE acknowledged_at IS NULL ORDER BY sequence LIMIT 10"
    )
    return [Outgoing(row["sequence"], bytes(row["package"])) for row in await cursor.fetchall()]


async def unsent_stops(connection: Connection) -> list[Outgoing]:
    """Stops in their order, oldest first."""
    cursor = await connection.execute(
        "SELECT number, notice FROM stops WHERE acknowledged_at IS NULL ORDER BY number LIMIT 100"
    )
    return [Outgoing(row["number"], bytes(row["notice"])) for row in await cursor.fetchall()]


async def package_acknowledged(connection: Connection, number: int) -> None:
    """The issuing server has it: the copy in the outbox goes."""
    await connection.execute(
        "UPDATE packages SET package = NULL, acknowledged_at = clock_timestamp()"
        " WHERE sequence = %s AND acknowledged_at IS NULL",
        (number,),
    )


async def stop_acknowledged(connection: Connection, number: int) -> None:
    """The stop is in force at the issuing server."""
    await connection.execute(
        "UPDATE stops SET notice = NULL, acknowledged_at = clock_timestamp()"
        " WHERE number = %s AND acknowledged_at IS NULL",
        (number,),
    )
