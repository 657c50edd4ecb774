"""Issue, renewal, loss, return and death: what a resident holds afterwards, and that nothing of it is forgotten."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.errors import InsufficientPrivilege

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.jukinet import certificates, registry
from madoguchi.jukinet.certificates import Certificate, Medium
from madoguchi.jukinet.command import group
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect, transaction
from tests.conftest import MakeDatabase
from tests.records.examples import SERIAL
from tests.sites import small_site

WHO, OTHER = "0000000018", "0000000025"
G1, G2 = b"1" * 32, b"2" * 32


def new(serial: str, *, medium: Medium = "card", ca: bytes = G2) -> Certificate:
    days = {"valid_from": date(2026, 11, 1), "valid_until": date(2031, 6, 15)}
    return Certificate(ca_key_digest=ca, serial=serial, medium=medium, **days)


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[Pool]:
    async with connect(Database(url=make_database("jukinet").url)) as opened:
        yield opened


async def held(pool: Pool, number: str = WHO) -> dict[str, str]:
    async with transaction(pool) as connection:
        return {each.serial: each.status for each in await certificates.held_by(connection, number)}


async def told(pool: Pool, number: str = WHO) -> list[tuple[str, str, str]]:
    async with transaction(pool) as connection:
        changes = await certificates.history_of(connection, number)
    assert [each.position for each in changes] == sorted({each.position for each in changes})
    return [(each.entry.serial, each.event, each.entry.status) for each in changes]


async def test_card_and_phone_are_live_side_by_side(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("A1"))
        await certificates.issue(connection, WHO, new("B1", medium="phone"))
    assert await held(pool) == {"A1": "valid", "B1": "valid"}


async def test_a_renewal_supersedes_the_same_medium_alone(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("A1"))
        await certificates.issue(connection, WHO, new("B1", medium="phone"))
        await certificates.issue(connection, OTHER, new("C1"))
        assert await certificates.renew(connection, WHO, new("A2")) == 1
    assert await held(pool) == {"B1": "valid", "A1": "superseded", "A2": "valid"}
    assert await held(pool, OTHER) == {"C1": "valid"}
    assert await told(pool) == [
        ("A1", "issued", "valid"),
        ("B1", "issued", "valid"),
        ("A1", "superseded", "superseded"),
        ("A2", "renewed", "valid"),
    ]


@pytest.mark.parametrize("event", ["lost", "returned"])
async def test_loss_and_return_revoke_one_medium(pool: Pool, event: certificates.End) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("A1"))
        await certificates.issue(connection, WHO, new("B1", medium="phone"))
        assert await certificates.end(connection, WHO, medium="phone", event=event) == 1
    assert await held(pool) == {"A1": "valid", "B1": "revoked"}
    assert (await told(pool))[-1] == ("B1", event, "revoked")


async def test_death_revokes_whatever_was_not(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("A1"))
        await certificates.renew(connection, WHO, new("A2"))
        await certificates.issue(connection, WHO, new("B1", medium="phone"))
        await certificates.end(connection, WHO, medium="phone", event="lost")
        assert await certificates.die(connection, WHO) == 2
        assert await certificates.die(connection, OTHER) == 0
    assert set((await held(pool)).values()) == {"revoked"}
    assert ("B1", "died", "revoked") not in await told(pool)


async def test_nothing_to_renew_or_to_lose(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("B1", medium="phone"))
    with pytest.raises(MadoguchiError, match=r"jukinet\.no_certificate"):
        async with transaction(pool) as connection:
            await certificates.renew(connection, WHO, new("A2"))
    with pytest.raises(MadoguchiError, match=r"jukinet\.no_certificate"):
        async with transaction(pool) as connection:
            await certificates.end(connection, WHO, medium="card", event="lost")
    assert await held(pool) == {"B1": "valid"}


async def test_a_serial_keeps_its_owner_and_another_generation_is_another_key(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await certificates.issue(connection, WHO, new("A1"))
        await certificates.issue(connection, OTHER, new("A1", ca=G1))
    for change in (certificates.issue, certificates.renew):
        with pytest.raises(MadoguchiError, match=r"jukinet\.serial_taken"):
            async with transaction(pool) as connection:
                await change(connection, OTHER, new("A1"))
    assert (await held(pool), await held(pool, OTHER)) == ({"A1": "valid"}, {"A1": "valid"})


async def test_an_export_is_history_too(pool: Pool) -> None:
    async with transaction(pool) as connection:
        await registry.load(connection, [SERIAL], digests={"g2": G2})
        await registry.load(connection, [], digests={"g2": G2})
    assert await told(pool, SERIAL.addressee_number) == [
        (SERIAL.serial, "listed", "valid"),
        (SERIAL.serial, "unlisted", "revoked"),
    ]


@pytest.mark.parametrize("statement", [b"DELETE FROM history", b"UPDATE history SET event = 'died'"])
async def test_history_is_not_rewritten(pool: Pool, statement: bytes) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with transaction(pool) as connection:
            await connection.execute(statement)


def test_the_registers_commands(
    site_identities: Identities, make_database: MakeDatabase, tmp_path: Path, lines: object
) -> None:
    database = make_database("jukinet")
    with small_site(site_identities, tmp_path, databases={"jukinet": database}) as site:
        config = str(site.directory / "jukinet-1" / "config.toml")

        def run(command: str, *arguments: str) -> str:
            done = CliRunner().invoke(group, [command, "--config", config, *arguments])
            assert done.exit_code == 0, done.exception or done.output
            return done.output

        assert run("issue", WHO, "--serial", "5A01", "--until", "2031-06-15") == "g2 5A01 card: issued\n"
        phone = run("issue", WHO, "--medium", "phone", "--generation", "g1").split()
        assert (phone[0], len(phone[1]), phone[2]) == ("g1", 32, "phone:")
        assert run("renew", WHO, "--serial", "5A02") == "g2 5A02 card: issued, 1 superseded\n"
        assert run("lose", WHO) == "1 revoked\n"
        assert run("return", WHO, "--medium", "phone") == "1 revoked\n"
        assert run("die", WHO) == "1 revoked\n"
        shown = run("show", WHO).splitlines()
        wrong = CliRunner().invoke(group, ["lose", "--config", config, "17"])
        assert wrong.exit_code == 2
    assert len(shown) == 3 + 7
    assert "g2 5A01  card  revoked" in "\n".join(shown[:3])
    assert "- 2031-06-15" in "\n".join(shown[:3])
    events = [line.split()[3] for line in shown[3:]]
    assert events == ["issued", "issued", "superseded", "renewed", "lost", "returned", "died"]
    with psycopg.connect(database.url) as connection:
        row = connection.execute("SELECT count(*) FROM history").fetchone()
    assert row == (7,)
