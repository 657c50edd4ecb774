"""Which rows a transaction of the serving role may see, and that a change of them and an issue never overlap.

The only place that sets `madoguchi.person` and `madoguchi.serial`. PostgreSQL's row security shows the serving role
nothing but the rows of the one person, and of the one serial, that these name; both end with their transaction.

One lock stands between reading and changing. Whoever reads what the ward's systems sent shares it from its first
statement to its commit. Whoever changes that data does its work first, and takes the lock alone for its commit. So a
stop, a removal, an amendment or a new generation is either committed before an issue reads, and seen by it; or it waits
until the issue is committed. Nobody waits for the work, only for a commit. The evidence lock comes after this one.
"""

from __future__ import annotations

from typing import Final, Literal

from madoguchi.issuer.problems import FEED_GAP
from madoguchi.runtime.database import Connection

Slot = Literal["a", "b"]
"""Where a generation lies: one is in force, the other empty or being written."""
SLOTS: Final[tuple[Slot, Slot]] = ("a", "b")
_LOCK: Final = 0x72656376
"""Advisory lock "recv": one per database."""


async def begin_reading(connection: Connection) -> Slot:
    """Share the lock until the transaction ends; returns where the generation in force lies."""
    await connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", (_LOCK,))
    return await slot_in_force(connection)


async def before_commit(connection: Connection) -> None:
    """Wait until nobody reads, and let nobody begin before this transaction has ended. Then evidence, then commit."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))


async def slot_in_force(connection: Connection) -> Slot:
    """Where the generation in force lies."""
    cursor = await connection.execute("SELECT slot FROM feeds WHERE feed = 'tax'")
    row = await cursor.fetchone()
    if row is None or row["slot"] not in SLOTS:
        raise FEED_GAP.error("no state of the feed")
    slot: Slot = row["slot"]
    return slot


async def show_person(connection: Connection, person: bytes) -> None:
    """Let this transaction see one person's rows (`BlindIndex.person`)."""
    await connection.execute("SELECT set_config('madoguchi.person', %s, true)", (person.hex(),))


async def show_serial(connection: Connection, serial: bytes) -> None:
    """Let this transaction see one certificate's row (`BlindIndex.serial`)."""
    await connection.execute("SELECT set_config('madoguchi.serial', %s, true)", (serial.hex(),))
