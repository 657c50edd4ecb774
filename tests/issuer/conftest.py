from __future__ import annotations

import io
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from madoguchi.runtime import log
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.cluster import Cluster, start_cluster
from madoguchi.runtime.migrate import migrate
from tests.issuer.world import NOW, Kit, World, party_database, world_on


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
def fresh() -> Iterator[Cluster]:
    """Another server, with nothing of the first."""
    directory = Path(tempfile.mkdtemp(prefix="mado-"))
    directory.chmod(0o711)
    running = start_cluster(directory / "pg")
    yield running
    running.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def world(kit: Kit, postgres: Cluster, lines: io.StringIO) -> AsyncIterator[World]:
    """A ward with an empty database of its own."""
    name = f"issuer_{secrets.token_hex(6)}"
    made = party_database(postgres, name)
    migrate("issuer", made.owner_url)
    async with world_on(kit, made, clock=FrozenClock(NOW)) as world:
        yield world
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
