"""The clerk's eyes: what must be seen on a finished PDF, and what must not pass."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pikepdf
import pypdfium2 as pdfium
import pytest

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import Layouts, Rect, all_layouts
from madoguchi.certificate.pages import page_digest, page_digests
from madoguchi.certificate.reading import read_certificate
from madoguchi.certificate.reading.viewer import check_characters
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from tests.certificate.editing import Sheet, edited
from tests.certificate.people import HEADING, ISSUED_AT, resident, sheets, tax, with_values


def _facts(name: str = "髙橋　花子") -> Facts:
    return taxation_facts(resident(name=name), tax(), HEADING)


def _composed(composer: Composer, facts: Facts, papers: tuple[SheetFacts, ...] | None = None) -> bytes:
    return composer.compose(facts, papers or sheets(), issued_at=ISSUED_AT)


def _edited(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def test_each_changed_field_is_seen_where_it_is(composer: Composer) -> None:
    facts = _facts()
    (paper,) = sheets()
    for name in facts.values:
        other = with_values(facts, **{name: "見本" if name == "seal_text" else "1,204"})
        (page,) = read_certificate(_composed(composer, other, (paper,)))
        differing = {field for field in facts.values if page.fields[field] != facts.values[field]}
        assert differing == {name}


def test_one_wrong_digit_is_seen(composer: Composer) -> None:
    (page,) = read_certificate(_composed(composer, with_values(_facts(), annual_tax="248,380")))
    assert page.fields["annual_tax"] == "248,380"


def test_a_page_of_another_person_is_seen(composer: Composer) -> None:
    facts, other = _facts(), _facts("辻\U000e0102　一郎")
    two = sheets(copies=2)
    mine, theirs = _composed(composer, facts, two), _composed(composer, other, two)

    def swap(document: pikepdf.Pdf) -> None:
        with pikepdf.open(io.BytesIO(theirs)) as source:
            document.pages[1] = source.pages[1]

    read = read_certificate(_edited(mine, swap))
    assert [page.name for page in read] == [facts.name, other.name]


def test_a_dropped_selector_is_seen(composer: Composer) -> None:
    (page,) = read_certificate(_composed(composer, _facts("辻\U000e0102　一郎")))
    assert page.name != "辻　一郎"
    assert page.name == "辻\U000e0102　一郎"


NAMES = [
    "MARÍA DE LOS ÁNGELES　ß",
    "𠮷田　太郎",
    "葛\U000e0102西　邊\U000e0108邉\U000e010f",
    "JEAN-PAUL MARIE-CLAIRE ANNE-SOPHIE DE LA FONTAINE-SUR-MER VAN DEN BERG-SCHMIDT MULLER-",
    "辻\U000e0102　辻",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_right_paper_reads_as_it_was_composed(composer: Composer, name: str) -> None:
    facts = _facts(name)
    (page,) = read_certificate(_composed(composer, facts))
    assert dict(page.fields) == dict(facts.values)


def test_a_page_has_the_digest_that_everybody_makes_of_it(composer: Composer) -> None:
    pdf, secret = _composed(composer, _facts(), sheets(copies=2)), bytes(range(32))
    read = read_certificate(pdf)
    assert tuple(page_digest(page.fingerprint, secret=secret) for page in read) == page_digests(pdf, secret=secret)


def test_text_outside_every_box_is_refused(composer: Composer) -> None:
    def change(sheet: Sheet) -> None:
        sheet.add(f"BT {sheet.line(Rect(x=20, y=1, w=60, h=5), '123')} ET")

    with pytest.raises(MadoguchiError, match="page_unreadable: text outside every box"):
        read_certificate(edited(_composed(composer, _facts()), change))


def test_what_pdfium_reads_is_compared_too(composer: Composer) -> None:
    with pdfium.PdfDocument(_composed(composer, _facts())) as document:
        page = document[0]
        text = page.get_textpage().get_text_range()
        check_characters(page, text)
        with pytest.raises(MadoguchiError, match="page_unreadable: text layer"):
            check_characters(page, text.replace("髙", "高"))


def _rotate(document: pikepdf.Pdf) -> None:
    document.pages[0].rotate(90, relative=False)


def _letter(document: pikepdf.Pdf) -> None:
    document.pages[0].mediabox = pikepdf.Array([0, 0, 612, 792])


def _annotate(document: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 10, 10], Contents="x")
    document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(note)])


def _empty(document: pikepdf.Pdf) -> None:
    document.pages[0].Contents = document.make_stream(b"")


def _no_image(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_coalesce()
    content = document.pages[0].Contents.read_bytes()
    document.pages[0].Contents = document.make_stream(content.replace(b"/Q Do", b""))


@pytest.mark.parametrize("change", [_rotate, _letter, _annotate, _empty, _no_image])
def test_what_is_no_certificate_page_is_refused(composer: Composer, change: Callable[[pikepdf.Pdf], None]) -> None:
    with pytest.raises(MadoguchiError, match="page_unreadable"):
        read_certificate(_edited(_composed(composer, _facts()), change))


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7", b"not a pdf" * 100])
def test_what_is_no_pdf_is_refused(pdf: bytes) -> None:
    with pytest.raises(MadoguchiError, match="pdf_unreadable"):
        read_certificate(pdf)


def test_a_changed_label_is_refused(composer: Composer) -> None:
    layout = all_layouts().by_id("taxation-2024/2")
    other = {"給与": "給与等"}
    labels = tuple(
        msgspec.structs.replace(label, text=other.get(label.text, label.text)) for label in layout.first.labels
    )
    mistaken = replace(layout, first=replace(layout.first, labels=labels))
    with pytest.raises(MadoguchiError, match="page_unreadable: label 給与"):
        read_certificate(_composed(Composer(composer.fonts, Layouts((mistaken,))), _facts()))
