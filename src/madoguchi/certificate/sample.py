"""A certificate that is none: marked 見本 across every page, with no signed front code, for looking at a layout."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Final

import pikepdf
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Authority, Facts, SheetFacts
from madoguchi.certificate.fonts import FontSet
from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM

SAMPLE_AUTHORITY: Final = Authority(ward="見本区", title="見本区長", name="見本　太郎", seal_text="見本区長之印")
SAMPLE_NUMBER: Final = "見本-0000000000"
_MARK: Final = "見本"
_FRONT_CODE: Final = b"MADOGUCHI SAMPLE. NOT A CERTIFICATE. NOT SIGNED. " * 6
"""About as long as a real code, so that the square looks alike; no statement, so that nothing verifies it."""
_POINTS_PER_MM: Final = 72 / 25.4
_MARK_SIZE_MM: Final = 92.0
_MARK_ANGLE: Final = "0.7071 0.7071 -0.7071 0.7071"
"""45 degrees, as the first four numbers of a PDF matrix."""
_LIGHT: Final = 0.16


def compose_sample(composer: Composer, facts: Facts, *, at: datetime) -> bytes:
    """One copy of a certificate as it would be printed, marked as a sample. Raises what composing raises."""
    sheets = tuple(
        SheetFacts(copy=1, page=page, paper_number=page.to_bytes(16, "big"), front_code=_FRONT_CODE)
        for page in range(1, composer.page_count(facts) + 1)
    )
    return _marked(composer.compose(facts, sheets, issued_at=at), composer.fonts)


def _marked(pdf: bytes, fonts: FontSet) -> bytes:
    """The mark lies over everything, as drawn lines and not as text; what claimed an archival document is taken out."""
    drawing = _mark(fonts)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            state = page.add_resource(
                pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, ca=_LIGHT), pikepdf.Name.ExtGState
            )
            page.contents_add(b"q", prepend=True)
            page.contents_add(f"Q q {state} gs 0.8 0 0 rg {drawing} Q".encode())
        for claim in ("/Metadata", "/OutputIntents"):
            if claim in document.Root:
                del document.Root[claim]
        document.docinfo["/Title"] = "見本 (SAMPLE)"
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def _mark(fonts: FontSet) -> str:
    """PDF operators for the two characters along the diagonal of the page, filled."""
    em = _MARK_SIZE_MM * _POINTS_PER_MM
    x, y = PAGE_WIDTH_MM / 2 * _POINTS_PER_MM, PAGE_HEIGHT_MM / 2 * _POINTS_PER_MM
    operators = [f"{_MARK_ANGLE} {x:.2f} {y:.2f} cm"]
    for at, letter in enumerate(_MARK):
        (drawn,) = fonts.draw(letter, field_name="the sample's mark")
        pen = _PdfPen(scale=em, x=(at - 1) * em, y=-0.38 * em)
        pen.draw(TTFont(fonts.faces[drawn.font].path, lazy=True), letter)
        operators += [*pen.operators, "f"]
    return " ".join(operators)


class _PdfPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """Draws a glyph as PDF path operators (ISO 32000-1, 8.5.2), scaled to an em of `scale` points."""

    def __init__(self, *, scale: float, x: float, y: float) -> None:
        super().__init__()
        self.operators: list[str] = []
        self._scale, self._x, self._y = scale, x, y

    def draw(self, font: TTFont, letter: str) -> None:
        """Draw one character; the font is closed afterwards."""
        with font:
            self._scale /= font["head"].unitsPerEm
            self.glyphSet = font.getGlyphSet()
            self.glyphSet[font.getBestCmap()[ord(letter)]].draw(self)

    def _points(self, *points: tuple[float, float]) -> str:
        return " ".join(f"{self._x + x * self._scale:.2f} {self._y + y * self._scale:.2f}" for x, y in points)

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802  the names that fontTools calls
        self.operators.append(f"{self._points(pt)} m")

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self.operators.append(f"{self._points(pt)} l")

    def _curveToOne(  # noqa: N802
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self.operators.append(f"{self._points(pt1, pt2, pt3)} c")

    def _closePath(self) -> None:  # noqa: N802
        self.operators.append("h")
