"""What is folded away on the kiosk's screens: unfolded by a finger and by keys, read to its last line, folded again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import screens as s
from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.measures import HIDDEN, LOST
from tests.pages.speaking import in_every_language
from tests.pages.test_keypad_browser import FOCUS
from tests.pages.test_kiosk_browser import GLASSES, SMALLEST_TOUCH, on, press
from tests.pages.test_languages_browser import TAGS, opened, show

pytestmark = pytest.mark.browser

FOLDING: dict[str, s.ScreenData] = {
    **{name: SAMPLES[name] for name in ("start", "municipality", "kind", "year", "check", "card", "amount")},
    "pin": s.Pin(digits_entered=0, tries_left=3),
}
"""Every screen that folds something away; the PIN's only while no try was lost."""

LINES = """() => {
  const box = document.getElementById("details");
  const main = document.getElementById("main");
  const glass = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const view = getComputedStyle(main).overflowY === "visible" ? glass : main.getBoundingClientRect();
  const inside = ({ left, top, right, bottom }) =>
    left >= view.left - 1 && right <= view.right + 1 && top >= view.top - 1 && bottom <= view.bottom + 1;
  const uncovered = ({ left, top, right, bottom }) =>
    box.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
  const lines = [];
  const words = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(words.currentNode);
    for (const line of range.getClientRects()) if (line.width > 1) lines.push(inside(line) && uncovered(line));
  }
  return lines;
}"""
"""Of each line that was unfolded, whether it lies whole inside the glass and under nothing."""

STILL_UNFOLDED = f"""(smallest) => [
  document.documentElement.lang,
  document.getElementById("details").checkVisibility(),
  document.querySelector("[data-key=details]").getAttribute("aria-expanded"),
  ({LOST})(smallest),
]"""

DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


def by_touch(browser: Browser, kiosk: Kiosk, glass: str) -> Page:
    width, height = GLASSES[glass]
    page = kiosk.glass(browser, width=width, height=height, touch=True).page
    page.goto(kiosk.url + "/")
    on(page, "start")
    return page


def arrow_to_details(page: Page) -> None:
    """An arrow that only scrolls leaves the focus where it is; one that moves it shows it."""
    before = page.evaluate(FOCUS)["key"]
    for _ in range(60):
        page.keyboard.press("ArrowDown")
        focus = page.evaluate(FOCUS)
        assert focus["ring"] or focus["key"] == before, focus
        assert focus["inside"] or focus["key"] == before, focus
        if focus["key"] == "details" != before:
            page.keyboard.press("Enter")
            return
        before = focus["key"]
    pytest.fail("no way to the details by arrows")


def assert_folded(page: Page) -> None:
    expect(page.locator("#details")).to_be_hidden()
    expect(page.locator("[data-key=details]")).to_have_attribute("aria-expanded", "false")
    assert page.evaluate(LINES) == []


def assert_unfolded(page: Page) -> None:
    expect(page.locator("#details")).to_be_visible()
    expect(page.locator("[data-key=details]")).to_have_attribute("aria-expanded", "true")


def read(page: Page, go_on: Callable[[], None], *, times: int) -> list[bool]:
    """Of each unfolded line, whether it was seen whole before or after going on so many times."""
    lines: list[bool] = page.evaluate(LINES)
    for _ in range(times):
        if all(lines):
            break
        go_on()
        page.evaluate(DRAWN)
        lines = [before or now for before, now in zip(lines, page.evaluate(LINES), strict=True)]
    return lines


@pytest.mark.parametrize("text", ["usual", "large"])
@pytest.mark.parametrize("glass", GLASSES)
def test_a_finger_unfolds_reads_and_folds(browser: Browser, kiosk: Kiosk, glass: str, text: str) -> None:
    page = by_touch(browser, kiosk, glass)
    if text == "large":
        page.tap("[data-key=text]")
    for name, data in FOLDING.items():
        show(page, kiosk, data)
        assert_folded(page)
        page.tap("[data-key=details]")
        assert_unfolded(page)
        lines = read(page, lambda: page.tap("#more"), times=8)
        assert lines, name
        assert all(lines), (name, lines)
        page.tap("[data-key=details]")
        assert_folded(page)
        if text == "usual":
            assert max(page.evaluate(HIDDEN)) <= 0, name
            expect(page.locator("#more")).to_be_hidden()
    assert kiosk.machine.touched == []


@pytest.mark.parametrize("text", ["usual", "large"])
@pytest.mark.parametrize("glass", GLASSES)
def test_arrows_and_enter_unfold_read_and_fold(browser: Browser, kiosk: Kiosk, glass: str, text: str) -> None:
    page = opened(browser, kiosk, glass)
    if text == "large":
        press(page, "text")
    for name, data in FOLDING.items():
        show(page, kiosk, data)
        assert_folded(page)
        arrow_to_details(page)
        assert_unfolded(page)
        assert page.evaluate(FOCUS)["key"] == "details", name
        lines = read(page, lambda: page.keyboard.press("ArrowDown"), times=20)
        assert lines, name
        assert all(lines), (name, lines)
        arrow_to_details(page)
        assert_folded(page)
        assert page.evaluate(FOCUS)["key"] == "details", name
    assert kiosk.machine.touched == []


@pytest.mark.parametrize("glass", GLASSES)
def test_what_is_longer_than_the_glass_is_paged_by_a_key(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    show(page, kiosk, FOLDING["check"])
    arrow_to_details(page)
    assert_unfolded(page)
    lines = read(page, lambda: page.keyboard.press("PageDown"), times=4)
    assert len(lines) > 6
    assert all(lines), lines
    arrow_to_details(page)
    assert_folded(page)


@pytest.mark.parametrize("glass", GLASSES)
def test_another_language_leaves_it_unfolded_and_loses_nothing(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    found = {}
    for name, data in FOLDING.items():
        show(page, kiosk, data)
        press(page, "details")
        assert_unfolded(page)
        found[name] = in_every_language(page, STILL_UNFOLDED, SMALLEST_TOUCH)
    wrong = {
        (name, code): one
        for name, each in found.items()
        for code, one in each.items()
        if one != [TAGS[code], True, "true", [[], [], []]]
    }
    assert wrong == {}


def test_the_same_screen_stays_unfolded_and_the_next_is_folded(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, FOLDING["check"])
    press(page, "details")
    press(page, "fewer")
    expect(page.locator(".line.strong dd")).to_contain_text("300円")
    assert_unfolded(page)
    show(page, kiosk, FOLDING["card"])
    assert_folded(page)
