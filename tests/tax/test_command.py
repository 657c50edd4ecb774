"""`./madoguchi tax …` as a clerk types it."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.deployment.identities import Identities
from madoguchi.dummy import write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.records import RecordSet
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.tax import ledger, outbox
from madoguchi.tax.command import group
from tests.sites import small_site


def run(config: Path, *arguments: str) -> str:
    name, *rest = arguments
    done = CliRunner().invoke(group, [name, "--config", str(config), *rest])
    if done.exception is not None:
        raise done.exception
    return done.output


def test_load_and_stop(
    site_identities: Identities, database: PartyDatabase, tmp_path: Path, lines: io.StringIO
) -> None:
    records = tmp_path / "records"
    records.mkdir()
    write_ward(records, residents=60, seed=3)
    read = RecordSet.read(records)
    someone = read.residents[0].addressee_number
    with small_site(site_identities, tmp_path, databases={"tax": database}) as site:
        config = site.directory / "tax-1" / "config.toml"
        told = run(config, "load", str(records))
        assert told.startswith(f"{len(read.residents)} residents, {len(read.taxes)} tax records")
        assert run(config, "suppress", someone) == "stopped\n"
        assert run(config, "suppress", someone, "--lift") == "lifted\n"
        with pytest.raises(MadoguchiError, match=r"tax\.no_such_person"):
            run(config, "suppress", "9999999999")
    assert someone not in told
    assert asyncio.run(_waiting(database)) == (len(read.residents), 2)


async def _waiting(database: PartyDatabase) -> tuple[int, int]:
    async with connect(Database(url=database.url)) as pool, transaction(pool) as connection:
        found = await ledger.changed_records(connection, after=0)
        return len(found.residents), len(await outbox.unsent_stops(connection))


def test_without_a_database_nothing_begins(site_identities: Identities, tmp_path: Path) -> None:
    with small_site(site_identities, tmp_path) as site, pytest.raises(MadoguchiError, match=r"runtime\.config"):
        run(site.directory / "tax-1" / "config.toml", "suppress", "0000000001")
