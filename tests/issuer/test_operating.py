"""`issuer init`, `check` and `status`: from an empty directory to a replica that may serve."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest
from click.testing import CliRunner, Result

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.issuer.command import group
from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import declare, load_config, write_config
from madoguchi.runtime.fonts import find_fonts
from madoguchi.runtime.provision import PartyDatabase
from tests.conftest import MakeDatabase
from tests.sites import answering, config_of, small_site

WARD = ("--ward", "139998", "--ward-name", "窓口区", "Madoguchi", "--contact", "税務課 03-0000-0000", "Tax Section")


def told(*arguments: str) -> Result:
    return CliRunner().invoke(group, list(arguments))


class Empty:
    """An empty directory and a database server without our database."""

    def __init__(self, directory: Path, postgres: Cluster) -> None:
        self.home = directory / "issuer"
        self.file = self.home / "config.toml"
        self.database = f"issuer_{secrets.token_hex(6)}"
        self._admin_url = postgres.admin_url

    def init(self, *arguments: str) -> Result:
        return told("init", "--config", str(self.file), *arguments)

    def first(self, *more: str) -> Result:
        return self.init("--admin-url", self._admin_url, "--database", self.database, "--fee", "300", *WARD, *more)

    def files(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in self.home.iterdir() if each.is_file()}


@pytest.fixture
def empty(tmp_path: Path, postgres: Cluster) -> Empty:
    return Empty(tmp_path, postgres)


def test_init_makes_what_is_missing_and_says_what_others_must_give(empty: Empty) -> None:
    result = empty.first()
    assert result.exit_code == 1, result.output
    assert set(empty.files()) == {
        "config.toml", "owner.url", "kek.key", "index.key", "pseudonyms.key", "intake.url", "signing.key",
        "front-code.key", "tls.key", "tls.csr",
    }  # fmt: skip
    for name in (
        "config.toml",
        "owner.url",
        "kek.key",
        "index.key",
        "pseudonyms.key",
        "intake.url",
        "signing.key",
        "front-code.key",
    ):
        assert (empty.home / name).stat().st_mode & 0o077 == 0, name
    well = {line[8:].partition(":")[0] for line in result.output.splitlines() if line.startswith("ok ")}
    assert {"configuration", "key files", "database", "schema", "rights of the serving role", "clock"} <= well
    missing = {line[8:].partition(":")[0] for line in result.output.splitlines() if line.startswith("NOT OK")}
    assert missing == {"TLS certificate", "trust list", "signing keys", "paper", "jukinet", "feeds"}


def test_init_twice_changes_nothing(empty: Empty) -> None:
    empty.first()
    before = empty.files()
    again = empty.init()
    assert empty.files() == before
    assert "made" not in again.output
    assert empty.first().output == again.output, "the options of the first time do no harm"


def test_init_without_a_configuration_asks_for_what_it_needs(empty: Empty) -> None:
    result = empty.init("--fee", "300")
    assert result.exit_code == 2
    assert "--ward" in result.output
    assert not empty.file.exists()


def test_a_data_key_is_never_made_twice_for_one_database(empty: Empty) -> None:
    empty.first()
    with psycopg.connect((empty.home / "owner.url").read_text()) as connection:
        connection.execute("INSERT INTO key_checks (name, digest) VALUES ('kek', sha256('key'))")
    (empty.home / "kek.key").unlink()
    result = empty.init()
    assert "issuer.key_unusable" in str(result.exception)
    assert not (empty.home / "kek.key").exists()


class Ready:
    """A replica of a small deployment that could serve."""

    def __init__(self, site: Site, database: PartyDatabase, directory: Path) -> None:
        self.site = site
        self.database = database
        self.file = directory / "issuer.toml"
        made = config_of(site, "issuer-1", IssuerConfig)
        keys = DataKeys(
            kek=directory / "kek.key", index=directory / "index.key", pseudonyms=directory / "pseudonyms.key"
        )
        for file in (keys.kek, keys.index, keys.pseudonyms):
            file.touch(mode=0o600)
            file.write_bytes(secrets.token_bytes(32))
        paper = msgspec.structs.replace(made.paper, fonts=find_fonts())
        self.write(msgspec.structs.replace(made, paper=paper, data_keys=keys))

    def write(self, config: IssuerConfig) -> None:
        write_config(declare(config), self.file)

    @property
    def config(self) -> IssuerConfig:
        return load_config(self.file, IssuerConfig)

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.database.owner_url) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fed(self) -> None:
        self.run("UPDATE feeds SET sequence = 1, as_of = now()")

    async def check(self, *, with_jukinet: bool = True) -> Result:
        async with answering(self.site, {"jukinet-1": ()} if with_jukinet else {}):
            return await asyncio.to_thread(told, "check", "--config", str(self.file))


@contextmanager
def a_site(identities: Identities, directory: Path, make_database: MakeDatabase) -> Iterator[Ready]:
    database = make_database("issuer")
    with small_site(identities, directory, databases={"issuer": database}) as site:
        yield Ready(site, database, directory)


@pytest.fixture
def ready(site_identities: Identities, tmp_path: Path, make_database: MakeDatabase) -> Iterator[Ready]:
    with a_site(site_identities, tmp_path, make_database) as made:
        made.fed()
        yield made


def not_well(result: Result) -> set[str]:
    return {line[8:].partition(":")[0] for line in result.output.splitlines() if line.startswith("NOT OK")}


async def test_check_finds_a_ready_replica_well(ready: Ready) -> None:
    result = await ready.check()
    assert (result.exit_code, not_well(result)) == (0, set()), result.output
    assert "ok      peer jukinet-1: jukinet, version" in result.output


async def test_check_says_everything_that_is_not_well(ready: Ready) -> None:
    role = psycopg.conninfo.conninfo_to_dict(ready.database.url)["user"]
    ready.run(f"GRANT DELETE ON incidents TO {role}", "UPDATE feeds SET as_of = now() - interval '3 days'")
    ready.config.data_keys.kek.chmod(0o644)
    topology = ("topology", "declare", "--config", str(ready.file), "--by", "Suzuki")
    assert (await asyncio.to_thread(told, *topology)).exit_code == 0
    menu = msgspec.structs.replace(ready.config.menu, revision=2)
    ready.write(msgspec.structs.replace(ready.config, menu=menu))
    result = await ready.check(with_jukinet=False)
    assert result.exit_code == 1
    assert not_well(result) == {
        "rights of the serving role", "declared program", "peer jukinet-1", "data keys", "feeds"
    }, result.output  # fmt: skip
    assert "topology declare" in result.output


async def test_status_tells_a_person_and_a_program(ready: Ready) -> None:
    await asyncio.to_thread(told, "topology", "declare", "--config", str(ready.file), "--by", "Suzuki")
    ready.run(
        "INSERT INTO replicas (process, name, version, fingerprint, own_clock)"
        " VALUES (sha256('a')::bytea, 'issuer-9', '0', 'ab', now())".replace("sha256('a')", "substr(sha256('a'),1,16)"),
        "INSERT INTO incidents (at, code, detail) VALUES (now(), 'issuer.alarm', ''), (now(), 'issuer.alarm', '')",
        "UPDATE switches SET engaged = true, code = 'issuer.clerk_person', since = now() WHERE name = 'alarm'",
    )
    told_json = await asyncio.to_thread(told, "status", "--config", str(ready.file), "--json")
    found = json.loads(told_json.output)
    assert found["party"] == "issuer"
    assert [each["declared_by"] for each in found["programs"]] == ["Suzuki"]
    assert [(each["name"], each["state"]) for each in found["replicas"]] == [("issuer-9", "runtime.stranger")]
    assert found["incidents_today"] == {"issuer.alarm": 2}
    alarm = next(each for each in found["switches"] if each["name"] == "alarm")
    assert (alarm["engaged"], alarm["code"]) == (True, "issuer.clerk_person")
    assert {each["feed"]: each["too_old"] for each in found["feeds"]} == {"tax": False, "jukinet": False}
    text = (await asyncio.to_thread(told, "status", "--config", str(ready.file))).output
    assert "issuer-9  state runtime.stranger" in text
    assert "name alarm  engaged True  code issuer.clerk_person" in text
