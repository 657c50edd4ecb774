"""The authority's table of certificates, and the lists made from it. No row names a person.

Times of revocation are the database's: all replicas and the lists agree on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from madoguchi.jpki.crl import Revoked
from madoguchi.jpki.problems import CERTIFICATE_UNKNOWN
from madoguchi.jpki.status import GOOD, UNKNOWN, Reason, State, Status
from madoguchi.runtime.database import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One certificate as it is loaded: the pair that names it, and whether it is already revoked."""

    generation: str
    serial: str = field(repr=False)
    valid_until: date
    revoked: Reason | None = None


async def status_of(connection: Connection, *, generation: str, serial: str) -> Status:
    """What the authority knows of a certificate; `unknown` for one that it never issued."""
    cursor = await connection.execute(
        "SELECT revoked_at, reason FROM certificates WHERE generation = %s AND serial = %s", (generation, serial)
    )
    row = await cursor.fetchone()
    if row is None:
        return UNKNOWN
    if row["revoked_at"] is None:
        return GOOD
    return Status(state=State.REVOKED, revoked_at=row["revoked_at"], reason=Reason(row["reason"]))


async def revoke(connection: Connection, *, generation: str, serial: str, reason: Reason) -> Status:
    """Revoke for ever, from now on; a certificate that is revoked already keeps its time and reason.

    Raises `jpki.certificate_unknown`.
    """
    await connection.execute(
        "UPDATE certificates SET revoked_at = clock_timestamp(), reason = %s"
        " WHERE generation = %s AND serial = %s AND revoked_at IS NULL",
        (reason, generation, serial),
    )
    status = await status_of(connection, generation=generation, serial=serial)
    if status is UNKNOWN:
        raise CERTIFICATE_UNKNOWN.error()
    return status


async def load(connection: Connection, registrations: Iterable[Registration]) -> int:
    """Add certificates, all or none with the caller's transaction. Returns how many are new or newly revoked.

    One that is registered stays as it is, except that it may become revoked; nothing takes a revocation back.
    """
    rows = tuple(registrations)
    columns: tuple[list[Any], ...] = (
        [each.generation for each in rows],
        [each.serial for each in rows],
        [each.valid_until for each in rows],
        [each.revoked for each in rows],
    )
    cursor = await connection.execute(
        "INSERT INTO certificates AS known (generation, serial, valid_until, revoked_at, reason)"
        " SELECT generation, serial, valid_until,"
        " CASE WHEN reason IS NOT NULL THEN transaction_timestamp() END, reason"
        " FROM unnest(%s::text[], %s::text[], %s::date[], %s::text[]) AS row (generation, serial, valid_until, reason)"
        " ON CONFLICT (generation, serial) DO UPDATE SET revoked_at = EXCLUDED.revoked_at, reason = EXCLUDED.reason"
        " WHERE known.revoked_at IS NULL AND EXCLUDED.revoked_at IS NOT NULL",
        columns,
    )
    return cursor.rowcount


async def revoked_before(connection: Connection, *, generation: str, at: datetime) -> list[Revoked]:
    """What belongs on the list as of `at`: revoked by then, and not expired long before."""
    cursor = await connection.execute(
        "SELECT serial, revoked_at, reason FROM certificates"
        " WHERE generation = %s AND revoked_at < %s AND valid_until >= %s ORDER BY revoked_at, serial",
        (generation, at, at.date()),
    )
    return [
        Revoked(serial=row["serial"], revoked_at=row["revoked_at"], reason=Reason(row["reason"]))
        for row in await cursor.fetchall()
    ]


async def find_list(connection: Connection, *, generation: str, this_update: datetime) -> bytes | None:
    """The day's list, if a replica has made it."""
    cursor = await connection.execute(
        "SELECT der FROM revocation_lists WHERE generation = %s AND this_update = %s", (generation, this_update)
    )
    row = await cursor.fetchone()
    return None if row is None else bytes(row["der"])


async def keep_list(connection: Connection, der: bytes, *, generation: str, this_update: datetime) -> bytes:
    """Keep the day's list, unless another replica was first; returns the one that counts."""
    await connection.execute(
        "INSERT INTO revocation_lists (generation, this_update, der) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (generation, this_update, der),
    )
    kept = await find_list(connection, generation=generation, this_update=this_update)
    return der if kept is None else kept
