"""The measurement of the kiosk: what it times and what it reads, at the page with a machine that only pretends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from madoguchi.bench.kiosk import novice, report
from madoguchi.bench.kiosk.novice import Stop
from madoguchi.bench.kiosk.page import KioskPage
from madoguchi.bench.kiosk.run import Measured
from madoguchi.kiosk.page import kiosk_page
from tests.pages.conftest import CHROMIUM, QUIET, TOKEN
from tests.pages.fake_machine import FakeMachine
from tests.pages.serving import served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.mark.browser
def test_touches_are_timed_and_words_are_read(chromium: Browser) -> None:
    with served(kiosk_page(FakeMachine(), token=TOKEN)) as url:
        page = KioskPage(chromium.new_page(viewport={"width": 1500, "height": 1920}), url)
        page.language("ja-easy")
        start = page.words()
        assert page.touch("primary", then="municipality") > 0
        there = page.words()
    assert start
    assert any("見本区" in each for each in there)
    assert not any("みほんく" in each for each in there), "furigana is no second word"


@pytest.mark.parametrize(
    ("language", "words", "seconds"),
    [
        ("ja", "年度を えらぶ\nもどる", 9 / novice.CHARACTERS_A_SECOND),
        ("en", "Choose a year", 3 / novice.WORDS_A_SECOND),
    ],
)
def test_reading_takes_as_long_as_there_are_words(language: str, words: str, seconds: float) -> None:
    stop = Stop(screen="year", words=words, hand=1.5, machine=0.25, language=language)
    assert stop.reading == pytest.approx(seconds)
    assert stop.seconds == pytest.approx(seconds + 1.75)


def test_the_report_adds_up() -> None:
    stop = Stop(screen="year", words="a b c", hand=1.0, machine=0.5, language="en")
    measured = Measured(touches=[50.0, 70.0], card_to_pin=[0.2], stops={"en": [stop, stop]})
    assert report.as_json(measured)["novice_s"] == {"en": 5.0}
    assert "en: 5 s" in report.text(measured)
