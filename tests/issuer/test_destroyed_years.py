"""A year that was deleted does not come back with a backup that was made before; the other years do."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.store.keys import Kek, KeyRing, read_keks, rewrap
from madoguchi.issuer.store.layouts import RECORD_COLUMNS
from madoguchi.issuer.store.rotation import rotate
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.database import transaction
from madoguchi.runtime.migrate import migrate
from madoguchi.runtime.provision import PartyDatabase
from tests.backup.house import digests, events
from tests.issuer.drill import Ward, backed_up, restored_from
from tests.issuer.world import HANAKO, World, party_database, world_on
from tests.issuer.years import load

MEDIUM = "usb-1.backup"
LATER = timedelta(hours=1)
"""After loading: keys are told apart by when they were made."""


def data_keys_in(directory: Path, *, stores: str = "safe-*") -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in directory.glob(f"{stores}/*.datakey")}


def source_of(world: World) -> PartyDatabase:
    return PartyDatabase(url=world.database.url, owner_url=world.database.owner_url or "")


async def opened_years(world: World) -> dict[int, bool]:
    """Year → whether its row of HANAKO opens with the data keys that this database has."""
    keys, found = KeyRing(world.kit.config("issuer-1", database=world.database).data_keys.kek), {}
    rows = await world.all(f"SELECT person, fiscal_year, sealed FROM {await world.table('records')}")
    async with transaction(world.owner_pool) as connection:
        for row in rows:
            try:
                await keys.open(
                    connection,
                    bytes(row["sealed"]),
                    person=bytes(row["person"]),
                    year=row["fiscal_year"],
                    columns=RECORD_COLUMNS,
                )
            except MadoguchiError:
                found[row["fiscal_year"]] = False
            else:
                found[row["fiscal_year"]] = True
    return found


async def test_a_deleted_year_does_not_come_back(world: World, fresh: Cluster, tmp_path: Path) -> None:
    intake = await load(world, records_years=2, instalments_years=2)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    made = await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    assert await opened_years(world) == {2024: True, 2025: True, 2026: True}

    (deleted,) = await intake.retain()
    config = ward.point_to(source_of(world))
    assert "1 destroyed data keys still lie" in await asyncio.to_thread(ward.told, "backup", "list", "--config", config)
    said = await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "Suzuki")
    assert said == "1 data keys destroyed in the key stores\n"
    assert events(source_of(world).owner_url, prefix="backup.")[-1] == "backup.data_keys_destroyed"
    assert "still lie" not in await asyncio.to_thread(ward.told, "backup", "list", "--config", config)
    for store in ("safe-1", "safe-2"):
        (file,) = (tmp_path / store).glob(f"{(deleted.key or b'').hex()}.datakey")
        assert b"wrapped" not in file.read_bytes()

    target = party_database(fresh, urlsplit(world.database.url).path.lstrip("/"))
    await asyncio.to_thread(restored_from, ward, target, tmp_path / MEDIUM, made.split("SHA-256 ")[1].strip())
    async with world_on(world.kit, target, clock=world.clock) as restored:
        assert await opened_years(restored) == {2024: False, 2025: True, 2026: True}
        await rotate(
            restored.intake_pool,
            kek_file=restored.kit.data_keys.kek,
            years=None,
            now=lambda: restored.clock.now() + LATER,
            told=nobody,
        )
        assert await opened_years(restored) == {2024: False, 2025: True, 2026: True}, "what nobody opens is left alone"
        again = await restored.intake(menu=intake.config.menu, retention=intake.config.retention)
        assert [(each.fiscal_year, each.records) for each in await again.retain()] == [(2024, 2)]
        assert await opened_years(restored) == {2025: True, 2026: True}


async def test_no_backup_holds_a_data_key(world: World, tmp_path: Path) -> None:
    await load(world, records_years=20)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    for store in ("safe-1", "safe-2"):
        assert len(list((tmp_path / store).glob("*.datakey"))) == len(await world.all("SELECT FROM data_keys"))


async def test_a_backup_of_before_a_new_key_encryption_key_opens_with_it(
    world: World, fresh: Cluster, tmp_path: Path
) -> None:
    await load(world, records_years=20)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    made = await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    (old,) = read_keks(world.kit.config("issuer-1", database=world.database).data_keys.kek).values()
    new = Kek(bytes(range(32)))
    async with transaction(world.owner_pool) as connection:
        await rewrap(connection, old=old, new=new)
    config = ward.point_to(source_of(world))
    await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "Suzuki")

    target = party_database(fresh, urlsplit(world.database.url).path.lstrip("/"))
    await asyncio.to_thread(restored_from, ward, target, tmp_path / MEDIUM, made.split("SHA-256 ")[1].strip())
    assert digests(target.owner_url)["data_keys"] == digests(source_of(world).owner_url)["data_keys"]
    with psycopg.connect(target.owner_url) as connection_there:
        row = connection_there.execute("SELECT digest FROM key_checks WHERE name = 'kek'").fetchone()
    assert row is not None
    assert bytes(row[0]) == new.check


async def test_a_fresh_database_destroys_no_key(world: World, fresh: Cluster, tmp_path: Path) -> None:
    """Whoever backs up an empty database with the stores of another loses nothing."""
    await load(world, records_years=20)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    before = data_keys_in(tmp_path)
    empty = party_database(fresh, "empty")
    migrate("issuer", empty.owner_url)
    config = ward.point_to(empty)
    said = await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "Suzuki")
    assert said.startswith("0 ")
    assert data_keys_in(tmp_path) == before


async def test_a_store_that_is_not_there_stops_it_before_anything_is_destroyed(world: World, tmp_path: Path) -> None:
    intake = await load(world, records_years=2, instalments_years=2)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    await intake.retain()
    before = data_keys_in(tmp_path, stores="safe-1")
    (tmp_path / "safe-2").rename(tmp_path / "elsewhere")
    config = ward.point_to(source_of(world))
    with pytest.raises(MadoguchiError, match=r"backup\.key_store"):
        await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "Suzuki")
    assert data_keys_in(tmp_path, stores="safe-1") == before
    assert HANAKO.addressee_number.encode() not in b"".join(before.values())


async def nobody(_rows: int) -> None:
    """Nobody is told how far a rotation has come."""


async def test_a_backup_of_before_a_rotation_still_opens(world: World, fresh: Cluster, tmp_path: Path) -> None:
    """A key that another has taken the place of is kept for older backups, and goes with its year."""
    intake = await load(world, records_years=2, instalments_years=2)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    made = await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)
    await rotate(
        world.intake_pool,
        kek_file=world.kit.data_keys.kek,
        years=None,
        now=lambda: world.clock.now() + LATER,
        told=nobody,
    )
    config = ward.point_to(source_of(world))
    assert (await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "S")).startswith("0 ")

    target = party_database(fresh, urlsplit(world.database.url).path.lstrip("/"))
    await asyncio.to_thread(restored_from, ward, target, tmp_path / MEDIUM, made.split("SHA-256 ")[1].strip())
    async with world_on(world.kit, target, clock=world.clock) as restored:
        assert await opened_years(restored) == {2024: True, 2025: True, 2026: True}

    await intake.retain()
    config = ward.point_to(source_of(world))
    said = await asyncio.to_thread(ward.told, "backup", "settle", "--config", config, "--by", "S")
    assert said.startswith("2 "), "the year's present key, and the one before the rotation"


async def test_a_key_under_an_earlier_key_encryption_key_hinders_nobody(
    world: World, fresh: Cluster, tmp_path: Path
) -> None:
    """Rotated away, and then the key-encryption key was exchanged: the newer backup restores, and starts."""
    await load(world, records_years=20)
    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / "usb-0.backup")
    kek_file = world.kit.data_keys.kek
    await rotate(world.intake_pool, kek_file=kek_file, years=None, now=lambda: world.clock.now() + LATER, told=nobody)
    (old,) = read_keks(kek_file).values()
    new = Kek(bytes(range(32)))
    async with transaction(world.owner_pool) as connection:
        await rewrap(connection, old=old, new=new)
    made = await asyncio.to_thread(backed_up, ward, source_of(world), tmp_path / MEDIUM)

    target = party_database(fresh, urlsplit(world.database.url).path.lstrip("/"))
    digest = made.split("SHA-256 ")[1].strip()
    said = await asyncio.to_thread(restored_from, ward, target, tmp_path / MEDIUM, digest)
    assert "data keys are wrapped by an earlier key-encryption key" in said
    with psycopg.connect(target.owner_url) as there:
        assert there.execute("SELECT DISTINCT kek FROM data_keys").fetchall() == [(new.check,)]
    assert digests(target.owner_url)["data_keys"] == digests(source_of(world).owner_url)["data_keys"]
