"""The commands of the ward's staff, on the database that the replicas serve from."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner, Result

from madoguchi.issuer.command import group
from madoguchi.issuer.rules import RULES
from madoguchi.runtime.config import load_config, write_config
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, World


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
    assert (await _told(world, "clear-alarm")).output == "cleared\n"
    assert (await _told(world, "clear-alarm")).output == "there is no alarm\n"


async def test_an_addressee_number_has_ten_digits(world: World) -> None:
    assert (await _told(world, "suspend", "--person", "17")).exit_code == 2
    assert await world.all("SELECT * FROM suspensions") == []


async def test_a_configuration_is_written_and_read_back(world: World) -> None:
    config = world.kit.config("issuer-1", database=world.database)
    file = world.kit.directory / "again.toml"
    write_config(config, file)
    assert load_config(file, type(config)) == config
