from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import pytest

from madoguchi.runtime.cluster import Cluster, PartyDatabase
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect
from madoguchi.runtime.migrate import migrate
from tests.runtime.conftest import lines, port, postgres

__all__ = ["lines", "port", "postgres"]


@pytest.fixture
def party(postgres: Cluster) -> PartyDatabase:
    """A database of this test's own, with the schema."""
    made = postgres.add_party(f"jpki_{secrets.token_hex(4)}")
    migrate("jpki", made.owner_url)
    return made


@pytest.fixture
def database(party: PartyDatabase) -> Database:
    """As the serving role sees it."""
    return Database(url=party.url, pool_size=4)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with connect(database) as opened:
        yield opened
