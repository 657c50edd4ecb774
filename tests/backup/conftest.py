from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from madoguchi.runtime.cluster import Cluster
from tests.backup.house import House
from tests.conftest import MakeDatabase

MARKER = "SECRETNAME"
"""Stands in the database for a resident; it may be found in no file but the database's own."""


@pytest.fixture
def house(tmp_path: Path, make_database: MakeDatabase) -> House:
    """A tax database with a resident in it."""
    database = make_database("tax")
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("CREATE TABLE marked (name text)")
        connection.execute(
            "INSERT INTO marked SELECT %s || n || md5(random()::text) FROM generate_series(1, 20000) n", (MARKER,)
        )
    return House.build(tmp_path / "house", database)


Lose = Callable[[House], str]


@pytest.fixture
def lose(postgres: Cluster) -> Iterator[Lose]:
    """`lose(house)`: put an empty database in the place of the house's; the URL of the one that was there."""
    lost: list[str] = []

    def put_away(house: House) -> str:
        name = house.config.serving_role
        with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
            for statement in (
                f"ALTER DATABASE {name} RENAME TO {name}_lost",
                f"CREATE DATABASE {name} OWNER {name}_owner",
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                f"GRANT CONNECT ON DATABASE {name} TO {name}",
            ):
                connection.execute(statement.encode())
        lost.append(f"{name}_lost")
        return postgres.admin_url.replace("/postgres?", f"/{name}_lost?")

    yield put_away
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        for name in lost:
            connection.execute(f"DROP DATABASE {name}".encode())
