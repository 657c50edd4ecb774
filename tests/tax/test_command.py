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
from madoguchi.records.adapters import load_mapping
from madoguchi.records.drop import package_name, waiting
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.tax import ledger, outbox
from madoguchi.tax.command import group
from tests.records.examples import EXAMPLE
from tests.records.foreign import EXAMPLES, ForeignSystem
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


def test_what_a_clerk_enters_and_sends(
    site_identities: Identities, database: PartyDatabase, tmp_path: Path, lines: io.StringIO
) -> None:
    records, drop = tmp_path / "records", tmp_path / "drop"
    records.mkdir()
    drop.mkdir()
    cases = write_ward(records, residents=60, seed=3)
    plain, paying = cases["plain"], cases["not_yet_due"]
    with small_site(site_identities, tmp_path, databases={"tax": database}) as site:
        config = site.directory / "tax-1" / "config.toml"
        run(config, "load", str(records))
        assert run(config, "send", "--drop", str(drop)) == "package 1 dropped\n"
        assert run(config, "amend", plain, "2026", "--set", "employment_revenue=4000000").startswith("annual tax ")
        pay = ("pay", paying, "2026", "ordinary", "4", "1000", "--receipt", "7")
        assert [run(config, *pay), run(config, *pay)] == ["posted\n", "nothing changed\n"]
        assert run(config, "pay", paying, "2026", "ordinary", "4", "5", "--on", "2026-11-25") == "posted\n"
        assert run(config, "move", plain, "--on", "2026-11-20", "--to", "架空県見本市1番地") == "moved out\n"
        assert run(config, "return", plain) == "in the register again\n"
        assert run(config, "die", plain) == "died\n"
        assert run(config, "correct", paying, "2026") == "under correction\n"
        assert run(config, "correct", paying, "2026", "--end") == "correction ended\n"
        with pytest.raises(MadoguchiError, match=r"tax\.not_overpaid"):
            run(config, "pay", paying, "2026", "ordinary", "4", "900000", "--refund")
        for wrong in (("--set", "annual_tax=1"), ("--set", "employment_revenue=1x")):
            with pytest.raises(SystemExit):
                run(config, "amend", plain, "2026", *wrong)
        with pytest.raises(SystemExit):
            run(config, "send", "--delta", "--year", "2026")
        assert run(config, "send", "--snapshot", "--year", "2026") == "package 10 made\n"
        assert run(config, "send", "--snapshot", "--drop", str(drop)) == "package 11 dropped\n"
    assert [path.name for path in waiting(drop)] == [package_name(1), package_name(11)]
    assert plain not in lines.getvalue()


def test_a_ward_tries_its_export_before_it_goes_live(tmp_path: Path) -> None:
    theirs, map_file = tmp_path / "theirs", EXAMPLES / "vendor" / "mapping.toml"
    theirs.mkdir()
    ForeignSystem(load_mapping(map_file)).write(theirs, EXAMPLE)
    arguments = ["convert", "--map", str(map_file), "--from", str(theirs), "--to", str(tmp_path / "ours")]
    done = CliRunner().invoke(group, arguments)
    assert (done.exit_code, done.output.splitlines()[:2]) == (0, ["residents.csv: 1 rows", "taxes.csv: 1 rows"])
    done = CliRunner().invoke(group, ["check", str(tmp_path / "ours")])
    assert (done.exit_code, done.output.splitlines()[2]) == (0, "instalments.csv: 1 rows")
    taxes = tmp_path / "ours" / "taxes.csv"
    taxes.write_bytes(taxes.read_bytes().replace(b",175500,", b",175501,"))
    done = CliRunner().invoke(group, ["check", str(tmp_path / "ours")])
    assert done.exit_code == 1
    assert "taxes.csv:2 annual_tax: records.total" in done.stderr


async def _waiting(database: PartyDatabase) -> tuple[int, int]:
    async with connect(Database(url=database.url)) as pool, transaction(pool) as connection:
        found = await ledger.changed_records(connection, after=0)
        return len(found.residents), len(await outbox.unsent_stops(connection))


def test_without_a_database_nothing_begins(site_identities: Identities, tmp_path: Path) -> None:
    with small_site(site_identities, tmp_path) as site, pytest.raises(MadoguchiError, match=r"runtime\.config"):
        run(site.directory / "tax-1" / "config.toml", "suppress", "0000000001")
