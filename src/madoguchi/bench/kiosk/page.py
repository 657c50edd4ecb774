"""One kiosk's page in Chromium: touched as a finger does, timed inside of the browser."""

from __future__ import annotations

import time
from typing import Final

from playwright.sync_api import Page

TIMED: Final = """() => {
  const kiosk = document.getElementById("kiosk");
  window.touchedAt = 0;
  window.drawnAt = 0;
  addEventListener("click", () => { window.touchedAt = performance.now(); window.drawnAt = 0; }, true);
  new MutationObserver(() => requestAnimationFrame(() => { window.drawnAt ||= performance.now(); }))
    .observe(document.getElementById("main"), { childList: true });
}"""
"""From the touch to the frame in which the next screen is painted, on the browser's own clock."""
WORDS: Final = """() => [...document.querySelectorAll("#kiosk main .first, #kiosk .actions .first")]
  .filter((one) => one.checkVisibility())
  .map((one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll("rt, rp").forEach((kana) => kana.remove());
    return copy.textContent;
  })"""
"""Furigana is another way to read the same word."""
_PATIENCE_MS: Final = 60_000


class KioskPage:
    """The page with its device panel, whose buttons stand for hands at the devices."""

    def __init__(self, page: Page, url: str) -> None:
        self._page = page
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(f"{url.rstrip('/')}/?panel=1")
        self.on("start")
        page.evaluate("document.fonts.ready")
        page.evaluate(TIMED)

    def on(self, screen: str) -> None:
        """Wait until this screen stands."""
        self._page.wait_for_selector(f"#kiosk[data-screen={screen}] h1")

    def language(self, code: str) -> None:
        """Choose the page's language where a visit begins."""
        self._page.click(f'#kiosk main [data-key="{code}"]')

    def words(self) -> list[str]:
        """Everything that stands there in the chosen language, button by button, line by line."""
        said: list[str] = self._page.evaluate(WORDS)
        return said

    def touch(self, key: str, *, then: str) -> float:
        """Touch, and wait for a screen. Milliseconds from the touch to the painted screen."""
        self._page.click(f'[data-key="{key}"]')
        self.on(then)
        return self._painted()

    def type_digit(self, digit: str, *, entered: int) -> float:
        """One digit of the PIN. Milliseconds from the touch to the painted dot."""
        self._page.click(f'[data-key="d{digit}"]')
        self._page.locator(".dot.full").nth(entered - 1).wait_for()
        return self._painted()

    def hand(self, key: str) -> None:
        """One hand at a device."""
        self._page.click(f'#device [data-key="{key}"]')

    def choose_card(self, card: str) -> None:
        """Which card the hand holds."""
        self._page.fill('#device [data-key="cards"]', card)
        self._page.press('#device [data-key="cards"]', "Enter")

    def wait(self, screen: str) -> float:
        """Seconds until a screen stands, on this process's clock."""
        began = time.perf_counter()
        self.on(screen)
        return time.perf_counter() - began

    def _painted(self) -> float:
        """The frame may be one ahead: ask until it was painted."""
        while True:
            found = self._page.evaluate("[window.touchedAt, window.drawnAt]")
            if found[1] >= found[0] > 0:
                return float(found[1] - found[0])
            self._page.wait_for_timeout(2)
