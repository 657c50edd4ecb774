"""Commands that every party has, over each party's own configuration and an empty database."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from madoguchi.cli import program
from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.operating import OWNER_URL_FILE
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.runtime.schema import expected_revisions, migrations_of
from tests.sites import answering, small_site

PARTIES = ("tax", "jukinet", "jpki", "issuer", "center")


def told(*arguments: str) -> Result:
    return CliRunner().invoke(program, list(arguments))


class Empty:
    """A deployment whose databases have no schema yet."""

    def __init__(self, site: Site, databases: dict[str, PartyDatabase]) -> None:
        self.site = site
        self.databases = databases

    def home(self, party: str) -> Path:
        return self.site.directory / f"{party}-1"

    def run(self, party: str, *words: str) -> Result:
        return told(party, *words, "--config", str(self.home(party) / "config.toml"))

    def applied(self, party: str) -> set[str]:
        with psycopg.connect(self.databases[party].owner_url) as connection:
            rows = connection.execute("SELECT revision FROM schema_revisions").fetchall()
        return {row[0] for row in rows}


@pytest.fixture
def empty(site_identities: Identities, tmp_path: Path, postgres: Cluster) -> Iterator[Empty]:
    names = {party: f"{party}_{secrets.token_hex(6)}" for party in PARTIES}
    databases = {party: postgres.add_party(name) for party, name in names.items()}
    intake = {"intake": postgres.add_bulk_role(names["issuer"], "intake")}
    databases["issuer"] = replace(databases["issuer"], others=intake)
    with small_site(site_identities, tmp_path, databases=databases) as site:
        yield Empty(site, databases)
        for party in PARTIES:
            (site.directory / f"{party}-1" / OWNER_URL_FILE).unlink(missing_ok=True)


@pytest.mark.parametrize("party", PARTIES)
def test_migrate_brings_an_empty_database_to_the_newest_schema(empty: Empty, party: str, tmp_path: Path) -> None:
    nowhere = empty.run(party, "migrate")
    assert "runtime.config" in str(nowhere.exception), "the owner's URL is in no serving configuration"
    given = tmp_path / "given.url"
    given.write_text(empty.databases[party].owner_url + "\n")
    first = empty.run(party, "migrate", "--owner-url-file", str(given))
    assert (first.exit_code, first.output) == (0, "the schema is the newest\n")
    assert expected_revisions(migrations_of(party)) <= empty.applied(party)
    (empty.home(party) / OWNER_URL_FILE).write_text(empty.databases[party].owner_url)
    assert empty.run(party, "migrate").exit_code == 0, "again, with owner.url beside the configuration"


async def test_the_center_checks_itself_and_says_how_it_stands(empty: Empty) -> None:
    before = await asyncio.to_thread(empty.run, "center", "check")
    assert before.exit_code == 1
    assert "NOT OK  schema" in before.output
    (empty.home("center") / OWNER_URL_FILE).write_text(empty.databases["center"].owner_url)
    await asyncio.to_thread(empty.run, "center", "migrate")
    async with answering(empty.site, {"issuer-1": (), "issuer-2": (), "jpki-1": ()}):
        after = await asyncio.to_thread(empty.run, "center", "check")
    assert after.exit_code == 0, after.output
    for peer in ("issuer-1", "issuer-2", "jpki-1"):
        assert f"ok      peer {peer}" in after.output
    declared = await asyncio.to_thread(told, *_topology(empty))
    assert declared.output == "declared\n"
    status = json.loads((await asyncio.to_thread(empty.run, "center", "status", "--json")).output)
    assert (status["party"], len(status["programs"]), status["replicas"]) == ("center", 1, [])


async def test_a_peer_that_is_somebody_else_is_named(empty: Empty) -> None:
    """Two addresses were exchanged: each answers with its own certificate, and is not believed."""
    file = empty.home("center") / "config.toml"
    lines, text = empty.site.addresses.lines, file.read_text(encoding="utf-8")
    one, two = f":{lines['issuer-1']}", f":{lines['issuer-2']}"
    file.write_text(text.replace(one, ":0000").replace(two, one).replace(":0000", two), encoding="utf-8")
    async with answering(empty.site, {"issuer-1": (), "issuer-2": (), "jpki-1": ()}):
        result = await asyncio.to_thread(empty.run, "center", "check")
    assert "NOT OK  peer issuer-1" in result.output
    assert "ok      peer jpki-1" in result.output


def _topology(empty: Empty) -> tuple[str, ...]:
    return ("center", "topology", "declare", "--config", str(empty.home("center") / "config.toml"), "--by", "Suzuki")
