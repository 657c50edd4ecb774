"""Pieces of set text, rules and grounds as PDF operators (ISO 32000-1, 8 and 9).

Positions come in millimetres from the page's top left, and leave in points from its bottom left, to 1/100 point
(3.5 micrometres: a printer's dot at 600 dpi is 42).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from madoguchi.certificate.fonts import Drawn
from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Rect, Rule, Tint
from madoguchi.certificate.setting import MM_PER_POINT, Piece

PER_MM: Final = 1 / MM_PER_POINT
MEDIA_BOX: Final = f"[0 0 {PAGE_WIDTH_MM * PER_MM:.3f} {PAGE_HEIGHT_MM * PER_MM:.3f}]"
BLACK: Final = "0 g\n"
VERMILION: Final = "0.784 0.188 0.118"
"""Of the seal, in the document's sRGB."""

Coded = Callable[[Sequence[Drawn]], Sequence[tuple[str, str]]]
"""Glyphs of one line → for each the name of a font of the page, and its code in it as four hex digits."""


def tint_ink(tints: Iterable[Tint]) -> str:
    """Light grounds, each filled in its grey."""
    return "".join([f"{tint.grey:g} g {_rectangle(tint)} f\n" for tint in tints])


def rule_ink(rules: Iterable[Rule]) -> str:
    """Straight black lines with square ends, so that corners close."""
    parts = ["0 G 2 J\n"]
    for rule in rules:
        x, y = rule.x * PER_MM, (PAGE_HEIGHT_MM - rule.y) * PER_MM
        end = f"{x + rule.w * PER_MM:.2f} {y - rule.h * PER_MM:.2f}"
        parts.append(f"{rule.weight:g} w {x:.2f} {y:.2f} m {end} l S\n")
    return "".join(parts)


def begin_page(form: str) -> str:
    """The constant form, and the beginning of the page's text."""
    return f"/{form} Do {BLACK}BT\n"


def text_ink(pieces: Iterable[Piece], coded: Coded) -> str:
    """Text objects' insides: to stand between BT and ET."""
    return "".join([_line(piece, coded) for piece in pieces])


def seal_frames_ink(frames: Iterable[tuple[float, float, float, float, float]]) -> str:
    """Red frames, each (x, y, w, h, weight)."""
    drawn = [f"{weight:g} w {_rectangle(Rect(x=x, y=y, w=w, h=h))} S\n" for x, y, w, h, weight in frames]
    return f"{VERMILION} RG 0 J\n{''.join(drawn)}"


def image_ink(place: Rect, name: str) -> str:
    """An image that fills a rectangle."""
    x, y = place.x * PER_MM, (PAGE_HEIGHT_MM - place.y - place.h) * PER_MM
    return f"q {place.w * PER_MM:.2f} 0 0 {place.h * PER_MM:.2f} {x:.2f} {y:.2f} cm /{name} Do Q\n"


def begin_line(*, font: str, size: float, x: float, baseline: float) -> str:
    """Font and place of a line of text; `x` and `baseline` in millimetres."""
    return f"/{font} {size:g} Tf 1 0 0 1 {x * PER_MM:.2f} {(PAGE_HEIGHT_MM - baseline) * PER_MM:.2f} Tm "


def _line(piece: Piece, coded: Coded) -> str:
    if not piece.glyphs:
        return ""
    pairs = coded(piece.glyphs)
    now, codes = pairs[0][0], ""
    parts = [begin_line(font=now, size=piece.size, x=piece.x, baseline=piece.baseline)]
    for font, code in pairs:
        if font != now:
            parts.append(f"<{codes}> Tj /{font} {piece.size:g} Tf ")
            now, codes = font, ""
        codes += code
    parts.append(f"<{codes}> Tj\n")
    if piece.tracking:
        return f"{piece.tracking * piece.size:.3f} Tc {''.join(parts)}0 Tc\n"
    return "".join(parts)


def _rectangle(rect: Rect) -> str:
    x, y = rect.x * PER_MM, (PAGE_HEIGHT_MM - rect.y - rect.h) * PER_MM
    return f"{x:.2f} {y:.2f} {rect.w * PER_MM:.2f} {rect.h * PER_MM:.2f} re"
