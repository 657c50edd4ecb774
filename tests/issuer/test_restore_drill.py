"""The drill that a ward repeats: issue, back up, lose the server, restore elsewhere, compare, resume."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from madoguchi import evidence
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import write_config
from madoguchi.runtime.database import transaction
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.wire.transaction import Issued
from tests.backup.house import digests
from tests.issuer.drill import Ward, backed_up, restored_from
from tests.issuer.world import HANAKO, TARO, World, party_database, world_on

LATER = frozenset({"evidence", "switches", "backups", "backup_copies"})
"""Tables in which the backup itself and the restoring leave something."""


def evidence_rows(url: str, *, last: int) -> list[tuple[object, ...]]:
    with closing(psycopg.connect(url)) as connection:
        query = "SELECT position, at, event, body, previous, hash FROM evidence WHERE position <= %s ORDER BY position"
        return connection.execute(query, (last,)).fetchall()


async def test_a_ward_loses_its_database_and_comes_back(world: World, fresh: Cluster, tmp_path: Path) -> None:
    replica, card, other = await world.replica(), world.kit.card(), world.kit.card()
    await world.open(replica, HANAKO, TARO, cards={HANAKO.addressee_number: card, TARO.addressee_number: other})
    issued = world.street.visit(card, copies=2)
    assert isinstance(await replica.issue(issued.request), Issued)
    assert isinstance(await replica.issue(world.street.visit(other, kind="payment").request), Issued)
    url = world.database.owner_url or ""
    source = PartyDatabase(url=world.database.url, owner_url=url)

    ward = await asyncio.to_thread(Ward, tmp_path, code=world.kit.ward)
    medium = tmp_path / "usb-1.backup"
    made = await asyncio.to_thread(backed_up, ward, source, medium)
    assert digests(url).keys() >= {"issuances", "evidence", "switches", "persons_a"}
    before = digests(url, without=LATER)
    assert isinstance(await replica.issue(world.street.visit(other).request), Issued), "what the backup does not hold"

    target = party_database(fresh, urlsplit(world.database.url).path.lstrip("/"))
    said = await asyncio.to_thread(restored_from, ward, target, medium, made.split("SHA-256 ")[1].strip())
    assert "The ward is suspended" in said
    assert digests(target.owner_url, without=LATER) == before
    assert digests(target.owner_url).keys() == digests(url).keys()

    async with world_on(world.kit, target, clock=world.clock) as restored:
        async with transaction(restored.pool) as connection:
            last, _ = await evidence.check(connection)
        assert f"evidence after position {last - 2} is missing" in said
        assert evidence_rows(target.owner_url, last=last - 2) == evidence_rows(url, last=last - 2)
        restored.jukinet = world.jukinet
        again = await restored.replica()
        assert restored.street.reason(await again.issue(restored.street.visit(card).request)) == "not_offered"
        assert restored.street.reason(await again.issue(issued.request)) == "try_later", "known from before"
        config = tmp_path / "issuer.toml"
        write_config(world.kit.config("issuer-1", database=restored.database), config)
        assert await asyncio.to_thread(ward.told, "resume", "--config", str(config)) == "resumed\n"
        assert isinstance(await again.issue(restored.street.visit(card).request), Issued)
