"""A sheet rendered at 600 dpi, crumpled and photographed in simulation, on the receivers' page in a real Chromium."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from madoguchi.deployment.identities import Identities
from madoguchi.runtime.clock import FrozenClock, SystemClock
from madoguchi.runtime.config import TrustFiles
from madoguchi.trust.file import TrustFile
from madoguchi.verify.checking import Verifier
from madoguchi.verify.config import WardNames
from madoguchi.verify.page import PaperStatus, verify_page
from madoguchi.verify.scans.process import Limits, Looking
from tests.pages.conftest import watch
from tests.pages.fake_verifier import unlimited
from tests.pages.measures import CONTRAST, WIDER
from tests.pages.serving import served
from tests.paper.drawn import poppler
from tests.paper.printscan import PHONE, scanned
from tests.sites import MADE_AT, PLAN, signer_of
from tests.verify.papers import PAPER, WARD
from tests.verify.sheets import Press, PrintedSheet

pytestmark = pytest.mark.browser

FORGED = "annual_tax"
PATIENT = Limits(seconds=120.0)
"""A test machine may be busy; the speed is measured elsewhere."""


@dataclass(frozen=True)
class Desk:
    """The page for receivers of this deployment, and a sheet of its ward."""

    url: str
    sheet: PrintedSheet


@pytest.fixture(scope="module")
def desk(site_identities: Identities) -> Iterator[Desk]:
    directory, clock = site_identities.directory, FrozenClock(MADE_AT)
    files = TrustFiles(list=directory / "trust-list.cose", root_key=directory / "root.pem")
    verifier = Verifier(
        trust=TrustFile(files, environment=PLAN.environment, clock=clock),
        wards=(WardNames(code=WARD, ja="窓口区", en="Madoguchi Ward", issuers=()),),
        clock=clock,
        ask_status=lambda _ward, number: PaperStatus.ISSUED if number == PAPER else PaperStatus.UNKNOWN,
        looks=Looking(clock=SystemClock(), limits=PATIENT),
    )
    sheet = Press.of(signer_of(site_identities, "issuer-1", code=WARD, key_file="front-code.key")).sheet(PAPER)
    with served(verify_page(verifier, rate=unlimited())) as url:
        yield Desk(url=url, sheet=sheet)


def photo(grey: NDArray[np.uint8], file: Path, *, seed: int) -> Path:
    """Crumpled, held in a hand and photographed: bent, in perspective, blurred, uneven light, JPEG."""
    Image.fromarray(scanned(grey, PHONE, seed=seed)).save(file, "JPEG", quality=80)
    return file


def send(page: Page, desk: Desk, files: list[Path]) -> None:
    page.goto(desk.url + "/")
    page.set_input_files("#file", files)
    page.locator("form:has(#file) button").click(timeout=180_000)
    page.wait_for_selector(".verdict .icon", timeout=180_000)
    page.wait_for_load_state("load")  # the text stands before its stylesheets do


def test_a_photographed_sheet_shows_its_front_again_and_a_changed_digit_is_framed(
    browser: Browser, desk: Desk, tmp_path: Path
) -> None:
    value = desk.sheet.facts.values[FORGED]
    forged_value = value[:-1] + ("3" if value[-1] != "3" else "8")
    back = photo(poppler(desk.sheet.job(), tmp_path, page=2), tmp_path / "back.jpg", seed=3)
    front = photo(poppler(desk.sheet.job(), tmp_path), tmp_path / "front.jpg", seed=4)
    forged = photo(poppler(desk.sheet.job(**{FORGED: forged_value}), tmp_path), tmp_path / "forged.jpg", seed=5)
    watched = watch(browser, width=390, height=844)
    page = watched.page

    send(page, desk, [front, back])
    expect(page.locator(".verdict.good")).to_be_visible()
    expect(page.locator(".places")).to_have_count(0)
    assert page.locator(".pictures img").count() == 2
    _the_restored_front_is_shown(page, desk.sheet)
    assert page.evaluate(WIDER) <= 0

    send(page, desk, [back, forged])
    expect(page.locator(".verdict.bad")).to_be_visible()
    expect(page.locator(".places li.bad strong .ja")).to_have_text("年税額")
    assert page.locator(".places li.bad img.close").count() == 1
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(CONTRAST) == []
    assert watched.complaints == []
    page.close()


def _the_restored_front_is_shown(page: Page, sheet: PrintedSheet) -> None:
    """The picture on the page is the ward's own page, as it was before printing."""
    shown = page.locator(".pictures img").first.get_attribute("src")
    assert shown is not None
    picture = Image.open(io.BytesIO(base64.b64decode(shown.partition(",")[2]))).convert("L")
    with pypdfium2.PdfDocument(sheet.page()) as document:
        expected = document[0].render(scale=300 / 72, grayscale=True).to_pil().convert("L").reduce(2)
    apart = np.abs(np.array(picture, dtype=np.int16) - np.array(expected.crop((0, 0, *picture.size)), dtype=np.int16))
    assert float(apart.mean()) < 3.0
