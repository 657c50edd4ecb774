"""Whole visits at a kiosk that is paid over ccTalk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.page import Action
from tests.kiosk.cctalk.metal import Line
from tests.kiosk.cctalk.test_money import make_metal, on_line
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident
from tests.kiosk.test_visit import outcome_of
from tests.kiosk.world import World


@asynccontextmanager
async def kiosk_on(line: Line, world: World, directory: Path, *, faults: Faults) -> AsyncIterator[KioskAgent]:
    config = world.config(directory, faults=faults)
    hoppers = tuple(msgspec.structs.replace(each, pieces=20) for each in config.devices.hoppers)
    devices = msgspec.structs.replace(config.devices, coins=f"file://{line.path}", hoppers=hoppers)
    with assembled(msgspec.structs.replace(config, devices=devices), line=world, clock=world.clock) as agent:
        async with agent:
            async with asyncio.timeout(20):
                while not agent.parts.devices.money.can_change():  # noqa: ASYNC110 - the driver's own look
                    await asyncio.sleep(0.02)
            yield agent


def inserting(line: Line, *coins: int) -> Callable[[], Awaitable[None]]:
    """One coin each time the screen asks, once the slot is open."""
    left = list(coins)

    async def insert() -> None:
        if not left:
            return
        async with asyncio.timeout(10):
            while not line.metal.insert(left[0]):  # noqa: ASYNC110 - the line is a thread
                await asyncio.sleep(0.02)
        left.pop(0)

    return insert


@pytest.mark.parametrize("coins", [(500,), (100, 100, 100), (1000,)])
async def test_a_resident_pays_and_has_the_change(tmp_path: Path, coins: tuple[int, ...]) -> None:
    world = World()
    with on_line(echo=True) as line:
        async with kiosk_on(line, world, tmp_path, faults=Faults()) as agent:
            screen = await Resident(agent).go_to("done", acts={"payment": inserting(line, *coins)})
            assert screen.name == "done"
            outcome = await outcome_of(world, agent)
        assert (outcome.paid_yen, outcome.printed_yen) == (FEE, FEE)
        assert line.metal.out == sum(coins) - FEE
        assert line.metal.worth() == make_metal().worth() + FEE


async def test_whoever_stops_has_the_worth_back(tmp_path: Path) -> None:
    world = World()
    with on_line() as line:
        async with kiosk_on(line, world, tmp_path, faults=Faults()) as agent:
            resident, first = Resident(agent), inserting(line, 100)

            async def then_stop() -> None:
                await first()
                async with asyncio.timeout(10):
                    while not agent.parts.devices.money.escrow_yen():  # noqa: ASYNC110 - the driver's own look
                        await asyncio.sleep(0.02)
                await resident.touch(Action.STOP)

            await resident.go_to("refusal", acts={"payment": then_stop})
            async with asyncio.timeout(10):
                while line.metal.out != 100:  # noqa: ASYNC110 - the line is a thread
                    await asyncio.sleep(0.02)
        assert line.metal.worth() == make_metal().worth()


async def test_what_is_not_printed_comes_out_of_the_hoppers(tmp_path: Path) -> None:
    world = World()
    with on_line() as line:
        async with kiosk_on(line, world, tmp_path, faults=Faults(jam_after_sheets=0, jam_every_job=True)) as agent:
            await Resident(agent).go_to("done", acts={"payment": inserting(line, 500)})
            outcome = await outcome_of(world, agent)
        assert (outcome.printed_yen, outcome.refunded_yen, outcome.owed_yen) == (0, FEE, 0)
        assert line.metal.out == 500
        assert line.metal.worth() == make_metal().worth()
