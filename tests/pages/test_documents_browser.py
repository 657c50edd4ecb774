"""The verify page and the desk in a real Chromium: they fit, stay quiet and work without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from madoguchi.oversight.page import oversight_page
from madoguchi.verify.page import verify_page
from tests.pages.conftest import watch
from tests.pages.fake_desk import BUSY, EMPTY, FakeDesk
from tests.pages.fake_verifier import ANSWERS, FakeVerifier, unlimited
from tests.pages.measures import CONTRAST, WIDER
from tests.pages.serving import served

pytestmark = pytest.mark.browser


def test_verify_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    watched = watch(browser, width=390, height=844)
    page = watched.page
    with served(verify_page(FakeVerifier(), rate=unlimited())) as url:
        page.goto(url + "/")
        assert page.evaluate(WIDER) <= 0
        assert page.evaluate(CONTRAST) == []
        for name in ANSWERS:
            page.goto(url + "/")
            page.fill("#text", name)
            page.locator("form:has(#text) button").click()
            page.wait_for_selector(".verdict .icon")
            page.wait_for_load_state("load")  # the text stands before its stylesheets do
            _settled(page)
            assert page.evaluate(CONTRAST) == [], name
        page.goto(url + "/")
        photo = tmp_path / "photo.png"
        photo.write_bytes(b"picture")
        page.set_input_files("#file", photo)
        page.locator("form:has(#file) button").click()
        page.wait_for_selector(".verdict.good")
        watched.assert_quiet(url)
    page.close()


def _settled(page: Page) -> None:
    """Once it has its fonts and pictures it is not wider than its window. Asked from here: its policy has no `eval`."""
    for _ in range(50):
        if page.evaluate(WIDER) <= 0:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"wider than its window by {page.evaluate(WIDER)}")


@pytest.mark.parametrize("width", [800, 1440])
def test_the_desk(browser: Browser, width: int) -> None:
    watched = watch(browser, width=width, height=900)
    for day in (BUSY, EMPTY):
        watched.requested.clear()
        with served(oversight_page(FakeDesk(day))) as url:
            watched.page.goto(url + "/")
            assert watched.page.evaluate(WIDER) <= 0
            assert watched.page.evaluate(CONTRAST) == []
            watched.assert_quiet(url)
    watched.page.close()
