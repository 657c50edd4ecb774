"""A snapshot beside what is in force, and its switch: no issue falls between two generations."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.issuer import feed
from madoguchi.issuer.feed_rows import Seals
from madoguchi.issuer.stopping import Decision, engage_alarm, stop_offered, suspend_ward
from madoguchi.issuer.store.generations import alone_loading
from madoguchi.issuer.store.visible import begin_reading
from madoguchi.records import RecordFile
from madoguchi.runtime.database import Connection, transaction
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, TARO, Replica, World, meanwhile, tax_of, terms_of

FULL: dict[str, Any] = {
    "residents": [HANAKO, TARO],
    "taxes": [tax_of(HANAKO), tax_of(TARO)],
    "instalments": [terms_of(HANAKO), terms_of(TARO)],
}


async def _open(world: World, **replicas: Any) -> tuple[Replica, Any]:
    replica, card = await world.replica(**replicas), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={HANAKO.addressee_number: card})
    return replica, card


async def test_each_snapshot_takes_the_other_place_and_the_old_one_is_emptied(world: World) -> None:
    replica = await world.replica()
    places = []
    for _ in range(3):
        await world.load(replica, **FULL)
        places.append(await world.table("persons"))
        rows = {slot: len(await world.all(f"SELECT FROM persons_{slot}")) for slot in ("a", "b")}
        assert sorted(rows.values()) == [0, 2]
    assert places == ["persons_b", "persons_a", "persons_b"]
    indexed = await world.all("SELECT indexname FROM pg_indexes WHERE tablename = %s", places[-1])
    assert [row["indexname"] for row in indexed] == [f"{places[-1]}_pkey"]


async def test_a_delta_stays_where_it_is(world: World) -> None:
    replica = await world.replica()
    await world.load(replica, **FULL)
    place = await world.table("persons")
    await world.load(replica, residents=[TARO], taxes=[tax_of(TARO)], content="delta")
    assert await world.table("persons") == place


class CrashError(Exception):
    """What a power cut looks like from inside."""


async def test_a_crash_in_the_middle_leaves_the_old_generation_serving_and_rubbish_is_cleared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica, card = await _open(world)

    async def crash(*_arguments: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched:  # after the COPY was committed, before the switch
        patched.setattr(feed, "before_commit", crash)
        with pytest.raises(CrashError):
            await world.load(replica, residents=[TARO], taxes=[tax_of(TARO)])
    assert len(await world.all("SELECT FROM persons_a")) == 1
    assert await world.table("persons") == "persons_b"
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    world.sequence -= 1
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)])
    assert await world.table("persons") == "persons_a"
    assert [bytes(row["person"]) for row in await world.all("SELECT person FROM persons_a")] == [
        world.kit.index.person(HANAKO.addressee_number)
    ]


async def test_the_connection_lost_in_the_middle_of_a_copy(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a killed intake looks to PostgreSQL: nothing is half loaded, and the load lock is free again."""
    replica, card = await _open(world)
    real = Seals.__call__

    def killed(seals: Seals, file: RecordFile[Any], rows: list[Any]) -> bytes:
        with psycopg.connect(world.intake_database.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'COPY %' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        return real(seals, file, rows)

    with monkeypatch.context() as patched:
        patched.setattr(Seals, "__call__", killed)
        with pytest.raises(MadoguchiError, match=r"runtime\.database_unavailable"):
            await world.load(replica, **FULL)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    world.sequence -= 1
    await world.load(replica, **FULL)
    assert (await world.one("SELECT sequence FROM feeds WHERE feed = 'tax'"))["sequence"] == 2


async def test_a_generation_that_is_switched_in_meanwhile_is_composed_from_once_more(world: World) -> None:
    moved = msgspec.structs.replace(HANAKO, address="窓口区架空町一丁目1番1号")
    replica, card = await _open(world)
    done = False

    async def switch() -> None:
        nonlocal done
        if not done:
            done = True
            await world.load(replica, residents=[moved], taxes=[tax_of(moved)], instalments=[terms_of(moved)])

    slow = await world.replica(make_composer=meanwhile(asyncio.get_running_loop(), switch))
    visit = world.street.visit(card)
    assert isinstance(await slow.issue(visit.request), Issued)
    table = await world.table("persons")
    version = (await world.one(f"SELECT version FROM {table}"))["version"]
    body = (await world.one("SELECT body FROM evidence WHERE event = 'certificate.issued'"))["body"]
    assert decode_plain(bytes(body))["record"] == version
    assert done


async def test_a_switch_waits_for_an_issue_that_has_read(world: World) -> None:
    """One of the two comes first; neither sees half of the other."""
    replica, _ = await _open(world)
    async with transaction(world.pool) as reading:
        slot = await begin_reading(reading)
        loading = asyncio.create_task(world.load(replica, residents=[TARO], taxes=[tax_of(TARO)]))
        await asyncio.sleep(0.5)
        assert not loading.done()
        assert await world.table("persons") == f"persons_{slot}"
    await asyncio.wait_for(loading, 10)
    assert await world.table("persons") != f"persons_{slot}"


async def test_a_stop_waits_for_an_issue_that_has_read_and_then_holds(world: World) -> None:
    replica, card = await _open(world)
    async with transaction(world.pool) as reading:
        await begin_reading(reading)
        stopping = asyncio.create_task(replica.feed.stop(world.tax.stop(HANAKO)))
        await asyncio.sleep(0.3)
        assert not stopping.done()
    await asyncio.wait_for(stopping, 10)
    assert world.street.reason(await replica.issue(world.street.visit(card).request)) == "ask_your_ward"


STAFF = Decision(by="窓口 花子", reason="点検")
STOPS: dict[str, Callable[[Connection, World], Awaitable[object]]] = {
    "the whole ward": lambda connection, world: suspend_ward(connection, STAFF, at=world.clock.now()),
    "an alarm": lambda connection, world: engage_alarm(connection, code="issuer.by_hand", at=world.clock.now()),
    "a kind": lambda connection, world: stop_offered(
        connection,
        world.kit.config("issuer-1", database=world.database).menu,
        STAFF,
        kind="taxation",
        year=None,
        stopped=True,
        at=world.clock.now(),
    ),
}


@pytest.mark.parametrize("stop", STOPS)
async def test_what_stops_more_than_one_waits_as_well(world: World, stop: str) -> None:
    """An issue that has read that nothing is stopped is committed first, or reads again."""
    replica, card = await _open(world)

    async def commit() -> None:
        async with transaction(world.pool) as connection:
            await STOPS[stop](connection, world)

    async with transaction(world.pool) as reading:
        await begin_reading(reading)
        stopping = asyncio.create_task(commit())
        await asyncio.sleep(0.3)
        assert not stopping.done()
    await asyncio.wait_for(stopping, 10)
    assert not isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_stops_and_suspensions_outlive_generations(world: World) -> None:
    replica, card = await _open(world)
    await replica.feed.stop(world.tax.stop(HANAKO))
    for _ in range(2):
        await world.load(replica, **FULL)
    visit = world.street.visit(card)
    await replica.issue(visit.request)
    assert await world.refusal_of(visit) == "issuer.suppressed"


async def test_of_two_intakes_one_applies_and_the_other_confirms(world: World) -> None:
    one, two = await world.intake("intake-1"), await world.intake("intake-2")
    package = world.tax.package(**FULL)
    receipts = await asyncio.gather(one.feed.package(package), two.feed.package(package))
    assert [receipt.sequence for receipt in receipts] == [1, 1]
    assert len(await world.all("SELECT FROM evidence WHERE event = 'feed.applied'")) == 1
    assert await world.incidents() == []


async def test_who_waits_too_long_is_told_to_come_again(world: World) -> None:
    intake = await world.intake()
    async with alone_loading(world.intake_pool):
        with pytest.raises(MadoguchiError, match=r"issuer\.feed_busy"):
            async with alone_loading(intake.pool, wait_seconds=0.2):
                raise AssertionError
