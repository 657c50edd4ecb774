"""Whose certificate is which: by the pair of CA key and serial, in the order of changes, nobody missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.jukinet import registry
from madoguchi.records import CaGeneration, CardSerial, SerialStatus
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.trust import CardAuthority, TrustList
from madoguchi.wire.feed import SerialEntry
from tests.conftest import MakeDatabase
from tests.records.examples import SERIAL
from tests.sites import trust_of

DIGESTS = {"g1": b"1" * 32, "g2": b"2" * 32}


def serial(number: int, **changes: object) -> CardSerial:
    return msgspec.structs.replace(SERIAL, serial=f"{number:X}", **changes)


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    async with connect(Database(url=make_database("jukinet").url)) as opened:
        yield opened


async def load(pool: Pool, *serials: CardSerial) -> int:
    async with transaction(pool) as connection:
        return await registry.load(connection, serials, digests=DIGESTS)


async def find(pool: Pool, number: str, *, generation: str = "g2") -> SerialEntry | None:
    async with transaction(pool) as connection:
        return await registry.find(connection, ca_key_digest=DIGESTS[generation], serial=number)


async def page(pool: Pool, after: int = 0) -> tuple[list[str], int, bool]:
    async with transaction(pool) as connection:
        entries, position, complete = await registry.page(connection, after=after)
    return [entry.serial for entry in entries], position, complete


async def test_an_entry_says_what_the_export_said(pool: Pool) -> None:
    assert await load(pool, SERIAL) == 1
    found = await find(pool, SERIAL.serial)
    assert found is not None
    assert (found.addressee_number, found.medium, found.status) == (SERIAL.addressee_number, "card", "valid")
    assert (found.valid_from, found.valid_until) == ("2024-04-01", "2029-02-28")
    assert found.ca_key_digest == DIGESTS["g2"]
    assert await find(pool, "FFFF") is None


async def test_one_number_in_two_generations_is_two_people(pool: Pool) -> None:
    await load(
        pool,
        serial(0xA1, ca_generation=CaGeneration.G1, addressee_number="0000000001"),
        serial(0xA1, ca_generation=CaGeneration.G2, addressee_number="0000000002"),
    )
    found = [await find(pool, "A1", generation=each) for each in ("g1", "g2")]
    assert [each.addressee_number for each in found if each] == ["0000000001", "0000000002"]


async def test_an_unknown_generation_takes_nothing_in(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await registry.load(connection, [serial(1)], digests=DIGESTS)
    with pytest.raises(MadoguchiError, match=r"jukinet\.unknown_generation"):
        async with transaction(pool) as connection:
            await registry.load(connection, [serial(2), serial(3)], digests={"g1": DIGESTS["g1"]})
    assert (await page(pool))[0] == ["1"]


async def test_pages_follow_the_order_of_changes(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "PAGE_ROWS", 2)
    assert await page(pool) == ([], 0, True)
    await load(pool, *(serial(number) for number in range(1, 6)))
    first, position, complete = await page(pool)
    assert (first, complete) == (["1", "2"], False)
    second, position, complete = await page(pool, position)
    assert (second, complete) == (["3", "4"], False)
    third, position, complete = await page(pool, position)
    assert (third, complete) == (["5"], True)
    assert await page(pool, position) == ([], position, True)
    changed = [serial(number) for number in range(2, 6)]
    assert await load(pool, serial(1, status=SerialStatus.SUPERSEDED), *changed) == 1
    assert (await page(pool, position))[0] == ["1"]


async def test_what_the_export_no_longer_lists_is_revoked(pool: Pool) -> None:
    await load(pool, serial(1), serial(2))
    _, position, _ = await page(pool)
    assert await load(pool, serial(2)) == 1
    gone = await find(pool, "1")
    assert gone is not None
    assert gone.status == "revoked"
    assert (await page(pool, position))[0] == ["1"]
    assert await load(pool, serial(2)) == 0
    assert await load(pool, serial(1), serial(2)) == 1  # listed again: it counts again


async def test_an_empty_export_revokes_everything(pool: Pool) -> None:
    await load(pool, serial(1))
    assert await load(pool) == 1


async def test_loaders_at_once_leave_no_reader_behind(pool: Pool) -> None:
    """A reader that remembers a position never finds an entry appear below it."""
    await asyncio.gather(*(load(pool, *(serial(100 * one + each) for each in range(1, 20))) for one in range(1, 4)))
    entries, position, _ = await page(pool)
    assert len(entries) == len(set(entries)) == 57
    assert await page(pool, position) == ([], position, True)


def test_generations_come_from_the_trust_list(site_identities: Identities) -> None:
    trust = trust_of(site_identities)
    digests = registry.generations(trust)
    assert set(digests) == {"g1", "g2"}
    assert len(set(digests.values())) == 2
    first, second = trust.body.card_authorities
    two_of_a_name = (first, CardAuthority(generation=first.generation, certificate=second.certificate))
    bent = TrustList(msgspec.structs.replace(trust.body, card_authorities=two_of_a_name), ())
    with pytest.raises(MadoguchiError, match=r"jukinet\.unknown_generation"):
        registry.generations(bent)
