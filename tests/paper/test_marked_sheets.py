"""The finished sheet as the kiosk prints it, with the real layer and back: what others' programs make of it, and
whether everything on it can still be read."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.paper.back import BackMaker, read_back
from madoguchi.paper.copywarning import CopyWarning, front_layer
from madoguchi.paper.lay import lay_out
from madoguchi.paper.qr import read_code
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.transaction import SheetMarks
from tests.certificate.people import HEADING, ISSUED_AT, resident, sheets, tax
from tests.paper.drawn import ocr, poppler
from tests.paper.printscan import HARSH, MILD, PHONE, Conditions, scanned, turned
from tests.paper.scramble.fronts import NUMBER, front

FONT = find_fonts()[0]
Grey = NDArray[np.uint8]
SHEETS = sheets(copies=1)


@pytest.fixture(scope="module")
def ward_pdf() -> bytes:
    return Composer().compose(taxation_facts(resident(), tax(), HEADING), SHEETS, issued_at=ISSUED_AT)


@pytest.fixture(scope="module")
def job(ward_pdf: bytes) -> bytes:
    back = BackMaker(FONT).back(NUMBER, front())
    return lay_out(ward_pdf, (SheetMarks(front=front_layer(CopyWarning(), FONT), back=back),))


@pytest.fixture(scope="module")
def sides(job: bytes, tmp_path_factory: pytest.TempPathFactory) -> tuple[Grey, Grey]:
    """Both as a 600 dpi printer has them: by the renderer that most of them have inside."""
    work = tmp_path_factory.mktemp("drawn")
    return poppler(job, work, page=1), poppler(job, work, page=2)


def test_a_sheet_is_small_and_claims_no_standard(job: bytes, ward_pdf: bytes) -> None:
    assert len(job) < 400_000
    assert b"pdfaid" in ward_pdf
    with pikepdf.open(io.BytesIO(job)) as document:
        assert "/Metadata" not in document.Root
        assert "/OutputIntents" not in document.Root
    assert b"pdfaid" not in job


def test_qpdf_finds_no_error(job: bytes, tmp_path: Path) -> None:
    path = tmp_path / "job.pdf"
    path.write_bytes(job)
    done = subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True, timeout=60)
    assert b"No syntax or stream encoding errors" in done.stdout


@pytest.mark.parametrize("page", [0, 1], ids=["front", "back"])
def test_two_renderers_draw_the_same(job: bytes, sides: tuple[Grey, Grey], page: int) -> None:
    """In tone, over squares of 2.5 mm: single dots at the edges of letters are each renderer's own."""
    with pdfium.PdfDocument(job) as document:
        drawn = document[page].render(scale=600 / 72 * (1 - 1e-7), grayscale=True).to_numpy().copy()
    ours, theirs = (_tones(each.reshape(each.shape[:2])) for each in (drawn, sides[page]))
    assert np.abs(ours - theirs).max() < 12
    assert np.abs(ours - theirs).mean() < 1


def _tones(picture: Grey) -> NDArray[np.float64]:
    whole = picture[:7016, :4960][: 116 * 60, : 82 * 60].astype(np.float64)
    return np.asarray(whole.reshape(116, 60, 82, 60).mean(axis=(1, 3)))


def test_the_words_of_the_front_are_the_wards(job: bytes, ward_pdf: bytes) -> None:
    def words(pdf: bytes) -> str:
        with pdfium.PdfDocument(pdf) as document:
            text: str = document[0].get_textpage().get_text_range()
        return text

    assert words(job) == words(ward_pdf)
    assert "3,658,400" in words(job)


@pytest.mark.parametrize(
    "conditions",
    [replace(MILD, dpi=200, one_bit=True), turned(HARSH, 180), PHONE],
    ids=["200 dpi fax", "harsh, upside down", "phone"],
)
def test_both_codes_are_read_as_they_come(sides: tuple[Grey, Grey], conditions: Conditions) -> None:
    assert read_code(scanned(sides[0], conditions, seed=1)) == SHEETS[0].front_code
    assert read_back(scanned(sides[1], conditions, seed=2)) == NUMBER


def test_print_is_read_over_the_pattern(sides: tuple[Grey, Grey]) -> None:
    """By a program that knows nothing of it, from an ordinary scan: amounts on the front, the number on the back."""
    upright = replace(MILD, degrees=0.0)
    seen_front, seen_back = (_soft(scanned(each, upright, seed=3)) for each in sides)
    column = _part(seen_front, left=79, top=206, width=26, height=30)
    found = ocr(Image.fromarray(column), dpi=300, language="eng", layout=6)
    assert "97,300" in found
    assert "248,300" in found
    line = _part(seen_back, left=46, top=275, width=112, height=8)
    number = ocr(Image.fromarray(line), dpi=300, language="eng", layout=7)
    assert _likeness(number, "34CN-K6ET-39D9-NPRV-BEDX-R72W-KKM") > 0.9


def _soft(scan: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(scan, (0, 0), 1.2), dtype=np.uint8)


def _part(scan: Grey, *, left: float, top: float, width: float, height: float) -> Grey:
    """In millimetres of the sheet, which lies 2 % of its width inside the scan."""
    edge = 0.02 * 4960 / 600 * 25.4
    x, y, across, down = (round(each * 300 / 25.4) for each in (left + edge, top + edge, width, height))
    return scan[y : y + down, x : x + across]


def _likeness(found: str, right: str) -> float:
    return sum(one == other for one, other in zip(found, right, strict=False)) / max(len(found), len(right))
