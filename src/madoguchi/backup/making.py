"""Making a backup: pg_dump's stream, encrypted as it comes and written to every approved medium at once.

No plaintext touches a disk. The last chunk is written only after pg_dump has said that it ended well, so a dump that
broke off never looks like a whole one.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg
from psycopg.rows import TupleRow

from madoguchi.backup import apart, ledger
from madoguchi.backup.config import BackupConfig
from madoguchi.backup.container import CHUNK, KEY_OCTETS, Encryptor, EvidenceEnd, Header
from madoguchi.backup.copies import Copies, copies
from madoguchi.backup.keys import read_public, wrap
from madoguchi.backup.keystore import KeyRecord, KeyStores
from madoguchi.backup.ledger import Made
from madoguchi.backup.postgres import database_name, start
from madoguchi.backup.problems import FAILED
from madoguchi.evidence import GENESIS
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.problems import DATABASE_UNAVAILABLE
from madoguchi.seal import sealing_key_id

_OPTIONS: Final = ("--format=custom", "--compress=gzip:1", "--no-password")
_STOP_SECONDS: Final = 10


def make_backup(config: BackupConfig, *, approval: bytes, places: Mapping[str, Path], by: str, clock: Clock) -> Made:
    """Use an approval up and write the backup to `places` (a medium's label to a file that does not exist).

    All or nothing: without its record and evidence in the database no file and no key stays; the approval is used up
    all the same. Raises `backup.*`, `runtime.*`.
    """
    stores = KeyStores(config.key_stores)
    stores.refuse_missing()
    recipient = read_public(config.public_key)
    backup, at, media = secrets.token_bytes(16), clock.now(), sorted(places)
    with copies(places.values()) as files:
        _in_database(config, lambda c: ledger.use_up(c, approval, backup=backup, by=by, media=frozenset(media), at=at))
        try:
            with _snapshot(config, backup=backup, recipient=sealing_key_id(recipient), at=at) as (connection, header):
                destroyed = apart.settle(connection, config.party, config.key_stores)
                name = _exported(connection)
                _dump(config, _encryptor(header, recipient=recipient, stores=stores), files, snapshot=name)
            made = Made(backup=backup, digest=files.digest, octets=files.octets, at=at)
            _in_database(config, lambda c: ledger.record(c, made, by=by, media=media))
            _in_database(config, lambda c: ledger.data_keys_destroyed(c, destroyed, by=by, at=at))
        except BaseException:
            stores.forget(backup)
            raise
    return made


def _in_database(config: BackupConfig, work: ledger.Work[None]) -> None:
    asyncio.run(ledger.in_database(config, work))


@contextmanager
def _snapshot(
    config: BackupConfig, *, backup: bytes, recipient: bytes, at: datetime
) -> Iterator[tuple[psycopg.Connection[TupleRow], Header]]:
    """One state of the database, for the header, the data keys and pg_dump, while the block runs."""
    try:
        with psycopg.connect(config.url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            header = Header(
                backup=backup,
                environment=config.environment,
                party=config.party,
                code=config.code,
                database=database_name(config),
                schema=_schema(connection),
                evidence=_evidence_end(connection),
                at=epoch(at),
                recipient=recipient,
            )
            yield connection, header
    except psycopg.OperationalError as error:
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error


def _exported(connection: psycopg.Connection[TupleRow]) -> str:
    """A name under which pg_dump sees the same state."""
    row = connection.execute("SELECT pg_export_snapshot()").fetchone()
    return str(row[0]) if row else ""


def settle_data_keys(config: BackupConfig, *, by: str, clock: Clock) -> int:
    """Bring the key stores in line with the database without a backup; how many data keys were destroyed in them."""
    try:
        with psycopg.connect(config.url) as connection:
            destroyed = apart.settle(connection, config.party, config.key_stores)
    except psycopg.OperationalError as error:
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error
    _in_database(config, lambda c: ledger.data_keys_destroyed(c, destroyed, by=by, at=clock.now()))
    return destroyed


def data_keys_waiting(config: BackupConfig) -> int:
    """How many data keys that the database has destroyed a key store still holds."""
    try:
        with psycopg.connect(config.url) as connection:
            return apart.waiting(connection, config.party, config.key_stores)
    except psycopg.OperationalError as error:
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error


def _schema(connection: psycopg.Connection[TupleRow]) -> tuple[str, ...]:
    rows = connection.execute("SELECT version_num FROM alembic_version ORDER BY version_num").fetchall()
    return tuple(str(row[0]) for row in rows)


def _evidence_end(connection: psycopg.Connection[TupleRow]) -> EvidenceEnd:
    query = "SELECT position, encode(hash, 'hex') FROM evidence ORDER BY position DESC LIMIT 1"
    last = connection.execute(query).fetchone()
    if last is None:
        return EvidenceEnd(position=0, hash=GENESIS)
    return EvidenceEnd(position=int(str(last[0])), hash=bytes.fromhex(str(last[1])))


def _encryptor(header: Header, *, recipient: bytes, stores: KeyStores) -> Encryptor:
    """A fresh key for one backup; its sealed form is in every key store before anything is written with it."""
    key = secrets.token_bytes(KEY_OCTETS)
    encryptor = Encryptor(header, key=key)
    digest = encryptor.header_digest
    stores.add(
        KeyRecord(
            backup=header.backup,
            at=header.at,
            recipient=header.recipient,
            header=digest,
            sealed=wrap(key, recipient=recipient, header_digest=digest),
            destroyed=False,
        )
    )
    return encryptor


def _dump(config: BackupConfig, encryptor: Encryptor, files: Copies, *, snapshot: str) -> None:
    """Raises `backup.failed` when pg_dump did not end well, `backup.file` when a medium is full."""
    files.write(encryptor.begin())
    options = (*_OPTIONS, *apart.left_out(config.party), f"--snapshot={snapshot}")
    dump = start(config, "pg_dump", *options, stdout=subprocess.PIPE)
    try:
        stream = dump.stdout
        here = stream.read(CHUNK) if stream else b""
        while following := (stream.read(CHUNK) if stream else b""):
            files.write(encryptor.chunk(here, last=False))
            here = following
        if dump.wait() != 0:
            raise FAILED.error(f"pg_dump ended with {dump.returncode}")
        files.write(encryptor.chunk(here, last=True))
        files.settle()
    finally:
        _end(dump)


def _end(process: subprocess.Popen[bytes]) -> None:
    """No client of ours outlives us."""
    if process.poll() is None:
        process.terminate()
        process.wait(timeout=_STOP_SECONDS)
    if process.stdout:
        process.stdout.close()
