"""Whole visits against an honest chain: what the resident sees, what is counted, what is left behind."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts.acting import VisitInHand
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.devices.inprocess import PAPER_FILE, draw_pictures
from madoguchi.kiosk.page import Action, Operation
from madoguchi.wire.outcome import Outcome
from tests.jpki.authorities import SERIAL
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.world import LIFETIME, NAME_ON_PAPER, World


def papers(directory: Path) -> list[Path]:
    return sorted((directory / "paper").glob(f"t*/*/{PAPER_FILE}"))


def kept_files(directory: Path) -> dict[str, bytes]:
    """Every file of the kiosk but paper, cards and keys."""
    found = (path for path in directory.rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in found if {"state", "machine"} & set(path.parts)}


def sheets_out(directory: Path) -> int:
    total = 0
    for paper in papers(directory):
        with pikepdf.open(paper) as pdf:
            total += len(pdf.pages) // 2
    return total


def visit_in_hand(agent: KioskAgent) -> VisitInHand | None:
    return agent.acts.visit


async def outcome_of(world: World, agent: KioskAgent) -> Outcome:
    await agent.parts.deliverer.deliver_all()
    (outcome,) = world.outcomes
    assert outcome.paid_yen == outcome.printed_yen + outcome.refunded_yen + outcome.owed_yen
    return outcome


async def test_a_resident_goes_home_with_the_paper(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        assert (await resident.go_to("done")).name == "done"
        outcome = await outcome_of(world, agent)
        assert agent.parts.journal.stage_of(outcome.transaction) == "acknowledged"
    assert resident.seen == [
        "start", "municipality", "kind", "year", "check", "card", "pin", "card_back", "waiting",
        "amount", "payment", "printing", "take_paper", "done",
    ]  # fmt: skip
    (paper,) = papers(tmp_path)
    with pikepdf.open(paper) as pdf:
        assert len(pdf.pages) == 2
    assert (outcome.result, outcome.sheets) == ("printed", ("printed",))
    assert (outcome.paid_yen, outcome.printed_yen) == (FEE, FEE)
    assert outcome.custody.held
    assert outcome.custody.erased == "printer_confirmed"
    assert (outcome.application_digest, outcome.issuance_digest, outcome.delivery_digest) != (None, None, None)
    front, back = draw_pictures(paper, dpi=20)
    assert front.read_bytes()[:4] == back.read_bytes()[:4] == b"\x89PNG"


async def test_two_residents_one_after_the_other_share_nothing(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to("done")
        first = agent.acts.visit
        assert first is not None
        await resident.touch(Action.FINISH)
        assert visit_in_hand(agent) is None
        assert agent.screen().name == "start"
        await Resident(agent).go_to("done")
        second = agent.acts.visit
        assert second is not None
        await agent.parts.deliverer.deliver_all()
    assert first.memory.public_key != second.memory.public_key
    assert first.transaction != second.transaction
    assert len(papers(tmp_path)) == 2
    assert first.memory.erased == "printer_confirmed"
    assert bytes(first.memory._secret) == bytes(32)
    assert not first.memory.pin
    assert first.job is None
    assert first.memory._key is None


async def test_the_steps_are_told(tmp_path: Path) -> None:
    world, told = World(), []

    def tell(step: str, *, number: int, transaction: bytes, seconds: float) -> None:
        told.append((number, step, transaction))

    async with running(world, tmp_path, tell=tell) as agent:
        await Resident(agent).go_to("done")
        outcome = await outcome_of(world, agent)
    assert [number for number, _, _ in told] == [1, 2, 3, 4, 7, 8, 9]
    assert {transaction for _, _, transaction in told} == {outcome.transaction}


@pytest.mark.parametrize(("copies", "pages"), [(2, 1), (1, 3), (3, 2)])
async def test_every_page_of_every_copy_comes_out_once(tmp_path: Path, copies: int, pages: int) -> None:
    world = World(pages=pages)
    async with running(world, tmp_path) as agent:
        assert (await Resident(agent, copies=copies).go_to("done")).name == "done"
        outcome = await outcome_of(world, agent)
    assert sheets_out(tmp_path) == copies * pages
    assert outcome.sheets == ("printed",) * (copies * pages)
    assert outcome.paid_yen == FEE * copies


async def test_nothing_personal_is_in_any_file_of_the_kiosk_but_the_paper(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("amount")
        visit = agent.acts.visit
        assert visit is not None
        secret, certificate = visit.memory.secret, visit.memory.card_certificate
        assert certificate is not None
        await Resident.act(Resident(agent), agent.screen(), {})
        files = kept_files(tmp_path)
    assert "kiosk.sqlite" in files
    kept = b"".join(files.values())
    for trace in (SERIAL.encode(), bytes.fromhex(SERIAL), NAME_ON_PAPER.encode(), secret, certificate[:64], b"%PDF"):
        assert trace not in kept


async def test_the_pin_wrong_three_times_locks_the_card(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        screen = await Resident(agent, pin="9999").go_to("amount")
        assert (screen.name, getattr(screen.data, "code", None)) == ("refusal", "card.pin_locked")
        outcome = await outcome_of(world, agent)
        assert (outcome.result, outcome.paid_yen, outcome.custody.held) == ("abandoned", 0, False)
        assert outcome.custody.erased == "never_opened"
        await agent.touch(Action.FINISH, None)
        assert agent.screen().name == "card_back"  # nobody is served while the card lies there
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.BEGIN, None)
        await agent.operate(Operation.TAKE_CARD, None)
        screen = await Resident(agent).go_to("amount")
        assert getattr(screen.data, "code", None) == "card.pin_locked"  # the counter was read before a PIN was asked
    assert "apply" not in world.asked


async def test_a_wrong_pin_and_then_the_right_one(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent, pin="9999")
        await resident.go_to("pin")
        await resident.enter_pin(agent.screen())
        screen = await resident.until("pin")
        while not getattr(screen.data, "wrong", False):
            screen = await agent.wait(screen.revision)
        assert getattr(screen.data, "tries_left", None) == 2
        assert getattr(screen.data, "digits_entered", None) == 0
        resident.pin = "1234"
        await resident.enter_pin(screen)
        await resident.until("card_back")


async def test_it_does_not_go_on_before_the_card_is_taken_back(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("card_back")
        await asyncio.sleep(0.05)
        assert agent.screen().name == "card_back"
        assert "apply" not in world.asked
        world.clock.advance(seconds=LIFETIME)
        await agent.tick()
        assert agent.screen().name == "refusal"
        assert agent.acts.visit is not None
        assert agent.acts.visit.memory.erased == "never_opened"
    assert "apply" not in world.asked


async def test_a_card_pulled_before_it_signed_wipes_the_digits(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("pin")
        await agent.touch(Action.DIGIT, 1)
        await agent.operate(Operation.TAKE_CARD, None)
        assert agent.screen().name == "card"
        assert agent.acts.visit is not None
        assert agent.acts.visit.memory.pin == b""


@pytest.mark.parametrize(
    ("screen", "code"),
    [
        ("kind", None),
        ("check", None),
        ("card", "kiosk.timed_out"),
        ("pin", "kiosk.timed_out"),
        ("amount", "kiosk.timed_out"),
        ("payment", "kiosk.timed_out"),
    ],
)
async def test_an_idle_machine_wipes_and_rests(tmp_path: Path, screen: str, code: str | None) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent)
        await resident.go_to(screen)
        visit = agent.acts.visit
        if screen == "payment":
            await agent.operate(Operation.INSERT_COIN, 100)
        world.clock.advance(seconds=61)
        await agent.tick()
        shown = agent.screen()
        assert (shown.name, getattr(shown.data, "code", None)) == (
            ("start", None) if code is None else ("refusal", code)
        )
        if visit is not None:
            assert visit.memory.erased in {"never_opened", "wiped"}
            assert (await outcome_of(world, agent)).paid_yen == 0
        assert agent.parts.devices.money.escrow_yen() == 0
        if screen == "payment":
            assert agent.panel().returned_yen == 100
        if agent.situation.card_in:
            await agent.operate(Operation.TAKE_CARD, None)
        world.clock.advance(seconds=20)
        await agent.tick()
        await resident.until("start")
    assert not papers(tmp_path)


async def test_stopping_at_the_payment_gives_every_coin_back(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("payment")
        await agent.operate(Operation.INSERT_COIN, 100)
        await agent.touch(Action.STOP, None)
        outcome = await outcome_of(world, agent)
        assert agent.panel().returned_yen == 100
    assert (outcome.result, outcome.paid_yen, outcome.custody.erased) == ("abandoned", 0, "wiped")


async def test_change_is_given(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("done", acts={"payment": lambda: agent.operate(Operation.INSERT_COIN, 1000)})
        assert agent.panel().returned_yen == 1000 - FEE
        assert (await outcome_of(world, agent)).paid_yen == FEE


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        (Faults(paper_sheets=1), "kiosk.no_paper"),
        (Faults(no_change=True), "kiosk.no_change"),
    ],
)
async def test_what_is_missing_is_found_before_money_is_asked(tmp_path: Path, faults: Faults, code: str) -> None:
    world = World()
    async with running(world, tmp_path, faults=faults) as agent:
        screen = await Resident(agent, copies=2).go_to("done")
        assert (screen.name, getattr(screen.data, "code", None)) == ("refusal", code)
        assert getattr(screen.data, "money", "?") is None
        assert (await outcome_of(world, agent)).paid_yen == 0
    assert not papers(tmp_path)


async def test_paper_left_in_the_tray_is_called_for_and_nobody_else_is_served(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("take_paper")
        said = len(agent.parts.devices.voice.said)  # type: ignore[attr-defined]
        world.clock.advance(seconds=16)
        await agent.tick()
        assert agent.screen().name == "take_paper"
        assert len(agent.parts.devices.voice.said) == said + 1  # type: ignore[attr-defined]
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.FINISH, None)
    async with running(world, tmp_path) as agent:  # and after a restart: paper that is not this visit's
        await asyncio.sleep(0.1)
        assert agent.screen().name == "out_of_service"
        await agent.operate(Operation.TAKE_PAPER, None)
        await Resident(agent).until("start")


async def test_a_digit_leaves_no_trace_on_the_screen(tmp_path: Path) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).go_to("pin")
        await agent.touch(Action.DIGIT, 7)
        data: Any = agent.screen().data
        assert (data.digits_entered, "7" in repr(agent.screen().data)) == (1, False)
        await agent.touch(Action.ERASE, None)
        assert agent.acts.visit is not None
        assert agent.acts.visit.memory.pin == b""


@pytest.mark.parametrize(
    ("action", "value"), [(Action.DIGIT, 10), (Action.DIGIT, None), (Action.CHOOSE, None), (Action.PAY, 1)]
)
async def test_a_touch_of_the_wrong_shape_changes_nothing(tmp_path: Path, action: Action, value: int | None) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        await Resident(agent).until("start")
        before = agent.situation
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(action, value)
        assert agent.situation == before


async def test_a_ward_that_is_closed_is_shown_and_cannot_be_chosen(tmp_path: Path) -> None:
    from tests.kiosk.offer import a_menu

    world = World(menu_body=a_menu(open=False))
    async with running(world, tmp_path, timeouts=Timeouts()) as agent:
        screen: Any = await Resident(agent).go_to("kind")
        assert [option.offered for option in screen.data.options] == [False]
        with pytest.raises(MadoguchiError, match=r"kiosk\.nonsense"):
            await agent.touch(Action.CHOOSE, "taxation")


async def test_work_that_is_stopped_before_its_first_step_leaves_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        raise AssertionError

    async with running(World(), tmp_path) as agent:
        for coroutine in [work() for _ in range(2)]:
            task = agent.acts.begin_other_work(bytes(16), coroutine)
            task.cancel()
            await asyncio.wait((task,))
            assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED
