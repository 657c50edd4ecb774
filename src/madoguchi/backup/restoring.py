"""Restoring: the whole file is opened and judged before anything is written, and nothing serves until a person says so.

The file is read twice through one descriptor. First every chunk is decrypted and let go of; then the same chunks go to
pg_restore, which works in one transaction: whatever goes wrong, the database is as empty as before. The serving role is
kept out from before the first row until the party's own precaution is committed (an issuer is suspended).
"""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from psycopg import sql

from madoguchi import evidence
from madoguchi.backup import apart, ledger
from madoguchi.backup.apart import PutBack
from madoguchi.backup.config import BackupConfig
from madoguchi.backup.container import Header, chunks, read_header
from madoguchi.backup.keys import read_private, unwrap
from madoguchi.backup.keystore import KeyStores
from madoguchi.backup.postgres import database_name, start
from madoguchi.backup.problems import DAMAGED, FAILED, FILE, FOREIGN, NOT_EMPTY
from madoguchi.evidence.problems import BROKEN
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Connection

Precaution = Callable[[Connection, datetime], Awaitable[object]]
"""What a party does inside the commit that opens its restored database: an issuer suspends itself."""
_OPTIONS: Final = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-password")
_READ: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A backup that was found whole, of this party, and opened by this key."""

    header: Header
    digest: bytes
    """SHA-256 of the file: compare with what `backup make` said."""
    octets: int

    @property
    def at(self) -> datetime:
        """When its snapshot was taken."""
        return datetime.fromtimestamp(self.header.at, UTC)


def check_backup(config: BackupConfig, file: Path, *, private_key: Path) -> Opened:
    """Open a backup from the first octet to the last and write nothing. Raises `backup.*`."""
    with _reading(file) as source:
        return _judge(config, source, private_key=private_key)[0]


def restore_backup(
    config: BackupConfig,
    file: Path,
    *,
    private_key: Path,
    digest: bytes | None,
    clock: Clock,
    precaution: Precaution | None,
) -> tuple[Opened, PutBack]:
    """Restore into an empty database, and check the chain of evidence against the header.

    `digest` is what was noted when the backup was made, where somebody noted it. Raises `backup.*` with nothing
    written; `evidence.broken` leaves a database in which nobody serves.
    """
    with _reading(file) as source:
        opened, key, header_digest = _judge(config, source, private_key=private_key)
        if digest is not None and digest != opened.digest:
            raise DAMAGED.error(f"SHA-256 is {opened.digest.hex()}")
        asyncio.run(ledger.in_database(config, lambda connection: _close_empty(config, connection)))
        source.seek(0)
        read_header(source)
        _load(config, chunks(source, key=key, header_digest=header_digest))
    put_back = asyncio.run(
        ledger.in_database(
            config, lambda connection: _open_again(config, connection, opened, at=clock.now(), precaution=precaution)
        )
    )
    return opened, put_back


def _judge(config: BackupConfig, source: BinaryIO, *, private_key: Path) -> tuple[Opened, bytes, bytes]:
    """The backup, its key and its header's digest, after the whole file was decrypted once."""
    header, header_digest = read_header(source)
    for what, found, own in (
        ("environment", header.environment.value, config.environment.value),
        ("party", header.party, config.party),
        ("code", header.code, config.code),
    ):
        if found != own:
            raise FOREIGN.error(f"{what} is {found}, here is {own}")
    record = KeyStores(config.key_stores).find(header.backup)
    if record.header != header_digest:
        raise DAMAGED.error("header")
    key = unwrap(record.sealed, private=read_private(private_key), header_digest=header_digest)
    for _ in chunks(source, key=key, header_digest=header_digest):
        pass
    source.seek(0)
    hashed, octets = hashlib.sha256(), 0
    while piece := source.read(_READ):
        hashed.update(piece)
        octets += len(piece)
    return Opened(header=header, digest=hashed.digest(), octets=octets), key, header_digest


async def _close_empty(config: BackupConfig, connection: Connection) -> None:
    """Refuse a database that holds anything; keep the serving role out of an empty one."""
    cursor = await connection.execute(
        "SELECT count(*) AS found FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
    )
    row = await cursor.fetchone()
    if row is None or row["found"]:
        raise NOT_EMPTY.error(database_name(config))
    await connection.execute(_access(config, "REVOKE CONNECT ON DATABASE {} FROM {}"))


async def _open_again(
    config: BackupConfig, connection: Connection, opened: Opened, *, at: datetime, precaution: Precaution | None
) -> PutBack:
    end = opened.header.evidence
    if await evidence.check(connection) != (end.position, end.hash):
        raise BROKEN.error("the restored chain does not end where the backup says")
    put_back = await apart.put_back(connection, config.party, config.key_stores)
    if precaution is not None:
        await precaution(connection, at)
    await connection.execute(_access(config, "GRANT CONNECT ON DATABASE {} TO {}"))
    body: dict[str, evidence.Plain] = {
        "backup": opened.header.backup,
        "made_at": opened.header.at,
        "position": end.position,
        "data_keys": put_back.number,
        "data_keys_left_out": put_back.left_out,
    }
    await evidence.append(connection, "backup.restored", body, at=at)
    return put_back


def _access(config: BackupConfig, statement: str) -> sql.Composed:
    names = (sql.Identifier(database_name(config)), sql.Identifier(config.serving_role))
    return sql.SQL(statement).format(*names)


def _load(config: BackupConfig, plaintext: Iterator[bytes]) -> None:
    """Raises `backup.failed`; pg_restore takes everything back then."""
    restore = start(config, "pg_restore", *_OPTIONS, f"--dbname={database_name(config)}", stdin=subprocess.PIPE)
    try:
        with suppress(BrokenPipeError):  # it ended early: its exit code says so
            _feed(restore, plaintext)
    except BaseException:
        restore.kill()  # before its input ends it has committed nothing
        raise
    finally:
        restore.wait()
    if restore.returncode != 0:
        raise FAILED.error(f"pg_restore ended with {restore.returncode}")


def _feed(restore: subprocess.Popen[bytes], plaintext: Iterator[bytes]) -> None:
    if restore.stdin is not None:
        with restore.stdin as stream:
            for chunk in plaintext:
                stream.write(chunk)


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None
