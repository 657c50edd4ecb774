"""The kiosk page in a real Chromium: the whole way to the paper, both glasses, keys only."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import Words
from madoguchi.kiosk.page import screens as s
from tests.pages.conftest import Kiosk, watch
from tests.pages.fake_machine import SAMPLES, YEARS
from tests.pages.measures import CLIPPED, CONTRAST, OVERLAPPING

pytestmark = pytest.mark.browser

GLASSES = {"upright": (1080, 1920), "lying": (1366, 768)}
SMALLEST_TOUCH = 61
"""CSS pixels: 15 mm at 1080 x 1920 on 21.5 inches."""

MEASURE = """(smallest) => {
  const main = document.getElementById("main");
  const buttons = [...document.querySelectorAll("button")].filter((one) => one.checkVisibility());
  const words = [...document.querySelectorAll("h1, main p, main li, main dd, button")];
  const said = (elements) => elements.map((element) => element.innerText);
  return {
    over: [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth],
    small: said(buttons.filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < smallest)),
    outside: said(buttons.filter((one) => one.getBoundingClientRect().bottom > innerHeight + 0.5)),
    ja: document.querySelectorAll("main .first[lang=ja]:not(.alone)").length,
    en: document.querySelectorAll("main .second[lang=en]").length,
    unfilled: said(words.filter((one) => /undefined|NaN|[{}]/.test(one.innerText))),
    focused: document.activeElement.id,
  };
}"""

REMEMBER = """() => {
  const kiosk = document.getElementById("kiosk");
  window.seen = [kiosk.dataset.screen];
  const remember = () => window.seen.push(kiosk.dataset.screen);
  new MutationObserver(remember).observe(kiosk, { attributeFilter: ["data-screen"] });
}"""


def on(page: Page, screen: str) -> None:
    page.wait_for_selector(f"#kiosk[data-screen={screen}] h1")


def press(page: Page, key: str) -> None:
    page.click(f'[data-key="{key}"]')


def enter(page: Page, pin: str) -> None:
    for count, digit in enumerate(pin, start=1):
        press(page, f"d{digit}")
        expect(page.locator(".dot.full")).to_have_count(count)
    press(page, "confirm")


def test_from_the_first_touch_to_the_paper(browser: Browser, kiosk: Kiosk) -> None:
    watched = kiosk.glass(browser, width=1366, height=768)
    page = watched.page
    page.goto(kiosk.url + "/?panel=1")
    page.evaluate(REMEMBER)
    for screen, key in (
        ("start", "primary"),
        ("municipality", "13199"),
        ("kind", "taxation"),
        ("year", "2025"),
        ("check", "add"),
    ):
        on(page, screen)
        press(page, key)
    expect(page.locator(".line.strong dd")).to_contain_text("600円")
    assert page.evaluate(CONTRAST) == []
    assert YEARS[1].label.ja in page.inner_text("main")
    press(page, "primary")
    on(page, "card")
    press(page, "put_card")
    on(page, "pin")
    enter(page, "9999")
    expect(page.locator(".notice.bad")).to_be_visible()
    enter(page, "1234")
    on(page, "card_back")
    assert page.locator("#actions button").count() == 0
    expect(page.locator("#device")).to_have_attribute("data-lamp", "calling")
    press(page, "take_card")
    on(page, "amount")
    assert "600円" in page.inner_text(".sum-figure")
    press(page, "primary")
    on(page, "payment")
    press(page, "coin500")
    expect(page.locator(".line.strong dd")).to_contain_text("100円")
    press(page, "coin500")
    on(page, "take_paper")
    press(page, "take_paper")
    on(page, "done")
    press(page, "primary")
    on(page, "start")
    seen = page.evaluate("window.seen")
    assert [name for name in SAMPLES if name not in seen] == ["phone", "refusal", "out_of_service"]
    watched.assert_quiet(kiosk.url)


@pytest.mark.parametrize("glass", GLASSES)
def test_every_screen_fits_and_speaks_both_languages(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    width, height = GLASSES[glass]
    watched = kiosk.glass(browser, width=width, height=height)
    page = watched.page
    page.goto(kiosk.url + "/")
    for name, data in SAMPLES.items():
        kiosk.machine.show_from_outside(data)
        on(page, name)
        page.evaluate("document.fonts.ready")
        measured = page.evaluate(MEASURE, SMALLEST_TOUCH)
        assert page.evaluate(CONTRAST) == [], name
        assert measured["over"] == [0, 0], name
        assert measured["small"] == [], name
        assert measured["outside"] == [], name
        assert measured["ja"] == measured["en"] > 0, name
        assert measured["unfilled"] == [], name
        assert measured["focused"] == "title", name
    watched.assert_quiet(kiosk.url)


def test_keys_alone_are_enough(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1080, height=1920).page
    page.goto(kiosk.url + "/")

    def tab_to(key: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.dataset.key") == key:
                page.keyboard.press("Enter")
                return
        pytest.fail(f"no way to {key} by keys")

    for screen, key in (
        ("start", "primary"),
        ("municipality", "13199"),
        ("kind", "taxation"),
        ("year", "2026"),
        ("check", "primary"),
    ):
        on(page, screen)
        tab_to(key)
    on(page, "card")
    kiosk.machine._data = s.Pin(digits_entered=0, tries_left=3)
    kiosk.machine._revision += 1
    page.reload()
    on(page, "pin")
    page.keyboard.type("1239")
    expect(page.locator(".dot.full")).to_have_count(4)
    page.keyboard.press("Backspace")
    expect(page.locator(".dot.full")).to_have_count(3)
    page.keyboard.press("4")
    expect(page.locator(".dot.full")).to_have_count(4)
    page.keyboard.press("Enter")
    on(page, "card_back")


def test_nothing_of_a_transaction_stays_after_stop(browser: Browser, kiosk: Kiosk) -> None:
    page = watch(browser, width=1080, height=1920).page
    kiosk.machine._data = SAMPLES["check"]
    page.goto(kiosk.url + "/")
    on(page, "check")
    press(page, "stop")
    on(page, "start")
    assert YEARS[0].label.ja not in page.content()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, history.length]") == [
        0,
        0,
        "",
        2,
    ]
    page.close()


def test_remaining_time_counts_down(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1366, height=768).page
    kiosk.machine._data = SAMPLES["year"]
    page.goto(kiosk.url + "/")
    on(page, "year")
    expect(page.locator("#time")).to_be_visible()
    expect(page.locator("#time-figure")).to_have_text("1:29")


def test_a_silent_machine_hides_the_screen(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1366, height=768).page
    page.goto(kiosk.url + "/")
    on(page, "start")
    page.route("**/api/**", lambda route: route.abort())
    press(page, "primary")
    expect(page.locator("#veil")).to_be_visible()
    assert page.evaluate("document.getElementById('main').inert") is True
    assert page.locator("h1").is_hidden()
    page.unroute("**/api/**")
    expect(page.locator("#veil")).to_be_hidden(timeout=20_000)  # a browser waits before it asks again
    assert page.evaluate("document.activeElement.dataset.key") == "primary"


def test_a_ward_cannot_write_markup_into_the_page(browser: Browser, kiosk: Kiosk) -> None:
    watched = kiosk.glass(browser, width=1366, height=768)
    evil = Words(ja="<img src=x onerror=alert(1)>", en="<script>alert(1)</script>")
    kiosk.machine._data = s.OutOfService(reason=evil)
    watched.page.goto(kiosk.url + "/")
    on(watched.page, "out_of_service")
    assert evil.ja in watched.page.inner_text("main")
    watched.assert_quiet(kiosk.url)


def test_who_needs_more_time_is_asked_before_it_is_over(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1080, height=1920).page
    kiosk.machine._data = SAMPLES["year"]
    kiosk.machine.seconds_left = 21
    page.goto(kiosk.url + "/")
    on(page, "year")
    offer = page.locator("#more-time")
    expect(offer).to_be_hidden()
    expect(offer).to_be_visible()
    expect(page.locator("#soon")).not_to_be_empty()
    box = offer.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= SMALLEST_TOUCH
    page.focus("#more-time")
    page.keyboard.press("Enter")
    expect(offer).to_be_hidden()
    expect(page.locator("#time-figure")).to_have_text("1:30")
    assert page.evaluate("document.activeElement.id") == "title"


def test_a_finger_that_slips_off_touches_nothing(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1080, height=1920).page
    kiosk.machine._data = SAMPLES["check"]
    page.goto(kiosk.url + "/")
    on(page, "check")
    page.hover("[data-key=primary]")
    page.mouse.down()
    page.mouse.move(540, 700)
    page.mouse.up()
    page.wait_for_timeout(200)
    assert kiosk.machine.touched == []


SPACED = """() => {
  const sheet = new CSSStyleSheet();
  const wider = "line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;";
  sheet.replaceSync(`* { ${wider} }`);
  document.adoptedStyleSheets.push(sheet);
}"""
"""The spacing that a reader may set (WCAG 2.2, 1.4.12)."""


def test_wider_spacing_loses_no_text(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1080, height=1920).page
    page.goto(kiosk.url + "/")
    on(page, "start")
    page.evaluate(SPACED)
    found = {}
    for name, data in SAMPLES.items():
        kiosk.machine.show_from_outside(data)
        on(page, name)
        found[name] = [*page.evaluate(CLIPPED), *page.evaluate(OVERLAPPING)]
    assert {name: one for name, one in found.items() if one} == {}


def test_what_is_read_of_a_button_is_in_its_name(browser: Browser, kiosk: Kiosk) -> None:
    page = kiosk.glass(browser, width=1080, height=1920).page
    page.goto(kiosk.url + "/")
    for name, data in SAMPLES.items():
        kiosk.machine.show_from_outside(data)
        on(page, name)
        named = page.eval_on_selector_all(
            "#kiosk button[aria-label]", "(all) => all.map((one) => [one.ariaLabel, one.innerText.trim()])"
        )
        assert [pair for pair in named if pair[1] not in pair[0]] == [], name
