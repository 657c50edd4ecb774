"""The registry server over real mutual TLS: every answer signed, each route for its own process of the ward."""

from __future__ import annotations

import io
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.dummy import write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.jukinet import registry
from madoguchi.jukinet.command import group
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.jukinet.serve import Jukinet
from madoguchi.records import RecordSet
from madoguchi.runtime.caller import Caller, PeerRefused
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import connect, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import SERIAL_ANSWER, SERIAL_PAGE
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import SerialPage, SerialQuestion
from madoguchi.wire.identifiers import sha256
from tests.conftest import MakeDatabase
from tests.records.examples import SERIAL
from tests.sites import PLAN, answering, config_of, small_site, trust_of

WARD = PLAN.ward.code


@dataclass
class Line:
    """A running registry server and the connections of an intake and an issuer to it."""

    site: Site
    url: str
    intake: Caller
    issuer: Caller
    digests: dict[str, bytes]

    async def page(self, query: str = "") -> SerialPage:
        raw = await self.intake.get(self.url, f"/v1/serials{query}", answer=bytes, timeout=5)
        keys = trust_of(self.site.identities)
        return verify(raw, SERIAL_PAGE, keys=keys, code=WARD, at=datetime.now(UTC)).body


@pytest.fixture
async def line(
    site_identities: Identities, make_database: MakeDatabase, tmp_path: Path, lines: io.StringIO
) -> AsyncIterator[Line]:
    databases = {"jukinet": make_database("jukinet")}
    database = Database(url=databases["jukinet"].url)
    digests = registry.generations(trust_of(site_identities))
    async with connect(database) as pool, transaction(pool) as connection:
        await registry.load(connection, [SERIAL], digests=digests)
    with small_site(site_identities, tmp_path, databases=databases) as site:
        jukinet = Jukinet(config_of(site, "jukinet-1", JukinetConfig), clock=SystemClock())
        async with (
            jukinet.lifespan(database),
            answering(site, {"jukinet-1": jukinet.endpoints()}),
            Caller(config_of(site, "intake-2", IntakeConfig)) as intake,
            Caller(config_of(site, "issuer-2", IssuerConfig)) as issuer,
        ):
            process = next(each for each in PLAN.processes if each.name == "jukinet-1")
            yield Line(site, site.addresses.url(process), intake, issuer, digests)


async def test_a_page_is_the_wards_word(line: Line) -> None:
    page = await line.page()
    assert (page.ward, page.complete) == (WARD, True)
    assert [entry.serial for entry in page.entries] == [SERIAL.serial]
    assert (await line.page(f"?after={page.position}")).entries == ()


async def test_each_process_of_the_ward_has_its_own_route(line: Line) -> None:
    with pytest.raises(PeerRefused) as refused:
        await line.issuer.get(line.url, "/v1/serials", answer=bytes, timeout=5)
    assert refused.value.peer_code == "runtime.wrong_party"
    question = SerialQuestion(ca_key_digest=line.digests["g1"], serial="A1", nonce=bytes(16))
    with pytest.raises(PeerRefused) as refused:
        await line.intake.post(line.url, "/v1/serial", question, answer=bytes, timeout=5)
    assert refused.value.peer_code == "runtime.wrong_party"


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "", "٣", "9" * 19])
async def test_a_position_is_a_number(line: Line, after: str) -> None:
    with pytest.raises(PeerRefused) as refused:
        await line.page(f"?after={after}")
    assert refused.value.peer_code == "jukinet.bad_position"


@pytest.mark.parametrize("known", [True, False])
async def test_an_answer_names_its_question(line: Line, known: bool) -> None:
    question = SerialQuestion(
        ca_key_digest=line.digests["g2" if known else "g1"], serial=SERIAL.serial, nonce=secrets.token_bytes(16)
    )
    raw = await line.issuer.post(line.url, "/v1/serial", question, answer=bytes, timeout=5)
    keys = trust_of(line.site.identities)
    answer = verify(raw, SERIAL_ANSWER, keys=keys, code=WARD, at=datetime.now(UTC)).body
    assert answer.question_digest == sha256(encode(question))
    assert (answer.entry is not None) is known


def test_a_clerk_loads_an_export(
    site_identities: Identities, make_database: MakeDatabase, tmp_path: Path, lines: io.StringIO
) -> None:
    records = tmp_path / "records"
    records.mkdir()
    write_ward(records, residents=60, seed=3)
    number = len(RecordSet.read(records).serials)
    with small_site(site_identities, tmp_path, databases={"jukinet": make_database("jukinet")}) as site:
        config = str(site.directory / "jukinet-1" / "config.toml")
        for changed in (number, 0):
            done = CliRunner().invoke(group, ["load", "--config", config, str(records)])
            assert done.output == f"{number} serials, {changed} changed\n", done.exception


def test_without_a_database_nothing_begins(site_identities: Identities, tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    write_ward(tmp_path / "records", residents=60, seed=3)
    with small_site(site_identities, tmp_path) as site:
        config = str(site.directory / "jukinet-1" / "config.toml")
        done = CliRunner().invoke(group, ["load", "--config", config, str(tmp_path / "records")])
    assert isinstance(done.exception, MadoguchiError)
    assert done.exception.code == "runtime.config"
