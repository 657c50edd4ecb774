"""Visits by a newcomer and by a quick hand, at a kiosk of the whole chain, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from madoguchi.bench.kiosk import novice
from madoguchi.bench.kiosk.novice import Stop
from madoguchi.bench.problems import NO_BROWSER
from madoguchi.demo.cast import holders
from madoguchi.demo.site import RunningSite, running_site
from madoguchi.deployment.cards import DEMO_PIN
from madoguchi.deployment.plan import Plan

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from madoguchi.bench.kiosk.page import KioskPage

CHROMIUM: Final = Path("/usr/bin/chromium")
LANGUAGES: Final = ("ja", "en", "ja-easy")
_GLASS: Final = {"width": 1500, "height": 1920}
"""The page upright, the panel beside it."""
_CARD: Final = "plain"
_COINS: Final = (100, 100, 100)
_YEAR: Final = "2026"


@dataclass(slots=True)
class Measured:
    """Of all visits."""

    touches: list[float] = field(default_factory=list)
    """Milliseconds from a touch to the painted answer, of every touch that nobody but the kiosk answers."""
    card_to_pin: list[float] = field(default_factory=list)
    """Seconds."""
    pin_to_amount: list[float] = field(default_factory=list)
    """Seconds from the last touch of the PIN, the card taken at once, to the amount: ward, center and all checks."""
    coin_to_sheet: list[float] = field(default_factory=list)
    """Seconds from the last coin to a sheet in the tray."""
    stops: dict[str, list[Stop]] = field(default_factory=dict)
    """By language: the newcomer's time line."""


def measure(*, visits: int, work: Path, records: Path, report: Callable[[str], None]) -> Measured:
    """So many quick visits, and one of a newcomer per language. Raises `bench.no_browser`."""
    measured = Measured()
    with (
        running_site(
            Plan(), records_dir=records, papers=work / "papers", choose_holders=holders, report=report
        ) as site,
        _browser() as browser,
    ):
        url = site.page_url("kiosk-1")
        for number in range(visits):
            report(f"visit {number + 1} of {visits}")
            _visit(_page(browser, url), site, measured)
        for language in LANGUAGES:
            report(f"a newcomer reads {language}")
            measured.stops[language] = _visit(_page(browser, url), site, Measured(), language=language)
    return measured


@contextmanager
def _browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NO_BROWSER.error("playwright") from None
    if not CHROMIUM.exists():
        raise NO_BROWSER.error(str(CHROMIUM))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def _page(browser: Browser, url: str) -> KioskPage:
    from madoguchi.bench.kiosk.page import KioskPage

    for context in browser.contexts:
        context.close()
    return KioskPage(browser.new_page(viewport=_GLASS), url)  # type: ignore[arg-type]


def _visit(page: KioskPage, site: RunningSite, measured: Measured, *, language: str = "ja") -> list[Stop]:
    """From the first touch to the paper in hand."""
    if language != "ja":
        page.language(language)
    stops: list[Stop] = []

    read: set[str] = set()

    def stop(screen: str, words: list[str], hand: float, machine_ms: float) -> None:
        """What was read on an earlier screen of this visit (Back, Stop) is not read again."""
        fresh = "\n".join(each for each in words if each not in read)
        read.update(words)
        stops.append(Stop(screen=screen, words=fresh, hand=hand, machine=machine_ms / 1000, language=language))

    chosen = ("primary", site.site.plan.ward.code, "taxation", _YEAR)
    screens = ("start", "municipality", "kind", "year", "check")
    for key, screen, then in zip(chosen, screens, screens[1:], strict=False):
        words = page.words()
        took = page.touch(key, then=then)
        if screen != "start":  # it looks whether the printer is empty first
            measured.touches.append(took)
        stop(screen, words, novice.TOUCH_SECONDS, took)
    words = page.words()
    stop("check", words, novice.TOUCH_SECONDS, page.touch("primary", then="card"))
    words = page.words()
    page.choose_card(_CARD)
    page.hand("put_card")
    took = page.wait("pin")
    measured.card_to_pin.append(took)
    stop("card", words, novice.PUT_CARD_SECONDS, took * 1000)
    words = page.words()
    for entered, digit in enumerate(DEMO_PIN, start=1):
        measured.touches.append(page.type_digit(digit, entered=entered))
    back = page.touch("confirm", then="card_back")
    stop("pin", words, novice.DIGIT_SECONDS * len(DEMO_PIN) + novice.TOUCH_SECONDS, back)
    words = page.words()
    page.hand("take_card")
    took = page.wait("amount")
    measured.pin_to_amount.append(back / 1000 + took)
    stop("card_back, waiting", words, novice.TAKE_CARD_SECONDS, took * 1000)
    words = page.words()
    stop("amount", words, novice.TOUCH_SECONDS, page.touch("primary", then="payment"))
    words = page.words()
    for coin in _COINS:
        page.hand(f"coin{coin}")
    took = page.wait("take_paper")
    measured.coin_to_sheet.append(took)
    stop("payment, printing", words, novice.COIN_SECONDS * len(_COINS), took * 1000)
    words = page.words()
    page.hand("take_paper")
    page.wait("done")
    stop("take_paper", words, novice.TAKE_PAPER_SECONDS, 0)
    page.touch("primary", then="start")
    return stops
