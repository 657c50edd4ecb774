"""E-money at the kiosk. What counts is what the payment company's books say, and never twice."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.devices.emoney import Books, TouchPad
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.page import Action, Operation
from madoguchi.runtime.problems import JOURNAL
from madoguchi.wire.outcome import Outcome
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_crash import COPIES, After, Moment, both_sides, die, die_settling, live_again
from tests.kiosk.test_visit import outcome_of, sheets_out
from tests.kiosk.world import World

PRICE = FEE * COPIES


def books_of(directory: Path) -> Books:
    """What the payment company knows."""
    path = directory / "machine" / "emoney.json"
    return msgspec.json.decode(path.read_bytes(), type=Books) if path.exists() else Books()


def net_yen(directory: Path) -> int:
    return sum(entry.yen - entry.reversed_yen for entry in books_of(directory).entries.values())


async def until(agent: KioskAgent, state: str) -> Any:
    """The payment screen, once e-money is in this state."""
    async with asyncio.timeout(10):
        while getattr((screen := agent.screen()).data, "emoney", None) != state:
            await agent.wait(screen.revision)
    return agent.screen().data


def assert_settled(outcome: Outcome, directory: Path, *, known: bool = True) -> None:
    """What the company holds is what paper earned or is owed; of what nobody knows, all is owed."""
    assert outcome.paid_yen == outcome.printed_yen + outcome.refunded_yen + outcome.owed_yen
    held = outcome.printed_yen + outcome.owed_yen
    assert net_yen(directory) == held if known else net_yen(directory) <= held
    assert len(books_of(directory).entries) <= 1


async def test_paid_by_emoney(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        screen: Any = await Resident(agent, copies=COPIES, medium="enough").go_to("done")
        outcome = await outcome_of(world, agent)
        assert agent.panel().returned_yen == 0
    assert (screen.name, screen.data.paid_yen) == ("done", PRICE)
    assert (outcome.result, outcome.printed_yen, sheets_out(tmp_path)) == ("printed", PRICE, COPIES)
    assert_settled(outcome, tmp_path)


@pytest.mark.parametrize(("medium", "why"), [("short", "insufficient"), ("early", "moved_away")])
async def test_what_was_declined_can_be_paid_with_coins(tmp_path: Path, medium: str, why: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent, medium=medium)
        await resident.go_to("payment")
        for attempt in range(3):
            await agent.touch(Action.EMONEY, None)
            await agent.operate(Operation.TOUCH_EMONEY, medium)
            data = await until(agent, "offered" if attempt < 2 else "none")
            assert data.declined == why
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.EMONEY, None)
        resident.medium = None
        for _ in range(3):
            await agent.post_and_wait(None)
            if agent.panel().accepts_coins:
                await agent.operate(Operation.INSERT_COIN, 100)
        await Resident(agent).until("take_paper", "done")
        await agent.operate(Operation.TAKE_PAPER, None)
        outcome = await outcome_of(world, agent)
    assert (outcome.result, outcome.printed_yen) == ("printed", FEE)
    assert books_of(tmp_path).entries == {}


async def test_a_coin_that_is_in_lets_the_emoney_rest(tmp_path: Path) -> None:
    async with running(World(), tmp_path) as agent:
        await Resident(agent).go_to("payment")
        await agent.post_and_wait(None)
        await agent.operate(Operation.INSERT_COIN, 100)
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.EMONEY, None)
        await agent.touch(Action.STOP, None)
        await Resident(agent).until("refusal")
        assert agent.panel().returned_yen == 100


@pytest.mark.parametrize(("action", "ends_on"), [(Action.STOP, "refusal"), (Action.BACK, "payment")])
async def test_nobody_touched_and_nothing_was_taken(tmp_path: Path, action: Action, ends_on: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("payment")
        await agent.touch(Action.EMONEY, None)
        await agent.touch(action, None)
        if action is Action.STOP:
            await Resident(agent).until(ends_on)
            assert (await outcome_of(world, agent)).paid_yen == 0
        else:
            await until(agent, "offered")
            await agent.post_and_wait(None)
            assert agent.panel().accepts_coins
    assert books_of(tmp_path).entries == {}


@pytest.mark.parametrize("medium", ["enough", "early"])
async def test_an_unknown_result_that_becomes_known(tmp_path: Path, medium: str) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(emoney_cut=True)) as agent:
        await Resident(agent).go_to("payment")
        await agent.touch(Action.EMONEY, None)
        await agent.operate(Operation.TOUCH_EMONEY, medium)
        await until(agent, "wait")
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.STOP, None)
        await agent.operate(Operation.REPAIR, "emoney")
        if medium == "early":
            await until(agent, "offered")
            await agent.post_and_wait(None)
            assert agent.panel().accepts_coins
            assert books_of(tmp_path).entries == {}
            return
        await Resident(agent).until("take_paper")
        await agent.operate(Operation.TAKE_PAPER, None)
        outcome = await outcome_of(world, agent)
    assert (outcome.result, outcome.printed_yen) == ("printed", FEE)
    assert_settled(outcome, tmp_path)


@pytest.mark.parametrize("medium", ["enough", "early"])
async def test_a_result_that_stays_unknown_is_owed(tmp_path: Path, medium: str) -> None:
    """Charged or not: nothing is printed, all of it is owed under a code, and the operator is told."""
    world = World(ask_seconds=0.3)
    async with running(world, tmp_path, faults=Faults(emoney_cut=True)) as agent:
        screen: Any = await Resident(agent, copies=COPIES, medium=medium).go_to("done")
        outcome = await outcome_of(world, agent)
    assert (screen.name, screen.data.code) == ("refusal", "kiosk.payment_unknown")
    assert (outcome.result, outcome.paid_yen, outcome.owed_yen) == ("not_printed", PRICE, PRICE)
    assert screen.data.money.claim_code == outcome.claim
    (slip,) = (tmp_path / "paper" / "slips").glob("*.txt")
    assert str(outcome.claim) in slip.read_text()
    assert sheets_out(tmp_path) == 0
    assert net_yen(tmp_path) == (PRICE if medium == "enough" else 0)
    assert_settled(outcome, tmp_path, known=False)


@pytest.mark.parametrize("refund_fails", [False, True])
async def test_what_was_not_printed_is_reversed_or_owed(tmp_path: Path, *, refund_fails: bool) -> None:
    world = World()
    faults = Faults(jam_after_sheets=1, refund_fails=refund_fails)
    async with running(world, tmp_path, faults=faults) as agent:
        await Resident(agent, copies=COPIES, medium="enough").go_to("done")
        outcome = await outcome_of(world, agent)
        assert agent.panel().returned_yen == 0  # never as coins
    assert (outcome.printed_yen, outcome.refunded_yen, outcome.owed_yen) == (
        (FEE, 0, FEE) if refund_fails else (FEE, FEE, 0)
    )
    assert_settled(outcome, tmp_path)


async def test_a_reversal_whose_answer_is_lost_is_owed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line goes while the paper jams: what the company did nobody hears."""
    world = World(ask_seconds=0.3)
    reverse = TouchPad.reverse

    async def lost(pad: TouchPad, reference: bytes, yen: int) -> int:
        await reverse(pad, reference, yen)
        pad.cut = True
        pad._expect_line()
        return yen

    monkeypatch.setattr(TouchPad, "reverse", lost)
    async with running(world, tmp_path, faults=Faults(jam_after_sheets=0)) as agent:
        await Resident(agent, medium="enough").go_to("done")
        outcome = await outcome_of(world, agent)
    assert (outcome.refunded_yen, outcome.owed_yen) == (0, FEE)
    assert_settled(outcome, tmp_path, known=False)


async def test_what_cannot_be_journalled_is_not_charged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_values: object) -> None:
        raise JOURNAL.error("SQLITE_FULL")

    async with running(World(), tmp_path) as agent:
        await Resident(agent).until("start")
        monkeypatch.setattr(KioskJournal, "paid", full)
        assert (await Resident(agent, medium="enough").go_to("done")).name == "refusal"
    assert books_of(tmp_path).entries == {}
    assert sheets_out(tmp_path) == 0


async def test_a_door_that_opens_while_the_pad_waits(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("payment")
        await agent.touch(Action.EMONEY, None)
        await agent.operate(Operation.OPEN_DOOR, None)
        await Resident(agent).until("out_of_service")
        with pytest.raises(MadoguchiError):
            await agent.operate(Operation.TOUCH_EMONEY, "enough")
        async with asyncio.timeout(10):
            while agent.upkeep.unsettled:  # noqa: ASYNC110 - settling tells nobody
                await asyncio.sleep(0.01)
        outcome = await outcome_of(world, agent)
    assert (outcome.result, outcome.paid_yen) == ("abandoned", 0)
    assert books_of(tmp_path).entries == {}


MOMENTS = [
    *both_sides(KioskJournal, "paid"),
    *both_sides(TouchPad, "charge"),
    *both_sides(TouchPad, "touch"),
    *both_sides(TouchPad, "_keep"),
    *both_sides(KioskJournal, "sending"),
    *both_sides(KioskJournal, "sheet", 2),
    *both_sides(TrayPrinter, "_print", 1),
    *both_sides(KioskJournal, "concluded"),
]
REVERSING = [
    *both_sides(KioskJournal, "refunding"),
    *both_sides(TouchPad, "reverse"),
    *both_sides(TouchPad, "_keep", 2),
]


def crash(directory: Path, moment: Moment, faults: Faults) -> After:
    """Killed for real in a visit paid by e-money; then the next life."""
    world = World()
    world.config(directory)
    die(world, directory, moment, faults, medium="enough")
    out, charged = sheets_out(directory), len(books_of(directory).entries)
    after = asyncio.run(live_again(world, directory, faults))
    assert sheets_out(directory) == out  # a restart never prints
    assert len(books_of(directory).entries) == charged <= 1  # and never charges
    assert (after.kept_yen, after.escrow_yen) == (0, 0)
    for outcome in after.outcomes:
        assert_settled(outcome, directory)
        assert bool(outcome.owed_yen) == bool(after.slips)
    return after


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_killed_with_emoney(tmp_path: Path, moment: Moment) -> None:
    after = crash(tmp_path, moment, Faults())
    (outcome,) = after.outcomes
    entries = books_of(tmp_path).entries
    assert outcome.paid_yen == (PRICE if entries else 0)
    assert outcome.refunded_yen == sum(entry.reversed_yen for entry in entries.values())
    assert outcome.owed_yen == 0


@pytest.mark.parametrize(
    ("moment", "refund_fails"),
    [
        pytest.param(moment, refund_fails, id=f"{moment}-{refund_fails}")
        for moment in REVERSING
        for refund_fails in (False, True)
        if not (refund_fails and moment.method == "_keep")  # nothing is written where nothing is given back
    ],
)
def test_killed_while_reversing(tmp_path: Path, moment: Moment, *, refund_fails: bool) -> None:
    after = crash(tmp_path, moment, Faults(jam_after_sheets=1, refund_fails=refund_fails))
    (outcome,) = after.outcomes
    assert (outcome.refunded_yen, outcome.owed_yen) == ((0, FEE) if refund_fails else (FEE, 0))


def test_killed_twice_with_emoney(tmp_path: Path) -> None:
    world, faults = World(), Faults(jam_after_sheets=1)
    world.config(tmp_path)
    die(world, tmp_path, Moment(TrayPrinter, "_print", after=True), faults, medium="enough")
    die_settling(world, tmp_path, Moment(TouchPad, "reverse", after=True), faults)
    after = asyncio.run(live_again(world, tmp_path, faults))
    (outcome,) = after.outcomes
    assert (outcome.printed_yen, outcome.refunded_yen, outcome.owed_yen) == (FEE, FEE, 0)
    assert_settled(outcome, tmp_path)


@pytest.mark.parametrize("moment", both_sides(TouchPad, "touch"), ids=str)
def test_killed_and_the_line_stays_cut(tmp_path: Path, moment: Moment) -> None:
    """The next life cannot find out either: owed, with a slip, printed nothing, charged nothing more."""
    world, faults = World(ask_seconds=0.3), Faults(emoney_cut=True)
    world.config(tmp_path)
    die(world, tmp_path, moment, faults, medium="enough")
    after = asyncio.run(live_again(world, tmp_path, faults))
    (outcome,) = after.outcomes
    assert (outcome.paid_yen, outcome.owed_yen, sheets_out(tmp_path)) == (PRICE, PRICE, 0)
    assert str(outcome.claim) in after.slips[0]
    assert_settled(outcome, tmp_path, known=False)
