"""Phones and the shuffled PIN pad in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from madoguchi.kiosk.page import screens as s
from tests.pages.axe import load_axe
from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.test_axe import faults
from tests.pages.test_kiosk_browser import GLASSES
from tests.pages.test_languages import WORDS
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

IN_ORDER = [*range(1, 10), 0]
PIN = s.Pin(digits_entered=0, tries_left=3)
ALWAYS = s.Pin(digits_entered=0, tries_left=3, always_shuffled=True)


def pad(page: Page) -> list[int]:
    """The digits in their places, as a screen reader is told them."""
    names = page.locator(".pad .key:not(.word)").evaluate_all("(keys) => keys.map((key) => key.textContent.trim())")
    return [int(name) for name in names]


def pads(page: Page, kiosk: Kiosk, data: s.Pin, *, times: int) -> set[tuple[int, ...]]:
    seen = set()
    for _ in range(times):
        show(page, kiosk, SAMPLES["card"])
        show(page, kiosk, data)
        digits = pad(page)
        assert sorted(digits) == list(range(10))
        seen.add(tuple(digits))
    return seen


@pytest.mark.parametrize("glass", GLASSES)
def test_nothing_can_be_typed_while_a_phone_confirms(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    show(page, kiosk, SAMPLES["phone"])
    expect(page.locator("main")).to_contain_text(WORDS.messages["ja"]["phone.title"])
    assert page.locator(".pad, .dots, .key").count() == 0
    load_axe(page)
    assert faults(page) == []


def test_a_phone_is_called_a_phone_when_it_is_to_be_taken(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    for phone, said in ((True, "phone_back"), (False, "card_back")):
        show(page, kiosk, SAMPLES["pin"])
        show(page, kiosk, s.CardBack(phone=phone))
        title = "card_back.phone.title" if phone else "card_back.title"
        expect(page.locator("main")).to_contain_text(WORDS.messages["ja"][title])
        expect(page.locator("body")).to_have_attribute("data-saying", said)


def test_the_pad_is_in_order_until_somebody_shuffles_it(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    assert pads(page, kiosk, PIN, times=3) == {tuple(IN_ORDER)}
    page.locator("[data-key=order]").click()
    assert sorted(pad(page)) == list(range(10))
    assert page.evaluate("document.activeElement.dataset.key") == "order"
    page.locator("[data-key=order]").click()
    assert pad(page) == IN_ORDER


def test_a_shuffled_pad_stays_while_digits_are_typed_and_changes_with_the_next_pin(
    browser: Browser, kiosk: Kiosk
) -> None:
    page = opened(browser, kiosk, "upright")
    seen = set()
    for _ in range(4):
        show(page, kiosk, ALWAYS)
        expect(page.locator(".dot.full")).to_have_count(0)
        before = pad(page)
        for entered in (1, 2, 1, 0, 1, 2, 3, 4):
            show(page, kiosk, s.Pin(digits_entered=entered, tries_left=3, always_shuffled=True))
            expect(page.locator(".dot.full")).to_have_count(entered)
            assert pad(page) == before
        seen.add(tuple(before))
    # Four of 3,628,800: two alike, or one in order, once in hundreds of thousands of runs.
    assert len(seen) == 4
    assert tuple(IN_ORDER) not in seen


def sent(asked: Request) -> object:
    """The digit of a touch."""
    body = asked.post_data_json
    assert isinstance(body, dict)
    return body["value"]


def test_a_key_types_the_digit_that_it_shows_and_the_keyboard_types_its_own(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, ALWAYS)
    # Nothing that is typed reaches the machine: the pad stands as it is.
    page.route("**/api/touch", lambda route: route.abort())
    order = pad(page)
    for place, digit in enumerate(order):
        with page.expect_request("**/api/touch") as asked:
            page.locator(f".pad [data-key=d{digit}]").click()
        assert sent(asked.value) == digit
        show(page, kiosk, SAMPLES["card"])
        show(page, kiosk, ALWAYS)
    for digit in (7, 0, 3):
        with page.expect_request("**/api/touch") as asked:
            page.keyboard.press(str(digit))
        assert sent(asked.value) == digit


def test_a_machine_that_always_shuffles_gives_each_digit_every_place(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    seen = pads(page, kiosk, ALWAYS, times=25)
    assert page.locator("[data-key=order]").count() == 0
    for place in range(10):
        # Of 25 draws out of ten, four or fewer different ones: once in some hundred thousand runs for all ten places.
        assert len({digits[place] for digits in seen}) >= 5


def test_the_choice_ends_with_the_visit(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, PIN)
    page.locator("[data-key=order]").click()
    show(page, kiosk, SAMPLES["start"])
    show(page, kiosk, PIN)
    assert pad(page) == IN_ORDER
