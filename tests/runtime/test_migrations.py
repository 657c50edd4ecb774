"""Migrations run beside programs of the version before: they only add."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.migrate import migrate, migrate_from
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.runtime.schema import expected_revisions, migrations_of, refuse_other_schema

PARTIES = ("tax", "jukinet", "jpki", "issuer", "center")
FIRST_RELEASED = {"issuer": 3}
"""Up to this number a party's migrations are one schema that no program ever served before."""

TAKES_AWAY = {
    "DROP": r"\bDROP\s+(TABLE|COLUMN|CONSTRAINT|INDEX|VIEW|FUNCTION|SEQUENCE|SCHEMA|DEFAULT|TRIGGER)\b",
    "ALTER TYPE": r"\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b",
    "RENAME": r"\bRENAME\b",
    "SET NOT NULL": r"\bSET\s+NOT\s+NULL\b",
    "ADD COLUMN NOT NULL without a default": (
        r"\bADD\s+(COLUMN\s+)?(?!CONSTRAINT\b)\w+\s+(?:(?!\bDEFAULT\b)[^,;])*\bNOT\s+NULL\b(?:(?!\bDEFAULT\b)[^,;])*(?=[,;]|$)"
    ),
    "REVOKE": r"\bREVOKE\b",
    "TRUNCATE": r"\bTRUNCATE\s+(TABLE\s+)?\w+\s*(;|$|CASCADE)",
    "a table locked for long": r"\bCREATE\s+UNIQUE\s+INDEX\s+\w+\s+ON\b",
}
"""What a program of the version before would stumble over."""


def found_in(sql: str) -> set[str]:
    """Names of what this SQL takes away; comments do not count."""
    code = re.sub(r"(?m)--.*$", "", sql)
    return {name for name, pattern in TAKES_AWAY.items() if re.search(pattern, code, re.IGNORECASE | re.MULTILINE)}


def number_of(file: Path) -> int:
    match = re.match(r"v?(\d+)", file.name)
    assert match is not None, f"{file.name} has no number"
    return int(match[1])


def up_to(number: int, directory: Path, *, party: str = "issuer") -> Path:
    """A party's migrations as a program of an earlier version had them."""
    (directory / "versions").mkdir(parents=True)
    for file in (migrations_of(party) / "versions").glob("*.py"):
        if number_of(file) <= number:
            shutil.copy(file, directory / "versions")
    return directory


@pytest.fixture
def own(postgres: Cluster) -> PartyDatabase:
    name = f"m{secrets.token_hex(6)}"
    made = postgres.add_party(name)
    postgres.add_bulk_role(name, "intake")
    return made


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Every statement that SQLAlchemy sends meanwhile, as it is sent."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("party", PARTIES)
def test_migrations_after_the_first_release_only_add(party: str, own: PartyDatabase, tmp_path: Path) -> None:
    migrate_from(up_to(FIRST_RELEASED.get(party, 1), tmp_path, party=party), own.owner_url)
    with listening() as said:
        migrate(party, own.owner_url)
    assert said
    taken = {statement: found for statement in said if (found := found_in(statement))}
    assert taken == {}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DROP TABLE persons", "DROP"),
        ("ALTER TABLE persons DROP COLUMN removal", "DROP"),
        ("alter table persons alter column version type integer", "ALTER TYPE"),
        ("ALTER TABLE persons ALTER version SET DATA TYPE integer", "ALTER TYPE"),
        ("ALTER TABLE persons RENAME TO people", "RENAME"),
        ("ALTER TABLE persons ALTER COLUMN removal SET NOT NULL", "SET NOT NULL"),
        ("ALTER TABLE persons ADD COLUMN born date NOT NULL", "ADD COLUMN NOT NULL without a default"),
        ("ALTER TABLE persons ADD born date NOT NULL CHECK (born > '1900-01-01')", "ADD COLUMN NOT NULL without"),
        ("REVOKE SELECT ON persons FROM issuer", "REVOKE"),
        ("CREATE UNIQUE INDEX once ON persons (version)", "a table locked for long"),
    ],
)
def test_the_checker_finds_what_takes_away(statement: str, what: str) -> None:
    assert any(each.startswith(what) for each in found_in(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE replicas (name text NOT NULL)",
        "ALTER TABLE persons ADD COLUMN born date",
        "ALTER TABLE persons ADD COLUMN checked boolean NOT NULL DEFAULT false",
        "CREATE INDEX persons_born ON persons (born)",
    ],
)
def test_the_checker_lets_additions_pass(statement: str) -> None:
    assert found_in(statement) == set()


async def test_the_old_program_serves_on_and_starts_again_after_the_migration(
    own: PartyDatabase, tmp_path: Path, lines: io.StringIO
) -> None:
    """While the schema goes on, the statements of the version before work without a pause."""
    old = up_to(3, tmp_path / "old")
    migrate_from(old, own.owner_url)
    async with connect(Database(url=own.url, pool_size=2)) as pool:
        await refuse_other_schema(pool, migrations=old)
        stop, rounds = asyncio.Event(), 0

        async def serve() -> None:
            nonlocal rounds
            while not stop.is_set():
                async with transaction(pool) as connection:
                    await connection.execute(
                        "INSERT INTO issuances (transaction, application_digest, replica, process, claimed_at)"
                        " VALUES (%s, %s, 'issuer-1', %s, now())",
                        (secrets.token_bytes(16), bytes(32), bytes(16)),
                    )
                    await connection.execute("SELECT name, engaged FROM switches")
                    await connection.execute("SELECT as_of FROM feeds")
                rounds += 1

        serving = asyncio.create_task(serve())
        try:
            await asyncio.sleep(0.2)
            await asyncio.to_thread(migrate, "issuer", own.owner_url)
            at_the_migration = rounds
            await asyncio.sleep(0.2)
        finally:
            stop.set()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
        assert 0 < at_the_migration < rounds
        await refuse_other_schema(pool, migrations=old)
        await refuse_other_schema(pool, migrations=migrations_of("issuer"))


async def test_a_program_refuses_a_schema_that_is_behind_it_or_another(
    own: PartyDatabase, postgres: Cluster, tmp_path: Path, lines: io.StringIO
) -> None:
    migrate_from(up_to(3, tmp_path / "old"), own.owner_url)
    empty = postgres.add_party(f"e{secrets.token_hex(6)}")
    for database, what in ((own, "schema lacks"), (empty, "migrated by no program")):
        async with connect(Database(url=database.url, pool_size=2)) as pool:
            with pytest.raises(MadoguchiError, match=rf"runtime\.stranger.*{what}"):
                await refuse_other_schema(pool, migrations=migrations_of("issuer"))


@pytest.mark.parametrize("party", PARTIES)
def test_columns_are_read_by_name(party: str) -> None:
    """A prepared `SELECT *` breaks in a program that serves while a migration adds a column (SQLSTATE 0A000)."""
    for file in migrations_of(party).parent.rglob("*.py"):
        found = re.findall(r"(?:SELECT|RETURNING)\s+\*(?!,)(?!\s+FROM\s+unnest)", file.read_text(encoding="utf-8"))
        assert found == [], file.name


def test_every_party_has_one_newest_schema() -> None:
    for party in PARTIES:
        assert len(expected_revisions(migrations_of(party))) == 1, party
