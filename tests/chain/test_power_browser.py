"""The plug of a demo machine: its process is killed for real, and the page says afterwards what became of the money."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from madoguchi.demo.cast import Holder
from tests.chain.ledger import Money, counted_at_center, journal_of, settled
from tests.chain.machines import killed_and_faulty, take_what_lies_there
from tests.chain.stage import Stage
from tests.chain.town import Town, eventually
from tests.pages.conftest import CHROMIUM, QUIET

pytestmark = pytest.mark.browser

KIOSK = "kiosk-1"
_SECONDS_PER_SHEET = 4.0
"""So long does a hand have for the plug after the first sheet."""


async def test_the_plug_is_pulled_while_coins_are_inserted(stage: Stage) -> None:
    """Two coins are in, the power is cut, and the machine that comes back returns them and says so."""
    town, holder = stage.town, stage.town.someone()
    async with _panel(town) as page:
        await _come_to(town, holder, "payment")
        inserted, returned = (page.locator(".figure-line .amount").nth(at) for at in (0, 1))
        for held in ("100円", "200円"):
            await page.click('[data-key="coin100"]')
            await expect(inserted).to_contain_text(held)
        told = await _pull_the_plug(town, page)
        await expect(told).to_contain_text("0枚出た、支払0円、返金0円、未返金0円", timeout=30_000)
        await expect(returned).to_contain_text("200円")
        await expect(inserted).to_contain_text("0円")
        await expect(page.locator("#device .dark-words")).to_be_hidden()
        await expect(page.locator("#kiosk")).to_have_attribute("data-screen", "start", timeout=20_000)
    await town.visit_well(KIOSK, holder)


@pytest.mark.parametrize("forgets", [False, True], ids=["printer-knows", "printer-forgot"])
async def test_the_plug_is_pulled_between_two_sheets(stage: Stage, *, forgets: bool) -> None:
    """One sheet of two is out. The second is refunded where the printer knows that it never came, else owed."""
    town, holder = stage.town, stage.town.someone()
    earlier = set(journal_of(town, KIOSK))
    faults = {"seconds_per_sheet": _SECONDS_PER_SHEET, "forgets_jobs": forgets}
    async with killed_and_faulty(town, KIOSK, **faults):
        async with _panel(town) as page:
            await _come_to(town, holder, "printing", copies=2)
            await eventually(lambda: 2 in {row["sheet"] for row in _new(town, earlier)})
            told = await _pull_the_plug(town, page)
            refunded, owed = (0, 300) if forgets else (300, 0)
            said = f"1枚出た、支払600円、返金{refunded}円、未返金{owed}円"
            await expect(told).to_contain_text(said, timeout=30_000)
            await expect(page.locator(".figure-line .amount").nth(1)).to_contain_text(f"{refunded}円")
        await take_what_lies_there(town, KIOSK, holder)
        await settled(town)
    (transaction,) = set(journal_of(town, KIOSK)) - earlier
    counted = Money(sheets_printed=1, paid=600, refunded=refunded, owed=owed)
    assert counted_at_center(town)[transaction] == counted
    await town.visit_well(KIOSK, holder)


def _new(town: Town, earlier: set[bytes]) -> list[dict[str, Any]]:
    """The journal's transactions that were not there before."""
    return [row for name, row in journal_of(town, KIOSK).items() if name not in earlier]


@asynccontextmanager
async def _panel(town: Town) -> AsyncIterator[Page]:
    """The kiosk's page with the device panel beside it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.goto(f"{town.running.page_url(KIOSK).rstrip('/')}/?panel=1")
        yield page
        await browser.close()


async def _come_to(town: Town, holder: Holder, screen: str, *, copies: int = 1) -> None:
    """The resident comes to this screen, and does nothing more."""
    there = asyncio.Event()

    async def stand(_shown: object) -> None:
        there.set()
        await asyncio.Event().wait()

    visiting = asyncio.create_task(town.visit(KIOSK, holder, instead={screen: stand}, copies=copies))
    try:
        async with asyncio.timeout(60):
            await there.wait()
    finally:
        visiting.cancel()
        await asyncio.wait({visiting})


async def _pull_the_plug(town: Town, page: Page) -> Locator:
    """Pull it and plug in again; where the page says what was settled."""
    before = town.running.processes.running[KIOSK].child
    await page.click('[data-key="power_off"]')
    await expect(page.locator("#device .dark-words")).to_be_visible(timeout=20_000)
    assert await asyncio.to_thread(before.wait, 20) < 0, "killed, not ended"
    assert town.running.processes.ended() == [KIOSK]
    assert town.plug_in() == []
    return page.locator("#device .settled")
