"""Reading a finished PDF back: what the clerk looks at before a paper may leave the ward.

pdfium takes the page apart; the boxes of the layout say what stands where. Nothing here knows facts, records or the
composer, so that its errors cannot hide in their own reader. The numbered recipe:

 1. the file is a PDF of A4 pages without annotations, scripts or encryption,
 2. each page's own printed layout id names the layout, its page number says which page of it,
 3. every character of the text layer belongs to one box or one label: text anywhere else is refused,
 4. every label reads as the layout says (a template changed by mistake is refused),
 5. every value is the characters of its box in reading order, variation selectors and all,
 6. the front code is read from the drawn page at 300 dpi, as a receiver's scanner would see it.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from madoguchi.certificate.layout import (
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    Layout,
    Page,
    Rect,
    all_layouts,
    layout_by_id,
)
from madoguchi.certificate.problems import PAGE_UNREADABLE, PDF_UNREADABLE
from madoguchi.certificate.seal import SAMPLE
from madoguchi.certificate.setting import MM_PER_POINT, join_lines
from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import parse_paper_number
from madoguchi.paper.qr import read_code

READING_DPI: Final = 300
_PAGE_SLACK_MM: Final = 0.5
_EDGE_MM: Final = 0.05
_MAX_CHARACTERS: Final = 20_000
_PAGE_NUMBER: Final = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)頁")
_OF_PAGE: Final = frozenset({"layout", "page", "paper_number", "remarks", "continued"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """What one printed page says, by the layout's boxes."""

    page: int
    pages: int
    layout: str
    kind: str
    title: str
    certificate_number: str
    paper_number: bytes
    name: str
    fields: Mapping[str, str]
    """Every value box of this page (title, number and name too), and `seal_text`."""
    remarks: str
    """The 備考 of this page, its lines joined."""
    front_code: bytes = field(repr=False)
    """The signed front code's bytes, as read from the drawn page."""


class _Glyph(NamedTuple):
    x: float
    y: float
    text: str


def read_certificate(pdf: bytes) -> tuple[ReadPage, ...]:
    """Every page of a finished certificate PDF, in order. Some 8 ms per page, most of it the front code.

    Raises `certificate.pdf_unreadable` or `certificate.page_unreadable`; causes name a field, never a value.
    """
    try:
        document = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError:
        raise PDF_UNREADABLE.error("pdfium") from None
    try:
        return tuple(_read_page(document[number]) for number in range(len(document)))
    finally:
        document.close()


def joined_remarks(pages: Iterable[ReadPage]) -> str:
    """The 備考 of one copy, over all its pages; compare with `remarks.remarks_text`."""
    return join_lines(page.remarks for page in pages)


def _read_page(page: pdfium.PdfPage) -> ReadPage:
    try:
        _check_page(page)
        glyphs = _glyphs(page)
        layout, number, pages = _identify(glyphs)
        plan = _plan(layout.id, min(number, 2))
        texts = _sorted_out(glyphs, plan)
        _check_labels(texts, plan)
        return _page_read(page, layout, plan, texts, (number, pages))
    finally:
        page.close()


def _check_page(page: pdfium.PdfPage) -> None:
    width, height = (side * MM_PER_POINT for side in page.get_size())
    if abs(width - PAGE_WIDTH_MM) > _PAGE_SLACK_MM or abs(height - PAGE_HEIGHT_MM) > _PAGE_SLACK_MM:
        raise PAGE_UNREADABLE.error("not A4 portrait")
    if page.get_rotation() or pdfium_c.FPDFPage_GetAnnotCount(page.raw):
        raise PAGE_UNREADABLE.error("rotated, or with annotations")


def _glyphs(page: pdfium.PdfPage) -> list[_Glyph]:
    """Every character of the text layer with its origin in millimetres from the page's top left.

    pdfium hands out UTF-16: a supplementary character or a selector is two units at one origin, put together here.
    Characters that pdfium itself invents (spaces in gaps, line ends) are left out.
    """
    text_page = page.get_textpage()
    try:
        count = text_page.count_chars()
        if not 0 < count <= _MAX_CHARACTERS:
            raise PAGE_UNREADABLE.error("amount of text")
        return _joined(_units(text_page.raw, count))
    finally:
        text_page.close()


def _units(raw: pdfium_c.FPDF_TEXTPAGE, count: int) -> list[tuple[float, float, int]]:
    x, y = ctypes.c_double(), ctypes.c_double()
    x_at, y_at = ctypes.byref(x), ctypes.byref(y)
    unit_of, origin_of, generated = (
        pdfium_c.FPDFText_GetUnicode,
        pdfium_c.FPDFText_GetCharOrigin,
        pdfium_c.FPDFText_IsGenerated,
    )
    units = []
    for at in range(count):
        unit = unit_of(raw, at)
        if unit <= _SPACE and generated(raw, at):
            continue
        origin_of(raw, at, x_at, y_at)
        units.append((x.value * MM_PER_POINT, PAGE_HEIGHT_MM - y.value * MM_PER_POINT, unit))
    return units


_SPACE: Final = 0x20
_HIGH, _LOW = range(0xD800, 0xDC00), range(0xDC00, 0xE000)


def _joined(units: list[tuple[float, float, int]]) -> list[_Glyph]:
    glyphs: list[_Glyph] = []
    high = 0
    for x, y, unit in units:
        if unit in _HIGH:
            high = unit
            continue
        code = 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) if high and unit in _LOW else unit
        if (high and unit not in _LOW) or (not high and unit in _LOW) or not code:
            raise PAGE_UNREADABLE.error("a character without meaning")
        glyphs.append(_Glyph(x, y, chr(code)))
        high = 0
    return glyphs


@dataclass(frozen=True, slots=True)
class _Plan:
    """A page's boxes and labels, by millimetre row, so that a character's place is found at once."""

    page: Page
    rows: Mapping[int, tuple[tuple[Rect, str], ...]]
    labels: Mapping[str, str]


@lru_cache(maxsize=64)
def _plan(layout_id: str, number: int) -> _Plan:
    page = layout_by_id(layout_id).page(number)
    places: list[tuple[Rect, str]] = [(box, box.name) for box in page.boxes.values()]
    places += [(label, f"#{at}") for at, label in enumerate(page.labels)]
    if page.seal:
        places.append((page.seal, "seal_text"))
    rows: dict[int, list[tuple[Rect, str]]] = {}
    for rect, name in places:
        for row in range(int(rect.y), int(rect.y + rect.h) + 1):
            rows.setdefault(row, []).append((rect, name))
    labels = {f"#{at}": label.text for at, label in enumerate(page.labels)}
    return _Plan(page, {row: tuple(found) for row, found in rows.items()}, labels)


def _identify(glyphs: list[_Glyph]) -> tuple[Layout, int, int]:
    """The layout and page number that the page itself prints. Every layout prints them at one place: `frame.toml`."""
    frame = all_layouts()[0].first.boxes
    layout = _layout(_text(glyph for glyph in glyphs if _inside(frame["layout"], glyph)))
    found = _PAGE_NUMBER.fullmatch(_text(glyph for glyph in glyphs if _inside(frame["page"], glyph)))
    if not found:
        raise PAGE_UNREADABLE.error("page")
    number, pages = int(found[1]), int(found[2])
    if number > pages:
        raise PAGE_UNREADABLE.error("page")
    return layout, number, pages


def _layout(layout_id: str) -> Layout:
    try:
        return layout_by_id(layout_id)
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("layout") from None


def _inside(rect: Rect, glyph: _Glyph) -> bool:
    return (
        rect.x - _EDGE_MM <= glyph.x <= rect.x + rect.w + _EDGE_MM
        and rect.y - _EDGE_MM <= glyph.y <= rect.y + rect.h + _EDGE_MM
    )


def _sorted_out(glyphs: list[_Glyph], plan: _Plan) -> dict[str, list[_Glyph]]:
    found: dict[str, list[_Glyph]] = {}
    for glyph in glyphs:
        for rect, name in plan.rows.get(int(glyph.y), ()):
            if _inside(rect, glyph):
                found.setdefault(name, []).append(glyph)
                break
        else:
            raise PAGE_UNREADABLE.error("text outside every box")
    return found


def _check_labels(texts: dict[str, list[_Glyph]], plan: _Plan) -> None:
    for name, expected in plan.labels.items():
        if _text(texts.get(name, ())) != expected:
            raise PAGE_UNREADABLE.error(f"label {expected}")


def _text(glyphs: Iterable[_Glyph]) -> str:
    """Lines from top to bottom, each from left to right; the order of one place's units (a selector) is kept."""
    lines: dict[float, list[_Glyph]] = {}
    for glyph in glyphs:
        lines.setdefault(round(glyph.y, 1), []).append(glyph)
    return join_lines("".join(glyph.text for glyph in sorted(lines[y], key=lambda each: each.x)) for y in sorted(lines))


def _seal_text(glyphs: list[_Glyph], seal: Rect) -> str:
    """Columns from right to left inside the square; the strip below it must say 見本."""
    square = [glyph for glyph in glyphs if glyph.y <= seal.y + seal.w]
    if _text(glyph for glyph in glyphs if glyph.y > seal.y + seal.w) != SAMPLE:
        raise PAGE_UNREADABLE.error("seal_text")
    return "".join(glyph.text for glyph in sorted(square, key=lambda each: (-round(each.x, 1), each.y)))


def _page_read(
    page: pdfium.PdfPage, layout: Layout, plan: _Plan, texts: dict[str, list[_Glyph]], number: tuple[int, int]
) -> ReadPage:
    values = {name: _text(texts.get(name, ())) for name in plan.page.boxes}
    fields = {name: text for name, text in values.items() if name not in _OF_PAGE}
    if plan.page.seal:
        fields["seal_text"] = _seal_text(texts.get("seal_text", []), plan.page.seal)
    return ReadPage(
        page=number[0],
        pages=number[1],
        layout=layout.id,
        kind=layout.kind,
        title=fields["title"],
        certificate_number=fields["certificate_number"],
        paper_number=_paper_number(values["paper_number"]),
        name=fields["name"],
        fields=fields,
        remarks=values["remarks"],
        front_code=_front_code(page, plan.page.qr),
    )


def _paper_number(text: str) -> bytes:
    try:
        return parse_paper_number(text)
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("paper_number") from None


def _front_code(page: pdfium.PdfPage, place: Rect) -> bytes:
    left, right = place.x / MM_PER_POINT, (PAGE_WIDTH_MM - place.x - place.w) / MM_PER_POINT
    top, bottom = place.y / MM_PER_POINT, (PAGE_HEIGHT_MM - place.y - place.h) / MM_PER_POINT
    bitmap = page.render(scale=READING_DPI / 72, crop=(left, bottom, right, top), grayscale=True)
    try:
        picture = np.ascontiguousarray(bitmap.to_numpy()[:, :, 0] if bitmap.n_channels > 1 else bitmap.to_numpy())
        return read_code(picture.reshape(picture.shape[0], picture.shape[1]))
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("front_code") from None
    finally:
        bitmap.close()
