from __future__ import annotations

import io
import secrets
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest

from madoguchi.runtime import log
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect
from madoguchi.runtime.migrate import migrate
from tests.issuer.world import NOW, Kit, World


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return Kit.make(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of this test, strict: an undeclared field fails the test."""
    stream = io.StringIO()
    log.configure(party="issuer", name="issuer-1", strict=True, stream=stream)
    yield stream
    log.close()


@pytest.fixture
async def world(kit: Kit, postgres: Cluster, lines: io.StringIO) -> AsyncIterator[World]:
    """A ward with an empty database of its own."""
    name = f"issuer_{secrets.token_hex(6)}"
    made = postgres.add_party(name)
    intake_url = postgres.add_bulk_role(name, "intake")
    migrate("issuer", made.owner_url)
    database = Database(url=made.url, owner_url=made.owner_url)
    intake = Database(url=intake_url)
    async with (
        connect(database) as pool,
        connect(intake) as intake_pool,
        connect(Database(url=made.owner_url)) as owner_pool,
    ):
        yield World(kit, pool, intake_pool, owner_pool, database, intake, FrozenClock(NOW))
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
