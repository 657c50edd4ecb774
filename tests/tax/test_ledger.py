"""The ledger: replaced all or nothing, and no change of a person is ever missed."""

from __future__ import annotations

import asyncio
import dataclasses

import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.records import RecordSet
from madoguchi.records.package import PackageRecords
from madoguchi.runtime.database import Pool, transaction
from madoguchi.tax import ledger
from tests.tax.conftest import export, person


async def load(pool: Pool, records: RecordSet) -> None:
    async with transaction(pool) as connection:
        await ledger.load(connection, records)


async def suppress(pool: Pool, number: int, *, suppressed: bool = True) -> None:
    async with transaction(pool) as connection:
        await ledger.suppress(connection, f"{number:010}", suppressed=suppressed)


async def since(pool: Pool, change: int) -> PackageRecords:
    async with transaction(pool) as connection:
        return await ledger.changed_records(connection, after=change)


async def last(pool: Pool) -> int:
    async with transaction(pool) as connection:
        return await ledger.last_change(connection)


async def test_what_was_loaded_comes_out_again(pool: Pool) -> None:
    records = export(2, 1, years=(2026, 2025))
    assert await last(pool) == 0
    await load(pool, records)
    found = await since(pool, 0)
    assert set(found.residents) == set(records.residents)
    assert set(found.taxes) == set(records.taxes)
    assert set(found.instalments) == set(records.instalments)
    assert [each.addressee_number for each in found.residents] == ["0000000001", "0000000002"]
    keys = [(each.addressee_number, each.fiscal_year) for each in found.taxes]
    assert keys == sorted(keys)


async def test_a_faulty_export_changes_nothing(pool: Pool) -> None:
    await load(pool, export(1))
    before = await last(pool)
    orphan = dataclasses.replace(export(3), taxes=export(4).taxes)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await load(pool, orphan)
    assert [each.addressee_number for each in (await since(pool, 0)).residents] == ["0000000001"]
    assert await last(pool) == before


async def test_a_new_export_replaces_the_old_whole(pool: Pool) -> None:
    await load(pool, export(1, 2))
    before = await last(pool)
    await load(pool, export(2, 3))
    found = await since(pool, 0)
    assert {each.addressee_number for each in found.residents} == {"0000000002", "0000000003"}
    assert {each.addressee_number for each in found.taxes} == {"0000000002", "0000000003"}
    async with transaction(pool) as connection:
        assert await ledger.was_replaced(connection, after=before)
        assert not await ledger.was_replaced(connection, after=await ledger.last_change(connection))


async def test_only_who_changed_comes_with_all_their_rows(pool: Pool) -> None:
    await load(pool, export(1, 2, years=(2026, 2025)))
    before = await last(pool)
    await suppress(pool, 2)
    found = await since(pool, before)
    assert found.residents == (person(2, suppression=True),)
    assert [(each.addressee_number, each.fiscal_year) for each in found.taxes] == [
        ("0000000002", 2025),
        ("0000000002", 2026),
    ]
    await suppress(pool, 2, suppressed=False)
    assert (await since(pool, before)).residents == (person(2),)


async def test_a_stop_for_nobody_is_refused(pool: Pool) -> None:
    await load(pool, export(1))
    with pytest.raises(MadoguchiError, match=r"tax\.no_such_person"):
        await suppress(pool, 9)


async def test_whoever_commits_later_has_the_higher_number(pool: Pool) -> None:
    """A reader that goes "up to n" while others are still writing misses nobody."""
    people = range(1, 13)
    await load(pool, export(*people))
    seen, up_to = set[str](), await last(pool)

    async def read_until_all() -> None:
        nonlocal up_to
        while len(seen) < len(people):
            newest = await last(pool)
            seen.update(each.addressee_number for each in (await since(pool, up_to)).residents)
            up_to = newest

    reading = asyncio.create_task(read_until_all())
    await asyncio.gather(*(suppress(pool, number) for number in people))
    await asyncio.wait_for(reading, 10)


async def test_a_load_waits_for_a_stop_that_is_being_written(pool: Pool) -> None:
    await load(pool, export(1))
    async with transaction(pool) as connection:
        await ledger.suppress(connection, "0000000001", suppressed=True)
        loading = asyncio.create_task(load(pool, export(1, 2)))
        await asyncio.sleep(0.1)
        assert not loading.done()
    await loading
    assert len((await since(pool, 0)).residents) == 2
