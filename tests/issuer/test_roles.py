"""Two processes, two database roles: each tried with its own connection."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.store.visible import begin_reading, show_person, show_serial
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from tests.issuer.world import HANAKO, TARO, Replica, World, terms_of
from tests.issuer.world import tax_of as tax

BY_PERSON = ("persons", "records", "instalments")
ISSUED = ("issuances", "papers", "custody", "suspensions", "switches", "incidents", "issuance_steps")


async def _ward(world: World) -> Replica:
    replica, card = await world.replica(), world.kit.card()
    await world.load(
        replica,
        residents=[HANAKO, TARO],
        taxes=[tax(HANAKO), tax(HANAKO, fiscal_year=2025), tax(TARO)],
        instalments=[terms_of(HANAKO), terms_of(TARO)],
    )
    world.jukinet.listed += [world.kit.entry(card, HANAKO), world.kit.entry(world.kit.card(), TARO)]
    await replica.intake.registry.pull()
    await replica.feed.stop(world.tax.stop(TARO))
    return replica


async def test_the_serving_role_sees_nothing_without_a_name_and_one_person_with_it(world: World) -> None:
    await _ward(world)
    index = world.kit.index
    for number, expected in ((None, [0, 0, 0]), (HANAKO, [1, 2, 1]), (TARO, [1, 1, 1])):
        async with transaction(world.pool) as connection:
            slot = await begin_reading(connection)
            if number is not None:
                await show_person(connection, index.person(number.addressee_number))
            counts = []
            for table in BY_PERSON:
                cursor = await connection.execute(f"SELECT count(*) AS rows FROM {table}_{slot}".encode())
                counts.append((await cursor.fetchall())[0]["rows"])
            cursor = await connection.execute("SELECT person FROM stops")
            stops = [bytes(row["person"]) for row in await cursor.fetchall()]
        assert counts == expected
        assert stops == ([index.person(TARO.addressee_number)] if number is TARO else [])


async def test_a_name_ends_with_its_transaction(world: World) -> None:
    await _ward(world)
    async with connect(Database(url=world.database.url, pool_size=1)) as pool:
        async with transaction(pool) as connection:
            await show_person(connection, world.kit.index.person(HANAKO.addressee_number))
            await show_serial(connection, bytes(16))
        async with transaction(pool) as connection:
            for table in (*(f"{each}_{slot}" for each in BY_PERSON for slot in ("a", "b")), "serials", "stops"):
                cursor = await connection.execute(f"SELECT FROM {table}".encode())
                assert cursor.rowcount == 0


async def test_the_serving_role_sees_one_serial(world: World) -> None:
    await _ward(world)
    async with transaction(world.pool) as connection:
        assert (await connection.execute("SELECT FROM serials")).rowcount == 0
        rows = await world.all("SELECT serial FROM serials")
        assert len(rows) == 2
        await show_serial(connection, rows[0]["serial"])
        cursor = await connection.execute("SELECT serial FROM serials")
        assert [row["serial"] for row in await cursor.fetchall()] == [rows[0]["serial"]]


async def test_the_serving_role_writes_no_other_row_than_the_named_one(world: World) -> None:
    await _ward(world)
    for statement in (
        "INSERT INTO serials SELECT x, x, 'card', 'valid', false, now(), now() FROM decode(repeat('1', 32), 'hex') x",
        "INSERT INTO suspensions (person, code) VALUES (decode(repeat('01', 16), 'hex'), 'x')",
    ):
        with pytest.raises(InsufficientPrivilege, match="row-level security"):
            async with transaction(world.pool) as connection:
                await connection.execute(statement.encode())
    async with transaction(world.pool) as connection:
        changed = await connection.execute("UPDATE serials SET status = 'valid', ambiguous = false")
        assert changed.rowcount == 0


@pytest.mark.parametrize("table", ISSUED)
async def test_the_intake_cannot_read_what_was_issued(world: World, table: str) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with transaction(world.intake_pool) as connection:
            await connection.execute(f"SELECT * FROM {table}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT body FROM evidence",
        "UPDATE evidence SET at = 0",
        "DELETE FROM evidence",
        "DELETE FROM stops",
        "DELETE FROM serials",
        "TRUNCATE persons_a",
        "ALTER TABLE records_a DISABLE ROW LEVEL SECURITY",
        "INSERT INTO offers VALUES (9, '{}', 'x', now())",
        "CREATE TABLE mine (id integer)",
    ],
)
async def test_the_intake_may_not(world: World, statement: str) -> None:
    await _ward(world)
    with pytest.raises(InsufficientPrivilege):
        async with transaction(world.intake_pool) as connection:
            await connection.execute(statement.encode())


async def test_the_generation_in_force_cannot_be_cleared(world: World) -> None:
    await _ward(world)
    table = await world.table("persons")
    with pytest.raises(psycopg.errors.RaiseException, match="in force"):
        async with transaction(world.intake_pool) as connection:
            await connection.execute("SELECT clear_generation(%s)", (table[-1],))
    assert len(await world.all(f"SELECT FROM {table}")) == 2


async def test_a_role_that_passes_no_row_security_is_refused_at_start(world: World) -> None:
    world.intake_pool = world.pool
    with pytest.raises(MadoguchiError, match=r"issuer\.intake_role"):
        await world.intake()


def test_an_intake_loads_neither_the_composer_nor_fonts() -> None:
    program = "import sys, madoguchi.issuer.command, madoguchi.issuer.intake.command; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(said.stdout.split())
    assert "madoguchi.issuer.intake.serve" in loaded
    heavy = ("madoguchi.certificate.", "madoguchi.issuer.clerk", "madoguchi.issuer.composing", "fontTools", "pikepdf")
    settings = ("madoguchi.certificate.layout", "madoguchi.certificate.problems")  # a ward's own pages are a setting
    assert [name for name in loaded if name.startswith(heavy) and not name.startswith(settings)] == []
