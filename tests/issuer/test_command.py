"""The commands of the ward's staff, on the database that the replicas serve from."""

from __future__ import annotations

import asyncio

from click.testing import CliRunner, Result

from madoguchi.issuer.command import group
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
