"""Digests of pages: every difference that can be seen changes them, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from tests.certificate.people import HEADING, ISSUED_AT, resident, sheets, tax

SECRET = bytes(range(32))
_OF_THE_DATA = {"/Filter", "/Length", "/DecodeParms"}


@pytest.fixture(scope="module")
def pdf(composer: Composer) -> bytes:
    facts = taxation_facts(resident(), tax(), HEADING)
    return composer.compose(facts, sheets(copies=2), issued_at=ISSUED_AT)


def _edited(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        made = io.BytesIO()
        document.save(made, compress_streams=False)
    return made.getvalue()


def _content(document: pikepdf.Pdf) -> None:
    page = document.pages[1]
    page.contents_coalesce()
    page.Contents = document.make_stream(page.Contents.read_bytes() + b"\nq Q")


def _box(document: pikepdf.Pdf) -> None:
    document.pages[1].cropbox = pikepdf.Array([0, 0, 500, 800])


def _rotation(document: pikepdf.Pdf) -> None:
    document.pages[1].rotate(180, relative=False)


def _image(document: pikepdf.Pdf) -> None:
    images = document.pages[1].Resources.XObject
    name = next(iter(images.keys()))
    image = images[name]
    data = bytearray(image.read_bytes())
    data[len(data) // 2] ^= 0xFF
    kept = [key for key in list(image.keys()) if key not in _OF_THE_DATA]
    changed = document.make_stream(bytes(data), {key: image[key] for key in kept})
    document.pages[1].Resources.XObject = pikepdf.Dictionary({**dict(images.items()), name: changed})


def _annotation(document: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 10, 10])
    document.pages[1].obj.Annots = pikepdf.Array([note])


@pytest.mark.parametrize("change", [_content, _box, _rotation, _image, _annotation])
def test_every_difference_of_a_page_changes_its_digest_alone(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> None:
    before, after = page_digests(pdf, secret=SECRET), page_digests(_edited(pdf, change), secret=SECRET)
    assert before[1] != after[1]
    assert before[0] == after[0]


def test_a_changed_glyph_in_the_font_changes_every_page(pdf: bytes) -> None:
    def font(document: pikepdf.Pdf) -> None:
        for each in document.objects:
            if isinstance(each, pikepdf.Dictionary) and "/FontFile2" in each:
                data = bytearray(each.FontFile2.read_bytes())
                data[-20] ^= 1
                each.FontFile2.write(bytes(data))
                return
        pytest.fail("no font file found")

    before, after = page_digests(pdf, secret=SECRET), page_digests(_edited(pdf, font), secret=SECRET)
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_hidden_change_under_a_font_named_like_a_link_is_seen(pdf: bytes) -> None:
    def named(value: int) -> Callable[[pikepdf.Pdf], None]:
        def change(document: pikepdf.Pdf) -> None:
            document.pages[0].Resources.Font["/Parent"] = pikepdf.Dictionary(Type=pikepdf.Name.Font, Extra=value)

        return change

    one, other = (page_digests(_edited(pdf, named(value)), secret=SECRET)[0] for value in (1, 2))
    assert one != other


def _with_text(text: str) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.pages[0].obj["/Tab"] = pikepdf.Dictionary(Said=pikepdf.String(text), Of=document.pages[0].Contents)

    return change


def test_a_text_counts_and_one_that_reads_like_a_way_to_an_object_is_refused(pdf: bytes) -> None:
    """Its number would be taken for an object's, and not count."""
    texts = ("a Reader of 1 0", "a Reader of 2 0", "{00}", "(1 0) R", "\\", ")", "日本 1 0 R")
    found = {page_digests(_edited(pdf, _with_text(text)), secret=SECRET)[0] for text in texts}
    assert len(found) == len(texts)
    for text in ("1 0 R", "x 12 0 R y", "(1 0 R", "1 0 R)"):
        with pytest.raises(MadoguchiError, match="reads like a way"):
            page_digests(_edited(pdf, _with_text(text)), secret=SECRET)


def test_saving_the_same_page_elsewhere_changes_nothing(pdf: bytes) -> None:
    with pikepdf.open(io.BytesIO(pdf)) as source, pikepdf.new() as target:
        target.add_blank_page()
        target.pages.append(source.pages[1])
        made = io.BytesIO()
        target.save(made, compress_streams=False)
    assert page_digests(made.getvalue(), secret=SECRET)[1] == page_digests(pdf, secret=SECRET)[1]


def test_copies_differ_and_the_secret_matters(pdf: bytes) -> None:
    digests = page_digests(pdf, secret=SECRET)
    assert len(set(digests)) == 2
    assert all(len(digest) == 32 for digest in digests)
    assert not set(digests) & set(page_digests(pdf, secret=bytes(32)))
    assert document_digest(pdf, secret=SECRET) != document_digest(pdf, secret=bytes(32))
    assert document_digest(pdf, secret=SECRET) != document_digest(pdf + b"\n", secret=SECRET)


def test_a_short_secret_is_a_programming_error(pdf: bytes) -> None:
    with pytest.raises(ValueError, match="32 octets"):
        page_digests(pdf, secret=b"short")
    with pytest.raises(ValueError, match="32 octets"):
        document_digest(pdf, secret=b"")


def test_loops_and_rubbish_are_refused(pdf: bytes) -> None:
    def loop(document: pikepdf.Pdf) -> None:
        knot = document.make_indirect(pikepdf.Dictionary())
        knot["/Self"] = knot
        document.pages[0].obj["/Knot"] = knot

    for bad in (b"", b"%PDF-1.7 nothing", _edited(pdf, loop)):
        with pytest.raises(MadoguchiError, match="pdf_unreadable"):
            page_digests(bad, secret=SECRET)
