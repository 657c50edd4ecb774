"""Whoever needs more time has it, ten times on one screen, wherever the machine waits for the resident (WCAG 2.2.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.page import Action
from tests.kiosk.resident import Resident, running
from tests.kiosk.world import World

ALMOST_ALL = 55.0
"""Of the 60 seconds that a screen waits."""


@pytest.mark.parametrize("screen", ["year", "amount"])
async def test_time_begins_anew_ten_times(tmp_path: Path, screen: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to(screen)
        for _ in range(10):
            world.clock.advance(seconds=ALMOST_ALL)
            assert agent.screen().seconds_left == 5
            await resident.touch(Action.MORE_TIME)
            assert (agent.screen().name, agent.screen().seconds_left) == (screen, 60)
        assert not agent.screen().may_extend
        with pytest.raises(MadoguchiError, match="no time that could begin anew"):
            await resident.touch(Action.MORE_TIME)
        world.clock.advance(seconds=61)
        await agent.tick()
        await resident.until("start" if screen == "year" else "refusal")


async def test_another_screen_has_its_own_ten(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to("year")
        for _ in range(10):
            await resident.touch(Action.MORE_TIME)
        await resident.touch(Action.BACK)
        assert agent.screen().may_extend


@pytest.mark.parametrize("screen", ["start", "card_back"])
async def test_what_does_not_wait_for_the_resident_is_not_prolonged(tmp_path: Path, screen: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to(screen)
        assert not agent.screen().may_extend
        with pytest.raises(MadoguchiError, match="no time that could begin anew"):
            await resident.touch(Action.MORE_TIME)


@pytest.mark.parametrize("screen", ["card", "pin"])
async def test_time_for_the_card_ends_with_the_challenge(tmp_path: Path, screen: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to(screen)
        opened = agent.acts.visit.memory.opened if agent.acts.visit is not None else None
        assert opened is not None
        whole = opened.deadline - world.clock.monotonic()
        spent = 0.0
        while spent + ALMOST_ALL < whole:
            world.clock.advance(seconds=ALMOST_ALL)
            spent += ALMOST_ALL
            await resident.touch(Action.MORE_TIME)
            assert agent.screen().seconds_left == min(60, whole - spent)
        assert spent >= 2 * ALMOST_ALL
        world.clock.advance(seconds=whole - spent)
        await agent.tick()
        await resident.until("refusal")
