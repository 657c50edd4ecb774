"""The log alone, in a database of its own, seen by the role that serves and by the superuser who must be noticed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from madoguchi import evidence
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect
from madoguchi.runtime.provision import PartyDatabase


@dataclass(frozen=True)
class Logbook:
    database: PartyDatabase
    admin_url: str


@pytest.fixture
def logbook(postgres: Cluster) -> Logbook:
    name = f"evidence_{secrets.token_hex(6)}"
    made = postgres.add_party(name)
    with psycopg.connect(made.owner_url) as connection:
        connection.execute(evidence.ddl(serving_role=name).encode())
    return Logbook(made, postgres.admin_url.replace("/postgres?", f"/{name}?"))


@pytest.fixture
async def pool(logbook: Logbook) -> AsyncIterator[Pool]:
    async with connect(Database(url=logbook.database.url, pool_size=6)) as opened:
        yield opened


@pytest.fixture
def superuser(logbook: Logbook) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """Somebody who can lift the database's own rules."""
    with psycopg.connect(logbook.admin_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection
