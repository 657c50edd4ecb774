"""Years that are over: deleted with their key, counted again, and kept as evidence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from madoguchi.errors import MadoguchiError
from madoguchi.evidence import entries
from madoguchi.issuer.command import group
from madoguchi.issuer.config import RetentionSection
from madoguchi.issuer.store import retention
from madoguchi.issuer.store.retention import fiscal_year_of
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from tests.issuer.world import HANAKO, World, tax_of
from tests.issuer.years import YEARS, load, offering


async def _years(world: World, table: str) -> list[int]:
    rows = await world.all(f"SELECT DISTINCT fiscal_year FROM {await world.table(table)} ORDER BY 1")
    return [row["fiscal_year"] for row in rows]


async def test_a_year_that_is_over_goes_with_its_key_and_leaves_evidence(world: World) -> None:
    intake = await load(world, records_years=2, instalments_years=2)
    keys = {row["fiscal_year"]: row["id"] for row in await world.all("SELECT fiscal_year, id FROM data_keys")}
    (deleted,) = await intake.retain()
    assert (deleted.fiscal_year, deleted.records, deleted.instalments, deleted.key) == (2024, 2, 1, keys[2024])
    assert await _years(world, "records") == await _years(world, "instalments") == [2025, 2026]
    left = {row["fiscal_year"] for row in await world.all("SELECT fiscal_year FROM data_keys")}
    assert left == {0, 2025, 2026}
    async with transaction(world.owner_pool) as connection:
        (*_, last) = [each async for each in entries(connection)]
    assert last.event == retention.YEAR_DELETED
    assert (last.body["records"], last.body["instalments"], last.body["key"]) == (2, 1, keys[2024])
    assert await intake.retain() == ()


async def test_each_kind_has_its_own_number_of_years(world: World) -> None:
    intake = await load(world, records_years=2, instalments_years=1)
    deleted = {each.fiscal_year: each for each in await intake.retain()}
    assert await _years(world, "records") == [2025, 2026]
    assert await _years(world, "instalments") == [2026]
    assert deleted[2025].key is None
    assert deleted[2024].key is not None


async def test_an_offered_year_is_kept_and_an_old_one_is_not_taken_in_again(world: World) -> None:
    await load(world, records_years=1)
    offered = await world.intake(
        menu=offering(world, 2025), retention=RetentionSection(records_years=1, instalments_years=1)
    )
    assert [each.fiscal_year for each in await offered.retain()] == [2024]
    again = world.tax.package(
        sequence=2, residents=[HANAKO], taxes=[tax_of(HANAKO, fiscal_year=year) for year in YEARS]
    )
    await offered.feed.package(again)
    assert await _years(world, "records") == [2025, 2026]
    assert await world.all("SELECT FROM data_keys WHERE fiscal_year = 2024") == []


async def test_rows_that_are_still_there_undo_the_deletion(world: World) -> None:
    intake = await load(world, records_years=2, instalments_years=2)
    table = await world.table("records")
    async with transaction(world.owner_pool) as connection:
        body = "BEGIN RETURN NULL; END"
        await connection.execute(f"CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS '{body}'".encode())
        trigger = f"CREATE TRIGGER keep BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION keep()"
        await connection.execute(trigger.encode())
    with pytest.raises(MadoguchiError, match=r"issuer\.not_deleted"):
        await intake.retain()
    assert await _years(world, "instalments") == list(YEARS)
    assert len(await world.all("SELECT FROM data_keys WHERE fiscal_year = 2024")) == 1


async def test_the_commands(world: World) -> None:
    intake = await load(world, records_years=2, instalments_years=2)
    file = world.kit.directory / "retention.toml"
    write_config(intake.config, file)

    async def told(command: str) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, group, ["retention", command, "--config", str(file)])
        assert done.exit_code == 0, done.exception
        return done.output

    assert (await told("show")).splitlines()[:2] == [
        "kept: records from 2025, instalments from 2025",
        "2024  records 2  instalments 1",
    ]
    assert (await told("apply")).startswith("2024: 2 records, 1 instalments deleted; key ")
    assert await told("apply") == ""
    assert "2024 " not in await told("show")


@pytest.mark.parametrize(
    ("at", "year"),
    [
        (datetime(2026, 3, 31, 14, 59, tzinfo=UTC), 2025),
        (datetime(2026, 3, 31, 15, 0, tzinfo=UTC), 2026),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), 2026),
    ],
)
def test_a_fiscal_year_begins_in_april_in_japan(at: datetime, year: int) -> None:
    assert fiscal_year_of(at) == year
