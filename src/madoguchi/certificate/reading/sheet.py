"""One page after the other: the recipe of this room, in order."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import pikepdf
import pypdfium2 as pdfium

from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Layout, Layouts, Rect, all_layouts
from madoguchi.certificate.pages import MAX_PAGES, MAX_PDF_OCTETS, Fingerprints
from madoguchi.certificate.problems import PAGE_UNREADABLE, PDF_UNREADABLE
from madoguchi.certificate.reading import viewer
from madoguchi.certificate.reading.constant import Form, Forms
from madoguchi.certificate.reading.content import POINT_MM, Area, Drawing, Run, drawn
from madoguchi.certificate.reading.embedded import PageFont, checked_font
from madoguchi.certificate.reading.objects import checked_stream, refuse_other_keys
from madoguchi.certificate.reading.originals import Originals
from madoguchi.certificate.reading.places import (
    EDGE_MM,
    Plan,
    Plans,
    check_frames,
    seal_text,
    sorted_out,
    text_of,
)
from madoguchi.certificate.setting import join_lines
from madoguchi.errors import MadoguchiError
from madoguchi.paper.number import parse_paper_number
from madoguchi.runtime.fonts import find_fonts

_CATALOG: Final = frozenset({"/Type", "/Pages", "/Metadata", "/Lang", "/ViewerPreferences", "/OutputIntents"})
_PAGE: Final = frozenset({"/Type", "/Parent", "/MediaBox", "/Contents", "/Resources"})
_IMAGE: Final = frozenset({"/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent"})
_CORNER_POINTS: Final = 0.01
_PAGE_NUMBER: Final = re.compile(r"([1-9][0-9]?)/([1-9][0-9]?)頁")
_CONTINUED: Final = "（次頁に続く）"
"""On every page of a copy but its last."""
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
    fingerprint: bytes = field(repr=False)
    """Of everything that the page draws with; `pages.page_digest` keys it."""


class Reader:
    """A pair of eyes: the original fonts, the layouts, and the constant forms seen so far.

    Once per process, shared by threads.
    """

    def __init__(self, fonts: Sequence[Path], layouts: Layouts | None = None) -> None:
        """`layouts` are the program's own unless given. Raises `certificate.font_unusable`."""
        self._originals = Originals(fonts)
        self._plans = Plans(layouts or all_layouts())
        self._forms = Forms(self._originals)

    def read(self, pdf: bytes) -> tuple[ReadPage, ...]:
        """Every page of a finished certificate PDF, in order.

        Raises `certificate.pdf_unreadable` or `certificate.page_unreadable`; causes name a field, never a value.
        """
        if len(pdf) > MAX_PDF_OCTETS:
            raise PDF_UNREADABLE.error("too large")
        try:
            with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False) as objects:
                return self._pages(pdf, objects)
        except pdfium.PdfiumError:
            raise PDF_UNREADABLE.error("pdfium") from None
        except (pikepdf.PdfError, RecursionError, ValueError, TypeError, AttributeError, KeyError) as failure:
            raise PDF_UNREADABLE.error(type(failure).__name__) from None

    def _pages(self, pdf: bytes, objects: pikepdf.Pdf) -> tuple[ReadPage, ...]:
        if objects.is_encrypted or not 1 <= len(objects.pages) <= MAX_PAGES:
            raise PDF_UNREADABLE.error("encrypted, or number of pages")
        refuse_other_keys(objects.Root, _CATALOG, "document")
        document = pdfium.PdfDocument(pdf)
        try:
            if len(document) != len(objects.pages):
                raise PDF_UNREADABLE.error("number of pages")
            reading = _Reading(objects, self._originals, self._forms, self._plans)
            return tuple(reading.page(page.obj, document[at]) for at, page in enumerate(objects.pages))
        finally:
            document.close()


def read_certificate(pdf: bytes) -> tuple[ReadPage, ...]:
    """`Reader.read` with the fonts that `runtime.fonts` finds."""
    return _usual_reader().read(pdf)


@cache
def _usual_reader() -> Reader:
    return Reader(find_fonts())


def joined_remarks(pages: Iterable[ReadPage]) -> str:
    """The 備考 of one copy, over all its pages; compare with `remarks.remarks_text`."""
    return join_lines(page.remarks for page in pages)


class _Reading:
    """Reads the pages of one document; what they share is taken apart once."""

    def __init__(self, document: pikepdf.Pdf, originals: Originals, forms: Forms, plans: Plans) -> None:
        self._originals = originals
        self._forms = forms
        self._plans = plans
        self._fingerprints = Fingerprints(document)
        self._fonts: dict[bytes, PageFont] = {}

    def page(self, objects: pikepdf.Object, shown: pdfium.PdfPage) -> ReadPage:
        """One page, by the recipe."""
        try:
            viewer.check_page(shown)  # 1
            _check_objects(objects)
            name, form, drawing = self._drawn(objects)  # 2, 3
            layout, number, pages = _identify(drawing.runs, self._plans)  # 5
            plan = self._plans.of(layout, min(number, 2))
            self._forms.check(name, form, plan)  # 4
            _check_drawing(objects, drawing, plan)
            values = _values(drawing.runs, plan)  # 6, 7
            if values["continued"] != (_CONTINUED if number < pages else ""):
                raise PAGE_UNREADABLE.error("continued")
            code = viewer.front_code(shown, plan.page.qr)  # 8
            viewer.check_characters(shown, form.text + "".join([run.text for run in drawing.runs]))  # 9
            return _page_read(layout, (number, pages), values, code, self._fingerprints.page(objects))
        finally:
            shown.close()

    def _drawn(self, page: pikepdf.Object) -> tuple[bytes, Form, Drawing]:
        """The constant form, and what the page draws besides."""
        resources = page.Resources
        xobjects = dict(resources.XObject.items())
        forms = [each for each in xobjects.values() if each.get("/Subtype") == pikepdf.Name.Form]
        if len(forms) != 1:
            raise PAGE_UNREADABLE.error("form: not one")
        name, form = self._forms.form(forms[0], self._fingerprints)
        fonts = {key: self._font(font, form) for key, font in resources.Font.items()}
        drawing = drawn(_content(page), fonts)
        if [xobjects.get(each) for each in drawing.forms] != forms:
            raise PAGE_UNREADABLE.error("form: not drawn once")
        return name, form, drawing

    def _font(self, font: pikepdf.Object, form: Form) -> PageFont:
        name = self._fingerprints.of(font)
        known = form.fonts.get(name) or self._fonts.get(name)
        if known is None:
            known = self._fonts[name] = checked_font(font, self._originals)
        return known


def _check_objects(page: pikepdf.Object) -> None:
    refuse_other_keys(page, _PAGE, "page")
    refuse_other_keys(page.Resources, frozenset({"/Font", "/XObject"}), "page")
    box = [float(each) for each in page.MediaBox.as_list()]
    wanted = (0.0, 0.0, PAGE_WIDTH_MM / POINT_MM, PAGE_HEIGHT_MM / POINT_MM)
    if any(abs(one - other) > _CORNER_POINTS for one, other in zip(box, wanted, strict=True)):
        raise PAGE_UNREADABLE.error("not A4 portrait")


def _content(page: pikepdf.Object) -> bytes:
    contents = page.Contents
    streams = contents.as_list() if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join([checked_stream(each, "content") for each in streams])


def _check_drawing(page: pikepdf.Object, drawing: Drawing, plan: Plan) -> None:
    """Nothing of the page itself but text, the seal's frames and the front code's image in its square."""
    if drawing.covered or drawing.fills or drawing.lines:
        raise PAGE_UNREADABLE.error("something drawn that is not text")
    check_frames(drawing.frames, plan.page.seal)
    if len(drawing.images) != 1:
        raise PAGE_UNREADABLE.error("front_code: not one image")
    ((name, area),) = drawing.images
    image = page.Resources.XObject[name]
    checked_stream(image, "front_code", _IMAGE)
    if (
        image.Subtype != pikepdf.Name.Image
        or image.ColorSpace != pikepdf.Name.DeviceGray
        or not _over(area, plan.page.qr)
    ):
        raise PAGE_UNREADABLE.error("front_code: another image or place")


def _over(area: Area, place: Rect) -> bool:
    sides = ((area.x, place.x), (area.y, place.y), (area.w, place.w), (area.h, place.h))
    return all(abs(one - other) <= EDGE_MM for one, other in sides)


def _identify(runs: Iterable[Run], plans: Plans) -> tuple[Layout, int, int]:
    """The layout and page number that the page itself prints. Every other text is sorted out later."""
    found: dict[str, list[Run]] = {"layout": [], "page": []}
    for run in runs:
        for place in plans.identity.get(int(run.y), ()):
            if place.holds(run):
                found[place.name].append(run)
    number = _PAGE_NUMBER.fullmatch(text_of(found["page"]))
    if not number or int(number[1]) > int(number[2]):
        raise PAGE_UNREADABLE.error("page")
    try:
        layout = plans.layouts.by_id(text_of(found["layout"]))
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("layout") from None
    return layout, int(number[1]), int(number[2])


def _values(runs: Iterable[Run], plan: Plan) -> dict[str, str]:
    texts = sorted_out(runs, plan.values)
    values = {name: text_of(texts.get(name, ())) for name in plan.page.boxes}
    if plan.page.seal:
        values["seal_text"] = seal_text(texts)
    return values


def _page_read(
    layout: Layout, number: tuple[int, int], values: Mapping[str, str], code: bytes, fingerprint: bytes
) -> ReadPage:
    fields = {name: text for name, text in values.items() if name not in _OF_PAGE}
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
        front_code=code,
        fingerprint=fingerprint,
    )


def _paper_number(text: str) -> bytes:
    try:
        return parse_paper_number(text)
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("paper_number") from None
