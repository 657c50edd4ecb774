"""Pages as pictures, and how far two pictures of one page are apart.

Both are drawn by pdfium from outlines, so that equal pages differ by rounding only: a text a hundredth of a millimetre
to the side, an edge a shade lighter. Blurring over three pixels lets such shades cancel out; what is left is ink that
is missing, added or elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

Picture = NDArray[np.float32]

DPI = 200
_BLUR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What separates two pictures of one page."""

    strongest: float
    """The largest difference of one blurred pixel, in grey levels (0..255)."""
    strong_pixels: int
    """Blurred pixels that differ by more than `STRONG`."""


STRONG = 40.0
"""Grey levels of a blurred pixel: a fifth of the way from paper to ink is no rounding."""


def pictures(pdf: bytes, *, dpi: float = DPI) -> list[Picture]:
    """Every page in grey, 0 ink to 255 paper."""
    with pdfium.PdfDocument(pdf) as document:
        return [_drawn(document[number], dpi) for number in range(len(document))]


def difference(one: Picture, other: Picture) -> Difference:
    """Compare two pictures of the same size. ValueError for different sizes."""
    if one.shape != other.shape:
        msg = f"pictures of {one.shape} and {other.shape} pixels"
        raise ValueError(msg)
    apart = np.abs(_blurred(one - other))
    return Difference(strongest=float(apart.max()), strong_pixels=int((apart > STRONG).sum()))


def _drawn(page: pdfium.PdfPage, dpi: float) -> Picture:
    bitmap = page.render(scale=dpi / 72, grayscale=True)
    try:
        grey = bitmap.to_numpy()
        return np.asarray(grey.reshape(grey.shape[0], -1)[:, : grey.shape[1]], dtype=np.float32)
    finally:
        bitmap.close()


def _blurred(picture: Picture) -> Picture:
    """The mean of each pixel and its neighbours; the outermost pixels of a page are paper anyway."""
    rows = sum(np.roll(picture, step, axis=0) for step in range(-(_BLUR // 2), _BLUR // 2 + 1))
    both = sum(np.roll(rows, step, axis=1) for step in range(-(_BLUR // 2), _BLUR // 2 + 1))
    return np.asarray(both / _BLUR**2, dtype=np.float32)
