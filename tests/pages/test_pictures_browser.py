"""What the comparison with the contact sheets sees, and what it lets pass."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.conftest import Kiosk
from tests.pages.fake_machine import SAMPLES
from tests.pages.pictures import GLASSES, TOLERANCE, Grey, picture, worst

pytestmark = pytest.mark.browser

LAST = "[...document.querySelectorAll('#main .second')].find((one) => one.textContent.includes('municipality'))"
FIRST = "[...document.querySelectorAll('#main .first')].find((one) => one.textContent.includes('交付センター'))"
SEEN = {
    "a button four pixels aside": "document.querySelector('#actions button').style.translate = '4px 0'",
    "a missing word": f"{LAST}.textContent = {LAST}.textContent.replace(/\\S+$/, '')",
    "another word": f"{FIRST}.textContent = {FIRST}.textContent.replace('交付センター', '支払センター')",
    "another character": "document.querySelector('h1 .first').textContent = 'これでよろしいてすか'",
    "another font": "document.body.style.setProperty('font-family', 'serif')",
    "a text cut off": f"{LAST}.style.cssText = 'overflow: hidden; height: 0.6em'",
}
PASSES = {
    "nothing": "0",
    "a third of a pixel aside": "document.getElementById('kiosk').style.translate = '0.3px 0.3px'",
}


def looks(page: Page, kiosk: Kiosk, glass: str, change: str) -> Grey:
    for name in ("start", "check"):  # drawn anew, without the change before
        kiosk.machine.show_from_outside(SAMPLES[name])
        page.wait_for_selector(f"#kiosk[data-screen={name}] h1")
    page.evaluate("document.fonts.ready")
    page.evaluate(change)
    page.evaluate("document.fonts.ready")
    made = picture(page, glass)
    page.evaluate("document.body.style.cssText = document.getElementById('kiosk').style.cssText = ''")
    return made


@pytest.mark.parametrize("glass", GLASSES)
def test_what_a_person_would_notice_is_noticed(browser: Browser, kiosk: Kiosk, glass: str) -> None:
    width, height = GLASSES[glass]
    page = kiosk.glass(browser, width=width, height=height).page
    page.goto(kiosk.url + "/")
    kept = looks(page, kiosk, glass, "0")
    far = {what: worst(looks(page, kiosk, glass, change), kept) for what, change in SEEN.items()}
    assert {what: found for what, found in far.items() if found <= TOLERANCE} == {}
    near = {what: worst(looks(page, kiosk, glass, change), kept) for what, change in PASSES.items()}
    assert {what: found for what, found in near.items() if found > TOLERANCE} == {}
