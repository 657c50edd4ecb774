"""The kiosk's languages in a real Chromium: switched in mid-visit, forgotten at its end, whole on every screen."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from madoguchi.kiosk.page import screens as s
from madoguchi.kiosk.problems import NONSENSE
from tests.pages.conftest import Kiosk, watch
from tests.pages.fake_machine import SAMPLES
from tests.pages.measures import CLIPPED, HIDDEN, SMALL, SPOKEN, TWICE_AS_LARGE
from tests.pages.pictures import TOLERANCE, every_screen, how_far, reference
from tests.pages.screen_texts import texts_of_screens
from tests.pages.test_kiosk_browser import GLASSES, SMALLEST_TOUCH, on, press
from tests.pages.test_languages import FONTS, LANGUAGES, WORDS

pytestmark = pytest.mark.browser

TAGS = {language.code: language.lang for language in WORDS.languages}
BESIDE = {language.code: language.beside for language in WORDS.languages}
CHANGED_ALONE = {"municipality", "kind", "refusal", "out_of_service"}
"""Screens that may show a ward's own words in a language other than the two chosen."""

TRANSLATE = """async ([code, texts]) => {
  const words = await import("/static/words.js");
  const spans = (text) => (words.speak(code), words.both(text)[0]);
  return texts.map(([en, ja]) => spans({ en, ja })).map((span) => [span.lang, words.plain(span.textContent)]);
}"""


READ = """(one) => {
  const copy = one.cloneNode(true);
  for (const reading of copy.querySelectorAll("rt")) reading.remove();
  return copy.textContent;
}"""
"""The text of an element without readings over its kanji."""


def opened(browser: Browser, kiosk: Kiosk, glass: str) -> Page:
    width, height = GLASSES[glass]
    page = kiosk.glass(browser, width=width, height=height).page
    page.goto(kiosk.url + "/")
    on(page, "start")
    return page


def show(page: Page, kiosk: Kiosk, data: s.ScreenData) -> None:
    kiosk.machine.show_from_outside(data)
    on(page, str(data.__struct_config__.tag))
    page.evaluate("document.fonts.ready")


def speaks(page: Page, code: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-language", code)
    assert page.evaluate("document.documentElement.lang") == TAGS[code]


def title(page: Page) -> str:
    return page.locator("h1 > .first").inner_text()


WHOLE = f"""async (smallest) => {{
  await document.fonts.ready;
  const wrong = [({CLIPPED})(), ({HIDDEN})(), ({SMALL})(smallest)];
  return {{ language: document.body.dataset.language, wrong, spoken: ({SPOKEN})() }};
}}"""


@pytest.mark.parametrize(
    ("glass", "looked_at"),
    [
        pytest.param("upright", LANGUAGES, id="upright"),
        pytest.param("lying", ("ja", "ja-easy", "pt"), id="lying"),
        pytest.param("lying", LANGUAGES, id="lying, every picture", marks=pytest.mark.long),
    ],
)
def test_every_screen_is_whole_in_every_language(
    browser: Browser, kiosk: Kiosk, glass: str, looked_at: Sequence[str]
) -> None:
    """Measured in every language on both glasses, and every picture of one of them compared.

    The other glass shows the same words in other places: compared are two languages beside each other, readings over
    words, and the longest words.
    """
    page = opened(browser, kiosk, glass)
    wrong: dict[tuple[str, str], Any] = {}
    kept = {code: reference(code, glass) for code in LANGUAGES}
    otherwise: dict[tuple[str, str], float] = {}
    for name, code in every_screen(page, kiosk.machine):
        found = page.evaluate(WHOLE, SMALLEST_TOUCH)
        assert found["language"] == code, name
        if found["wrong"] != [[], [0, 0], []]:
            wrong[name, code] = found["wrong"]
        _check_tags(found["spoken"], code=code, name=name.partition(":")[0])
        if code in looked_at and (far := how_far(page, glass, view=name, kept=kept[code])) > TOLERANCE:
            otherwise[name, code] = far
    assert wrong == {}
    assert otherwise == {}, "python -m tests.pages.pictures"


def _check_tags(spoken: dict[str, Any], *, code: str, name: str) -> None:
    assert spoken["html"] == TAGS[code]
    assert spoken["bare"] == [], name
    firsts = {tag for look, tag, _ in spoken["tagged"] if look == "first"}
    seconds = {tag for look, tag, _ in spoken["tagged"] if look == "second"}
    own = {"ja", "en"} if name in CHANGED_ALONE | {"check"} else set()
    assert firsts <= {TAGS[code]} | own, name
    beside = BESIDE[code]
    assert seconds <= ({TAGS[beside]} if beside else set()) | own, name
    for look, tag, text in spoken["tagged"]:
        if tag in ("en", "vi", "pt-BR", "ko"):
            assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text), (name, look, text)


@pytest.mark.parametrize("glass", GLASSES)
def test_text_twice_as_large_can_still_be_read(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    press(page, "vi")
    page.evaluate(TWICE_AS_LARGE)
    clipped = {}
    for name, data in SAMPLES.items():
        show(page, kiosk, data)
        if found := page.evaluate(CLIPPED):
            clipped[name] = found
    assert clipped == {}


def test_changed_in_the_middle_of_a_visit(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    for key in ("primary", "13199", "taxation"):
        press(page, key)
    on(page, "year")
    assert title(page) == WORDS.messages["ja"]["year.title"]
    press(page, "language")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(SMALL, SMALLEST_TOUCH) == []
    press(page, "dialog-vi")
    expect(page.get_by_role("dialog")).to_be_hidden()
    speaks(page, "vi")
    assert title(page) == WORDS.messages["vi"]["year.title"]
    assert page.locator("h1 > .second").inner_text() == WORDS.messages["ja"]["year.title"]
    assert "năm tài chính 2026 (Reiwa 8)" in page.inner_text("main")
    assert "令和8年度" in page.inner_text("main")
    assert page.title() == WORDS.messages["vi"]["service.name"]
    assert page.evaluate("document.activeElement.id") == "language"
    press(page, "2025")
    on(page, "check")
    speaks(page, "vi")
    assert kiosk.machine.touched[-1][1] == 2025
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]


@pytest.mark.parametrize("last", ["stop", "finish"])
def test_the_next_resident_begins_afresh(browser: Browser, kiosk: Kiosk, last: str) -> None:
    page = opened(browser, kiosk, "upright")
    press(page, "ko")
    press(page, "primary")
    on(page, "municipality")
    speaks(page, "ko")
    if last == "finish":
        show(page, kiosk, SAMPLES["done"])
        press(page, "primary")
    else:
        press(page, "stop")
    on(page, "start")
    speaks(page, "ja")
    assert title(page) == WORDS.messages["ja"]["start.title"]
    assert not re.search(r"[\uac00-\ud7a3]", page.inner_text(".bar") + page.inner_text("#actions"))


def test_a_choice_before_a_visit_is_forgotten_too(browser: Browser, kiosk: Kiosk) -> None:
    page = watch(browser, width=1366, height=768).page
    page.clock.install()
    page.goto(kiosk.url + "/")
    on(page, "start")
    press(page, "pt")
    page.clock.run_for(80_000)
    speaks(page, "pt")
    press(page, "zh")
    page.clock.run_for(80_000)
    speaks(page, "zh")
    page.clock.run_for(11_000)
    speaks(page, "ja")
    page.close()


def test_a_choice_made_in_a_visit_outlives_a_long_look(browser: Browser, kiosk: Kiosk) -> None:
    page = watch(browser, width=1366, height=768).page
    page.clock.install()
    page.goto(kiosk.url + "/")
    on(page, "start")
    press(page, "pt")
    press(page, "primary")
    on(page, "municipality")
    page.clock.run_for(200_000)
    speaks(page, "pt")
    page.close()


def test_keys_alone_change_the_language(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    page.keyboard.press("4")
    speaks(page, "zh")
    show(page, kiosk, s.Pin(digits_entered=0, tries_left=3))
    page.keyboard.press("*")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.key") == "dialog-zh"
    page.keyboard.press("7")
    speaks(page, "pt")
    expect(dialog).to_be_hidden()
    assert kiosk.machine.touched == []  # a digit for the list is none of the PIN
    page.keyboard.press("5")
    expect(page.locator(".dot.full")).to_have_count(1)
    page.focus("#language")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "language"
    speaks(page, "pt")


def test_the_list_gives_way_to_a_new_screen(browser: Browser, kiosk: Kiosk) -> None:
    """What the machine asks next (take your card) must not lie under a list."""
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, SAMPLES["waiting"])
    press(page, "language")
    show(page, kiosk, SAMPLES["card_back"])
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "title"


@pytest.mark.parametrize("glass", GLASSES)
def test_the_control_stays_in_its_place(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    page = opened(browser, kiosk, glass)
    places = set()
    for data in SAMPLES.values():
        show(page, kiosk, data)
        box = page.locator("#language").bounding_box()
        assert box is not None
        places.add((round(box["x"] + box["width"]), round(box["y"])))
    assert len(places) == 1


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_of_the_machine_is_said_in_every_language(browser: Browser, kiosk: Kiosk, code: str) -> None:
    """Refusals, reasons, kinds and years: none of them falls back to the wire's English or Japanese."""
    page = opened(browser, kiosk, "lying")
    texts = texts_of_screens()
    assert len(texts) > 80
    said = page.evaluate(TRANSLATE, [code, texts])
    assert [en for (en, _), (tag, _) in zip(texts, said, strict=True) if tag != TAGS[code]] == []
    own = {"en": 0, "ja": 1}.get(code)
    if own is None:
        copied = [pair for pair, (_, text) in zip(texts, said, strict=True) if text in pair]
        assert {en for en, ja in copied} <= (SAME_IN_EASY_JAPANESE if code == "ja-easy" else set())
    else:
        assert [text for _, text in said] == [pair[own] for pair in texts]


SAME_IN_EASY_JAPANESE = {
    "The PIN is not correct.",
    "Please put your My Number Card on the reader.",
    "Please touch the screen again.",
}
"""Easy enough already; only the readings are added."""


PHRASES = (
    ("zh", "income of 2019 (Heisei 31 / Reiwa 1)", "2019年（平成31年／令和元年）的所得"),
    ("ko", "fiscal year 2026 (Reiwa 8)", "2026년도 (레이와 8)"),
    ("pt", "Mihon Ward", "Distrito de Mihon"),
    ("vi", "You have not been charged. Please try again later.", "Bạn không bị tính tiền. Xin thử lại sau."),
    ("zh", "You have not been charged. Please try again later.", "没有收取任何费用。请稍后再试。"),
    ("vi", "You have not been charged. Please sing.", "You have not been charged. Please sing."),
    ("ja-easy", "Closed for a festival.", "祭りのため休み《やすみ》"),
)
"""Blanks filled, sentences joined, and what has no phrase shown as it came, marks and all."""


def test_phrases_fill_blanks_and_join_sentences(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "lying")
    for code, english, expected in PHRASES:
        said = page.evaluate(
            """async ([code, en]) => {
              const words = await import("/static/words.js");
              words.speak(code);
              return words.both({ en, ja: "祭りのため休み《やすみ》" })[0].textContent;
            }""",
            [code, english],
        )
        assert said == expected


def test_a_refusal_says_in_each_language_what_to_do_next(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    show(page, kiosk, SAMPLES["refusal"])
    for code, phrases in WORDS.phrases.items():
        page.keyboard.press("*")
        press(page, f"dialog-{code}")
        heading, told = (_plain(page.locator(place).evaluate(READ)) for place in ("h1 > .first", ".notice"))
        assert heading == _plain(phrases["This certificate cannot be issued here."])
        for sentence in ("This cannot be issued at this machine.", "You have not been charged."):
            assert _plain(phrases[sentence]) in told


def test_a_touch_that_is_refused_says_so_in_the_chosen_language(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    press(page, "vi")
    problem = json.dumps({"code": "kiosk.nonsense", "ja": NONSENSE.resident.ja, "en": NONSENSE.resident.en})
    page.route("**/api/touch", lambda route: route.fulfill(status=409, body=problem))
    press(page, "primary")
    expect(page.locator("#toast .first")).to_have_text(WORDS.phrases["vi"][NONSENSE.resident.en])


def test_readings_are_for_the_eye_alone(browser: Browser, kiosk: Kiosk) -> None:
    page = opened(browser, kiosk, "upright")
    press(page, "ja-easy")
    show(page, kiosk, SAMPLES["pin"])
    assert page.locator("h1 ruby").first.evaluate("one => one.firstChild.data") == "暗証番号"
    assert page.locator("h1 rt").first.inner_text() == "あんしょうばんごう"
    assert page.locator("rt:not([aria-hidden=true])").count() == 0
    labels = page.evaluate("[...document.querySelectorAll('[aria-label]')].map((one) => one.ariaLabel)")
    assert "4つの中の 2つが入りました" in labels
    assert "ことばをえらぶ やさしい日本語" in labels
    assert not re.search("[《》｜]", "".join(labels) + page.title() + page.inner_text("body"))


@pytest.mark.parametrize("code", FONTS)
def test_no_font_of_the_machine_is_needed(browser: Browser, kiosk: Kiosk, code: str) -> None:
    """A kiosk's system has no fonts to speak of; whatever is drawn comes from our own files."""
    page = opened(browser, kiosk, "upright")
    press(page, code)
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    for name in ("year", "check", "payment", "take_paper"):
        show(page, kiosk, SAMPLES[name])
        root = devtools.send("DOM.getDocument")["root"]["nodeId"]
        query = {"nodeId": root, "selector": ".first, .second, .language-name"}
        for node in devtools.send("DOM.querySelectorAll", query)["nodeIds"]:
            fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
            assert [font["familyName"] for font in fonts if not font["isCustomFont"]] == [], name
    devtools.detach()


def _plain(text: str) -> str:
    """Without readings and without spaces, which a screen and a file set differently."""
    return re.sub(r"《[^》]*》|｜|\s", "", text)
