"""The demo machine around the screen: everything of it is seen at once, and played by mouse, touch or keys."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import Operation
from tests.pages.conftest import Kiosk, Watched
from tests.pages.fake_machine import SAMPLES

pytestmark = pytest.mark.browser

GLASSES = {
    "notebook": (1366, 768),
    "desk": (1920, 1080),
    "upright": (1080, 1920),
    "tablet": (820, 1180),
    "tablet on its side": (1180, 820),
    "small": (1024, 768),
}
SMALLEST_TOUCH = 34
"""CSS pixels: of a mouse or a finger at a desk, not of the finger at a real machine."""
SMALLEST_TEXT = {"small": (9.0, 7.5)}
COMMON_TEXT = (11.0, 9.0)
"""CSS pixels of Japanese, and of the English beside it."""

MEASURE = """() => {
  const drawn = "svg, .tray-mouth, .louvre";
  const every = [...document.querySelectorAll("#device *")];
  const shown = every.filter((one) => one.checkVisibility() && !one.closest(drawn));
  const beyond = ({ left, right, top, bottom, width }) =>
    width > 0 && (left < 0 || top < 0 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5);
  const words = (one) => one.clientWidth > 1 && !one.matches("input, .card-name");
  const wide = (one) => getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1;
  const high = (one) => one.matches(".unit, .hand") && one.scrollHeight > one.clientHeight + 1;
  const name = (one) => `${one.tagName}.${one.className} ${one.textContent.slice(0, 30)}`;
  const units = [...document.querySelectorAll("#device :is(.unit, .plate)")];
  const boxes = units.map((one) => [name(one), one.getBoundingClientRect()]);
  const cover = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1
    && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
  const beside = ([one, box], at) =>
    boxes.slice(at + 1).filter(([, its]) => cover(box, its)).map(([its]) => [one, its]);
  const zoom = parseFloat(getComputedStyle(document.querySelector(".stage")).zoom);
  const size = (look) => Math.min(...[...document.querySelectorAll(`#main ${look}`)]
    .filter((one) => one.checkVisibility()).map((one) => parseFloat(getComputedStyle(one).fontSize) * zoom));
  const root = document.documentElement;
  const main = document.getElementById("main");
  const small = (one) => one.tagName === "BUTTON" && Math.min(one.offsetWidth, one.offsetHeight) < LEAST;
  return {
    scrolls: [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight],
    hidden: main.scrollHeight - main.clientHeight,
    outside: shown.filter((one) => beyond(one.getBoundingClientRect())).map(name),
    clipped: shown.filter((one) => words(one) && (wide(one) || high(one))).map(name),
    small: shown.filter(small).map(name),
    over: boxes.flatMap(beside),
    text: [size(".first"), size(".second")],
  };
}""".replace("LEAST", str(SMALLEST_TOUCH))


OUT = """() => document.getAnimations().every((one) => one.animationName !== "slide" || one.playState === "finished")"""


def opened(browser: Browser, kiosk: Kiosk, glass: str) -> Watched:
    width, height = GLASSES[glass]
    watched = kiosk.glass(browser, width=width, height=height)
    watched.page.goto(kiosk.url + "/?panel=1")
    watched.page.wait_for_selector("#device .tray-words")
    watched.page.evaluate("document.fonts.ready")
    return watched


def shows(page: Page, kiosk: Kiosk, name: str) -> None:
    kiosk.machine.show_from_outside(SAMPLES[name])
    page.wait_for_selector(f"#kiosk[data-screen={name}] h1")


@pytest.mark.parametrize("glass", GLASSES)
def test_all_of_it_is_seen_at_once_and_the_screen_is_legible(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    watched = opened(browser, kiosk, glass)
    for name in SAMPLES:
        shows(watched.page, kiosk, name)
        found: dict[str, Any] = watched.page.evaluate(MEASURE)
        first, second = found.pop("text")
        assert found == {
            "scrolls": [0, 0], "hidden": 0, "outside": [], "clipped": [], "small": [], "over": [],
        }, name  # fmt: skip
        japanese, english = SMALLEST_TEXT.get(glass, COMMON_TEXT)
        assert first >= japanese, name
        assert second >= english, name
    watched.assert_quiet(kiosk.url)


def test_the_measure_sees_a_unit_that_does_not_fit(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "notebook").page
    page.evaluate("document.querySelector('.unit.coins').style.height = '60px'")
    page.evaluate("document.querySelector('.unit.door').style.translate = '0 80px'")
    found = page.evaluate(MEASURE)
    assert any("coins" in each for each in found["clipped"])
    assert any("door" in each for each in found["outside"])


def test_a_sheet_comes_out_and_hands_take_it(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "notebook").page
    take = page.locator('[data-key="take_paper"]')
    expect(page.locator(".tray .sheet")).to_have_count(0)
    expect(take).to_be_disabled()
    kiosk.machine._tray = 2
    shows(page, kiosk, "take_paper")
    expect(page.locator(".tray .sheet")).to_have_count(2)
    expect(page.locator(".device")).to_have_attribute("data-lamp", "calling")
    page.wait_for_function(OUT)
    sheet, mouth = page.locator(".tray .sheet").first.bounding_box(), page.locator(".tray-mouth").bounding_box()
    assert sheet is not None
    assert mouth is not None
    assert mouth["x"] < sheet["x"] < sheet["x"] + sheet["width"] < mouth["x"] + mouth["width"]
    page.click(".tray-mouth")  # the paper itself can be taken hold of
    expect(page.locator(".tray .sheet")).to_have_count(0)


def test_keys_alone_choose_a_card_and_set_it(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "notebook").page
    shows(page, kiosk, "card")
    page.focus('[data-key="cards"]')
    page.keyboard.type("非課税")
    expect(page.locator("#wallet [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.key") == "put_card"
    page.keyboard.press("Enter")
    page.wait_for_selector("#kiosk[data-screen=pin]")
    assert kiosk.machine.panel().card == "jiro"
    page.focus('[data-key="cards"]')
    page.keyboard.type("12")  # a name that is searched is no PIN
    assert kiosk.machine.touched == []
    page.focus('[data-key="take_card_early"]')
    page.keyboard.press("Enter")
    expect(page.locator(".pad-place.full")).to_have_count(0)


def test_every_button_of_the_machine_is_reached_by_tab(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "notebook").page
    kiosk.machine._tray = 1
    kiosk.machine._card = "jiro"
    shows(page, kiosk, "payment")
    for key in ("take_card", "coin500", "take_paper"):
        expect(page.locator(f'[data-key="{key}"]')).to_be_enabled()
    shown = "all => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.key)"
    wanted = set(page.eval_on_selector_all("#device button:not(:disabled)", shown))
    assert {
        "take_card",
        "coin500",
        "take_paper",
        "turn_key",
        "open_door",
        "power_off",
        "leave",
        "provoke-jam",
    } <= wanted
    page.focus("#title")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement?.dataset?.key"))
    assert wanted <= reached


def test_nobody_touches_the_screen_of_whoever_left(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "notebook").page
    shows(page, kiosk, "payment")
    page.click('[data-key="leave"]')
    expect(page.locator(".away")).to_be_visible()
    assert page.evaluate("document.querySelector('.stage').inert")
    shows(page, kiosk, "start")  # the machine has ended the visit
    expect(page.locator(".away")).to_be_hidden()
    assert not page.evaluate("document.querySelector('.stage').inert")


def test_a_real_kiosk_knows_nothing_of_it(browser: Browser, kiosk: Kiosk) -> None:
    watched = kiosk.glass(browser, width=1366, height=768)
    watched.page.goto(kiosk.url + "/")
    watched.page.wait_for_selector("#kiosk[data-screen=start] h1")
    kiosk.machine.operate_from_outside(Operation.PUT_CARD, "jiro")
    assert watched.page.locator("#device").count() == 0
    assert [asked for asked in watched.requested if "panel" in asked] == []
    assert "maintenance" not in watched.page.content()


def test_an_answer_that_is_older_than_the_stream_draws_nothing(browser: Browser, kiosk: Kiosk) -> None:
    """The state is drawn from the stream alone; else a late answer could leave a closed slot at an open one."""
    page = opened(browser, kiosk, "notebook").page
    page.wait_for_selector("#device .tray-words")
    before = kiosk.machine.panel()
    old = msgspec.json.encode(msgspec.structs.replace(before, tray_sheets=3)).decode()
    with page.expect_response("**/api/panel"):
        page.route("**/api/panel", lambda route: route.fulfill(status=200, body=old, content_type="application/json"))
        page.click('#device [data-key="turn_key"]')
    kiosk.machine.operate_from_outside(Operation.PUT_CARD, "hanako")
    expect(page.locator('#device [data-key="take_card"]')).to_be_enabled()
    expect(page.locator('#device [data-key="take_paper"]')).to_be_disabled()
