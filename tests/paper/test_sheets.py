"""Backs, and laying marks around the ward's untouched pages."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.pages import page_digests
from madoguchi.certificate.reading import read_certificate
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker, read_back
from madoguchi.paper.infrared import InfraredImage
from madoguchi.paper.lay import lay_out
from madoguchi.paper.lettering import cut_lettering
from madoguchi.paper.number import new_paper_number, paper_number_text
from madoguchi.paper.picture import page_png
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.transaction import SheetMarks
from tests.certificate.people import HEADING, ISSUED_AT, resident, sheets, tax

SECRET = bytes(32)
FRONT = SealedFront(front_code=b"the ward's statement", page_description=b"layout and values")


@pytest.fixture(scope="module")
def backs() -> BackMaker:
    return BackMaker(find_fonts()[0])


@pytest.fixture(scope="module")
def papers() -> tuple[bytes, ...]:
    return tuple(sheet.paper_number for sheet in sheets(copies=3))


@pytest.fixture(scope="module")
def fronts(papers: tuple[bytes, ...]) -> bytes:
    facts = taxation_facts(resident(name="辻\U000e0102　花子"), tax(), HEADING)
    made = [
        type(sheet)(copy=sheet.copy, page=sheet.page, paper_number=number, front_code=sheet.front_code)
        for sheet, number in zip(sheets(copies=3), papers, strict=True)
    ]
    return Composer().compose(facts, tuple(made), issued_at=ISSUED_AT)


@pytest.fixture(scope="module")
def layer() -> bytes:
    """A front layer whose names are those of the ward's page, on purpose."""
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595.276, 841.89))
        page = document.pages[0]
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({"/f0": font}))
        page.Contents = document.make_stream(b"0.9 g 100 100 300 300 re f BT /f0 9 Tf 5 5 Td (L) Tj ET")
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def _marks(backs: BackMaker, papers: tuple[bytes, ...], front: bytes | None = None) -> tuple[SheetMarks, ...]:
    return tuple(SheetMarks(front=front, back=backs.back(number, FRONT)) for number in papers)


def test_a_back_is_one_a4_page_that_names_its_sheet(backs: BackMaker) -> None:
    number = new_paper_number()
    made = backs.back(number, FRONT)
    assert backs.back(number, FRONT) == made
    cut_lettering.cache_clear()
    InfraredImage.made.cache_clear()
    assert BackMaker(find_fonts()[0]).back(number, FRONT) == made
    assert len(made) < 300_000
    document = pdfium.PdfDocument(made)
    assert len(document) == 1
    text = document[0].get_textpage()
    assert paper_number_text(number) in text.get_text_bounded()
    text.close()
    document.close()
    scan = Image.open(io.BytesIO(page_png(made, page=1, dpi=200))).convert("L")
    assert read_back(scan.rotate(90, expand=True)) == number


def test_a_back_without_a_usable_font_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match="back_failed"):
        BackMaker(tmp_path / "none.ttf")


def test_front_back_front_back(backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...]) -> None:
    job = lay_out(fronts, _marks(backs, papers))
    laid, signed = page_digests(job, secret=SECRET), page_digests(fronts, secret=SECRET)
    assert laid[0::2] == signed
    with pikepdf.open(io.BytesIO(job)) as document:
        assert len(document.pages) == 2 * len(papers)
    for at, number in enumerate(papers):
        back = Image.open(io.BytesIO(page_png(job, page=2 * at + 2, dpi=200))).convert("L")
        assert read_back(back) == number


def test_a_layer_lies_under_the_page_and_changes_none_of_its_words(
    backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...], layer: bytes
) -> None:
    job = lay_out(fronts, _marks(backs, papers, layer))
    assert lay_out(fronts, _marks(backs, papers, layer)) == job
    with pikepdf.open(io.BytesIO(job)) as laid, pikepdf.open(io.BytesIO(fronts)) as ward:
        for at, page in enumerate(ward.pages):
            first, *rest = laid.pages[2 * at].Contents
            assert first.read_bytes() == b"q 1 0 0 1 0 0.000 cm /MadoguchiFrontMarks Do Q\n"
            assert [each.read_raw_bytes() for each in rest] == [each.read_raw_bytes() for each in page.Contents]
    picture = Image.open(io.BytesIO(page_png(job, page=1, dpi=72))).convert("L")
    plain = Image.open(io.BytesIO(page_png(fronts, page=1, dpi=72))).convert("L")
    darker = sum(ours < theirs - 8 for ours, theirs in zip(picture.tobytes(), plain.tobytes(), strict=True))
    lighter = sum(ours > theirs + 2 for ours, theirs in zip(picture.tobytes(), plain.tobytes(), strict=True))
    assert darker > 20_000
    assert lighter == 0


def test_sheets_with_one_layer_share_it(
    backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...], layer: bytes
) -> None:
    other = _turned(_turned(layer), degrees=0)
    marks = _marks(backs, papers, layer)
    for given, different in ((marks, 1), ((*marks[:2], SheetMarks(front=other, back=marks[2].back)), 2)):
        with pikepdf.open(io.BytesIO(lay_out(fronts, given))) as laid:
            forms = [page.Resources.XObject.MadoguchiFrontMarks.objgen for page in list(laid.pages)[0::2]]
        assert len(set(forms)) == different


def test_the_text_stays_text(backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...]) -> None:
    job = lay_out(fronts, _marks(backs, papers))
    with pikepdf.open(io.BytesIO(job)) as document, pikepdf.new() as only_fronts:
        only_fronts.pages.extend(document.pages[0::2])
        made = io.BytesIO()
        only_fronts.save(made)
    assert [page.name for page in read_certificate(made.getvalue())] == ["辻\U000e0102　花子"] * 3


def test_qpdf_finds_no_error(
    backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...], layer: bytes, tmp_path: Path
) -> None:
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed")
    path = tmp_path / "job.pdf"
    path.write_bytes(lay_out(fronts, _marks(backs, papers, layer)))
    done = subprocess.run(["qpdf", "--check", str(path)], check=True, capture_output=True, timeout=60)
    assert b"No syntax or stream encoding errors" in done.stdout


def test_laying_fails_closed(backs: BackMaker, fronts: bytes, papers: tuple[bytes, ...], layer: bytes) -> None:
    marks = _marks(backs, papers)
    two_pages = fronts
    wrong = [
        (fronts, marks[:-1]),
        (fronts, (*marks, marks[0])),
        (fronts, ()),
        (b"", marks),
        (fronts, (*marks[:2], SheetMarks(front=None, back=two_pages))),
        (fronts, (*marks[:2], SheetMarks(front=two_pages, back=marks[0].back))),
        (fronts, (*marks[:2], SheetMarks(front=None, back=b"not a pdf"))),
        (fronts, (*marks[:2], SheetMarks(front=None, back=_turned(marks[0].back)))),
        (_turned(fronts), marks),
    ]
    for pdf, given in wrong:
        with pytest.raises(MadoguchiError, match="laying_refused"):
            lay_out(pdf, given)
    laid_once = lay_out(_first_page(fronts), _marks(backs, papers[:1], layer))
    with pytest.raises(MadoguchiError, match="has marks already"):
        lay_out(_first_page(laid_once), _marks(backs, papers[:1], layer))


def _turned(pdf: bytes, degrees: int = 90) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        document.pages[0].rotate(degrees, relative=False)
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def _first_page(pdf: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        del document.pages[1:]
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def test_pictures_of_pages_that_do_not_exist_are_refused(fronts: bytes) -> None:
    for pdf, page in ((fronts, 0), (fronts, 4), (b"no pdf", 1)):
        with pytest.raises(MadoguchiError, match="laying_refused"):
            page_png(pdf, page=page)
    with pytest.raises(ValueError, match="dpi"):
        page_png(fronts, page=1, dpi=100_000)
