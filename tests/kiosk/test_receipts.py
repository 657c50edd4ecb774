"""Receipts and slips: what was paid in the resident's hand, nothing about the person, and a screen that helps out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.page import Action, Operation
from madoguchi.paper.number import paper_number_text, parse_paper_number
from tests.jpki.authorities import SERIAL
from tests.kiosk.offer import FEE
from tests.kiosk.resident import Resident, running
from tests.kiosk.test_visit import outcome_of
from tests.kiosk.world import NAME_ON_PAPER, PIN, World


def receipts(directory: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (directory / "paper" / "receipts").glob("*.txt")]


@pytest.mark.parametrize(("medium", "words"), [(None, "現金"), ("enough", "電子マネー")])
async def test_a_receipt_follows_the_paper(tmp_path: Path, medium: str | None, words: str) -> None:
    world = World()
    async with running(world, tmp_path) as agent:
        resident = Resident(agent, copies=2, medium=medium)
        await resident.go_to("take_paper")
        assert receipts(tmp_path) == []
        await agent.operate(Operation.TAKE_PAPER, None)
        await resident.until("done")
        await agent.post_and_wait(None)
        outcome = await outcome_of(world, agent)
        (text,) = receipts(tmp_path)
        assert "\n".join(agent.panel().receipt) + "\n" == text
    assert words in text
    assert f"{2 * FEE:,} 円" in text
    assert outcome.transaction.hex() in text
    numbers = re.findall(r"用紙番号 / Paper: (\S+)", text)
    assert [paper_number_text(parse_paper_number(number)) for number in numbers] == numbers, "as the paper shows them"
    assert len(set(numbers)) == 2
    assert ("つり銭" in text) == (medium is None)
    for personal in (NAME_ON_PAPER, SERIAL, PIN + "\n"):
        assert personal not in text


async def test_a_sheet_that_did_not_come_out_is_not_on_the_receipt(tmp_path: Path) -> None:
    async with running(World(), tmp_path, faults=Faults(jam_after_sheets=1)) as agent:
        await Resident(agent, copies=2).go_to("done")
        await agent.post_and_wait(None)
    (text,) = receipts(tmp_path)
    assert f"返金 / Refunded: {FEE:,} 円" in text
    assert text.count("用紙番号") == 1


async def test_the_change_is_on_the_receipt(tmp_path: Path) -> None:
    async def insert() -> None:
        await agent.post_and_wait(None)
        await agent.operate(Operation.INSERT_COIN, 1000)

    async with running(World(), tmp_path) as agent:
        await Resident(agent).go_to("done", acts={"payment": insert})
    (text,) = receipts(tmp_path)
    assert f"つり銭 / Change: {1000 - FEE:,} 円" in text


async def test_without_receipt_paper_the_screen_says_so(tmp_path: Path) -> None:
    async with running(World(), tmp_path, faults=Faults(no_receipt_paper=True)) as agent:
        await Resident(agent).go_to("done")
        screen: Any = agent.screen()
        assert (screen.name, screen.data.no_receipt) == ("done", True)
        await agent.touch(Action.FINISH, None)
        await Resident(agent).until("start")
    assert receipts(tmp_path) == []


@pytest.mark.parametrize("jam", [0, 1])
async def test_without_receipt_paper_the_code_stands_on_the_screen(tmp_path: Path, jam: int) -> None:
    world = World()
    faults = Faults(no_receipt_paper=True, jam_after_sheets=jam, refund_fails=True)
    async with running(world, tmp_path, faults=faults) as agent:
        screen: Any = await Resident(agent, copies=2).go_to("done")
        outcome = await outcome_of(world, agent)
        money = screen.data if jam else screen.data.money
        assert screen.data.no_receipt
        assert money.claim_code == outcome.claim is not None
    assert list((tmp_path / "paper" / "slips").iterdir()) == []


async def test_whoever_paid_nothing_gets_no_receipt(tmp_path: Path) -> None:
    async with running(World(), tmp_path) as agent:
        await Resident(agent).go_to("payment")
        await agent.touch(Action.STOP, None)
        await Resident(agent).until("refusal")
    assert receipts(tmp_path) == []
