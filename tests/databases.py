"""Databases that tests take in turn: made and migrated once, emptied after each test instead of made anew.

To make a database and to migrate it costs more than most tests that use one. What a test may have changed beside rows
shows in the catalogues, and then the database is thrown away. Tests of roles, provisioning and migrations make theirs
themselves.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from madoguchi.deployment.configs import BULK_ROLES
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.migrate import migrate
from madoguchi.runtime.provision import PartyDatabase

Connection = psycopg.Connection[tuple[Any, ...]]

_OURS: Final = 16384
"""The first object identifier that is none of PostgreSQL's own (access/transam.h, FirstNormalObjectId)."""
_DELETE_UP_TO: Final = 256 * 1024
"""Octets of a table. Up to there, deleting its rows is cheaper than giving it a new file."""

_CATALOGUES: Final[tuple[LiteralString, ...]] = (
    """SELECT oid, relname, relnamespace, relowner, relkind, relpersistence, relrowsecurity, relforcerowsecurity,
    relispartition, relacl, reloptions, relhastriggers FROM pg_class
    WHERE oid >= %(ours)s AND relkind <> 'i' AND relnamespace <> 'pg_toast'::regnamespace ORDER BY oid""",
    """SELECT pg_attribute.* FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attrelid >= %(ours)s AND attnum > 0 AND relkind <> 'i' ORDER BY attrelid, attnum""",
    # Keys by their definition and not by their number, because some are put back (`_with_keys`).
    """SELECT pg_get_indexdef(indexrelid), indisvalid, indisready FROM pg_index
    WHERE indexrelid >= %(ours)s AND indrelid >= %(ours)s ORDER BY 1""",
    """SELECT conrelid, conname, pg_get_constraintdef(oid, true), convalidated FROM pg_constraint
    WHERE oid >= %(ours)s ORDER BY 1, 2""",
    "SELECT * FROM pg_trigger ORDER BY oid",
    "SELECT * FROM pg_policy ORDER BY oid",
    "SELECT * FROM pg_attrdef ORDER BY oid",
    "SELECT * FROM pg_proc WHERE oid >= %(ours)s ORDER BY oid",
    "SELECT * FROM pg_sequence ORDER BY seqrelid",
    "SELECT * FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_' ORDER BY oid",
    "SELECT * FROM pg_default_acl ORDER BY oid",
    "SELECT * FROM pg_extension ORDER BY oid",
    "SELECT * FROM pg_largeobject_metadata ORDER BY oid",
    "SELECT oid, datdba, datacl, datallowconn, datconnlimit FROM pg_database WHERE datname = current_database()",
    "SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole",
    "SELECT * FROM pg_authid WHERE starts_with(rolname, current_database()) ORDER BY oid",
    """SELECT * FROM pg_auth_members WHERE roleid IN
    (SELECT oid FROM pg_roles WHERE starts_with(rolname, current_database())) ORDER BY oid""",
)

_TABLES: Final[LiteralString] = (
    "SELECT oid::regclass::text, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND oid >= %(ours)s"
    " AND pg_relation_size(oid) > 0"
)
_KEYS: Final[LiteralString] = (
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE oid >= %(ours)s AND contype = 'p'"
)
_SEQUENCES: Final[LiteralString] = (
    "SELECT seqrelid::regclass::text, seqstart FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A database, and what it was like when nobody had used it."""

    made: PartyDatabase
    name: str
    shape: list[list[tuple[Any, ...]]]
    rows: Mapping[str, bytes]
    """What migrations wrote, by table."""
    keys: frozenset[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Databases:
    """The databases of one test process."""

    cluster: Cluster
    _free: dict[str, list[_Kept]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def borrowed(self, party: str) -> Iterator[PartyDatabase]:
        """A database with the party's schema in which nobody has been, for the time of the block."""
        free = self._free[party]
        kept = free.pop() if free else self._make(party)
        yield kept.made
        if self._emptied(kept):
            free.append(kept)
        else:
            self._drop(kept.name)

    def _make(self, party: str) -> _Kept:
        name, process = f"{party}_{secrets.token_hex(6)}", BULK_ROLES.get(party)
        made = self.cluster.add_party(name)
        others = {process: self.cluster.add_bulk_role(name, process)} if process else {}
        migrate(party, made.owner_url)
        with self._inside(name) as connection:
            if connection.execute(_SEQUENCES).fetchall():
                msg = f"a migration of {party} draws numbers, which nothing here puts back"
                raise NotImplementedError(msg)
            tables = [table for table, _ in connection.execute(_TABLES, {"ours": _OURS})]
            rows = {table: _copied(connection, table) for table in tables}
            keys = frozenset(connection.execute(_KEYS, {"ours": _OURS}))
            return _Kept(made=replace(made, others=others), name=name, shape=_shape(connection), rows=rows, keys=keys)

    @contextmanager
    def _inside(self, name: str) -> Iterator[Connection]:
        with psycopg.connect(self.cluster.admin_url.replace("/postgres?", f"/{name}?"), autocommit=True) as connection:
            yield connection

    def _emptied(self, kept: _Kept) -> bool:
        """Put its rows and numbers back; False when more than those was changed."""
        try:
            with self._inside(kept.name) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                with connection.transaction():
                    _empty(connection, kept.rows)
                    _with_keys(connection, kept.keys)
                return _shape(connection) == kept.shape
        except psycopg.Error:  # renamed, closed to everybody, without a table that was there
            return False

    def _drop(self, name: str) -> None:
        with psycopg.connect(self.cluster.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _shape(connection: Connection) -> list[list[tuple[Any, ...]]]:
    return [connection.execute(query, {"ours": _OURS}).fetchall() for query in _CATALOGUES]


def _copied(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
        return b"".join(bytes(block) for block in copy)


def _empty(connection: Connection, rows: Mapping[str, bytes]) -> None:
    connection.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor foreign keys
    for table, size in connection.execute(_TABLES, {"ours": _OURS}).fetchall():
        words = f"DELETE FROM ONLY {table}" if size <= _DELETE_UP_TO else f"TRUNCATE ONLY {table} CASCADE"
        connection.execute(words.encode())
    for sequence, start in connection.execute(_SEQUENCES).fetchall():
        connection.execute("SELECT setval(%s::regclass, %s, false)", (sequence, start))
    for table, content in rows.items():
        with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
            copy.write(content)


def _with_keys(connection: Connection, keys: frozenset[tuple[Any, ...]]) -> None:
    """An issuing server fills its tables without their keys, and leaves the emptied ones so."""
    for table, name, definition in keys - frozenset(connection.execute(_KEYS, {"ours": _OURS})):
        connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())
