"""axe finds nothing on any screen of the kiosk: in every language, on both glasses, with all that lies over it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import Words
from madoguchi.kiosk.page import screens as s
from madoguchi.kiosk.problems import NONSENSE
from tests.pages.axe import axe, load_axe
from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.measures import CONTRAST
from tests.pages.speaking import speak
from tests.pages.test_kiosk_browser import GLASSES, on, press
from tests.pages.test_languages import LANGUAGES
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

WITH_PROBLEMS: dict[str, s.ScreenData] = {
    "card not read": s.Card(problem=Words(ja="カードを読めませんでした。", en="The card could not be read.")),
    "last try": s.Pin(digits_entered=0, tries_left=1, wrong=True),
    "refused after money": s.Refusal(
        title=Words(ja="印刷できませんでした。", en="Printing failed."),
        next_step=Words(ja="番号をひかえてください。", en="Please note the code."),
        code="kiosk.printer_failed",
        money=s.Money(paid_yen=300, refunded_yen=100, owed_yen=200, claim_code="K7QF-29MX"),
    ),
}

JUDGED = ("Element content is too short to determine if it is actual text content",)
"""What axe leaves open and we do not: a single character (a kanji under its reading). Its contrast is that of the
sentence around it, which axe does measure; `test_kiosk_browser.py` measures every one of them besides."""
COVERED = (*JUDGED, "because it is overlapped by another element")
"""A toast lies over the foot of a screen for five seconds, on purpose."""
PANEL_JUDGED = (*JUDGED, "due to a background gradient", "Unable to determine previous heading")
"""The panel of a demo machine is drawn in gradients and has headings of its own; no resident meets it."""


def faults(page: Page, judged: tuple[str, ...] = JUDGED, *, colours: bool = True) -> list[str]:
    """What breaks a rule, and what axe leaves open that nobody here has judged."""
    broken, undecided = axe(page, colours=colours)
    return [*broken, *(found for found in undecided if not found.endswith(judged))]


DIFFER = ("ja", "pt")
"""Two languages beside each other, and the longest words."""
OTHERS = tuple(code for code in LANGUAGES if code not in DIFFER)


@pytest.mark.parametrize(
    ("glass", "codes"),
    [
        pytest.param("upright", LANGUAGES, id="upright"),
        pytest.param("lying", DIFFER, id="lying"),
        pytest.param("upright", OTHERS, id="upright, every colour", marks=pytest.mark.long),
        pytest.param("lying", OTHERS, id="lying, every other language", marks=pytest.mark.long),
    ],
)
def test_no_screen_breaks_a_rule_in_any_language(
    browser: Browser, kiosk: Kiosk, glass: str, codes: Sequence[str]
) -> None:
    """Every screen in every language on one glass. The other draws the same document in other places: two will do.

    Those two are also the ones whose colours axe judges; contrast is measured in all, for the colours are the same.
    """
    page = opened(browser, kiosk, glass)
    load_axe(page)
    found: dict[tuple[str, str], list[Any]] = {}
    for name, data in (SAMPLES | WITH_PROBLEMS).items():
        show(page, kiosk, data)
        for code in codes:
            speak(page, LANGUAGES.index(code) + 1)
            judged_by_axe = code in DIFFER or codes is OTHERS
            found[name, code] = [*page.evaluate(CONTRAST), *faults(page, colours=judged_by_axe)]
    assert {place: one for place, one in found.items() if one} == {}


def _list_open(page: Page) -> None:
    press(page, "language")
    expect(page.get_by_role("dialog")).to_be_visible()


def _touch_refused(page: Page) -> None:
    problem = json.dumps({"code": "kiosk.nonsense", "ja": NONSENSE.resident.ja, "en": NONSENSE.resident.en})
    page.route("**/api/touch", lambda route: route.fulfill(status=409, body=problem))
    press(page, "primary")
    expect(page.locator("#toast")).to_be_visible()


def _machine_silent(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    press(page, "primary")
    expect(page.locator("#veil")).to_be_visible()


@pytest.mark.parametrize("glass", GLASSES)
@pytest.mark.parametrize("happens", [_list_open, _touch_refused, _machine_silent])
def test_what_lies_over_a_screen_breaks_no_rule(
    browser: Browser, kiosk: Kiosk, glass: str, happens: Callable[[Page], None]
) -> None:
    page = opened(browser, kiosk, glass)
    load_axe(page)
    show(page, kiosk, SAMPLES["check"])
    happens(page)
    assert faults(page, COVERED if happens is _touch_refused else JUDGED) == []


@pytest.mark.parametrize(
    ("glass", "names"),
    [
        pytest.param("upright", tuple(SAMPLES), id="upright"),
        pytest.param("lying", ("start", "card", "payment", "take_paper"), id="lying"),
        pytest.param("lying", tuple(SAMPLES), id="lying, every screen", marks=pytest.mark.long),
    ],
)
def test_a_demo_machine_with_its_panel_breaks_no_rule(
    browser: Browser, kiosk: Kiosk, glass: str, names: Sequence[str]
) -> None:
    """On one glass beside every screen, on the other beside those at which other devices are to be used."""
    width, height = GLASSES[glass]
    page = kiosk.glass(browser, width=width, height=height).page
    page.goto(kiosk.url + "/?panel=1")
    on(page, "start")
    page.wait_for_selector("#device .tray-words")
    load_axe(page)
    found = {}
    for name in names:
        show(page, kiosk, SAMPLES[name])
        found[name] = faults(page, PANEL_JUDGED)
    assert {name: one for name, one in found.items() if one} == {}


def test_axe_sees_what_is_wrong(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    load_axe(page)
    page.evaluate("document.querySelector('#language').replaceChildren()")
    page.evaluate("document.querySelector('#language').removeAttribute('aria-label')")
    assert [found.partition(":")[0] for found in faults(page)] == ["button-name"]
