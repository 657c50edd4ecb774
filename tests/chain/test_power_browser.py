"""The plug of a demo machine: its process is killed for real, and the page says afterwards what became of the money."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import async_playwright, expect

from tests.chain.stage import Stage
from tests.chain.town import LINE_BROKE
from tests.pages.conftest import CHROMIUM, QUIET

pytestmark = pytest.mark.browser

KIOSK = "kiosk-1"


async def test_the_plug_is_pulled_while_paper_is_printed(stage: Stage) -> None:
    """A resident who has paid, a power cut before the first sheet, and the machine that comes back."""
    town, holder = stage.town, stage.town.someone()
    before = town.running.processes.running[KIOSK].child.pid
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = await browser.new_page(viewport={"width": 1366, "height": 768})
        await page.goto(f"{town.running.page_url(KIOSK).rstrip('/')}/?panel=1")
        await page.wait_for_selector('[data-key="power_off"]')
        stage.tell("kiosk", halt="kiosk-print:before")
        visiting = asyncio.create_task(town.visit(KIOSK, holder))
        await stage.until_reached("kiosk")
        await page.click('[data-key="power_off"]')
        with pytest.raises(LINE_BROKE):
            await visiting
        await expect(page.locator("#device .dark-words")).to_be_visible(timeout=20_000)
        assert town.running.processes.ended() == [KIOSK]
        stage.play(KIOSK).done()
        assert town.plug_in() == []
        assert town.running.processes.running[KIOSK].child.pid != before
        told = page.locator("#device .settled")
        await expect(told).to_contain_text("返金300円", timeout=30_000)
        await expect(told).to_contain_text("0枚出た")
        await expect(page.locator("#device .dark-words")).to_be_hidden()
        await expect(page.locator("#kiosk")).to_have_attribute("data-screen", "start", timeout=20_000)
        await browser.close()
    await town.visit_well(KIOSK, holder)
