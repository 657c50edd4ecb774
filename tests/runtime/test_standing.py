"""Who may serve beside whom: strangers, names given twice, clocks, rolling upgrades. On a real server."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime import replicas
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.config import Database, Listen, PartyConfig, TlsFiles, Topology, declare
from madoguchi.runtime.database import Connection, Pool, connect, transaction
from madoguchi.runtime.lock import ProcessLock
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.runtime.replicas import Program
from madoguchi.runtime.standing import Standing
from madoguchi.wire.identifiers import Environment
from tests.conftest import MakeDatabase

NAMES = ("issuer-1", "issuer-2")


def config_of(name: str, *, replicas: tuple[str, ...] = NAMES, peers_known: bool = True) -> PartyConfig:
    """`peers_known` is a setting that replicas share."""
    nowhere = Path("/nowhere")
    return declare(
        PartyConfig(
            party="issuer",
            name=name,
            environment=Environment.TEST if peers_known else Environment.DEMO,
            version_expected="",
            listen=Listen(),
            tls=TlsFiles(certificate=nowhere, key=nowhere, ca=nowhere),
            topology=Topology(replicas=replicas, fingerprint=""),
        )
    )


class Town:
    """Processes that come and go on one database."""

    def __init__(self, pool: Pool, directory: Path, database: PartyDatabase) -> None:
        self.pool = pool
        self.incidents: list[tuple[str, str]] = []
        self.database = database
        self._directory = directory
        self._locks = ExitStack()

    def process(self, config: PartyConfig, *, machine: str = "m1", clock: FrozenClock | None = None) -> Standing:
        """Another run of a program: it takes the lock of its name on its machine."""
        home = self._directory / machine
        home.mkdir(exist_ok=True)
        lock = self._locks.enter_context(ProcessLock(home, name=config.name))
        at = clock or FrozenClock(datetime.now(UTC))
        return Standing(config, pool=self.pool, clock=at, lock=lock, report=self._report)

    def all_die(self) -> None:
        """Killed: their locks are free and nobody said goodbye."""
        self._locks.close()

    def not_seen_for(self, seconds: int) -> None:
        with psycopg.connect(self.database.owner_url) as connection:
            connection.execute("UPDATE replicas SET seen_at = seen_at - make_interval(secs => %s)", (seconds,))

    async def declare(self, config: PartyConfig) -> bool:
        async with transaction(self.pool) as connection:
            return await replicas.declare(connection, Program.of(config, by="Suzuki", at=datetime.now(UTC)))

    async def conclude(self, config: PartyConfig, *, stop_others: bool = False) -> int:
        at = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            program = Program.of(config, by="Suzuki", at=at)
            return len(await replicas.conclude(connection, program, by="Suzuki", at=at, stop_others=stop_others))

    async def _report(self, _connection: Connection, code: str, detail: str) -> None:
        self.incidents.append((code, detail.partition(" ")[0]))


@pytest.fixture
async def town(make_database: MakeDatabase, tmp_path: Path, lines: io.StringIO) -> AsyncIterator[Town]:
    database = make_database("issuer")
    async with connect(Database(url=database.url)) as pool:
        made = Town(pool, tmp_path, database)
        yield made
        made.all_die()


def refusal(standing: Standing) -> str | None:
    try:
        standing.require()
    except MadoguchiError as error:
        return error.code
    return None


async def compared(*processes: Standing) -> list[str | None]:
    for each in processes:
        await each.compare()
    return [refusal(each) for each in processes]


async def test_two_that_are_declared_serve(town: Town) -> None:
    one, two = (town.process(config_of(name)) for name in NAMES)
    assert refusal(one) == "runtime.not_compared"
    assert await compared(one, two, one) == [None, None, None]
    assert town.incidents == []


@pytest.mark.parametrize(
    "stranger",
    [
        config_of("issuer-3", replicas=("issuer-3",)),
        config_of("issuer-1", replicas=("issuer-1",)),
        config_of("issuer-3"),
        config_of("issuer-2", peers_known=False),
    ],
    ids=["single server", "same name, single server", "undeclared name", "another setting"],
)
async def test_a_stranger_yields_and_stops_nobody(town: Town, stranger: PartyConfig) -> None:
    one, two = (town.process(config_of(name)) for name in NAMES)
    await compared(one, two)
    strangers = [town.process(stranger, machine=f"s{number}") for number in range(3)]
    assert await compared(*strangers, one, two) == ["runtime.stranger"] * 3 + [None, None]
    assert town.incidents == [("runtime.stranger", stranger.name)] * 3
    await compared(*strangers, one, two)
    assert len(town.incidents) == 3, "an incident once, not every minute"


async def test_a_program_without_this_check_beside_us_is_an_incident(town: Town) -> None:
    """It writes that it serves and never compares itself: those that are declared say so."""
    one = town.process(config_of("issuer-1"))
    await compared(one)
    with psycopg.connect(town.database.owner_url) as connection:
        connection.execute(
            "INSERT INTO replicas (process, name, version, fingerprint, own_clock)"
            " VALUES (%s, 'issuer-1', '0.0.9', 'ab', now())",
            (bytes(16),),
        )
    assert await compared(one, one) == [None, None]
    assert town.incidents == [("runtime.stranger", "issuer-1")]


async def test_the_stranger_who_came_first_to_an_empty_database_is_put_right_by_a_person(town: Town) -> None:
    stranger, one = town.process(config_of("x", replicas=("x",))), town.process(config_of("issuer-1"))
    assert await compared(stranger, one) == [None, "runtime.stranger"]
    await town.declare(config_of("issuer-1"))
    with pytest.raises(MadoguchiError, match=r"runtime\.others_run.* x"):
        await town.conclude(config_of("issuer-1"))
    assert await town.conclude(config_of("issuer-1"), stop_others=True) == 1
    assert await compared(stranger, one) == ["runtime.stranger", None]


async def test_a_rolling_upgrade(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old and new are declared for its length; without that the new one yields, and afterwards the old one."""
    old_1, old_2 = (town.process(config_of(name)) for name in NAMES)
    await compared(old_1, old_2)
    monkeypatch.setattr(replicas, "__version__", "9.0")
    monkeypatch.setattr("madoguchi.runtime.config.__version__", "9.0")
    new_config = config_of("issuer-1")
    early = town.process(new_config, machine="m2")
    assert await compared(early, old_1) == ["runtime.stranger", None]
    assert await town.declare(new_config)
    assert not await town.declare(new_config)
    assert await compared(early) == ["runtime.name_taken"], "the old one of its name has not ended"
    town.not_seen_for(61)
    assert await compared(old_2, early) == [None, None]
    with pytest.raises(MadoguchiError, match=r"runtime\.others_run.* issuer-2"):
        await town.conclude(new_config)
    town.not_seen_for(61)
    assert await compared(early) == [None]
    assert await town.conclude(new_config) == 1
    assert await compared(old_2, early) == ["runtime.stranger", None]
    async with transaction(town.pool) as connection:
        cursor = await connection.execute("SELECT event FROM evidence ORDER BY position")
        events = [row["event"] for row in await cursor.fetchall()]
    assert events == ["topology.declared", "topology.declared", "topology.concluded"]


async def test_nothing_that_is_not_declared_can_be_concluded(town: Town) -> None:
    with pytest.raises(MadoguchiError, match=r"runtime\.stranger"):
        await town.conclude(config_of("issuer-1"))


async def test_a_name_given_to_two_machines(town: Town) -> None:
    """The one that serves goes on; the later one does not even start, because it would settle the other's receipts."""
    one = town.process(config_of("issuer-1"))
    await compared(one)
    double = town.process(config_of("issuer-1"), machine="m2")
    with pytest.raises(MadoguchiError, match=r"runtime\.name_taken"):
        async with double.kept():
            pytest.fail("it started")
    assert await compared(one) == [None]
    town.not_seen_for(61)
    assert await compared(double) == [None], "moved to another machine: after a minute the name is free"
    assert await compared(one, double) == ["runtime.name_taken", None], "and whoever wakes up again has lost it"


async def test_a_process_that_was_killed_starts_again_at_once(town: Town) -> None:
    killed = town.process(config_of("issuer-1"))
    await compared(killed)
    town.all_die()
    again = town.process(config_of("issuer-1"))
    assert await compared(again) == [None], "the lock proves that the run before is dead"


async def test_who_ends_in_good_order_is_gone(town: Town) -> None:
    async with town.process(config_of("issuer-1")).kept() as standing:
        assert standing.may_serve()
    async with transaction(town.pool) as connection:
        assert await replicas.seen(connection, party="issuer") == ()


@pytest.mark.parametrize(("off", "code"), [(3600, "runtime.clock_off"), (-61, "runtime.clock_off"), (50, None)])
async def test_a_clock_that_is_off_at_start(town: Town, off: int, code: str | None) -> None:
    clock = FrozenClock(datetime.now(UTC) + timedelta(seconds=off))
    one = town.process(config_of("issuer-1"), clock=clock)
    assert await compared(one) == [code]
    assert town.incidents == ([(code, "issuer-1")] if code else [])
    clock.at = datetime.now(UTC)
    assert await compared(one) == [None], "put right, it serves"


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_put_forward_or_back_refuses_at_once(town: Town, hours: int) -> None:
    clock = FrozenClock(datetime.now(UTC))
    one = town.process(config_of("issuer-1"), clock=clock)
    await compared(one)
    clock.at += timedelta(hours=hours)
    assert refusal(one) == "runtime.clock_off", "before the next comparison"


async def test_who_cannot_compare_stops_when_the_others_count_it_as_gone(town: Town) -> None:
    clock = FrozenClock(datetime.now(UTC))
    one = town.process(config_of("issuer-1"), clock=clock)
    await compared(one)
    clock.advance(seconds=59)
    assert refusal(one) is None
    clock.advance(seconds=2)
    assert refusal(one) == "runtime.not_compared"


async def test_a_cause_names_what_differs(town: Town) -> None:
    await town.declare(config_of("issuer-1"))
    nameless = town.process(config_of("issuer-9"))
    await nameless.compare()
    with pytest.raises(MadoguchiError, match="issuer-9 is not among issuer-1, issuer-2"):
        nameless.require()
    other = config_of("issuer-1", peers_known=False)
    differing = town.process(other)
    await differing.compare()
    with pytest.raises(MadoguchiError, match=other.topology.fingerprint):
        differing.require()
