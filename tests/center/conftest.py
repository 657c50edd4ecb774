from __future__ import annotations

import io
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from madoguchi.center.applying import apply
from madoguchi.center.opening import open_transaction
from madoguchi.center.parts import Parts
from madoguchi.runtime import log
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect
from madoguchi.runtime.migrate import migrate
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.wire.transaction import ApplyAnswer, OpenedAnswer
from tests.center.stub_lines import StubLines, center
from tests.center.world import Kiosk, Visit, World


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="mado-") as directory:
        yield World.make(Path(directory))


@pytest.fixture(scope="session")
def party_database(postgres: Cluster) -> PartyDatabase:
    """The center's database. Tests share it; each brings cards and transactions of its own."""
    made = postgres.add_party(f"center_{secrets.token_hex(6)}")
    migrate("center", made.owner_url)
    return made


@pytest.fixture
def database(party_database: PartyDatabase) -> Database:
    return Database(url=party_database.url, pool_size=12)


@pytest.fixture
def owner(party_database: PartyDatabase) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The owner's connection, for looking into every table."""
    with psycopg.connect(party_database.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    async with connect(database) as made:
        yield made


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """The log of this test, strict: an undeclared field fails the test."""
    stream = io.StringIO()
    log.configure(party="center", name="center-1", strict=True, stream=stream)
    yield stream
    log.close()


@pytest.fixture
def lines(world: World) -> StubLines:
    return StubLines(world)


@pytest.fixture
def one(world: World, pool: Pool, database: Database, lines: StubLines, log_lines: io.StringIO) -> Parts:
    return center(world, "center-1", pool=pool, database=database, lines=lines)


@pytest.fixture
def two(world: World, pool: Pool, database: Database, lines: StubLines, log_lines: io.StringIO) -> Parts:
    """The second replica on the same database."""
    return center(world, "center-2", pool=pool, database=database, lines=lines)


@pytest.fixture
def kiosk(world: World) -> Kiosk:
    return Kiosk(world)


@dataclass(frozen=True, slots=True)
class Steps:
    """What most tests do first."""

    kiosk: Kiosk

    async def open(self, at: Parts, *, kiosk: Kiosk | None = None) -> Visit:
        who = kiosk or self.kiosk
        answer = await open_transaction(at, who.request(), operator=who.operator)
        assert isinstance(answer, OpenedAnswer)
        return who.visit(answer.opened)

    async def apply(self, at: Parts, visit: Visit, *, kiosk: Kiosk | None = None, copies: int = 1) -> ApplyAnswer:
        who = kiosk or self.kiosk
        return await apply(at, who.apply(visit, who.world.card(), copies=copies), operator=who.operator)


@pytest.fixture
def steps(kiosk: Kiosk) -> Steps:
    return Steps(kiosk)


@dataclass(frozen=True, slots=True)
class TimeMachine:
    """Makes a transaction older on the database's clock. The trigger forbids it, so the owner lifts it meanwhile."""

    owner: psycopg.Connection[tuple[object, ...]]

    def age(self, transaction: bytes, *, seconds: int) -> None:
        with self.owner.transaction():
            self.owner.execute("ALTER TABLE transactions DISABLE TRIGGER transaction_step")
            self.owner.execute(
                "UPDATE transactions SET deadline = deadline - make_interval(secs => %s) WHERE id = %s",
                (seconds, transaction),
            )
            self.owner.execute("ALTER TABLE transactions ENABLE TRIGGER transaction_step")


@pytest.fixture
def time_machine(owner: psycopg.Connection[tuple[object, ...]]) -> TimeMachine:
    return TimeMachine(owner)
