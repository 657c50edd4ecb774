"""What a resident leaves behind: called for, then the staff, then lost property that the operator hears of."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.devices.inprocess import RecordedVoice
from madoguchi.kiosk.devices.kinds import LampState
from madoguchi.kiosk.machine import Situation, events, states, step
from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.kiosk.machine.forgotten import LOST_AFTER, STAFF_AFTER
from madoguchi.kiosk.page import Action, Operation
from madoguchi.wire.outcome import Outcome
from tests.kiosk.offer import FEE
from tests.kiosk.parties import KIOSK, OPERATOR, WARD
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_visit import outcome_of, sheets_out
from tests.kiosk.world import CARD, World

REMIND = Timeouts().remind


async def wait(world: World, agent: KioskAgent, *, calls: int) -> None:
    """Let so many calls go by."""
    for _ in range(calls):
        world.clock.advance(seconds=REMIND)
        await agent.tick()


def voice_of(agent: KioskAgent) -> RecordedVoice:
    voice = agent.parts.devices.voice
    assert isinstance(voice, RecordedVoice)
    return voice


def lamp_of(agent: KioskAgent) -> LampState:
    return voice_of(agent).lamp


async def test_paper_left_behind_becomes_lost_property(tmp_path: Path) -> None:
    world = World(pages=2)
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("take_paper")
        outcome = await outcome_of(world, agent)
        voice = voice_of(agent)
        voice.said.clear()
        await wait(world, agent, calls=STAFF_AFTER - 1)
        assert set(voice.said) == {Announcement.TAKE_PAPER}
        assert lamp_of(agent) == LampState.CALLING
        screen: Any = agent.screen()
        assert not screen.data.staff
        await wait(world, agent, calls=1)
        assert voice.said[-1] is Announcement.CALL_STAFF
        assert lamp_of(agent) == LampState.STAFF
        screen = agent.screen()
        assert (screen.name, screen.data.staff) == ("take_paper", True)
        assert world.lost == []
        await wait(world, agent, calls=LOST_AFTER - STAFF_AFTER)
        await agent.parts.deliverer.deliver_all()
        (lost,) = world.lost
        assert (lost.thing, lost.kiosk, lost.operator) == ("paper", KIOSK, OPERATOR)
        assert (lost.transaction, lost.ward, len(lost.papers)) == (outcome.transaction, WARD, 2)
        assert world._issued is not None
        assert lost.papers == tuple(sheet.paper_number for sheet in world._issued.sheets)
        said = len(voice.said)
        await wait(world, agent, calls=3)
        assert len(voice.said) == said  # on record: nobody is called any more, and nobody is served
        assert agent.screen().name == "take_paper"
        assert agent.acts.visit is None
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.BEGIN, None)
        await agent.operate(Operation.TAKE_PAPER, None)
        await Resident(agent).until("start")
        assert (await Resident(agent).go_to("done")).name == "done"
        assert len(world.lost) == 1


async def test_a_claim_is_not_shown_to_whoever_comes_for_forgotten_paper(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(jam_after_sheets=1, refund_fails=True)) as agent:
        await Resident(agent, copies=2).go_to("take_paper")
        claim = (await outcome_of(world, agent)).claim
        assert claim is not None
        await agent.operate(Operation.REPAIR, "jam")
        await wait(world, agent, calls=LOST_AFTER)
        await agent.operate(Operation.TAKE_PAPER, None)
        screen = await Resident(agent).until("start")
        assert claim not in str(screen)
    assert [slip.stem for slip in (tmp_path / "paper" / "slips").iterdir()] == [claim]


async def test_a_card_left_behind_stops_everything_until_it_is_gone(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("card_back")
        asked = list(world.asked)
        await wait(world, agent, calls=STAFF_AFTER)
        screen: Any = agent.screen()
        assert (screen.name, screen.data.staff) == ("card_back", True)
        assert world.asked == asked  # the application has not left
        await wait(world, agent, calls=LOST_AFTER)
        await agent.parts.deliverer.deliver_all()
        (lost,) = world.lost
        assert (lost.thing, lost.transaction, lost.ward, lost.papers) == ("card", None, None, ())
        await agent.touch(Action.FINISH, None) if agent.screen().name == "refusal" else None
        assert agent.screen().name == "card_back"
        await agent.operate(Operation.TAKE_CARD, None)
        await Resident(agent).until("start")
        assert (await Resident(agent).go_to("done")).name == "done"


async def test_a_card_on_a_machine_that_nobody_uses_is_called_for(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("start")
        await agent.operate(Operation.PUT_CARD, CARD)
        assert agent.screen().name == "start"
        await wait(world, agent, calls=1)
        assert agent.screen().name == "card_back"
        await agent.operate(Operation.TAKE_CARD, None)
        await Resident(agent).until("start")


async def test_a_notice_waits_for_an_operator_that_does_not_answer(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("take_paper")
        world.deaf_to_outcomes = True
        await wait(world, agent, calls=LOST_AFTER)
        assert not await agent.parts.deliverer.deliver_all()
    assert world.lost == []
    world.deaf_to_outcomes = False
    async with running(world, tmp_path) as agent:  # another life
        await agent.parts.deliverer.deliver_all()
        assert agent.parts.journal.untold_lost() == ()
        (lost,) = world.lost
        assert lost.transaction is not None
        await wait(world, agent, calls=LOST_AFTER)  # it lies there still, and is on record once
        await agent.parts.deliverer.deliver_all()
    assert len(world.lost) == 1


async def test_paper_that_lies_there_after_a_power_cut_is_known(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("take_paper")
        await agent.parts.deliverer.deliver_all()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("out_of_service")
        await until_paper_is_seen(agent)
        await wait(world, agent, calls=LOST_AFTER)
        await agent.parts.deliverer.deliver_all()
        (lost,) = world.lost
        assert lost.transaction == world.outcomes[0].transaction
        await agent.operate(Operation.TAKE_PAPER, None)
        await Resident(agent).until("start")


async def until_paper_is_seen(agent: KioskAgent) -> None:
    async with asyncio.timeout(5):
        while agent.upkeep.unsettled or not agent.situation.tray_sheets:  # noqa: ASYNC110 - a look at its state
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("jam", [0, 1, 2])
async def test_a_jam_that_is_cleared_costs_nobody_anything(tmp_path: Path, jam: int) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(jam_after_sheets=jam)) as agent:
        await Resident(agent, copies=3).go_to("printing")
        screen: Any = agent.screen()
        while not screen.data.stopped:
            screen = await agent.wait(screen.revision)
        assert (screen.data.printed, screen.data.total) == (jam, 3)
        await agent.operate(Operation.REPAIR, "jam")
        await Resident(agent).until("take_paper")
        outcome = await outcome_of(world, agent)
        assert_whole(outcome, sheets=3)
        assert outcome.custody.erased == "printer_confirmed"
    assert sheets_out(tmp_path) == 3


def assert_whole(outcome: Outcome, *, sheets: int) -> None:
    assert outcome.sheets == ("printed",) * sheets
    assert (outcome.paid_yen, outcome.printed_yen) == (FEE * sheets, FEE * sheets)


async def test_what_is_missing_is_printed_once_more_and_never_a_third_time(tmp_path: Path) -> None:
    world = World()
    faults = Faults(jam_after_sheets=1, jam_every_job=True)
    async with running(world, tmp_path, faults=faults) as agent:
        await Resident(agent, copies=4).go_to("printing")
        screen: Any = agent.screen()
        while not screen.data.stopped:
            screen = await agent.wait(screen.revision)
        await agent.operate(Operation.REPAIR, "jam")
        await Resident(agent).until("take_paper")
        outcome = await outcome_of(world, agent)
        assert outcome.sheets == ("printed", "printed", "not_printed", "not_printed")
        assert (outcome.printed_yen, outcome.refunded_yen) == (2 * FEE, 2 * FEE)
    assert sheets_out(tmp_path) == 2


async def test_paper_that_runs_out_is_filled_up(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(seconds_per_sheet=0.05)) as agent:
        await Resident(agent, copies=3).go_to("printing")
        await agent.operate(Operation.PROVOKE, "media_empty")
        screen: Any = agent.screen()
        while not screen.data.stopped:
            screen = await agent.wait(screen.revision)
        await agent.operate(Operation.REPAIR, "media_empty")
        await Resident(agent).until("take_paper")
        assert_whole(await outcome_of(world, agent), sheets=3)
    assert sheets_out(tmp_path) == 3


async def test_a_printer_that_nobody_repairs_gives_the_money_back_and_serves_nobody(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(jam_after_sheets=0)) as agent:
        await Resident(agent).go_to("printing")
        screen: Any = agent.screen()
        while not screen.data.stopped:
            screen = await agent.wait(screen.revision)
        world.clock.advance(seconds=Timeouts().repair)
        await agent.tick()
        await Resident(agent).until("refusal")
        assert (await outcome_of(world, agent)).refunded_yen == FEE
        await agent.touch(Action.FINISH, None)
        screen = await Resident(agent).until("out_of_service")
        assert "紙づまり" in screen.data.reason.ja
        await agent.operate(Operation.REPAIR, "jam")
        await Resident(agent).until("start")
    assert sheets_out(tmp_path) == 0


def test_the_owner_who_comes_back_in_time_starts_the_count_anew() -> None:
    lying = Situation(stage=states.CardForgotten(), card_in=True, calls=STAFF_AFTER + 1)
    after, _ = step(lying, events.CardTaken())
    assert (after.stage, after.calls) == (states.Resting(), 0)
