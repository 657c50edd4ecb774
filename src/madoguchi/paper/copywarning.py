"""けん制文字: the word 複写 in a tone that the eye does not tell from its ground, and a copier does.

Word and ground are two screens of equal tone. The ground's dots are so fine that a copier's scanner blurs them to a
light grey and drops or thins it; the word's dots are coarse enough to come through. What "equal" is depends on the
printer, so the two screens are a setting per model of printer (`docs/anti-forgery.md`, `paper calibrate`).

One tile is made per setting, once per process, as a one-bit mask; a page repeats it, every other row moved by half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np

from madoguchi.paper.dots import PAGE_DOTS, PAGE_POINTS, PRINTER_DPI, Place, mask, matrix, rectangle
from madoguchi.paper.screens import TILE, Bits, Screen, woven
from madoguchi.paper.shapes import Shape, shape_of
from madoguchi.pdf.document import Objects

WORD: Final = "複写"
WORD_POINTS: Final = 60
WORD_TILT: Final = 20.0
"""Degrees, counter-clockwise."""
_STROKE: Final = 7
"""Dots by which the word's strokes are widened on each side: the font is a Mincho, whose level strokes are thin."""
_WHOLE_PAGE: Final[Place] = (0, 0, *PAGE_DOTS)
_ROOT, _PAGES = 1, 2
_WORD_SCREEN: Final = Screen(width=3, height=3, percent=10.4)
_BACKGROUND_SCREEN: Final = Screen(width=1, height=2, percent=9.9)
"""At 65 and 134 lines per inch. A ground of 2 × 2 dots would come through a 600 dpi copier, and larger dots of the word
would show on the original by their grain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyWarning:
    """The two screens of one model of printer. The default was measured by simulation only."""

    word: Screen = _WORD_SCREEN
    background: Screen = _BACKGROUND_SCREEN


@lru_cache(maxsize=4)
def word_area(font: Path) -> Shape:
    """Where the word lies in a tile, shape (height, width). Raises `paper.back_failed`."""
    size = round(WORD_POINTS / 72 * PRINTER_DPI)
    word = shape_of(WORD, font=font, size=size, stroke=_STROKE, tilt=WORD_TILT)
    area = np.zeros(TILE[::-1], dtype=bool)
    top, left = ((whole - part) // 2 for whole, part in zip(area.shape, word.shape, strict=True))
    area[top : top + word.shape[0], left : left + word.shape[1]] = word
    return area


@lru_cache(maxsize=16)
def tile(setting: CopyWarning, font: Path) -> Bits:
    """One tile, 1 for ink. Some 30 ms. Raises `paper.back_failed`."""
    word = word_area(font)
    made = woven(((setting.word, word), (setting.background, ~word)))
    made.flags.writeable = False
    return made


def embed_tile(objects: Objects, setting: CopyWarning, font: Path) -> int:
    """Write the tile as a mask of some six kilobytes. Its object number. Raises `paper.back_failed`."""
    return objects.packed(mask(*TILE), np.packbits(tile(setting, font), axis=1).tobytes())


def tiled(name: str, area: Place, *, keep_clear: Iterable[Place] = (), first_row: int = 0) -> str:
    """Operators that cover an area of the page with the tile of that name, but for some places in it.

    Only tiles that touch the area are drawn: renderers work on what they clip away afterwards. `first_row` is where the
    first row of the page's tiles begins, in dots from its top (at most 0).
    """
    inside = "".join(f"{rectangle(place)} re " for place in (area, *keep_clear))
    (left, top, width, height), (tile_width, tile_height) = area, TILE
    drawn = []
    for row in range((top - first_row) // tile_height, ceil((top + height - first_row) / tile_height)):
        moved = row % 2 * (tile_width // 2)
        for column in range((left + moved) // tile_width, ceil((left + width + moved) / tile_width)):
            place = column * tile_width - moved, first_row + row * tile_height, tile_width, tile_height
            drawn.append(f"q {matrix(place)} cm /{name} Do Q\n")
    return f"q {inside}W* n 0 g\n{''.join(drawn)}Q\n"


def front_layer(setting: CopyWarning, font: Path) -> bytes:
    """What is laid under a ward's page: a one-page PDF, the same for all sheets of a printer's model.

    Raises `paper.back_failed`.
    """
    objects = Objects()
    for _ in (_ROOT, _PAGES):
        objects.number()
    objects.write(f"<</Type/Catalog/Pages {_PAGES} 0 R>>", _ROOT)
    image = embed_tile(objects, setting, font)
    content = objects.packed("", tiled("T", _WHOLE_PAGE).encode("ascii"))
    page = objects.write(
        f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {PAGE_POINTS[0]:g} {PAGE_POINTS[1]:g}]/Contents {content} 0 R"
        f"/Resources<</XObject<</T {image} 0 R>>>>>>"
    )
    objects.write(f"<</Type/Pages/Count 1/Kids[{page} 0 R]>>", _PAGES)
    return objects.finished(root=_ROOT, document_id=hashlib.blake2b(repr(setting).encode(), digest_size=16).digest())
