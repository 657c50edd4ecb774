"""The kiosk by keypad alone: a whole visit without a pointer, the focus always seen, each screen told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import Operation
from madoguchi.kiosk.page import screens as s
from tests.pages.axe import load_axe
from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.test_axe import faults
from tests.pages.test_kiosk_browser import GLASSES, on
from tests.pages.test_languages import WORDS
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

FOCUS = """() => {
  const one = document.activeElement;
  const { left, top, right, bottom } = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return {
    key: one.dataset.key ?? one.id,
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 3,
    inside: left >= -1 && top >= -1 && right <= innerWidth + 1 && bottom <= innerHeight + 1,
    lost: one === document.body,
  };
}"""

TOLD = """() => {
  window.told = [];
  const said = document.getElementById("said");
  const hear = new MutationObserver(() => window.told.push(said.textContent));
  hear.observe(said, { childList: true, characterData: true, subtree: true });
}"""


def walk(page: Page, key: str, *, times: int) -> Iterator[str]:
    """Press an arrow again and again; what has the focus each time, always seen and inside the glass."""
    for _ in range(times):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS)
        assert focus["ring"], focus
        assert focus["inside"], focus
        yield focus["key"]


STRIDE = f"""([key, times]) => {{
  const found = [];
  for (let step = 0; step < times; step += 1) {{
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true, cancelable: true }}));
    found.push(({FOCUS})());
  }}
  return found;
}}"""


def strode(page: Page, key: str, *, times: int) -> list[str]:
    """As `walk`; after a first real key the page is told of the others at once, without a way to it for each."""
    first = list(walk(page, key, times=min(times, 1)))
    found = page.evaluate(STRIDE, [key, times - len(first)])
    assert [focus for focus in found if not focus["ring"] or not focus["inside"]] == []
    return [*first, *(focus["key"] for focus in found)]


def arrow_to(page: Page, wanted: str, *, within: int = 20) -> None:
    for key in walk(page, "ArrowDown", times=within):
        if key == wanted:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"no way to {wanted} by arrows")


def test_a_whole_visit_without_a_pointer(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    hands = kiosk.machine.operate_from_outside
    arrow_to(page, "primary")
    for screen, digit in (("municipality", "1"), ("kind", "1"), ("year", "2"), ("check", "2")):
        on(page, screen)
        assert page.evaluate(FOCUS)["key"] == "title"
        page.keyboard.press(digit)
    expect(page.locator(".line.strong dd")).to_contain_text("600円")
    arrow_to(page, "primary")
    on(page, "card")
    hands(Operation.PUT_CARD, "hanako")
    on(page, "pin")
    for count, digit in enumerate("1234", start=1):
        page.keyboard.press(digit)
        expect(page.locator(".dot.full")).to_have_count(count)
    page.keyboard.press("Enter")
    on(page, "card_back")
    assert page.evaluate(FOCUS)["key"] == "title"
    hands(Operation.TAKE_CARD)
    on(page, "amount")
    arrow_to(page, "primary")
    on(page, "payment")
    hands(Operation.INSERT_COIN, 1000)
    on(page, "take_paper")
    hands(Operation.TAKE_PAPER)
    on(page, "done")
    arrow_to(page, "primary")
    on(page, "start")
    assert [value for _, value in kiosk.machine.touched[1:5]] == ["13199", "taxation", 2025, 2]


@pytest.mark.parametrize("glass", GLASSES)
def test_arrows_reach_everything_and_are_never_caught(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    for name, data in SAMPLES.items():
        show(page, kiosk, data)
        assert page.evaluate(FOCUS)["key"] == "title", name
        every = page.eval_on_selector_all(
            "#kiosk button:not(:disabled)",
            "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.dataset.key)",
        )
        forward = strode(page, "ArrowRight", times=len(every))
        assert sorted(forward) == sorted(every), name
        assert strode(page, "ArrowLeft", times=len(every) - 1) == forward[-2::-1], name


def test_arrows_stay_in_the_list_of_languages(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, SAMPLES["year"])
    page.keyboard.press("*")
    assert {key.partition("-")[0] for key in walk(page, "ArrowDown", times=12)} <= {"dialog", "language"}
    page.keyboard.press("Escape")
    on(page, "year")
    assert kiosk.machine.touched == []


@pytest.mark.parametrize(("key", "screen"), [("Backspace", "municipality"), ("Escape", "start")])
def test_back_and_stop_have_keys(browser: Browser, kiosk: Kiosk, key: str, screen: str) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, SAMPLES["check"])
    page.keyboard.press(key)
    on(page, screen)


def test_digits_stand_beside_choices_only_for_whoever_uses_keys(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    load_axe(page)
    show(page, kiosk, SAMPLES["year"])
    hints = page.locator(".by-number")
    expect(hints.first).to_be_hidden()
    page.keyboard.press("ArrowDown")
    expect(hints.first).to_be_visible()
    expect(hints).to_have_count(6)
    assert faults(page) == []
    page.mouse.click(5, 400)
    expect(hints.first).to_be_hidden()
    page.keyboard.press("9")
    assert kiosk.machine.touched == []


def test_what_is_not_offered_cannot_be_chosen_by_its_digit(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    show(page, kiosk, SAMPLES["kind"])
    page.keyboard.press("2")
    page.keyboard.press("1")
    on(page, "year")
    assert [value for _, value in kiosk.machine.touched] == ["taxation"]


def test_a_screen_is_told_once_and_the_countdown_not_at_all(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    page.evaluate(TOLD)
    for name in ("municipality", "year", "check"):
        show(page, kiosk, SAMPLES[name])
    page.wait_for_timeout(2_500)  # two seconds of countdown and nothing else
    assert page.evaluate("window.told") == ["5つの段階の1つめ、えらぶ"]
    assert page.locator("#time").get_attribute("role") == "timer"
    assert page.locator("#time[aria-live]").count() == 0
    show(page, kiosk, s.Waiting(stage=s.Stage.APPLYING))
    show(page, kiosk, s.Waiting(stage=s.Stage.CHECKING))
    expect(page.locator("#said")).to_have_text(WORDS.messages["ja"]["waiting.checking"])
    assert page.evaluate("window.told.length") == 3


def test_digits_of_the_pin_are_counted_for_the_ear(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, s.Pin(digits_entered=0, tries_left=2, wrong=True))
    said = page.locator("#said")
    expect(said).to_contain_text(WORDS.messages["ja"]["pin.wrong"])
    expect(said).to_contain_text("あと2回")
    page.keyboard.press("7")
    expect(said).to_contain_text("4けたのうち 1けた")
    assert "7" not in said.inner_text()


def test_nothing_moves_for_whoever_asked_for_that(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    show(page, kiosk, SAMPLES["card_back"])
    assert page.evaluate(moving) > 0
    page.emulate_media(reduced_motion="reduce")
    for name in ("waiting", "card_back", "printing", "take_paper"):
        show(page, kiosk, SAMPLES[name])
        assert page.evaluate(moving) == 0, name
