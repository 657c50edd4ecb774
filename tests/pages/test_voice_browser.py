"""The voice in a real Chromium: every clip plays, each screen is said once, silence is kept, calls go on."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import screens as s
from madoguchi.kiosk.page.voice import LANGUAGES, texts
from madoguchi.kiosk.page.voice.places import every_place
from tests.pages.conftest import Kiosk, watch
from tests.pages.fake_machine import SAMPLES, TAXATION, YEARS
from tests.pages.index_views import SA_ROW, TOKYO
from tests.pages.test_kiosk_browser import on, press
from tests.pages.test_languages import LANGUAGES as ALL
from tests.pages.test_languages import WORDS
from tests.pages.test_languages_browser import opened, show

pytestmark = pytest.mark.browser

LISTEN = """() => {
  window.heard = [];
  HTMLMediaElement.prototype.play = function () {
    const { pathname } = new URL(this.src);
    window.heard.push([pathname.replace("/static/voice/", ""), Math.round(this.volume * 10) / 10]);
    setTimeout(() => this.dispatchEvent(new Event("ended")), 5);
    return Promise.resolve();
  };
}"""
"""In place of the loudspeaker: what would be heard, and how loud. That clips really play is tested by itself."""

DECODE = """async ([language, clips]) => {
  const context = new OfflineAudioContext(1, 48000, 48000);
  const listen = async (clip) => {
    const answer = await fetch(`/static/voice/${language}/${clip}.ogg`);
    const heard = (await context.decodeAudioData(await answer.arrayBuffer())).getChannelData(0);
    const loudness = Math.sqrt(heard.reduce((sum, one) => sum + one * one, 0) / heard.length);
    return [clip, [heard.length / 48000, loudness]];
  };
  const found = [];
  while (clips.length) found.push(...await Promise.all(clips.splice(0, 12).map(listen)));
  return Object.fromEntries(found);
}"""


def heard(page: Page) -> list[str]:
    """Since the last look."""
    page.wait_for_timeout(80)
    clips: list[str] = [clip for clip, _ in page.evaluate("window.heard.splice(0)")]
    return clips


@pytest.fixture
def listened(browser: Browser, kiosk: Kiosk) -> Page:
    page = opened(browser, kiosk, "upright")
    page.evaluate(LISTEN)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_clip_is_sound_that_this_browser_plays(browser: Browser, kiosk: Kiosk, language: str) -> None:
    page = opened(browser, kiosk, "lying")
    said = texts()[language]
    found = page.evaluate(DECODE, [language, list(said)])
    assert set(found) == set(said)
    assert {clip for clip, (seconds, loudness) in found.items() if seconds < 0.2 or loudness < 0.04} == set()
    assert found["check"][0] > found["card_back"][0]


def test_the_policy_lets_the_page_speak(browser: Browser, kiosk: Kiosk) -> None:
    watched = kiosk.glass(browser, width=1366, height=768)
    page = watched.page
    page.goto(kiosk.url + "/")
    on(page, "start")
    with page.expect_response("**/voice/ja/municipality.ogg") as answer:
        press(page, "primary")
    assert answer.value.ok
    expect(page.locator("body")).to_have_attribute("data-saying", "municipality")
    show(page, kiosk, SAMPLES["pin"])
    expect(page.locator("body")).to_have_attribute("data-saying", "digits_2")
    expect(page.locator("body")).to_have_attribute("data-saying", "", timeout=20_000)  # said to its end
    watched.assert_quiet(kiosk.url)


def test_each_screen_is_said_once(listened: Page, kiosk: Kiosk) -> None:
    said: dict[str, list[str]] = {}
    for name, data in SAMPLES.items():
        show(listened, kiosk, data)
        said[name] = heard(listened)
    assert said["start"] == said["out_of_service"] == []  # nobody may be there
    assert said["amount"] == ["ja/amount.ogg", "ja/yen_600.ogg"]
    assert said["payment"] == ["ja/missing.ogg", "ja/yen_100.ogg"]
    assert said["pin"] == ["ja/digits_2.ogg"]
    assert said["done"] == ["ja/done_owed.ogg"]
    assert said["check"] == ["ja/check.ogg", "ja/total.ogg", "ja/yen_600.ogg"]
    exact = {name for name, clips in said.items() if clips == [f"ja/{name}.ogg"]}
    assert exact == set(SAMPLES) - {"start", "out_of_service", "amount", "payment", "pin", "done", "check"}
    show(listened, kiosk, SAMPLES["year"])
    show(listened, kiosk, s.Year(kind=TAXATION, options=YEARS[:2]))
    assert heard(listened) == ["ja/year.ogg"]


@pytest.mark.parametrize("number", range(1, len(ALL) + 1))
def test_the_voice_speaks_japanese_or_english_and_the_button_says_which(
    listened: Page, kiosk: Kiosk, number: int
) -> None:
    code = ALL[number - 1]
    listened.keyboard.press(str(number))
    show(listened, kiosk, SAMPLES["year"])
    voice = "ja" if code in ("ja", "ja-easy") else "en"
    assert heard(listened) == [f"{voice}/year.ogg"]
    told = listened.locator("[data-key=again]").inner_text()
    in_english = {"zh": "英语", "ko": "영어", "vi": "tiếng Anh", "pt": "inglês"}
    assert code not in in_english or in_english[code] in told


def test_another_language_in_mid_screen_is_heard_at_once(listened: Page, kiosk: Kiosk) -> None:
    show(listened, kiosk, SAMPLES["year"])
    assert heard(listened) == ["ja/year.ogg"]
    listened.keyboard.press("*")
    listened.keyboard.press("3")
    assert heard(listened) == ["en/year.ogg"]


def test_stopped_it_is_silent_until_started_or_until_the_next_visit(listened: Page, kiosk: Kiosk) -> None:
    show(listened, kiosk, SAMPLES["municipality"])
    heard(listened)
    press(listened, "voice")
    expect(listened.locator("[data-key=voice]")).to_contain_text(WORDS.messages["ja"]["voice.start"])
    show(listened, kiosk, SAMPLES["kind"])
    assert heard(listened) == []
    listened.keyboard.press(".")
    assert heard(listened) == ["ja/kind.ogg"]
    listened.keyboard.press(".")
    press(listened, "stop")
    on(listened, "start")
    press(listened, "primary")
    on(listened, "municipality")
    assert heard(listened) == ["ja/municipality.ogg"]


def test_stopping_cuts_the_sentence_off(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    press(page, "primary")
    expect(page.locator("body")).to_have_attribute("data-saying", "municipality")
    press(page, "voice")
    expect(page.locator("body")).to_have_attribute("data-saying", "")


def test_three_volumes_and_said_again(listened: Page, kiosk: Kiosk) -> None:
    show(listened, kiosk, SAMPLES["year"])
    for _ in range(3):
        press(listened, "volume")
    listened.keyboard.press("+")
    listened.wait_for_timeout(80)
    sounds: list[Any] = listened.evaluate("window.heard")
    assert sounds == [["ja/year.ogg", volume] for volume in (0.6, 1, 0.3, 0.6, 0.6)]


def test_what_is_left_behind_is_called_for_even_with_the_voice_stopped(browser: Browser, kiosk: Kiosk) -> None:
    page = watch(browser, width=1366, height=768).page
    page.clock.install()
    page.goto(kiosk.url + "/")
    on(page, "start")
    page.evaluate(LISTEN)
    press(page, "voice")
    show(page, kiosk, SAMPLES["card_back"])
    page.clock.run_for(21_000)
    assert [clip for clip, _ in page.evaluate("window.heard.splice(0)")] == ["ja/call_card.ogg"] * 2
    show(page, kiosk, SAMPLES["waiting"])
    page.clock.run_for(21_000)
    assert page.evaluate("window.heard") == []
    show(page, kiosk, SAMPLES["take_paper"])
    page.clock.run_for(11_000)
    assert [clip for clip, _ in page.evaluate("window.heard")] == ["ja/call_paper.ogg"]
    page.close()


def test_arrows_say_what_they_reach(listened: Page, kiosk: Kiosk) -> None:
    listened.keyboard.press("ArrowDown")  # the first key: somebody is there, and may not see
    assert heard(listened)[-1].startswith("ja/")
    show(listened, kiosk, SAMPLES["year"])
    heard(listened)
    listened.keyboard.press("ArrowDown")
    assert heard(listened) == ["ja/number_1.ogg", "ja/year_2026.ogg"]
    for _ in range(2):
        listened.keyboard.press("ArrowDown")
    assert heard(listened)[-2:] == ["ja/number_3.ogg", "ja/action_older.ogg"]
    listened.keyboard.press("Enter")
    listened.keyboard.press("ArrowDown")
    assert heard(listened)[-2:] == ["ja/number_4.ogg", "ja/year_2023.ogg"]
    show(listened, kiosk, SAMPLES["check"])
    assert heard(listened)[0] == "ja/check.ogg"
    listened.keyboard.press("ArrowDown")
    assert heard(listened) == ["ja/action_fewer.ogg"]
    listened.keyboard.press("1")
    assert heard(listened) == ["ja/total.ogg", "ja/yen_300.ogg"]


def test_arrows_name_the_places_of_the_index(listened: Page, kiosk: Kiosk) -> None:
    show(listened, kiosk, SAMPLES["municipality"])
    listened.keyboard.press("ArrowDown")
    assert heard(listened)[-1] == "ja/number_1.ogg", "a demo's ward is in no index, and has no sound"
    press(listened, "find")
    assert heard(listened) == ["ja/find_prefecture.ogg"]
    listened.keyboard.press("ArrowDown")
    assert heard(listened) == ["places/010006.ogg"]
    press(listened, TOKYO)
    assert heard(listened) == [f"places/{TOKYO}.ogg", "ja/find_row.ogg"]
    for _ in range(2):
        listened.keyboard.press("ArrowDown")
    assert heard(listened)[-1] == "ja/row_1.ogg"
    press(listened, SA_ROW)
    assert heard(listened) == [f"places/{TOKYO}.ogg", "ja/find_municipality.ogg"]
    listened.keyboard.press("*")
    listened.keyboard.press("3")
    assert heard(listened) == [f"places/{TOKYO}.ogg", "en/find_municipality.ogg"], "the name is the same"


def test_places_are_sound_that_this_browser_plays(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    codes = [place.code for place in every_place()][::7]
    found = page.evaluate(DECODE, ["places", codes])
    assert len(found) == len(codes)
    assert {code for code, (seconds, loudness) in found.items() if seconds < 0.2 or loudness < 0.04} == set()
    assert page.evaluate("async () => (await fetch('/static/voice/places/139998.ogg')).status") == 404


def test_of_a_pin_only_the_number_of_digits_is_heard(listened: Page, kiosk: Kiosk) -> None:
    show(listened, kiosk, s.Pin(digits_entered=0, tries_left=1, wrong=True))
    assert heard(listened) == ["ja/pin_wrong.ogg", "ja/pin_last.ogg"]
    for digit, count in (("7", 1), ("7", 2), ("3", 3)):
        listened.keyboard.press(digit)
        assert heard(listened) == [f"ja/digits_{count}.ogg"]
