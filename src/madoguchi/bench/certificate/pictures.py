"""Pages as pictures of 200 dpi, and how far two pictures of one page are apart.

Both are drawn by pdfium from outlines. It puts every character on a whole pixel, so that a thousandth of a millimetre
can become a whole one: therefore a page is drawn four times finer and averaged down. Blurring over three pixels lets
the shades of equal edges cancel out. Two composers that place the same glyphs and rules then stay below 3 grey levels
of 255 nearly everywhere, and a character that falls on the next fine pixel below 22.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.certificate.layout import Rect

Picture = NDArray[np.float32]

DPI: Final = 200
_FINER: Final = 4
_REACH: Final = 1
"""Pixels to each side that blurring takes in."""
_MARGIN_MM: Final = 0.5
STRONG: Final = 25.0
"""Grey levels of a blurred pixel. A tenth of the way from paper to ink, over three pixels, is no rounding."""
_FAINT: Final = 8.0
_FAINT_ALLOWED: Final = 250
"""Blurred pixels: some six characters of 9 points that fell on the next fine pixel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What separates two pictures of one page. All in blurred pixels."""

    strongest: float
    """Grey levels, 0..255."""
    strong: int
    """How many differ by more than `STRONG`."""
    faint: int
    """How many outside the square differ visibly at all."""

    @property
    def alike(self) -> bool:
        """Whether both pictures show the same ink at the same places."""
        return not self.strong and self.faint <= _FAINT_ALLOWED


def pictures(pdf: bytes) -> Iterator[Picture]:
    """Every page in grey, 0 ink to 255 paper."""
    with pdfium.PdfDocument(pdf) as document:
        for number in range(len(document)):
            yield _drawn(document[number])


def difference(one: Picture, other: Picture, *, square: Rect) -> Difference:
    """Compare two pictures of the same size. ValueError for different sizes.

    In the front code's square an image is stretched to pixels of paper, which a hundredth of a point shades along every
    module's edge: there only strong differences count, and another module is one.
    """
    if one.shape != other.shape:
        msg = f"pictures of {one.shape} and {other.shape} pixels"
        raise ValueError(msg)
    apart = np.abs(_blurred(one - other))
    strongest, strong = float(apart.max()), int((apart > STRONG).sum())
    rows, columns = (_pixels(*span) for span in ((square.y, square.h), (square.x, square.w)))
    apart[rows, columns] = 0
    return Difference(strongest=strongest, strong=strong, faint=int((apart > _FAINT).sum()))


def _pixels(start: float, length: float) -> slice:
    per_mm = DPI / 25.4
    return slice(int((start - _MARGIN_MM) * per_mm), int((start + length + _MARGIN_MM) * per_mm) + 1)


def _drawn(page: pdfium.PdfPage) -> Picture:
    bitmap = page.render(scale=DPI * _FINER / 72, grayscale=True)
    try:
        fine = bitmap.to_numpy()
        fine = fine.reshape(fine.shape[0], -1)
        height, width = (side // _FINER * _FINER for side in fine.shape)
        sums = np.zeros((height // _FINER, width // _FINER), np.uint16)
        for row in range(_FINER):
            for column in range(_FINER):
                sums += fine[row:height:_FINER, column:width:_FINER]
        return np.asarray(sums / _FINER**2, dtype=np.float32)
    finally:
        bitmap.close()


def _blurred(picture: Picture) -> Picture:
    """The mean of each pixel and its neighbours; the outermost pixels of a page are paper anyway."""
    steps = range(-_REACH, _REACH + 1)
    rows = sum(np.roll(picture, step, axis=0) for step in steps)
    both = sum(np.roll(rows, step, axis=1) for step in steps)
    return np.asarray(both / len(steps) ** 2, dtype=np.float32)
