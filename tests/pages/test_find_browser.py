"""The index of municipalities in a real Chromium: by touch, by keys, in every language, and nothing of it stays."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import screens as s
from madoguchi.kiosk.page.contract import Action
from madoguchi.kiosk.page.municipalities import load
from tests.pages.axe import load_axe
from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.index_views import INDEX_VIEWS, SA_ROW, TOKYO
from tests.pages.measures import CLIPPED, CONTRAST, HIDDEN, SMALL
from tests.pages.speaking import in_every_language, speak
from tests.pages.test_axe import faults
from tests.pages.test_keypad_browser import FOCUS, arrow_to
from tests.pages.test_kiosk_browser import SMALLEST_TOUCH, on, press
from tests.pages.test_languages import LANGUAGES
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

SHINJUKU = "131041"
VIEWS = {"first": (), **INDEX_VIEWS}
RULED = ("ja", "ja-easy", "en")
"""The three ways in which names stand there: axe takes its time."""

SEEN = f"""(smallest) => [
  ...({CLIPPED})(), ...({CONTRAST})(), ...({SMALL})(smallest), ...({HIDDEN})().filter((over) => over > 0),
]"""

DRAW = """(names) => {
  for (const weight of [400, 700]) {
    const all = document.createElement("p");
    all.className = "every-name";
    all.style.fontWeight = weight;
    all.textContent = names;
    document.getElementById("main").append(all);
  }
}"""


def asked(browser: Browser, kiosk: Kiosk, glass: str, *, view: str = "first") -> Page:
    page = opened(browser, kiosk, glass)
    show(page, kiosk, SAMPLES["municipality"])
    for key in VIEWS[view]:
        press(page, key)
    return page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("glass", "ruled"),
    [
        pytest.param("upright", RULED, id="upright"),
        pytest.param("lying", ("en",), id="lying"),
        pytest.param("lying", ("ja", "ja-easy"), id="lying, with readings", marks=pytest.mark.long),
    ],
)
def test_every_view_is_whole_and_breaks_no_rule_in_any_language(
    browser: Browser, kiosk: Kiosk, glass: str, ruled: Sequence[str], view: str
) -> None:
    """Whole in every language on both glasses. By axe on one; on the other, the same in other places, the longest."""
    page = asked(browser, kiosk, glass, view=view)
    load_axe(page)
    found = in_every_language(page, SEEN, SMALLEST_TOUCH)
    for code in ruled:
        speak(page, LANGUAGES.index(code) + 1)
        found[code] += faults(page)
    assert {code: one for code, one in found.items() if one} == {}


def test_a_municipality_that_issues_here_is_chosen(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "lying", view="row of a prefecture")
    press(page, "13198")
    on(page, "kind")
    assert (Action.CHOOSE, "13198") in kiosk.machine.touched


def test_one_that_does_not_is_shown_and_takes_no_touch(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "lying", view="row of a prefecture")
    expect(page.locator(f'[data-key="{SHINJUKU}"]')).to_be_disabled()
    expect(page.locator(f'[data-key="{SHINJUKU}"] ruby')).to_contain_text("新宿区")
    expect(page.locator("main .hint")).to_contain_text("うすい色")


def test_back_goes_up_one_view_at_a_time(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "upright", view="row of a prefecture")
    for shown in ("rows", "prefectures"):
        press(page, "back")
        expect(page.locator(f"main .{shown}")).to_be_visible()
    press(page, "back")
    expect(page.locator('[data-key="find"]')).to_be_visible()
    assert [touch for touch, _ in kiosk.machine.touched if touch is Action.BACK] == []


def test_whoever_searches_has_time(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "lying")
    kiosk.machine.seconds_left = 7
    press(page, "find")
    expect(page.locator("#time-figure")).to_have_text("1:30")


@pytest.mark.parametrize("ends", ["stop", "another screen"])
def test_where_one_resident_searched_the_next_does_not_see(browser: Browser, kiosk: Kiosk, ends: str) -> None:
    page = asked(browser, kiosk, "lying", view="row of a prefecture")
    if ends == "stop":
        press(page, "stop")
        on(page, "start")
    else:
        show(page, kiosk, s.Start())
    show(page, kiosk, SAMPLES["municipality"])
    expect(page.locator('[data-key="find"]')).to_be_visible()
    assert page.locator("main .places").count() == 0


def test_keys_alone_find_a_municipality(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "lying")
    page.keyboard.press("3")
    expect(page.locator("main .prefectures")).to_be_visible()
    assert page.evaluate(FOCUS)["key"] == "title"
    arrow_to(page, TOKYO, within=30)
    expect(page.locator("main .rows")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("main .places")).to_be_visible()
    page.keyboard.press("Backspace")
    expect(page.locator("main .rows")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("2")
    on(page, "kind")
    assert (Action.CHOOSE, "13198") in kiosk.machine.touched


def test_another_language_leaves_the_view_as_it_is(browser: Browser, kiosk: Kiosk) -> None:
    page = asked(browser, kiosk, "lying", view="small prefecture")
    speak(page, 3)
    expect(page.locator("h1 .first")).to_have_text("Choose the municipality")
    expect(page.locator('[data-key="312011"] .first')).to_have_text("Tottori City")


def test_a_machine_of_many_wards_names_only_the_first(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    named = s.Words(ja="札幌市", en="Sapporo City")
    codes = [f"01{place:03d}0" for place in range(100, 120)]
    first = ["131041", "131032", "131024", "131016"]
    options = tuple(s.MunicipalityOption(code=code, name=named) for code in [*first, *codes])
    show(page, kiosk, s.Municipality(options=options))
    assert page.locator("main .option").count() == 5
    for key in ("find", TOKYO, SA_ROW):
        press(page, key)
    expect(page.locator(f'[data-key="{SHINJUKU}"]')).to_be_enabled()


def test_our_own_fonts_draw_every_name(browser: Browser, kiosk: Kiosk) -> None:
    """A kiosk's system has no fonts to speak of."""
    page = opened(browser, kiosk, "lying")
    names = "".join(place.ja + place.kana for one in load() for place in (one, *one.places))
    page.evaluate(DRAW, names)
    page.evaluate("document.fonts.ready")
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    drawn = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".every-name"})["nodeIds"]
    assert len(drawn) == 2
    for node in drawn:
        fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        assert sum(font["glyphCount"] for font in fonts) == len(names)
        assert [font["familyName"] for font in fonts if not font["isCustomFont"]] == []
    devtools.detach()
