"""公印, as a dummy: a drawn square that says 見本 (sample). No real seal is ever in this repository."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from madoguchi.certificate.fonts import clusters
from madoguchi.certificate.layout import Label, Rect
from madoguchi.certificate.problems import FACTS_INCONSISTENT
from madoguchi.certificate.setting import MM_PER_POINT, Piece, Setter

SAMPLE: Final = "見本"
MAX_CHARACTERS: Final = 9
_OUTER, _INNER = 1.6, 0.5
"""Weights of the two frames, in points."""
_GAP_MM: Final = 0.9


@dataclass(frozen=True, slots=True)
class SealDrawing:
    """Frames as (x, y, w, h, weight) and the characters, all in the seal's red."""

    frames: tuple[tuple[float, float, float, float, float], ...]
    pieces: tuple[Piece, ...]


def seal_drawing(place: Rect, text: str, setter: Setter) -> SealDrawing:
    """Columns from right to left, as a seal is cut; 見本 stands in a strip below the square."""
    letters = tuple(clusters(text))
    if not 1 <= len(letters) <= MAX_CHARACTERS:
        raise FACTS_INCONSISTENT.error("seal_text has one to nine characters")
    columns = math.ceil(math.sqrt(len(letters)))
    rows = math.ceil(len(letters) / columns)
    side = place.w
    inner = Rect(x=place.x + _GAP_MM, y=place.y + _GAP_MM, w=side - 2 * _GAP_MM, h=side - 2 * _GAP_MM)
    cell_w, cell_h = inner.w / columns, inner.h / rows
    size = round(min(cell_w, cell_h) / MM_PER_POINT * 0.86, 1)
    pieces: list[Piece] = []
    for at, letter in enumerate(letters):
        column, row = divmod(at, rows)
        x = inner.x + inner.w - (column + 1) * cell_w
        pieces += setter.label(
            Label(text=letter, size=size, align="center", x=x, y=inner.y + row * cell_h, w=cell_w, h=cell_h)
        )
    strip = Label(text=SAMPLE, size=8, align="center", x=place.x, y=place.y + side, w=side, h=place.h - side)
    pieces += setter.label(strip)
    frames = (
        (place.x, place.y, side, side, _OUTER),
        (inner.x, inner.y, inner.w, inner.h, _INNER),
    )
    return SealDrawing(frames, tuple(pieces))
