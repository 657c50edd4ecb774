"""A Chromium for the tests that look at pages with one, and the pages under a real server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, Request, sync_playwright

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


@dataclass
class Kiosk:
    url: str
    machine: FakeMachine


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    machine = FakeMachine()
    with served(kiosk_page(machine, token=TOKEN)) as url:
        yield Kiosk(url=url, machine=machine)


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


def watch(browser: Browser, *, width: int, height: int) -> Watched:
    watched = Watched(page=browser.new_page(viewport={"width": width, "height": height}))
    watched.page.set_default_timeout(10_000)

    def keep(request: Request) -> None:
        watched.requested.append(request.url)

    watched.page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
    watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    watched.page.on("request", keep)
    return watched
