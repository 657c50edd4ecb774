from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect
from madoguchi.runtime.provision import PartyDatabase
from tests.conftest import MakeDatabase


@pytest.fixture
def party(make_database: MakeDatabase) -> PartyDatabase:
    """A database of this test's own, with the schema."""
    return make_database("jpki")


@pytest.fixture
def database(party: PartyDatabase) -> Database:
    """As the serving role sees it."""
    return Database(url=party.url, pool_size=4)


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with connect(database) as opened:
        yield opened
