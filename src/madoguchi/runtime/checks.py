"""What every party with a database can look at before it starts, and while it serves."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from psycopg import sql

from madoguchi.runtime import replicas
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import PartyConfig, Peer, config_fingerprint, refuse_stranger
from madoguchi.runtime.database import Connection, Pool, connect, transaction
from madoguchi.runtime.endpoint import Health
from madoguchi.runtime.operating import Check
from madoguchi.runtime.party import database_of, trust_files_of
from madoguchi.runtime.problems import (
    CLOCK_OFF,
    KEY_FILE_OPEN,
    PEER_IS_ANOTHER,
    RIGHTS_WRONG,
    STRANGER,
    TLS_EXPIRES,
)
from madoguchi.runtime.replicas import Program
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.standing import CLOCK_LIMIT
from madoguchi.runtime.tls import client_context, server_context
from madoguchi.trust.file import TrustFile

RENEW_BEFORE: Final = timedelta(days=14)
_PEER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a process's role may do in its party's database, as (table, right)."""

    never: tuple[tuple[str, str], ...]
    needed: tuple[tuple[str, str], ...]
    passes_row_security: bool = False
    """Only a role that loads whole tables: COPY does not work under row security."""
    said: str


SERVING: Final = Rights(
    never=(
        ("evidence", "UPDATE"), ("evidence", "DELETE"), ("evidence", "TRUNCATE"), ("custody", "DELETE"),
        ("incidents", "UPDATE"), ("incidents", "DELETE"),
    ),
    needed=(("evidence", "INSERT"), ("custody", "INSERT"), ("incidents", "INSERT"), ("replicas", "UPDATE")),
    said="adds evidence and changes none",
)  # fmt: skip
"""Of a process that serves."""


def party_checks(
    config: PartyConfig, *, party: str, clock: Clock, schema_of: str | None = None, rights: Rights = SERVING
) -> Sequence[Check]:
    """Configuration, key files, TLS, trust list, database, schema, rights, clock, declaration, peers: in this order.

    `schema_of`: whose database it is, where a process shares another party's.
    """
    looks = _Looks(config, party=party, clock=clock, schema_of=schema_of or party, rights=rights)
    own = (
        ("configuration", looks.configuration),
        ("key files", looks.key_files),
        ("TLS certificate", looks.tls),
        ("trust list", looks.trust),
        ("database", looks.database),
        ("schema", looks.schema),
        (f"rights of the {'bulk' if rights.passes_row_security else 'serving'} role", looks.rights),
        ("clock", looks.clock),
        ("declared program", looks.declared),
    )
    called = [peer for peer in config.peers if peer.url is not None]
    return (
        *(Check(name=name, look=look) for name, look in own),
        *(Check(name=f"peer {peer.name}", look=lambda peer=peer: looks.peer(peer)) for peer in called),  # type: ignore[misc]
    )


class _Looks:
    def __init__(self, config: PartyConfig, *, party: str, clock: Clock, schema_of: str, rights: Rights) -> None:
        self._config = config
        self._party = party
        self._clock = clock
        self._schema_of = schema_of
        self._rights = rights

    async def configuration(self) -> str:
        refuse_stranger(self._config, party=self._party)
        return f"{self._config.name}, {self._config.environment.value}, {config_fingerprint(self._config)}"

    async def key_files(self) -> str:
        files = [self._config.tls.key, *self._config.signing_keys.values()]
        for file in files:
            check_private(file)
        return f"{len(files)} readable by this user alone"

    async def tls(self) -> str:
        server_context(self._config.tls)
        client_context(self._config.tls)
        certificate = x509.load_pem_x509_certificate(self._config.tls.certificate.read_bytes())
        ends = certificate.not_valid_after_utc
        if ends - self._clock.now() < RENEW_BEFORE:
            raise TLS_EXPIRES.error(f"{self._config.tls.certificate}: until {ends:%Y-%m-%d %H:%M}Z")
        return f"until {ends:%Y-%m-%d}"

    async def trust(self) -> str:
        files = trust_files_of(self._config)
        keys = TrustFile(files, environment=self._config.environment, clock=self._clock).current()
        issued = datetime.fromtimestamp(keys.body.issued_at, UTC)
        return f"number {keys.body.number} of {issued:%Y-%m-%d %H:%M}Z"

    async def database(self) -> str:
        async with self._pool():
            return "reached, commits are durable"

    async def schema(self) -> str:
        async with self._pool() as pool:
            await refuse_other_schema(pool, migrations=migrations_of(self._schema_of))
        return "as this program expects it"

    async def rights(self) -> str:
        async with self._pool() as pool, transaction(pool) as connection:
            await _refuse_mighty_role(connection, passes_row_security=self._rights.passes_row_security)
            for listed, expected in ((self._rights.never, False), (self._rights.needed, True)):
                for table, right in listed:
                    await _refuse_right(connection, table, right, expected=expected)
        return self._rights.said

    async def clock(self) -> str:
        async with self._pool() as pool, transaction(pool) as connection:
            now = await replicas.lock(connection)
        off = self._clock.now() - now
        if abs(off) > CLOCK_LIMIT:
            raise CLOCK_OFF.error(f"{off.total_seconds():+.0f} s against the database's clock")
        return f"{off.total_seconds():+.1f} s against the database's"

    async def declared(self) -> str:
        own = Program.of(self._config, by="", at=self._clock.now())
        async with self._pool() as pool, transaction(pool) as connection:
            programs = await replicas.declared(connection, party=self._party)
        if not programs:
            return "none yet: the first start declares itself"
        if own.fingerprint not in {each.fingerprint for each in programs}:
            raise STRANGER.error(f"{own.version} {own.fingerprint}: `{self._party} topology declare` lets it serve")
        return f"{len(programs)} may serve" if len(programs) > 1 else "this one alone"

    async def peer(self, peer: Peer) -> str:
        async with Caller(self._config) as caller:
            health = await caller.get(peer.url or "", "/health", answer=Health, timeout=_PEER_SECONDS)
        if (health.party, health.name) != (peer.party, peer.name):
            raise PEER_IS_ANOTHER.error(f"{health.party} {health.name}")
        if health.environment is not self._config.environment:
            raise PEER_IS_ANOTHER.error(f"environment {health.environment.value}")
        return f"{health.party}, version {health.version}"

    @asynccontextmanager
    async def _pool(self) -> AsyncIterator[Pool]:
        async with connect(database_of(self._config), application_name=f"{self._config.name} check") as pool:
            yield pool


def check_private(file: Path) -> None:
    """Raise `runtime.key_file_open` unless the file is there and no other user may read it."""
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        raise KEY_FILE_OPEN.error(f"{file}: {error.strerror}") from error
    if mode & 0o077:
        raise KEY_FILE_OPEN.error(f"{file}: mode {mode:o}, chmod 600")


async def _refuse_mighty_role(connection: Connection, *, passes_row_security: bool) -> None:
    cursor = await connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = current_user"
        " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls <> %s OR EXISTS (SELECT FROM pg_tables"
        " WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'USAGE')))",
        (passes_row_security,),
    )
    if await cursor.fetchone() is not None:
        passes = "does not pass" if passes_row_security else "passes"
        raise RIGHTS_WRONG.error(f"the role is a superuser, may make roles, owns the tables, or {passes} row security")


async def _refuse_right(connection: Connection, table: str, right: str, *, expected: bool) -> None:
    # A right may be given on columns alone (custody); the whole-table kinds have no columns.
    of_columns = "has_any_column_privilege" if right in {"INSERT", "UPDATE"} else "has_table_privilege"
    cursor = await connection.execute(
        sql.SQL(
            "SELECT to_regclass(%(table)s) IS NOT NULL AND has_table_privilege(%(table)s, 'SELECT')"
            " AND {}(%(table)s, %(right)s) AS held"
        ).format(sql.Identifier(of_columns)),
        {"table": table, "right": right},
    )
    row = await cursor.fetchone()
    if row is None or row["held"] is not expected:
        raise RIGHTS_WRONG.error(f"{right} on {table}: {'missing' if expected else 'held, and must not be'}")
