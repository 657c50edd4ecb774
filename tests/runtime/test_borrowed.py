"""A database that tests take in turn is as nobody had left it, or it is another one (`tests/databases.py`)."""

from __future__ import annotations

import psycopg
import pytest

from tests.databases import Databases

PARTY = "issuer"


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE left_behind (number int)",
        "ALTER TABLE incidents ADD COLUMN left_behind int",
        "ALTER TABLE issuances DISABLE TRIGGER ALL",
        "GRANT SELECT ON incidents TO PUBLIC",
        "CREATE INDEX left_behind ON incidents (code)",
        "DROP TABLE incidents CASCADE",
    ],
)
def test_what_was_changed_is_thrown_away(databases: Databases, change: str) -> None:
    with databases.borrowed(PARTY) as first:
        _run(databases, first.url, change)
    with databases.borrowed(PARTY) as second:
        assert second.url != first.url


def test_what_was_only_filled_comes_back_empty(databases: Databases) -> None:
    with databases.borrowed(PARTY) as first:
        before = _rows(databases, first.url)
        _run(databases, first.url, "UPDATE schema_revisions SET revision = revision || 'x'")
        _run(databases, first.url, "UPDATE switches SET engaged = NOT engaged")
        assert _rows(databases, first.url) != before
    with databases.borrowed(PARTY) as second:
        assert second.url == first.url
        assert _rows(databases, second.url) == before


def _admin(databases: Databases, url: str) -> psycopg.Connection[tuple[object, ...]]:
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    return psycopg.connect(databases.cluster.admin_url.replace("/postgres?", f"/{name}?"), autocommit=True)


def _run(databases: Databases, url: str, words: str) -> None:
    with _admin(databases, url) as connection:
        connection.execute(words.encode())


def _rows(databases: Databases, url: str) -> list[list[tuple[object, ...]]]:
    with _admin(databases, url) as connection:
        return [
            sorted(connection.execute(f"SELECT {table}::text FROM {table}".encode()).fetchall())
            for table in ("schema_revisions", "switches")
        ]
