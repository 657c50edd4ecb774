"""A Chromium for the tests that look at pages with one, and the pages under a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright
from starlette.types import ASGIApp, Receive, Scope, Send

from madoguchi.kiosk.page import kiosk_page
from tests.pages.fake_machine import FakeMachine
from tests.pages.serving import served

TOKEN = "0123456789abcdef0123456789abcdef"
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One per module: playwright keeps an event loop running, which asynchronous tests elsewhere would trip over."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@dataclass
class Watched:
    """A page whose complaints and requests are kept."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def assert_quiet(self, url: str) -> None:
        assert self.complaints == []
        assert [asked for asked in self.requested if not asked.startswith(url + "/")] == []


def watch(browser: Browser, *, width: int, height: int, touch: bool = False) -> Watched:
    """A page in a context of its own."""
    watched = Watched(page=browser.new_page(viewport={"width": width, "height": height}, has_touch=touch))
    watched.page.set_default_timeout(10_000)

    def keep(request: Request) -> None:
        watched.requested.append(request.url)

    watched.page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("request", keep)
    return watched


@dataclass
class Stage:
    """What the tests of a module share: an address, at which each has its own kiosk, and glasses to look at it."""

    url: str = ""
    app: ASGIApp | None = None
    glasses: dict[tuple[int, int, bool], Watched] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)

    def clear(self) -> None:
        """Nothing of a test is left for the next: no document, hence no timer and no stream, and no bent ways."""
        for watched in self.glasses.values():
            watched.page.goto("about:blank")
            watched.page.unroute_all()
            watched.page.emulate_media(reduced_motion="null")


@dataclass
class Kiosk:
    url: str
    machine: FakeMachine
    stage: Stage

    def glass(self, browser: Browser, *, width: int, height: int, touch: bool = False) -> Watched:
        """A page that the tests of this module use one after the other: the first of a context costs seconds.

        Each test loads its document anew. Who needs a clock or a history of its own takes `watch`.
        """
        size = (width, height, touch)
        if size not in self.stage.glasses:
            self.stage.glasses[size] = watch(browser, width=width, height=height, touch=touch)
        watched = self.stage.glasses[size]
        watched.complaints.clear()
        watched.requested.clear()
        return watched


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage()
    with served(made) as url:
        made.url = url
        yield made


@pytest.fixture
def kiosk(stage: Stage) -> Iterator[Kiosk]:
    machine = FakeMachine()
    stage.app = kiosk_page(machine, token=TOKEN)
    yield Kiosk(url=stage.url, machine=machine, stage=stage)
    stage.clear()
