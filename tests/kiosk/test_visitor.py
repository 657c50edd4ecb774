"""Random walks of a visitor who touches anything: no dead end, nobody else's data, and money that agrees to the yen."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pikepdf
import pytest

from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.devices.coins import STOCK, CoinBox, worth
from madoguchi.kiosk.devices.emoney import TouchPad
from madoguchi.kiosk.devices.inprocess import PAPER_FILE
from madoguchi.kiosk.page import kiosk_page
from madoguchi.runtime.clock import epoch
from madoguchi.wire.outcome import Outcome
from tests.kiosk.asgi import TOKEN
from tests.kiosk.offer import a_menu
from tests.kiosk.resident import Resident, running
from tests.kiosk.visitor import Visitor
from tests.kiosk.world import World

FAULTS = Faults(paper_sheets=100_000, seconds_per_sheet=0.005)
WALKS = 50
"""Of one machine, one visitor after the other."""
SEEDS = range(4)
MANY_SEEDS = range(4, 20)


def sheets_by_transaction(directory: Path) -> Counter[str]:
    out: Counter[str] = Counter()
    for paper in (directory / "paper").glob(f"t*/*/{PAPER_FILE}"):
        with pikepdf.open(paper) as pdf:
            out[paper.parent.name.removesuffix("-2")] += len(pdf.pages) // 2
    return out


def assert_agree(outcome: Outcome, sheets: int) -> None:
    """Money and paper of one transaction."""
    assert outcome.paid_yen == outcome.printed_yen + outcome.refunded_yen + outcome.owed_yen
    assert outcome.sheets.count("printed") <= sheets <= len(outcome.sheets) - outcome.sheets.count("not_printed")
    assert (outcome.custody.erased == "never_opened") == (not outcome.custody.held)


def assert_books(world: World, agent: KioskAgent, directory: Path) -> None:
    """Everything that went in is paper, was given back, or is owed; and everything that was held is erased."""
    coins = agent.parts.devices.money
    assert isinstance(coins, CoinBox)
    assert coins.escrow_yen() == 0
    kept = sum(outcome.printed_yen + outcome.owed_yen for outcome in world.outcomes)
    pad = agent.parts.devices.emoney
    assert isinstance(pad, TouchPad)
    charged = sum(entry.yen - entry.reversed_yen for entry in pad.books.entries.values())
    # Of what nobody knew it may be less, never more: the company's books decide what is paid out.
    unknown = sum(outcome.owed_yen for outcome in world.outcomes)
    assert kept - unknown <= coins.box_yen() - worth(STOCK) + charged <= kept
    assert agent.parts.journal.unfinished() == ()
    out = sheets_by_transaction(directory)
    for outcome in world.outcomes:
        assert_agree(outcome, out[outcome.transaction.hex()])
    assert set(out) <= {outcome.transaction.hex() for outcome in world.outcomes}


async def random_walks(directory: Path, *, seed: int) -> Counter[str]:
    """Screens that were seen, and how often."""
    world, dice, names = World(ask_seconds=0.2), random.Random(seed), Counter[str]()
    shown: set[str] = set()
    timeouts = Timeouts(retry=0.05, refresh=0.5)
    async with running(world, directory, faults=FAULTS, timeouts=timeouts) as agent:
        app = kiosk_page(agent, token=TOKEN)
        await Resident(agent).until("start")
        for _ in range(WALKS):
            world.menu_body = a_menu(issued_at=epoch(world.clock.now()))  # days pass
            visitor = Visitor(world, agent, app, dice)
            await visitor.walk()
            await visitor.until_rest()
            assert agent.acts.visit is None
            await visitor.mend()
            await told(agent)
            assert_books(world, agent, directory)
            assert_nothing_of_others(visitor, shown)
            shown |= {outcome.transaction.hex() for outcome in world.outcomes}
            shown |= {outcome.claim for outcome in world.outcomes if outcome.claim}
            names += visitor.names
    return names


async def told(agent: KioskAgent) -> None:
    """Every outcome and every notice was heard; the kiosk's own deliveries go on beside."""
    async with asyncio.timeout(10):
        while not await agent.parts.deliverer.deliver_all():  # noqa: ASYNC110 - it says what is left
            await asyncio.sleep(0.01)


def assert_nothing_of_others(visitor: Visitor, shown: set[str]) -> None:
    """No screen of this visitor holds the number or the claim of somebody before."""
    text = "".join(visitor.seen)
    assert [each for each in shown if each in text] == []


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_visitor_who_touches_anything(tmp_path: Path, seed: int) -> None:
    names = await random_walks(tmp_path, seed=seed)
    far = {"payment", "printing", "take_paper", "done", "refusal", "out_of_service", "card_back"}
    assert far <= set(names), names


@pytest.mark.long
@pytest.mark.parametrize("seed", MANY_SEEDS)
async def test_many_visitors_who_touch_anything(tmp_path: Path, seed: int) -> None:
    await random_walks(tmp_path, seed=seed)
