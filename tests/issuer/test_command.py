"""The commands of the ward's staff, on the database that the replicas serve from."""

from __future__ import annotations

import asyncio
import getpass

import msgspec
import pytest
from click.testing import CliRunner, Result

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.command import group
from madoguchi.issuer.config import ClerkSection
from madoguchi.issuer.rules import RULES
from madoguchi.issuer.stopping import Decision, clear_alarm
from madoguchi.runtime.config import declare, load_config, write_config
from madoguchi.runtime.database import transaction
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, NOW, World


async def _told(world: World, *arguments: str) -> Result:
    file = world.kit.directory / "issuer.toml"
    write_config(world.kit.config("issuer-1", database=world.database), file)
    command, *rest = arguments
    return await asyncio.to_thread(CliRunner().invoke, group, [command, "--config", str(file), *rest])


async def test_suspend_and_resume_the_ward_and_a_record(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    for option, reason in (((), "not_offered"), (("--person", HANAKO.addressee_number), "ask_your_ward")):
        assert (await _told(world, "suspend", *option)).output == "suspended\n"
        assert (await _told(world, "suspend", *option)).output == "suspended already\n"
        assert world.street.reason(await replica.issue(world.street.visit(card).request)) == reason
        assert (await _told(world, "resume", *option)).output == "resumed\n"
        assert (await _told(world, "resume", *option)).output == "nothing is suspended\n"
        assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    switched = await world.one("SELECT body FROM evidence WHERE event = 'switch.turned' ORDER BY position LIMIT 1")
    assert getpass.getuser().encode() in bytes(switched["body"]), "with who"
    assert (await world.one("SELECT set_by FROM switches WHERE name = 'suspended'"))["set_by"] == getpass.getuser()
    events = {row["event"] for row in await world.all("SELECT event FROM evidence")}
    assert {"switch.turned", "record.suspended", "record.resumed"} <= events


async def test_explain_says_what_a_kiosk_would_say(world: World) -> None:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    question = ("--serial", world.jukinet.listed[-1].serial.lower(), "--kind", "taxation", "--year", "2026")
    told = await _told(world, "explain", *question, "--by", "Suzuki")
    assert (told.exit_code, "交付できます" in told.output) == (0, False), told.output  # the real clock: feeds are old
    assert "issuer.tax_feed_old" in told.output
    stranger = await _told(world, "explain", "--serial", "ABCD", *question[2:])
    assert stranger.exit_code == 0
    body = (await world.all("SELECT body FROM evidence WHERE event = 'person.explained' ORDER BY position"))[0]["body"]
    assert b"Suzuki" in bytes(body)


async def test_one_serial_of_two_generations_needs_the_key(world: World) -> None:
    replica, card, other = (
        await world.replica(),
        world.kit.card(serial="1A2B"),
        world.kit.card(generation="g2", serial="1A2B"),
    )
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    world.jukinet.listed.append(world.kit.entry(other, HANAKO))
    await replica.intake.registry.pull()
    question = ("--serial", "1A2B", "--kind", "taxation", "--year", "2026")
    refused = await _told(world, "explain", *question)
    assert refused.exit_code == 1
    assert getattr(refused.exception, "code", "") == "issuer.serial_several"
    digest = world.jukinet.listed[-1].ca_key_digest.hex()
    assert (await _told(world, "explain", *question, "--ca", digest)).exit_code == 0
    assert (await _told(world, "explain", *question, "--ca", "zz")).exit_code == 2


def test_the_rules_are_shown_in_their_order() -> None:
    shown = CliRunner().invoke(group, ["rules"])
    assert shown.exit_code == 0
    places = [shown.output.index(rule.problem.code) for rule in RULES]
    assert places == sorted(places)


async def test_clear_an_alarm(world: World) -> None:
    await world.all("UPDATE switches SET engaged = true WHERE name = 'alarm' RETURNING 1")
    why = ("--by", "Suzuki", "--reason", "the layout was wrong")
    for second in ((), ("--with", " SUZUKI")):
        refused = await _told(world, "clear-alarm", *why, *second)
        assert getattr(refused.exception, "code", "") == "issuer.decision_incomplete"
    assert (await _told(world, "clear-alarm", "--by", "Suzuki", "--with", "Sato")).exit_code == 2
    assert (await _told(world, "clear-alarm", *why, "--with", "Sato")).output == "cleared\n"
    assert (await _told(world, "clear-alarm", *why, "--with", "Sato")).output == "there is no alarm\n"
    assert await _decisions(world) == [{"by": "Suzuki", "second": "Sato", "reason": "the layout was wrong"}]


async def test_one_person_clears_an_alarm_where_the_ward_says_so(world: World) -> None:
    await world.all("UPDATE switches SET engaged = true WHERE name = 'alarm' RETURNING 1")
    alone = Decision(by="Suzuki", reason="a drill")
    async with transaction(world.pool) as connection:
        settings = ClerkSection(two_clear_an_alarm=False)
        assert await clear_alarm(connection, alone, settings=settings, at=NOW)
        with pytest.raises(MadoguchiError, match="for a reason"):
            await clear_alarm(connection, Decision(by="Suzuki", reason=" "), settings=settings, at=NOW)


async def test_who_stopped_what_and_why_is_shown_and_kept(world: World) -> None:
    assert (await _told(world, "stops")).output == "停止はありません。 Nothing is stopped.\n"
    chosen = {
        "suspended": (),
        "kind payment": ("--kind", "payment"),
        "year taxation 2026": ("--kind", "taxation", "--year", "2026"),
        "year payment 2026": ("--year", "2026"),
        f"record {world.kit.index.person(HANAKO.addressee_number).hex()[:8]}": ("--person", HANAKO.addressee_number),
    }
    for what, option in chosen.items():
        said = ("--by", f"by {what.split()[0]}", "--reason", f"for {what}"[:40])
        assert (await _told(world, "suspend", *option, *said)).output == "suspended\n"
        assert (await _told(world, "suspend", *option, *said)).output == "suspended already\n"
    lines = (await _told(world, "stops")).output.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        "suspended",
        "year taxation 2026",
        "kind payment",
        "year payment 2026",
        f"record {world.kit.index.person(HANAKO.addressee_number).hex()[:8]}",
    ]
    for line in lines:
        what = line.split("  ")[0]
        assert f"by {what.split()[0]}  for {what}"[:50] in line
        assert "2026-" in line
    assert [each["reason"] for each in await _decisions(world)] == [f"for {what}"[:40] for what in chosen]
    for option in chosen.values():
        assert (await _told(world, "resume", *option, "--reason", "done")).output == "resumed\n"
    assert "Nothing is stopped" in (await _told(world, "stops")).output


async def test_a_closure_says_why_it_is_there(world: World) -> None:
    when = ("--from", "2020-01-01T00:00", "--to", "2100-01-01T00:00")
    file = world.kit.directory / "issuer.toml"
    write_config(world.kit.config("issuer-1", database=world.database), file)
    words = ["offer", "close", "--config", str(file), *when, "--by", "Sato", "--reason", "the year changes"]
    assert (await asyncio.to_thread(CliRunner().invoke, group, words)).exit_code == 0
    (line,) = (await _told(world, "stops")).output.splitlines()
    assert line.startswith("closure ")
    assert line.endswith("Sato  the year changes")


async def test_who_suspended_a_record_is_kept_without_the_number(world: World) -> None:
    await _told(world, "suspend", "--person", HANAKO.addressee_number, "--by", "Suzuki")
    (row,) = await world.all("SELECT body FROM evidence WHERE event = 'record.suspended'")
    body = decode_plain(bytes(row["body"]))
    assert body["by"] == "Suzuki"
    assert len(body["person"]) == 16
    assert HANAKO.addressee_number.encode() not in bytes(row["body"])


@pytest.mark.parametrize(
    "options",
    [
        ("--person", HANAKO.addressee_number, "--kind", "taxation"),
        ("--kind", "juminhyo"),
        ("--year", "26"),
    ],
)
async def test_what_cannot_be_stopped_is_wrong_usage(world: World, options: tuple[str, ...]) -> None:
    assert (await _told(world, "suspend", *options)).exit_code == 2


async def test_a_year_that_nobody_offers_is_not_stopped(world: World) -> None:
    refused = await _told(world, "suspend", "--year", "2010")
    assert getattr(refused.exception, "code", "") == "issuer.offer_wrong"


@pytest.mark.parametrize("said", [{"by": " "}, {"by": "x" * 201}, {"by": "x", "reason": "y" * 201}])
def test_a_decision_has_somebody_and_fits_the_evidence(said: dict[str, str]) -> None:
    with pytest.raises(MadoguchiError, match=r"issuer\.decision_incomplete"):
        Decision(**said)


async def _decisions(world: World) -> list[dict[str, str]]:
    """Who, with whom and why, of every entry that says it, in their order."""
    rows = await world.all("SELECT body FROM evidence ORDER BY position")
    bodies = [decode_plain(bytes(row["body"])) for row in rows]
    keys = ("by", "second", "reason")
    return [{key: body[key] for key in keys if key in body} for body in bodies if "reason" in body]


async def test_an_addressee_number_has_ten_digits(world: World) -> None:
    assert (await _told(world, "suspend", "--person", "17")).exit_code == 2
    assert await world.all("SELECT * FROM suspensions") == []


async def test_a_configuration_is_written_and_read_back(world: World) -> None:
    config = world.kit.config("issuer-1", database=world.database)
    file = world.kit.directory / "again.toml"
    write_config(config, file)
    assert load_config(file, type(config)) == config


async def test_a_rolling_change_is_declared_and_concluded(world: World) -> None:
    """What may serve is a person's decision, kept as evidence."""
    file = world.kit.directory / "topology.toml"

    def told(*arguments: str, revision: int = 1, names: tuple[str, ...] = ("issuer-1", "issuer-2")) -> Result:
        config = world.kit.config("issuer-1", database=world.database)
        menu = msgspec.structs.replace(config.menu, revision=revision)
        topology = msgspec.structs.replace(config.topology, replicas=names)
        write_config(declare(msgspec.structs.replace(config, menu=menu, topology=topology)), file)
        return CliRunner().invoke(group, ["topology", arguments[0], "--config", str(file), *arguments[1:]])

    assert (await asyncio.to_thread(told, "declare", "--by", "Suzuki")).output == "declared\n"
    assert (await asyncio.to_thread(told, "declare", "--by", "Suzuki")).output == "declared already\n"
    assert (await asyncio.to_thread(told, "declare", "--by", "Tanaka", revision=2)).output == "declared\n"
    shown = (await asyncio.to_thread(told, "show")).output.splitlines()
    assert [line.split(" by ")[1] for line in shown] == ["Suzuki: issuer-1, issuer-2", "Tanaka: issuer-1, issuer-2"]
    ended = await asyncio.to_thread(told, "conclude", "--by", "Tanaka", revision=2)
    assert ended.output == f"ended: {' '.join(shown[0].split()[1:3])}\n"
    stranger = await asyncio.to_thread(told, "conclude", names=("issuer-1",))
    assert "runtime.stranger" in str(stranger.exception)
    events = [row["event"] for row in await world.all("SELECT event FROM evidence ORDER BY position")]
    assert events == ["topology.declared", "topology.declared", "topology.concluded"]
