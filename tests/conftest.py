"""House rules of every test run, and the fixtures that every room may use."""

from __future__ import annotations

import gc
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, nullcontext
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from madoguchi.deployment.identities import Identities, make_identities
from madoguchi.runtime import log, server
from madoguchi.runtime.cluster import Cluster, start_cluster
from madoguchi.runtime.ports import reserve
from madoguchi.runtime.provision import PartyDatabase
from tests.databases import Databases
from tests.order import in_groups
from tests.runtime.pki import Authority
from tests.sites import MADE_AT, PLAN
from tests.statement.softhsm import SoftHsm

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
"""A machine that is busy with other work is no finding."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """After the random order and the rooms' own groups, and before the groups are read."""
    items[:] = in_groups(items)
    return (yield)


def pytest_collection_finish() -> None:
    """Five thousand tests lie in a worker's memory: no collection of garbage walks through them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _servers_of_this_process() -> Iterator[None]:
    """A party that starts in its own process freezes all that it has loaded; here it would be the worker's tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_loaded_for_good", nullcontext)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI nothing may be skipped: a missing tool is a failure there, not a silent gap."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """One embedded server per test process. Its socket needs a short path, so it is not below tmp_path."""
    directory = Path(tempfile.mkdtemp(prefix="mado-"))
    directory.chmod(0o711)
    running = start_cluster(directory / "pg")
    with psycopg.connect(running.admin_url, autocommit=True) as connection:
        # Nobody guesses a random password, and every connection of every test would pay for making it slow.
        connection.execute("ALTER SYSTEM SET scram_iterations = 1")
        connection.execute("SELECT pg_reload_conf()")
    yield running
    running.stop()
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> SoftHsm:
    """The tokens of this test process, by label."""
    return SoftHsm.make(tmp_path_factory.mktemp("hsm"), "ward", "other", "gone", "pairs", "swap", "issuer")


MakeDatabase = Callable[[str], PartyDatabase]


@pytest.fixture(scope="session")
def databases(postgres: Cluster) -> Databases:
    """What `make_database` takes from."""
    return Databases(postgres)


@pytest.fixture
def make_database(databases: Databases) -> Iterator[MakeDatabase]:
    """`make_database("tax")`: an empty database of this test's own, with that party's schema."""
    with ExitStack() as borrowed:
        yield lambda party: borrowed.enter_context(databases.borrowed(party))


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """The log of this test, strict: an undeclared field fails the test."""
    stream = io.StringIO()
    log.configure(party="center", name="center-1", strict=True, stream=stream)
    yield stream
    log.close()


@pytest.fixture
def port() -> Iterator[int]:
    """A port that is this test's own."""
    held = reserve()
    yield held.getsockname()[1]
    held.close()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A private CA for real TLS."""
    return Authority(tmp_path / "tls")


@pytest.fixture(scope="session")
def site_identities(tmp_path_factory: pytest.TempPathFactory) -> Identities:
    """Keys, certificates and trust list of a small deployment, made once; no test changes them."""
    return make_identities(PLAN, tmp_path_factory.mktemp("site") / "keys", at=MADE_AT)
