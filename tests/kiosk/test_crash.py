"""The kiosk's process killed for real, before and after each write and each act of money and paper.

Whatever the moment: the next life prints nothing, money and paper agree, and the center hears how it ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.devices.coins import STOCK, CoinBox, worth
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.wire.outcome import Outcome
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_visit import sheets_out
from tests.kiosk.world import World

COPIES = 2
NEVER_REACHED = 3


@dataclass(frozen=True)
class Moment:
    """Which call of which method, and on which side of it."""

    owner: type
    method: str
    after: bool
    occurrence: int = 1

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.owner.__name__}.{self.method} {self.occurrence}"

    def arm(self) -> None:
        """From now on, in this process, the moment kills."""
        original: Callable[..., Any] = getattr(self.owner, self.method)
        calls = 0

        def deadly(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.occurrence and not self.after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = original(*args, **kwargs)
            if calls == self.occurrence and asyncio.iscoroutine(result):
                return dying(result)
            if calls == self.occurrence:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        async def dying(work: Any) -> None:
            await work
            os.kill(os.getpid(), signal.SIGKILL)

        setattr(self.owner, self.method, deadly)


def both_sides(owner: type, method: str, occurrence: int = 1) -> list[Moment]:
    return [Moment(owner, method, after, occurrence) for after in (False, True)]


BEFORE_MONEY = [
    moment for method in ("opened", "applied", "held", "asked") for moment in both_sides(KioskJournal, method)
] + [Moment(CoinBox, "insert", after=True), Moment(KioskJournal, "paid", after=False)]
WITH_MONEY = [
    Moment(KioskJournal, "paid", after=True),
    *both_sides(CoinBox, "take"),
    *both_sides(KioskJournal, "sending"),
    *both_sides(KioskJournal, "sheet", 1),
    *both_sides(TrayPrinter, "_print", 1),
    *both_sides(KioskJournal, "sheet", 2),
    *both_sides(TrayPrinter, "_print", 2),
    *both_sides(KioskJournal, "concluded"),
]
AFTER_A_JAM = [*both_sides(KioskJournal, "refunding"), *both_sides(CoinBox, "refund")]


def die(world: World, directory: Path, moment: Moment, faults: Faults, *, medium: str | None = None) -> None:
    """Run a visit in a child that kills itself at the moment."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"{moment} was never reached ({os.waitstatus_to_exitcode(status)})"
        return
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        moment.arm()
        asyncio.run(visit(world, directory, faults, medium=medium))
    finally:
        os._exit(NEVER_REACHED)


async def visit(world: World, directory: Path, faults: Faults, *, medium: str | None = None) -> None:
    async with running(world, directory, faults=faults) as agent:
        await Resident(agent, copies=COPIES, medium=medium).go_to("done")
        await asyncio.sleep(0.5)


@dataclass
class After:
    """What the next life of the process made of it."""

    outcomes: list[Outcome]
    deliveries: int
    kept_yen: int
    escrow_yen: int
    slips: list[str]
    screens: set[str]


async def live_again(world: World, directory: Path, faults: Faults) -> After:
    seen = set()
    async with running(world, directory, faults=faults) as agent:
        async with asyncio.timeout(10):
            while agent.upkeep.unsettled:
                seen.add(agent.screen().name)
                await asyncio.sleep(0.01)
        await agent.parts.deliverer.deliver_all()
        again = world.outcome_deliveries
        await agent.parts.deliverer.deliver_all()
        assert world.outcome_deliveries == again  # acknowledged once, delivered no more
        seen.add(agent.screen().name)
        coins = agent.parts.devices.money
        assert isinstance(coins, CoinBox)
        slips = [path.read_text() for path in (directory / "paper" / "slips").glob("*.txt")]
        return After(world.outcomes, again, coins.box_yen() - INITIAL, coins.escrow_yen(), slips, seen)


INITIAL = worth(STOCK)


def crash(directory: Path, moment: Moment, faults: Faults) -> tuple[After, int]:
    world = World()
    world.config(directory)
    die(world, directory, moment, faults)
    out = sheets_out(directory)
    after = asyncio.run(live_again(world, directory, faults))
    assert sheets_out(directory) == out  # a restart never prints
    assert after.escrow_yen == 0
    assert after.screens <= {"start", "out_of_service"}
    for outcome in after.outcomes:
        assert after.kept_yen == outcome.printed_yen + outcome.owed_yen
        assert outcome.paid_yen == outcome.printed_yen + outcome.refunded_yen + outcome.owed_yen
        assert bool(outcome.owed_yen) == bool(after.slips)
    return after, out


@pytest.mark.parametrize("moment", BEFORE_MONEY, ids=str)
def test_killed_before_money(tmp_path: Path, moment: Moment) -> None:
    after, out = crash(tmp_path, moment, Faults())
    assert (out, after.kept_yen) == (0, 0)
    if moment.method == "opened" and not moment.after:
        assert after.outcomes == []  # nothing was on disk; the center's transaction ends by its lifetime
        return
    (outcome,) = after.outcomes
    assert (outcome.result, outcome.paid_yen, outcome.sheets) == ("abandoned", 0, ())
    held = moment.method in {"asked", "insert", "paid"} or (moment.method == "held" and moment.after)
    assert outcome.custody.held == held
    assert outcome.custody.erased == ("process_ended" if held else "never_opened")


@pytest.mark.parametrize("moment", WITH_MONEY, ids=str)
def test_killed_with_money_in_the_machine(tmp_path: Path, moment: Moment) -> None:
    after, out = crash(tmp_path, moment, Faults())
    (outcome,) = after.outcomes
    taken = not (moment.method == "paid" or (moment.method == "take" and not moment.after))
    assert outcome.paid_yen == (FEE * COPIES if taken else 0)
    assert outcome.sheets.count("printed") == out
    assert outcome.printed_yen == FEE * out
    assert outcome.refunded_yen == outcome.paid_yen - FEE * out
    assert outcome.owed_yen == 0


@pytest.mark.parametrize(
    "moment", [*both_sides(KioskJournal, "sheet", 2), *both_sides(TrayPrinter, "_print", 2)], ids=str
)
def test_killed_and_the_printer_forgot(tmp_path: Path, moment: Moment) -> None:
    """As after a power cut: what nobody saw come out is owed, with a slip, until a person has looked."""
    after, out = crash(tmp_path, moment, Faults(forgets_jobs=True))
    (outcome,) = after.outcomes
    surely = 1 if moment.method == "_print" or moment.after else 0
    assert outcome.sheets == ("printed",) * surely + ("unknown",) * (COPIES - surely)
    assert surely <= out <= COPIES
    assert outcome.owed_yen == FEE * (COPIES - surely)
    assert outcome.claim is not None
    assert outcome.claim in after.slips[0]


@pytest.mark.parametrize("refund_fails", [False, True])
@pytest.mark.parametrize("moment", AFTER_A_JAM, ids=str)
def test_killed_while_refunding(tmp_path: Path, moment: Moment, *, refund_fails: bool) -> None:
    """A refund is given once, whether it was given before the kill or not."""
    after, out = crash(tmp_path, moment, Faults(jam_after_sheets=1, refund_fails=refund_fails))
    (outcome,) = after.outcomes
    assert out == 1
    assert outcome.sheets == ("printed", "not_printed")
    assert (outcome.refunded_yen, outcome.owed_yen) == ((0, FEE) if refund_fails else (FEE, 0))


def test_killed_twice(tmp_path: Path) -> None:
    """The next life is killed while it settles; the one after it settles the same."""
    world, faults = World(), Faults(jam_after_sheets=1)
    world.config(tmp_path)
    die(world, tmp_path, Moment(TrayPrinter, "_print", after=True), faults)
    for moment in (Moment(CoinBox, "refund", after=True), Moment(KioskJournal, "concluded", after=False)):
        die_settling(world, tmp_path, moment, faults)
    after = asyncio.run(live_again(world, tmp_path, faults))
    (outcome,) = after.outcomes
    assert (outcome.printed_yen, outcome.refunded_yen, outcome.owed_yen) == (FEE, FEE, 0)
    assert after.kept_yen == FEE


def die_settling(world: World, directory: Path, moment: Moment, faults: Faults) -> None:
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        return
    try:
        moment.arm()
        asyncio.run(live_again(world, directory, faults))
    finally:
        os._exit(NEVER_REACHED)


def test_an_outcome_waits_for_a_center_that_does_not_answer(tmp_path: Path) -> None:
    world = World(deaf_to_outcomes=True)
    world.config(tmp_path)
    asyncio.run(visit(world, tmp_path, Faults()))
    assert world.outcomes == []
    assert world.outcome_deliveries >= 1
    world.deaf_to_outcomes = False
    after = asyncio.run(live_again(world, tmp_path, Faults()))
    (outcome,) = after.outcomes
    assert (outcome.result, outcome.custody.erased) == ("printed", "printer_confirmed")
