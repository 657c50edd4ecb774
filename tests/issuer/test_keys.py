"""Data keys: sealed cells name them; they are rotated, wrapped anew and destroyed while issuing goes on."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
from typing import Any

import pytest
from click.testing import CliRunner, Result

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.command import group
from madoguchi.issuer.store.cells import Material, Sealer, key_of, open_cell, seal_cell
from madoguchi.issuer.store.keys import KeyRing, beside, read_data_keys
from madoguchi.issuer.store.rotation import rotate
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, TARO, Replica, World, tax_of

BATCH = 1


async def _open(world: World) -> tuple[Replica, Any]:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={HANAKO.addressee_number: card})
    return replica, card


async def _told(world: World, *arguments: str) -> Result:
    file = world.kit.directory / "intake.toml"
    write_config(world.kit.intake_config("intake-1", database=world.intake_database), file)
    return await asyncio.to_thread(CliRunner().invoke, group, [*arguments, "--config", str(file)])


async def _named(world: World) -> set[bytes]:
    found: set[bytes] = set()
    for table in ("persons", "records", "instalments"):
        found |= {key_of(row["sealed"]) for row in await world.all(f"SELECT sealed FROM {await world.table(table)}")}
    return found


async def _ids(world: World) -> set[bytes]:
    return {row["id"] for row in await world.all("SELECT id FROM data_keys")}


async def test_a_key_for_persons_and_one_for_each_year(world: World) -> None:
    replica = await world.replica()
    taxes = [tax_of(HANAKO), tax_of(HANAKO, fiscal_year=2025)]
    await world.load(replica, residents=[HANAKO], taxes=taxes)
    rows = await world.all("SELECT fiscal_year, wrapped FROM data_keys ORDER BY fiscal_year")
    assert [row["fiscal_year"] for row in rows] == [0, 2025, 2026]
    assert await _named(world) == await _ids(world)
    for key in await _unwrapped(world):
        assert all(key not in row["wrapped"] for row in rows)


async def _unwrapped(world: World) -> list[bytes]:
    async with transaction(world.intake_pool) as connection:
        return [each.key for each in await read_data_keys(connection, world.kit.data_keys.kek)]


async def test_rotation_moves_every_cell_and_destroys_the_old_keys_while_issuing_goes_on(world: World) -> None:
    replica, card = await _open(world)
    before = await _ids(world)
    answers: list[object] = []

    async def told(_rows: int) -> None:
        if len(answers) < 3:
            answers.append(await replica.issue(world.street.visit(card).request))

    done = await rotate(
        world.intake_pool,
        kek_file=world.kit.data_keys.kek,
        years=None,
        now=world.clock.now,
        told=told,
        batch=BATCH,
    )
    assert (done.years, done.rows, done.resumed) == ((0, 2026), 6, False)
    assert all(isinstance(answer, Issued) for answer in answers)
    assert len(answers) == 3
    assert await _ids(world) == await _named(world)
    assert not before & await _ids(world)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    events = [row["event"] for row in await world.all("SELECT event FROM evidence WHERE event ~ '^keys'")]
    assert sorted(events) == ["keys.rotation_began"] * 2 + ["keys.rotation_ended"] * 2


async def test_only_one_year(world: World) -> None:
    await _open(world)
    before = {row["fiscal_year"]: row["id"] for row in await world.all("SELECT fiscal_year, id FROM data_keys")}
    told = await _told(world, "keys", "rotate", "--year", "2026")
    assert told.output == "rotated: 1 keys, 4 rows\n", told.exception
    after = {row["fiscal_year"]: row["id"] for row in await world.all("SELECT fiscal_year, id FROM data_keys")}
    assert after[0] == before[0]
    assert after[2026] != before[2026]


class CutError(Exception):
    """The power went."""


async def test_a_rotation_that_was_cut_off_is_finished_by_the_next(world: World) -> None:
    replica, card = await _open(world)

    async def cut(rows: int) -> None:
        if rows == 3:
            raise CutError

    with pytest.raises(CutError):
        await rotate(
            world.intake_pool,
            kek_file=world.kit.data_keys.kek,
            years=None,
            now=world.clock.now,
            told=cut,
            batch=BATCH,
        )
    assert len(await _ids(world)) == 4
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    await world.load(replica, residents=[TARO], taxes=[tax_of(TARO)], content="delta")
    told = await _told(world, "keys", "rotate")
    assert told.output.startswith("finished what was begun before: 2 keys"), told.exception
    assert await _named(world) == await _ids(world)
    assert len(await _ids(world)) == 2
    assert (await _told(world, "keys", "rotate")).output.startswith("rotated: 2 keys")


_KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from madoguchi.issuer.store.rotation import rotate
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect

async def die(rows):
    if rows == 2:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with connect(Database(url=sys.argv[1])) as pool:
        await rotate(pool, kek_file=Path(sys.argv[2]), years=None, now=lambda: datetime.now(UTC), told=die, batch=1)

asyncio.run(main())
"""


async def test_a_rotation_killed_in_the_middle(world: World) -> None:
    replica, card = await _open(world)
    url, kek = world.intake_database.url, str(world.kit.data_keys.kek)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _KILLED, url, kek, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL
    assert len(await _ids(world)) == 4
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    assert (await _told(world, "keys", "rotate")).output.startswith("finished what was begun before")
    assert await _named(world) == await _ids(world)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)


async def test_every_replica_seals_and_opens_under_the_new_key_at_once(world: World) -> None:
    """A replica that has never heard of a key reads the table again; a package is sealed under the new one."""
    replica, card = await _open(world)
    other = await world.replica("issuer-2")
    assert (await _told(world, "keys", "rotate")).exit_code == 0
    active = await _ids(world)
    await world.load(replica, residents=[HANAKO], taxes=[tax_of(HANAKO)])
    assert await _named(world) <= active
    for each in (replica, other):
        assert isinstance(await each.issue(world.street.visit(card).request), Issued)


async def test_the_key_encryption_key_is_exchanged_without_a_stop(world: World) -> None:
    replica, card = await _open(world)
    kek, original = world.kit.data_keys.kek, world.kit.data_keys.kek.read_bytes()
    assert getattr((await _told(world, "keys", "rewrap")).exception, "code", "") == "issuer.kek_same"
    try:
        beside(kek).write_bytes(secrets.token_bytes(32))
        told = await _told(world, "keys", "rewrap")
        assert told.output.startswith("2 keys wrapped anew"), told.exception
        fresh = await world.replica("issuer-2")  # with both files
        beside(kek).replace(kek)
        later = await world.replica("issuer-2")  # with the new one alone
        for each in (replica, fresh, later):
            assert isinstance(await each.issue(world.street.visit(card).request), Issued)
        kek.write_bytes(original)
        with pytest.raises(MadoguchiError, match=r"issuer\.key_unusable"):
            await world.replica("issuer-2")
    finally:
        kek.write_bytes(original)
        beside(kek).unlink(missing_ok=True)


async def test_keys_are_shown_without_their_octets(world: World) -> None:
    await _open(world)
    shown = (await _told(world, "keys", "show")).output
    assert "fiscal year 2026" in shown
    assert "persons" in shown
    for key in await _unwrapped(world):
        assert key.hex() not in shown


def _sealer() -> Sealer:
    keys = {year: (secrets.token_bytes(16), secrets.token_bytes(32)) for year in (0, 2026)}
    return Sealer(Material(index=secrets.token_bytes(32), keys=keys))


@pytest.mark.parametrize("change", ["person", "year", "columns", "key", "octet"])
def test_a_cell_opens_only_where_it_was_sealed(change: str) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, key_id = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(16)
    cell = seal_cell(b"plain", cipher=cipher, key_id=key_id, person=bytes(16), year=2026, columns="record")
    place: dict[str, Any] = {"person": bytes(16), "year": 2026, "columns": "record"}
    assert open_cell(cell, cipher=cipher, **place) == b"plain"
    changed: dict[str, Any] = {"person": b"\x01" * 16, "year": 2025, "columns": "person"}
    if change in changed:
        place[change] = changed[change]
    else:
        at = 0 if change == "key" else len(cell) - 1
        cell = cell[:at] + bytes([cell[at] ^ 1]) + cell[at + 1 :]
    with pytest.raises(MadoguchiError, match=r"issuer\.row_damaged"):
        open_cell(cell, cipher=cipher, **place)


def test_material_may_go_to_a_worker_process_and_does_not_show_itself() -> None:
    import pickle

    sealer = _sealer()
    material = Material(index=bytes(range(32)), keys={0: (bytes(16), bytes(range(32)))})
    again = Sealer(pickle.loads(pickle.dumps(material)))
    assert again.person("0000000017") == Sealer(material).person("0000000017")
    assert again.person("0000000017") != sealer.person("0000000017")
    assert repr(material) == "Material()"


async def test_a_cell_whose_key_is_destroyed_stays_closed(world: World) -> None:
    await _open(world)
    cell = (await world.one(f"SELECT sealed FROM {await world.table('records')}"))["sealed"]
    ring = KeyRing(world.kit.data_keys.kek)
    await world.all("DELETE FROM data_keys WHERE fiscal_year = 2026 RETURNING 1")
    async with transaction(world.pool) as connection:
        with pytest.raises(MadoguchiError, match=r"issuer\.row_damaged"):
            await ring.open(connection, cell, person=bytes(16), year=2026, columns="record")
