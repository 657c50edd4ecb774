"""What makes the screen easier: text twice as large, white on black; both for one visit, both by finger or key."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages.axe import load_axe
from tests.pages.conftest import Kiosk, watch
from tests.pages.fake_machine import SAMPLES
from tests.pages.measures import CONTRAST, EDGES, ENHANCED, LOST, TEXT_SIZES
from tests.pages.speaking import in_every_language
from tests.pages.test_axe import WITH_PROBLEMS, faults
from tests.pages.test_kiosk_browser import GLASSES, SMALLEST_TOUCH, on, press
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

AIDS = "(() => { const { text, contrast } = document.getElementById('kiosk').dataset; return [text, contrast]; })()"


@pytest.mark.parametrize("glass", GLASSES)
def test_large_text_loses_and_covers_nothing(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    press(page, "text")
    found = {}
    for name, data in (SAMPLES | WITH_PROBLEMS).items():
        show(page, kiosk, data)
        found[name] = in_every_language(page, LOST, SMALLEST_TOUCH)
    assert {name: one for name, one in found.items() if any(map(any, one.values()))} == {}


@pytest.mark.parametrize("glass", GLASSES)
def test_large_text_is_twice_as_large(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    show(page, kiosk, SAMPLES["check"])
    before = page.evaluate(TEXT_SIZES)
    press(page, "text")
    after = page.evaluate(TEXT_SIZES)
    assert len(after) > 20
    assert {text: round(size / before[text], 1) for text, size in after.items() if text in before} == dict.fromkeys(
        after, 2.0
    )


@pytest.mark.parametrize("glass", GLASSES)
def test_a_long_screen_says_that_it_goes_on_and_every_button_is_reached(
    browser: Browser, kiosk: Kiosk, glass: str
) -> None:
    page = opened(browser, kiosk, glass)
    press(page, "text")
    show(page, kiosk, SAMPLES["check"])
    more = page.locator("#more")
    expect(more).to_be_visible()
    for _ in range(12):
        more.dispatch_event("click")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    expect(more).to_be_hidden()
    expect(page.locator("#actions [data-key=primary]")).to_be_in_viewport(ratio=0.9)
    press(page, "primary")
    on(page, "card")
    assert page.evaluate("document.getElementById('kiosk').scrollTop") == 0


@pytest.mark.parametrize(
    ("glass", "ruled"),
    [
        pytest.param("upright", True, id="upright"),
        pytest.param("lying", False, id="lying"),
        pytest.param("lying", True, id="lying, by axe too", marks=pytest.mark.long),
    ],
)
def test_white_on_black_has_enhanced_contrast_everywhere(
    browser: Browser, kiosk: Kiosk, glass: str, *, ruled: bool
) -> None:
    """The colours are the same on both glasses, where they are measured; axe, which takes its time, sees one."""
    page = opened(browser, kiosk, glass)
    load_axe(page)
    press(page, "contrast")
    found: dict[str, Any] = {}
    for name, data in (SAMPLES | WITH_PROBLEMS).items():
        show(page, kiosk, data)
        found[name] = [*page.evaluate(ENHANCED), *(faults(page) if ruled else ())]
    press(page, "language")
    found["list"] = page.evaluate(ENHANCED)
    assert {name: one for name, one in found.items() if one} == {}


def test_the_measure_of_contrast_sees_what_is_pale(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    page.evaluate("document.getElementById('title').style.color = '#767676'")
    assert page.evaluate(CONTRAST) == []
    assert {text for _, text in page.evaluate(ENHANCED)} >= {page.locator("h1 > .first").inner_text()}
    page.evaluate("document.getElementById('title').style.color = '#999'")
    assert len(page.evaluate(CONTRAST)) > 0


@pytest.mark.parametrize("last", ["stop", "finish"])
def test_the_next_resident_finds_the_screen_as_it_was(browser: Browser, kiosk: Kiosk, last: str) -> None:
    page = opened(browser, kiosk, "upright")
    press(page, "text")
    press(page, "contrast")
    press(page, "primary")
    on(page, "municipality")
    assert page.evaluate(AIDS) == ["large", "high"]
    if last == "finish":
        show(page, kiosk, SAMPLES["done"])
        press(page, "primary")
    else:
        press(page, "stop")
    on(page, "start")
    assert page.evaluate(AIDS) == [None, None]
    expect(page.locator(".aid[aria-pressed=true]")).to_have_count(0)
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


def test_an_aid_chosen_before_a_visit_is_forgotten_too(browser: Browser, kiosk: Kiosk) -> None:
    page = watch(browser, width=1366, height=768).page
    page.clock.install()
    page.goto(kiosk.url + "/")
    on(page, "start")
    press(page, "contrast")
    page.clock.run_for(85_000)
    assert page.evaluate(AIDS) == [None, "high"]
    page.clock.run_for(6_000)
    assert page.evaluate(AIDS) == [None, None]
    page.close()


def _stays(page: Page, key: str) -> None:
    assert page.evaluate("document.activeElement.dataset.key") == key


def test_keys_and_fingers_keep_the_focus_where_it_was(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    page.focus("[data-key=primary]")
    page.keyboard.press("/")
    page.keyboard.press("-")
    _stays(page, "primary")
    assert page.evaluate(AIDS) == ["large", "high"]
    press(page, "text")
    _stays(page, "text")
    assert page.evaluate(AIDS) == [None, "high"]


@pytest.mark.parametrize("contrast", ["plain", "high"])
def test_the_edge_of_what_can_be_touched_stands_out(browser: Browser, kiosk: Kiosk, contrast: str) -> None:
    page = opened(browser, kiosk, "upright")
    if contrast == "high":
        press(page, "contrast")
    found = {}
    for name, data in SAMPLES.items():
        show(page, kiosk, data)
        found[name] = page.evaluate(EDGES)
    assert {name: one for name, one in found.items() if one} == {}
    page.evaluate("document.querySelector('.aid').style.borderColor = getComputedStyle(document.body).backgroundColor")
    if contrast == "plain":
        assert len(page.evaluate(EDGES)) == 1
