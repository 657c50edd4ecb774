"""The plug of a demo machine: its process is killed for real, and the page says afterwards what became of the money."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from tests.chain.stage import Stage
from tests.pages.conftest import CHROMIUM, QUIET

pytestmark = pytest.mark.browser

KIOSK = "kiosk-1"


async def test_the_plug_is_pulled_while_coins_are_inserted(stage: Stage) -> None:
    """Two coins are in, the power is cut, and the machine that comes back returns them and says so."""
    town, holder = stage.town, stage.town.someone()
    before = town.running.processes.running[KIOSK].child
    at_the_slot = asyncio.Event()

    async def stand(_shown: object) -> None:
        at_the_slot.set()
        await asyncio.Event().wait()

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.goto(f"{town.running.page_url(KIOSK).rstrip('/')}/?panel=1")
        visiting = asyncio.create_task(town.visit(KIOSK, holder, instead={"payment": stand}))
        try:
            async with asyncio.timeout(60):
                await at_the_slot.wait()
        finally:
            visiting.cancel()
            await asyncio.wait({visiting})
        inserted, returned = (page.locator(".figure-line .amount").nth(at) for at in (0, 1))
        for held in ("100円", "200円"):
            await page.click('[data-key="coin100"]')
            await expect(inserted).to_contain_text(held)
        await page.click('[data-key="power_off"]')
        await expect(page.locator("#device .dark-words")).to_be_visible(timeout=20_000)
        assert await asyncio.to_thread(before.wait, 20) < 0, "killed, not ended"
        assert town.running.processes.ended() == [KIOSK]
        assert town.plug_in() == []
        told = page.locator("#device .settled")
        await expect(told).to_contain_text("0枚出た、支払0円、返金0円、未返金0円", timeout=30_000)
        await expect(returned).to_contain_text("200円")
        await expect(inserted).to_contain_text("0円")
        await expect(page.locator("#device .dark-words")).to_be_hidden()
        await expect(page.locator("#kiosk")).to_have_attribute("data-screen", "start", timeout=20_000)
        await browser.close()
    await town.visit_well(KIOSK, holder)
