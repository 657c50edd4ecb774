"""The front that a back restores, drawn again as the ward's composer draws it; and with every other digit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import msgspec
import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.layout import Layout, Rect
from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import FrontCode
from madoguchi.verify.problems import OTHER_FRONT
from madoguchi.wire.codec import decode_plain

DPI: Final = 300
"""Of the pictures: a digit of 9 points is 27 pixels high, its thinnest stroke three wide."""
PER_MM: Final = DPI / 25.4
DIGITS: Final = "0123456789"
_FULLWIDTH: Final = "０１２３４５６７８９"
_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""A file's own date is not on the page."""

Grey = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the picture; right and bottom are outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyph:
    """One printed character."""

    character: str = field(repr=False)
    box: Box

    @property
    def digit(self) -> int | None:
        """Its value, for a digit of either width."""
        at = (DIGITS + _FULLWIDTH).find(self.character)
        return None if at < 0 else at % 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Redrawn:
    """One page."""

    picture: Grey = field(repr=False)
    """Shape (3508, 2480), 0 black."""
    digits: tuple[Grey, ...] = field(repr=False)
    """The same page with every digit of every value a 0, a 1, … a 9: what a changed digit would look like."""
    glyphs: tuple[Glyph, ...] = field(repr=False)
    """Every character, labels too."""
    values: Mapping[str, Box]
    """Field name → where its value may stand."""
    code: Box
    seal: Box | None


class _Description(msgspec.Struct, frozen=True, kw_only=True):
    """`certificate.facts.page_description`, whole."""

    v: int
    layout: str
    kind: str
    year: int
    values: dict[str, str]
    remarks: tuple[str, ...]


def redraw(description: bytes, code: FrontCode, front_code: bytes, *, composer: Composer) -> Redrawn | None:
    """The page as it was printed; None for a layout that this program does not have (a ward's own, or an older one).

    Raises `verify.other_front` for octets that are no page description, or do not make such a page.
    """
    said = _said(description)
    layout = next((each for each in composer.layouts if each.id == said.layout), None)
    if layout is None:
        return None
    facts = Facts(kind=said.kind, layout=said.layout, fiscal_year=said.year, values=said.values, remarks=said.remarks)
    draw = _Drawing(composer, code, front_code)
    document = draw.document(facts)
    page = layout.first if code.page == 1 else layout.continuation
    return Redrawn(
        picture=draw.picture(document),
        digits=tuple(draw.picture(draw.document(_with_digit(facts, digit))) for digit in DIGITS),
        glyphs=draw.glyphs(document),
        values={name: pixels(box) for name, box in page.boxes.items()},
        code=pixels(page.qr),
        seal=pixels(page.seal) if page.seal is not None else None,
    )


def _said(description: bytes) -> _Description:
    try:
        return msgspec.convert(decode_plain(description), _Description)
    except (MadoguchiError, msgspec.ValidationError):
        raise OTHER_FRONT.error("no page description") from None


def _with_digit(facts: Facts, digit: str) -> Facts:
    wide = _FULLWIDTH[int(digit)]
    table = str.maketrans(DIGITS + _FULLWIDTH, digit * 10 + wide * 10)
    return replace(
        facts,
        values={name: text.translate(table) for name, text in facts.values.items()},
        remarks=tuple(text.translate(table) for text in facts.remarks),
    )


class _Drawing:
    """Draws one page of a certificate."""

    def __init__(self, composer: Composer, code: FrontCode, front_code: bytes) -> None:
        self._composer = composer
        self._code = code
        self._front_code = front_code

    def document(self, facts: Facts) -> bytes:
        """All pages, as the composer writes them. Raises `verify.other_front`."""
        try:
            pages = self._composer.page_count(facts)
            if not 1 <= self._code.page <= pages:
                raise OTHER_FRONT.error("no such page")
            sheets = tuple(self._sheet(page) for page in range(1, pages + 1))
            return self._composer.compose(facts, sheets, issued_at=_ANY_TIME)
        except MadoguchiError as failure:
            raise OTHER_FRONT.error(failure.code) from None

    def _sheet(self, page: int) -> SheetFacts:
        own = page == self._code.page
        number = self._code.paper_number if own else page.to_bytes(16, "big")  # other pages are not drawn
        return SheetFacts(copy=1, page=page, paper_number=number, front_code=self._front_code)

    def picture(self, document: bytes) -> Grey:
        """The page in grey."""
        opened = pdfium.PdfDocument(document)
        try:
            drawn: Grey = opened[self._code.page - 1].render(scale=DPI / 72, grayscale=True).to_numpy().copy()
            return drawn.reshape(drawn.shape[:2])
        finally:
            opened.close()

    def glyphs(self, document: bytes) -> tuple[Glyph, ...]:
        """Every character that leaves ink."""
        opened = pdfium.PdfDocument(document)
        try:
            page = opened[self._code.page - 1]
            height, text = page.get_height(), page.get_textpage()
            made = []
            for at in range(text.count_chars()):
                character = text.get_text_range(at, 1)
                left, bottom, right, top = text.get_charbox(at)
                if character.strip() and right > left and top > bottom:
                    box = (left, height - top, right, height - bottom)
                    made.append(Glyph(character=character, box=_outward(box)))
            return tuple(made)
        finally:
            opened.close()


def _outward(points: tuple[float, float, float, float]) -> Box:
    left, top, right, bottom = (each * DPI / 72 for each in points)
    return int(left), int(top), int(right) + 1, int(bottom) + 1


def pixels(rect: Rect) -> Box:
    """A place of the layout in the picture."""
    left, top = rect.x * PER_MM, rect.y * PER_MM
    return int(left), int(top), int(left + rect.w * PER_MM) + 1, int(top + rect.h * PER_MM) + 1


__all__ = ["DPI", "PER_MM", "Box", "Glyph", "Grey", "Layout", "Redrawn", "pixels", "redraw"]
