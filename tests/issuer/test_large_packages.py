"""A package that worker processes read and seal: the same rows, and nothing of it when anything breaks off."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.bench.usage import family, usage_of
from madoguchi.errors import MadoguchiError
from madoguchi.issuer import feed_rows
from madoguchi.records import Resident
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import FeedPackage
from madoguchi.wire.transaction import Issued
from tests.issuer.slow_seals import Killed
from tests.issuer.world import HANAKO, TARO, Replica, World, tax_of, terms_of

PEOPLE = 1500
"""Enough for several pieces of every file."""
TABLES = [f"{table}_{slot}" for table in ("persons", "records", "instalments") for slot in ("a", "b")]


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_rows, "LARGE_ROWS", 1000)


def crowd() -> list[Resident]:
    return [msgspec.structs.replace(TARO, addressee_number=f"{number:010d}") for number in range(100, 100 + PEOPLE)]


def rows(**changes: Any) -> dict[str, Any]:
    people = [HANAKO, *crowd()]
    return {
        "residents": people,
        "taxes": [tax_of(each) for each in people],
        "instalments": [terms_of(each) for each in people],
        **changes,
    }


async def opened(world: World) -> tuple[Replica, Any]:
    """Hanako is in force and has a card."""
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    return replica, card


async def everything(world: World) -> list[list[dict[str, Any]]]:
    return [await world.all(f"SELECT * FROM {table} ORDER BY 1") for table in (*TABLES, "feeds")]


async def test_workers_make_the_rows_that_one_process_makes(world: World) -> None:
    replica, card = await opened(world)
    await world.load(replica, **rows())
    for table in ("persons", "records", "instalments"):
        kept = await world.in_force(table)
        assert {bytes(row["person"]) for row in kept} == {
            world.kit.index.person(each.addressee_number) for each in [HANAKO, *crowd()]
        }
        async with transaction(world.pool) as connection:
            what = {"persons": "person", "records": "record", "instalments": "instalments"}[table]
            for row in kept[::100]:
                where = {"person": bytes(row["person"]), "year": row.get("fiscal_year", 0), "columns": what}
                assert await replica.parts.keys.open(connection, row["sealed"], **where)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_a_bad_row_in_the_middle_leaves_nothing_of_the_package(world: World) -> None:
    replica, card = await opened(world)
    taxes = [tax_of(each) for each in [HANAKO, *crowd()]]
    taxes[PEOPLE // 2] = msgspec.structs.replace(taxes[PEOPLE // 2], annual_tax=1)
    before = await everything(world)
    with pytest.raises(feed_rows.PackageRefusedError) as refused:
        await world.load(replica, **rows(taxes=taxes))
    assert [(each.file, each.line) for each in refused.value.faults] == [("taxes.csv", PEOPLE // 2 + 2)]
    assert await everything(world) == before
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_a_worker_killed_in_the_middle(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """For want of memory, perhaps: what was in force stays, and the same package is taken when it comes again."""
    replica, card = await opened(world)
    before, package = await everything(world), world.tax.package(sequence=2, **rows())
    with monkeypatch.context() as patched:
        patched.setattr(feed_rows, "Seals", Killed)
        with pytest.raises(MadoguchiError, match=r"issuer\.feed_broken_off"):
            await replica.feed.package(package)
    assert await everything(world) == before
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    assert (await replica.feed.package(package)).sequence == 2
    assert len(await world.in_force("persons")) == PEOPLE + 1


_INTAKE = """
import asyncio, sys
from pathlib import Path
from madoguchi.issuer import feed_rows
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.serve import make_intake
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import connect
from madoguchi.wire.codec import decode
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import FeedPackage
from tests.issuer.people import NOW
from tests.issuer.slow_seals import Stalled

async def main():
    feed_rows.LARGE_ROWS, feed_rows.Seals = 1, Stalled
    config = load_config(Path(sys.argv[1]), IntakeConfig)
    async with connect(config.database) as pool:
        made = await make_intake(config, pool=pool, line=None, clock=FrozenClock(NOW))
        await made.feed.package(decode(Path(sys.argv[2]).read_bytes(), type=FeedPackage))

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_an_intake_killed_in_the_middle_takes_its_workers_with_it(world: World, tmp_path: Path) -> None:
    replica, card = await opened(world)
    before, package = await everything(world), world.tax.package(sequence=2, **rows())
    child = await start_stalled(world, package, tmp_path)
    try:
        workers = await copying(world, child.pid)
    finally:
        child.kill()
        assert await child.wait() == -signal.SIGKILL
    async with asyncio.timeout(60):
        while any(map(usage_of, workers)):  # noqa: ASYNC110 - they are not our children
            await asyncio.sleep(0.1)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    assert await everything(world) == before
    assert (await replica.feed.package(package)).sequence == 2


async def start_stalled(world: World, package: FeedPackage, directory: Path) -> asyncio.subprocess.Process:
    """An intake of its own, whose workers stop at the tax records."""
    config, sent, script = directory / "intake.toml", directory / "package", directory / "killed.py"
    write_config(world.kit.intake_config("intake-1", database=world.intake_database), config)
    sent.write_bytes(encode(package))
    script.write_text(_INTAKE)
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(config),
        str(sent),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


async def copying(world: World, pid: int) -> list[int]:
    """Wait until it copies people into the other generation; its workers, while they live."""
    async with asyncio.timeout(60):
        while not await copies(world):  # noqa: ASYNC110 - the server tells no event
            await asyncio.sleep(0.05)
    found = family(pid)[1:]
    assert len(found) >= 2
    return found


async def copies(world: World) -> bool:
    """The intake's role sees its own sessions."""
    async with transaction(world.intake_pool) as connection:
        cursor = await connection.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^COPY persons'"
            " AND state = 'active'"
        )
        return cursor.rowcount > 0
