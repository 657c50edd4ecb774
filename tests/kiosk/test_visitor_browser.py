"""The same visitor at the real page in Chromium: clicks whatever can be clicked, at screen and machine."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from starlette.applications import Starlette
from starlette.routing import Mount

from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.config import Faults, Timeouts
from madoguchi.kiosk.page import kiosk_page
from tests.kiosk.asgi import TOKEN
from tests.kiosk.resident import running
from tests.kiosk.test_visitor import assert_books, told
from tests.kiosk.world import NAME_ON_PAPER, World
from tests.pages.conftest import browser, watch
from tests.pages.serving import served

__all__ = ["browser"]

pytestmark = pytest.mark.browser

WALKS, MANY_WALKS, MOST_WALKS, CLICKS = 8, 40, 60, 25
FAR = {"start", "municipality", "kind", "card_back", "out_of_service"}
"""Screens that the walks must have seen; how fast the machine answers decides where the same dice lead."""
SEED = 5

CLICK = """([place, dice]) => {
  const there = [...document.querySelectorAll(place)].filter((one) => one.checkVisibility() && !one.closest("[inert]"));
  if (!there.length) return null;
  const one = there[Math.floor(dice * there.length)];
  one.click();
  return one.dataset.key ?? one.textContent;
}"""
KEPT = """async () => [
  document.documentElement.outerHTML, document.cookie, JSON.stringify({...localStorage}),
  JSON.stringify({...sessionStorage}), (await caches.keys()).join(), String((await indexedDB.databases()).length),
  String(history.length), location.href,
].join("\\n")"""


@dataclass
class Served:
    """A kiosk that lives in the loop of its page's server."""

    url: str
    world: World
    directory: Path
    agent: KioskAgent
    loop: asyncio.AbstractEventLoop

    def wait(self, seconds: float) -> None:
        """The clock goes on."""
        self.world.clock.advance(seconds=seconds)
        self.do(self.agent.tick())

    def do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=20)


@contextmanager
def served_kiosk(directory: Path) -> Iterator[Served]:
    world, alive = World(), threading.Event()
    made: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        faults = Faults(paper_sheets=100_000, seconds_per_sheet=0.02)
        async with running(world, directory, faults=faults, timeouts=Timeouts(retry=0.05, refresh=0.5)) as agent:
            app.router.routes.append(Mount("/", kiosk_page(agent, token=TOKEN)))
            made.update(agent=agent, loop=asyncio.get_running_loop())
            alive.set()
            yield

    app = Starlette(lifespan=lifespan)
    with served(app, lifespan="on") as url:
        assert alive.wait(20)
        yield Served(url=url, world=world, directory=directory, **made)


PLACES = (
    ".device button:not(:disabled)",
    # Without the index of municipalities, in which most clicks would be lost; the third place leads there.
    ":is(#main, #actions) button:not(:disabled, .small, [data-key=find])",
    ".kiosk button:not(:disabled)",
)


def walk(page: Page, kiosk: Served, dice: random.Random) -> set[str]:
    """Click here and there; the screens that were seen."""
    seen = set()
    for _ in range(CLICKS):
        (place,) = dice.choices(PLACES, (4, 5, 1))
        page.evaluate(CLICK, [place, dice.random()])
        seen.add(kiosk.agent.screen().name)
        page.wait_for_timeout(dice.choice([5, 30, 60]))
        if dice.random() < 0.05:
            kiosk.wait(dice.choice([1, 61]))
    return seen


def until_rest(page: Page, kiosk: Served) -> None:
    """Nobody clicks any more; the page rests too. A click that was still on its way may break something once more."""
    for _ in range(10):
        mended(page, kiosk)
        with suppress(PlaywrightTimeout):
            page.wait_for_selector("#kiosk[data-screen=start]", timeout=2_000)
            return
    raise AssertionError(f"a dead end: {kiosk.agent.situation}")


def mended(page: Page, kiosk: Served) -> None:
    """The staff mend what is broken and take what is called for, until the machine rests."""
    for _ in range(200):
        panel, name = kiosk.agent.panel(), kiosk.agent.screen().name
        if name == "start" and panel.card is None and not kiosk.agent.situation.session:
            break
        for key in ("take_card", "take_paper", "close_door", *(f"repair-{fault}" for fault in panel.faults)):
            if kiosk.agent.situation.calls > 12 or name == "out_of_service":
                page.evaluate(CLICK, [f'.device [data-key="{key}"]:not(:disabled)', 0])
        page.wait_for_timeout(20)
        kiosk.wait(Timeouts().remind)
    else:
        raise AssertionError(f"a dead end: {kiosk.agent.situation}")
    for fault in kiosk.agent.panel().faults:
        page.evaluate(CLICK, [f'.device [data-key="repair-{fault}"]', 0])


@pytest.mark.parametrize("walks", [WALKS, pytest.param(MANY_WALKS, marks=pytest.mark.long)])
def test_a_visitor_who_clicks_anything(browser: Browser, tmp_path: Path, walks: int) -> None:
    """As many walks as it takes to see the screens that are far, and at least these."""
    dice = random.Random(SEED)
    seen: set[str] = set()
    with served_kiosk(tmp_path) as kiosk:
        watched = watch(browser, width=1366, height=768)
        page = watched.page
        page.goto(kiosk.url + "/?panel=1")
        page.wait_for_selector("#kiosk[data-screen=start]")
        for number in range(MOST_WALKS):
            if number >= walks and seen >= FAR:
                break
            seen |= walk(page, kiosk, dice)
            until_rest(page, kiosk)
            kiosk.do(told(kiosk.agent))
            assert_books(kiosk.world, kiosk.agent, tmp_path)
            kept = page.evaluate(KEPT)
            past = [outcome.transaction.hex() for outcome in kiosk.world.outcomes]
            past += [outcome.claim for outcome in kiosk.world.outcomes if outcome.claim]
            assert [each for each in (*past, NAME_ON_PAPER) if each in kept] == []
            assert page.context.cookies() == []
        page.close()
    assert [each for each in watched.complaints if "409" not in each and "503" not in each] == []
    assert seen >= FAR
