"""Devices and lines that fail: the kiosk prints nothing wrong, keeps no money that is not earned, and says why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.devices import PrinterState
from madoguchi.kiosk.devices.coins import CoinBox
from madoguchi.kiosk.devices.making import make_devices
from madoguchi.kiosk.devices.printer import TrayPrinter
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.machine.states import Printing, Stopped
from madoguchi.kiosk.page import Action, Operation
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.problems import JOURNAL
from madoguchi.wire.transaction import Opened, SealedMessage
from tests.kiosk.falsified import another
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_visit import outcome_of, papers, sheets_out
from tests.kiosk.world import LIFETIME, World


def full(*_args: object, **_values: object) -> None:
    raise JOURNAL.error("SQLITE_FULL")


@pytest.mark.parametrize(("copies", "pages", "jam"), [(3, 1, 0), (3, 1, 1), (3, 1, 2), (2, 2, 1), (2, 2, 3)])
@pytest.mark.parametrize("refund_fails", [False, True])
async def test_a_jam_in_the_middle(tmp_path: Path, copies: int, pages: int, jam: int, *, refund_fails: bool) -> None:
    world = World(pages=pages)
    faults = Faults(jam_after_sheets=jam, refund_fails=refund_fails)
    async with running(world, tmp_path, faults=faults) as agent:
        screen: Any = await Resident(agent, copies=copies).go_to("done")
        outcome = await outcome_of(world, agent)
    whole = jam // pages
    assert sheets_out(tmp_path) == jam
    assert outcome.sheets == ("printed",) * jam + ("not_printed",) * (copies * pages - jam)
    assert outcome.paid_yen == FEE * copies
    assert outcome.printed_yen == FEE * whole
    back = FEE * (copies - whole)
    assert (outcome.refunded_yen, outcome.owed_yen) == ((0, back) if refund_fails else (back, 0))
    assert screen.name == ("done" if jam else "refusal")
    money = screen.data if jam else screen.data.money
    assert (money.refunded_yen, money.owed_yen) == (outcome.refunded_yen, outcome.owed_yen)
    slips = list((tmp_path / "paper" / "slips").iterdir())
    assert [slip.stem for slip in slips] == ([outcome.claim] if refund_fails else [])
    assert money.claim_code == (outcome.claim if refund_fails else None)


async def test_a_printer_that_holds_the_last_job_serves_nobody_else(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(holds_last_job=True)) as agent:
        resident = Resident(agent)
        assert (await resident.go_to("done")).name == "done"
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.printed_yen) == ("printed", FEE)
        assert outcome.custody.erased == "wiped"  # this process wiped; the printer confirmed nothing
        await agent.touch(Action.FINISH, None)
        assert agent.screen().name == "out_of_service"
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.BEGIN, None)
    assert sheets_out(tmp_path) == 1


async def test_a_job_of_somebody_else_in_the_queue_is_seen_before_anybody_is_served(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("start")
        printer = agent.parts.devices.printer
        assert isinstance(printer, TrayPrinter)
        printer.faults = Faults(holds_last_job=True)
        printer._queue["somebody"] = b"%PDF"
        await agent.touch(Action.BEGIN, None)
        screen = await Resident(agent).until("out_of_service")
        assert screen.name == "out_of_service"
    assert "open" not in world.asked


async def test_a_job_that_is_left_in_the_queue_is_cancelled_before_the_first_touch_is_answered(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("start")
        printer = agent.parts.devices.printer
        assert isinstance(printer, TrayPrinter)
        printer._queue["somebody"] = b"%PDF"
        await Resident(agent).go_to("municipality")
        assert (await printer.look()).jobs == 0


async def jammed(_self: TrayPrinter) -> PrinterState:
    return PrinterState(jobs=0, idle=True, sheets=100, trouble="media-jam")


async def test_a_jam_that_is_there_already_is_told_before_anybody_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    async with running(world, tmp_path, timeouts=Timeouts(retry=0.1)) as agent:
        await Resident(agent).until("start")
        with monkeypatch.context() as broken:
            broken.setattr(TrayPrinter, "look", jammed)
            await agent.touch(Action.BEGIN, None)
            await Resident(agent).until("out_of_service")
            assert isinstance(agent.situation.stage, Stopped)
            assert agent.situation.stage.reason.code == "kiosk.printer_not_ready"
            assert "open" not in world.asked
        await Resident(agent).until("start")


async def test_a_jam_is_seen_before_money_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("amount")
        monkeypatch.setattr(TrayPrinter, "look", jammed)
        await agent.touch(Action.PAY, None)
        screen: Any = await Resident(agent).until("refusal")
        assert (screen.data.code, screen.data.money) == ("kiosk.printer_not_ready", None)
        assert (await outcome_of(world, agent)).paid_yen == 0


async def test_a_job_that_slips_in_while_the_resident_pays_stops_the_print(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("payment")
        printer = agent.parts.devices.printer
        assert isinstance(printer, TrayPrinter)
        printer._queue["somebody"] = b"%PDF"
        await agent.operate(Operation.INSERT_COIN, 500)
        await Resident(agent).until("refusal")
        assert (await outcome_of(world, agent)).refunded_yen == FEE
        assert (await printer.look()).jobs == 0
    assert not papers(tmp_path)


async def test_a_printer_that_stands_still_is_cancelled_and_the_money_goes_back(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path, faults=Faults(seconds_per_sheet=3600)) as agent:
        await Resident(agent).go_to("printing")
        for again in (False, True):  # the sheet that did not come out is asked for once more
            async with asyncio.timeout(5):
                while not (isinstance(agent.situation.stage, Printing) and agent.situation.stage.again == again):  # noqa: ASYNC110 - a look at its state
                    await asyncio.sleep(0.01)
            world.clock.advance(seconds=61)
            await agent.tick()
        screen: Any = await Resident(agent).until("refusal")
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.refunded_yen) == ("not_printed", FEE)
        assert screen.data.money.refunded_yen == FEE
        assert agent.panel().returned_yen >= FEE
        await asyncio.sleep(0.05)
    assert not papers(tmp_path)


@pytest.mark.parametrize("numbers", [(2,), (1, 1), (1, 3), (1, 2, 3)])
async def test_a_printer_that_names_a_sheet_out_of_turn_is_stopped(tmp_path: Path, numbers: tuple[int, ...]) -> None:
    class Confused(TrayPrinter):
        async def run(self, job: str, document: bytes, *, sheets: int) -> AsyncGenerator[int]:
            self._out[job] = 0
            for number in numbers:
                yield number
                self._print_now(job, document, number, sheets=sheets)

        def _print_now(self, job: str, document: bytes, number: int, *, sheets: int) -> None:
            self._queue[job] = document
            self._print(job, number, sheets=sheets)

    world = World()
    config = world.config(tmp_path)
    confused = Confused(config.devices.paper_dir, faults=config.devices.faults)
    devices = replace(make_devices(config.devices, clock=SystemClock()), printer=confused, tray=confused)
    async with running(world, tmp_path, devices=devices) as agent:
        confused.sense = agent.post
        await Resident(agent, copies=2).go_to("take_paper")
        outcome = await outcome_of(world, agent)
    assert sheets_out(tmp_path) == outcome.sheets.count("printed") == min(len(numbers) - 1, 2)


async def test_an_outcome_that_cannot_be_written_stops_the_machine_until_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    async with running(world, tmp_path, timeouts=Timeouts(retry=0.1)) as agent:
        await Resident(agent).until("start")
        with monkeypatch.context() as broken:
            broken.setattr(KioskJournal, "concluded", full)
            await Resident(agent).go_to("done")
            await agent.touch(Action.FINISH, None)
            await Resident(agent).until("out_of_service")
        await Resident(agent).until("start")
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.printed_yen, outcome.custody.erased) == ("printed", FEE, "wiped")


async def test_a_mechanism_that_does_not_take_the_money_gives_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(_self: CoinBox, _ticket: bytes, _yen: int) -> bool:
        return False

    monkeypatch.setattr(CoinBox, "take", refuses)
    world = World()
    async with running(world, tmp_path) as agent:
        screen: Any = await Resident(agent).go_to("done")
        assert (screen.name, screen.data.code) == ("refusal", "kiosk.money_failed")
        assert agent.panel().returned_yen == FEE
        assert (await outcome_of(world, agent)).paid_yen == 0
    assert not papers(tmp_path)


@pytest.mark.parametrize("method", ["opened", "applied", "held", "asked", "paid", "sending", "sheet"])
async def test_what_cannot_be_journalled_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("start")
        monkeypatch.setattr(KioskJournal, method, full)
        screen: Any = await Resident(agent).go_to("done")
        assert screen.name == "refusal"
        assert not papers(tmp_path)
        if method == "held":
            assert agent.acts.visit is not None
            assert not agent.acts.visit.memory.held
        if method in {"opened", "applied"}:
            assert "apply" not in world.asked
        back = FEE if method in {"paid", "sending", "sheet"} else 0
        assert agent.panel().returned_yen == back
        assert agent.parts.devices.money.escrow_yen() == 0


# -- the line


async def test_a_lost_open_answer_is_a_refusal_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("check")
        world.cut = True
        await agent.touch(Action.CONFIRM, None)
        screen: Any = await Resident(agent).until("refusal")
        assert screen.data.money is None
        assert screen.data.next_step.ja.startswith("お金はかかっていません")
    assert world.asked.count("open") == 1


async def test_a_lost_application_is_a_refusal_and_is_never_sent_again(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("card_back")
        world.cut = True
        await agent.operate(Operation.TAKE_CARD, None)
        await Resident(agent).until("refusal")
        world.cut = False
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.paid_yen, outcome.custody.erased) == ("abandoned", 0, "never_opened")
        assert outcome.application_digest is not None
    assert world.asked.count("apply") == 1


async def test_an_answer_after_the_kiosk_gave_up_is_not_even_opened(tmp_path: Path) -> None:
    world = World(hold_answer=asyncio.Event())
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("waiting")
        visit = agent.acts.visit
        assert visit is not None
        async with asyncio.timeout(5):
            await world.answered.wait()
        world.clock.advance(seconds=LIFETIME)
        await agent.tick()
        await Resident(agent).until("refusal")
        assert world.hold_answer is not None
        world.hold_answer.set()
        await asyncio.sleep(0.05)
        with pytest.raises(MadoguchiError, match=r"kiosk\.ended"):
            visit.memory.open_answer(world.answers[0].ciphertext)
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.custody.held) == ("abandoned", False)
    assert not papers(tmp_path)


async def test_an_answer_that_was_meant_for_another_kiosk(tmp_path: Path) -> None:
    other = World()
    async with running(other, tmp_path) as agent:
        await Resident(agent).go_to("amount")
        stolen = other.answers[0]
        await agent.touch(Action.STOP, None)
        await agent.touch(Action.FINISH, None)
        other.lies.sealed = lambda message: SealedMessage(transaction=message.transaction, ciphertext=stolen.ciphertext)
        screen: Any = await Resident(agent).go_to("amount")
        assert (screen.name, screen.data.code) == ("refusal", "seal.does_not_open")
        assert screen.data.money is None
    assert not papers(tmp_path)


async def test_a_refusal_of_the_ward_is_shown_with_its_contact(tmp_path: Path) -> None:
    world = World()
    world.refuse_with = lambda digest, id_: world.refusal(answers=digest, transaction=id_)
    async with running(world, tmp_path) as agent:
        screen: Any = await Resident(agent).go_to("amount")
        assert (screen.name, screen.data.code) == ("refusal", "refused.ask_your_ward")
        assert screen.data.contact.ja == "03-0000-0000"
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.custody.erased) == ("refused", "wiped")


@pytest.mark.parametrize("name", ["request_digest", "ward", "operator", "kiosk", "sealing_key_id", "at"])
async def test_an_open_answer_for_another_request_is_refused(tmp_path: Path, name: str) -> None:
    def lie(body: Opened) -> Opened:
        value = body.at - 61 if name == "at" else another(getattr(body, name))
        return msgspec.structs.replace(body, **{name: value})

    world = World()
    world.lies.opened = lie
    async with running(world, tmp_path) as agent:
        screen: Any = await Resident(agent).go_to("card")
        expected = "kiosk.clock" if name == "at" else "kiosk.other_transaction"
        assert (screen.name, screen.data.code) == ("refusal", expected)


async def test_the_same_transaction_twice_is_refused(tmp_path: Path) -> None:
    world = World()
    world.lies.opened = lambda body: msgspec.structs.replace(body, transaction=bytes(16))
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("card")
        await agent.touch(Action.STOP, None)
        await agent.touch(Action.FINISH, None)
        screen: Any = await Resident(agent).go_to("card")
        assert screen.name == "refusal"


async def test_the_lifetime_of_the_center_shortens_the_kiosks(tmp_path: Path) -> None:
    world = World()
    world.lies.opened = lambda body: msgspec.structs.replace(body, lifetime_seconds=20)
    async with running(world, tmp_path, timeouts=Timeouts(card=10)) as agent:
        await Resident(agent).go_to("card_back")
        left = agent.screen().seconds_left
        assert left is not None
        assert left <= 20
