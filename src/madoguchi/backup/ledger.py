"""Approvals, backups and copies in the party's database, each step with its entry of evidence in the same commit."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from madoguchi import evidence
from madoguchi.backup.config import BackupConfig
from madoguchi.backup.problems import NOT_APPROVED, UNKNOWN
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Connection, connect, transaction

APPROVAL_LIFE: Final = timedelta(hours=24)
ResultT = TypeVar("ResultT")
Work = Callable[[Connection], Awaitable[ResultT]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A backup that was written."""

    backup: bytes
    digest: bytes
    """SHA-256 of the file, the same for every copy."""
    octets: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of `backup list`."""

    backup: bytes
    at: datetime
    made_by: str
    octets: int
    key_destroyed_at: datetime | None
    out: tuple[str, ...]
    """Media that were not returned."""


async def in_database(config: BackupConfig, work: Work[ResultT]) -> ResultT:
    """Do `work` in one transaction of the party's database, as the backup role."""
    async with (
        connect(Database(url=config.url, pool_size=1), application_name="madoguchi backup") as pool,
        transaction(pool) as connection,
    ):
        return await work(connection)


async def approve(connection: Connection, *, by: str, purpose: str, media: Sequence[str], at: datetime) -> bytes:
    """Record that a second person lets one backup be made, with so many copies on these media; the approval's id."""
    approval = secrets.token_bytes(16)
    await connection.execute(
        "INSERT INTO backup_approvals (id, approved_by, purpose, media, at) VALUES (%s, %s, %s, %s, %s)",
        (approval, by, purpose, list(media), at),
    )
    words = ", ".join(media)
    body: dict[str, evidence.Plain] = {"approval": approval, "by": by, "purpose": purpose, "media": words}
    await evidence.append(connection, "backup.approved", body | {"copies": len(media)}, at=at)
    return approval


async def use_up(
    connection: Connection, approval: bytes, *, backup: bytes, by: str, media: frozenset[str], at: datetime
) -> None:
    """Spend an approval on one backup. Raises `backup.not_approved`; then nothing may be read."""
    cursor = await connection.execute("SELECT * FROM backup_approvals WHERE id = %s FOR UPDATE", (approval,))
    row = await cursor.fetchone()
    if row is None:
        raise NOT_APPROVED.error("there is no such approval")
    if row["used_by"] is not None:
        raise NOT_APPROVED.error("this approval is used up")
    if at - row["at"] > APPROVAL_LIFE:
        raise NOT_APPROVED.error("this approval is too old")
    if row["approved_by"].casefold() == by.casefold():
        raise NOT_APPROVED.error("whoever makes the backup cannot have approved it")
    if set(row["media"]) != media:
        raise NOT_APPROVED.error(f"approved for {', '.join(row['media'])}")
    await connection.execute("UPDATE backup_approvals SET used_by = %s WHERE id = %s", (backup, approval))
    await evidence.append(connection, "backup.begun", {"approval": approval, "backup": backup, "by": by}, at=at)


async def record(connection: Connection, made: Made, *, by: str, media: Sequence[str]) -> None:
    """Keep what was written, and an entry of evidence for every copy."""
    await connection.execute(
        "INSERT INTO backups (id, made_by, at, digest, octets) VALUES (%s, %s, %s, %s, %s)",
        (made.backup, by, made.at, made.digest, made.octets),
    )
    for number, medium in enumerate(media, start=1):
        await connection.execute("INSERT INTO backup_copies (backup, medium) VALUES (%s, %s)", (made.backup, medium))
        body: dict[str, evidence.Plain] = {"backup": made.backup, "digest": made.digest, "medium": medium}
        await evidence.append(connection, "backup.copied", body | {"copy": number, "copies": len(media)}, at=made.at)


async def returned(connection: Connection, backup: bytes, *, medium: str, by: str, at: datetime) -> None:
    """A medium is back with the ward (the plan's B7). Raises `backup.unknown`."""
    cursor = await connection.execute(
        "UPDATE backup_copies SET returned_at = %s WHERE backup = %s AND medium = %s AND returned_at IS NULL",
        (at, backup, medium),
    )
    if cursor.rowcount == 0:
        raise UNKNOWN.error(f"{backup.hex()} on {medium}, not returned yet")
    await evidence.append(connection, "backup.returned", {"backup": backup, "medium": medium, "by": by}, at=at)


async def expired(connection: Connection, backup: bytes, *, stores: int, by: str, at: datetime) -> None:
    """Record that a backup's key was destroyed. After a restore the database may not know the backup: evidence does."""
    await connection.execute(
        "UPDATE backups SET key_destroyed_at = %s WHERE id = %s AND key_destroyed_at IS NULL", (at, backup)
    )
    await evidence.append(connection, "backup.key_destroyed", {"backup": backup, "stores": stores, "by": by}, at=at)


async def data_keys_destroyed(connection: Connection, number: int, *, by: str, at: datetime) -> None:
    """Record that data keys which the database had destroyed are gone from the key stores too."""
    if number:
        await evidence.append(connection, "backup.data_keys_destroyed", {"number": number, "by": by}, at=at)


async def listed(connection: Connection) -> tuple[Listed, ...]:
    """Every backup on record, oldest first."""
    cursor = await connection.execute(
        "SELECT id, at, made_by, octets, key_destroyed_at,"
        " array(SELECT medium FROM backup_copies WHERE backup = id AND returned_at IS NULL ORDER BY medium) AS out"
        " FROM backups ORDER BY at, id"
    )
    return tuple(
        Listed(
            backup=row["id"],
            at=row["at"],
            made_by=row["made_by"],
            octets=row["octets"],
            key_destroyed_at=row["key_destroyed_at"],
            out=tuple(row["out"]),
        )
        for row in await cursor.fetchall()
    )
