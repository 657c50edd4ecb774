"""How every screen looks in every language: contact sheets to compare with, one per language and glass.

`python -m tests.pages.pictures` remakes the references after screens or texts were changed on purpose: look at them.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from madoguchi.kiosk.page import kiosk_page
from tests.pages.conftest import CHROMIUM, QUIET, TOKEN, watch
from tests.pages.fake_machine import SAMPLES, FakeMachine
from tests.pages.index_views import INDEX_VIEWS
from tests.pages.serving import served
from tests.pages.speaking import speak
from tests.pages.test_languages import LANGUAGES

HERE = Path(__file__).parent / "pictures"
GLASSES = {"upright": (1080, 1920), "lying": (1366, 768)}
SMALLER = {"upright": 5, "lying": 4}
"""Pixels of the glass to one of the sheet: a line of text is three to five pixels high."""
COLUMNS = 6
QUALITY = 55
BLOCK = 6
"""Pixels of the sheet: less than a word, more than what antialiasing and WebP move."""
TOLERANCE = 24.0
"""Grey levels of 255, root mean square over a block. The tests say what lies on either side of it."""
LOOKS, LOOK_MS = 4, 500
VIEWS = tuple(
    view for name in SAMPLES for view in (name, *(f"{name}: {view}" for view in INDEX_VIEWS if name == "municipality"))
)
"""Every picture of a sheet, in its order."""

STILL = """() => {
  document.getElementById("time-figure").style.visibility = "hidden";
  for (const moving of document.getAnimations()) {
    if (moving.effect.getComputedTiming().endTime === Infinity) moving.cancel();
    else moving.finish();
  }
}"""

Grey = NDArray[np.uint8]


def every_screen(page: Page, machine: FakeMachine) -> Iterator[tuple[str, str]]:
    """Show every view of every screen in every language; name each when it stands, as VIEWS does."""
    for name, data in SAMPLES.items():
        machine.show_from_outside(data)
        page.wait_for_selector(f"#kiosk[data-screen={name}] h1")
        yield from _in_every_language(page, name)
        for view, keys in INDEX_VIEWS.items() if name == "municipality" else ():
            _go_to_view(page, keys)
            yield from _in_every_language(page, f"{name}: {view}")


def _in_every_language(page: Page, view: str) -> Iterator[tuple[str, str]]:
    page.evaluate("document.fonts.ready")
    for number, code in enumerate(LANGUAGES, start=1):
        speak(page, number)
        yield view, code


def _go_to_view(page: Page, keys: tuple[str, ...]) -> None:
    """From the first view of the municipalities, wherever in the index the page stands."""
    while not page.locator("[data-key=find]").count():
        page.click("[data-key=back]")
    for key in keys:
        page.click(f'[data-key="{key}"]')
    page.wait_for_selector("#main .small")


def picture(page: Page, glass: str) -> Grey:
    """What stands on the glass, grey and smaller, without anything that moves; the countdown is another each second."""
    page.evaluate(STILL)
    devtools = page.context.new_cdp_session(page)
    taken = devtools.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    devtools.detach()
    with Image.open(io.BytesIO(base64.b64decode(taken["data"]))) as shot:
        return np.asarray(shot.convert("L").reduce(SMALLER[glass]))


def sheet(pictures: list[Grey]) -> Grey:
    """All of them in rows; what is left over is black."""
    height, width = pictures[0].shape
    rows = -(-len(pictures) // COLUMNS)
    whole = np.zeros((rows * height, COLUMNS * width), np.uint8)
    for at, one in enumerate(pictures):
        top, left = at // COLUMNS * height, at % COLUMNS * width
        whole[top : top + height, left : left + width] = one
    return whole


def packed(whole: Grey) -> bytes:
    """A contact sheet as its file."""
    held = io.BytesIO()
    Image.fromarray(whole).save(held, "WEBP", quality=QUALITY, method=6)
    return held.getvalue()


def reference(code: str, glass: str) -> Grey:
    """The committed contact sheet."""
    with Image.open(HERE / f"{code}-{glass}.webp") as kept:
        return np.asarray(kept.convert("L"))


def worst(one: Grey, other: Grey) -> float:
    """How far the block that differs most differs. Raises ValueError for pictures of different sizes."""
    if one.shape != other.shape:
        raise ValueError(f"{one.shape} is not {other.shape}")
    height, width = (side // BLOCK * BLOCK for side in one.shape)
    off = (one.astype(np.float64) - other.astype(np.float64))[:height, :width] ** 2
    blocks = off.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    return float(np.sqrt(blocks.max()))


def kept_picture(kept: Grey, view: str, *, shape: tuple[int, ...]) -> Grey:
    """The picture of one view on a contact sheet of pictures of this shape."""
    height, width = shape
    at = VIEWS.index(view)
    top, left = at // COLUMNS * height, at % COLUMNS * width
    return kept[top : top + height, left : left + width]


def how_far(page: Page, glass: str, *, view: str, kept: Grey) -> float:
    """How far what stands on the glass differs from its reference, once it stands still.

    A busy machine draws a moment later than it says that it has; what stays different is different.
    """
    for looks_left in reversed(range(LOOKS)):
        now = picture(page, glass)
        far = worst(now, kept_picture(kept, view, shape=now.shape))
        if far <= TOLERANCE or not looks_left:
            break
        page.wait_for_timeout(LOOK_MS)
    return round(far, 1)


def remake() -> None:
    """Write all references anew."""
    HERE.mkdir(exist_ok=True)
    machine = FakeMachine()
    with served(kiosk_page(machine, token=TOKEN)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        for glass, (width, height) in GLASSES.items():
            page = watch(browser, width=width, height=height).page
            page.goto(url + "/")
            taken: dict[str, list[Grey]] = {}
            for _, code in every_screen(page, machine):
                taken.setdefault(code, []).append(picture(page, glass))
            for code, pictures in taken.items():
                (HERE / f"{code}-{glass}.webp").write_bytes(packed(sheet(pictures)))
            page.close()
        browser.close()


if __name__ == "__main__":
    remake()
