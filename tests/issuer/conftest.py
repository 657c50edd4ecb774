from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from madoguchi.runtime import log
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.cluster import Cluster, start_cluster
from tests.conftest import MakeDatabase
from tests.issuer.world import NOW, Kit, World, world_on


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
async def world(kit: Kit, make_database: MakeDatabase, lines: io.StringIO) -> AsyncIterator[World]:
    """A ward with an empty database of its own."""
    async with world_on(kit, make_database("issuer"), clock=FrozenClock(NOW)) as world:
        yield world
