"""A page of any PDF to the raster that its back carries: 300 dpi when it fits, otherwise as fine as fits."""

from __future__ import annotations

from typing import Final

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.paper.problems import SCRAMBLE_TOO_LARGE
from madoguchi.paper.scramble.raster import COLOUR_STEP, MAX_PIXELS, MAX_SIDE, Raster, coarse, packed

RESOLUTIONS: Final = (300, 250, 200, 150, 120)
LARGEST: Final = 82_000
"""Octets of a raster: with both statements they fit at rate 1/2, at which four tenths of the back may be missing."""
_INK: Final = 170
"""Whatever is darker is ink. At 128 the character 一 was lost where its stroke is thinner than a pixel; paler grounds
and tints are not carried."""
_COLOURED: Final = 70
"""How far the channels of a pixel are apart before it counts as coloured, of 255."""
_SHRINKS: Final = 1.7
"""Octets fall with at most this power of the resolution (1.3 to 1.6 were measured)."""
_COLOUR_ROOM: Final = 900
"""Octets kept for the coloured plane and the frame."""


def render_pages(pdf: bytes) -> tuple[bytes, ...]:
    """The encoded raster of every page. Not for two threads at once: pdfium is not made for it.

    Raises `paper.scramble_too_large` for a page that is larger than A4 or too dense at the coarsest resolution, and for
    a PDF that cannot be drawn.
    """
    try:
        with pdfium.PdfDocument(pdf) as document:
            return tuple(_fitting(page) for page in document)
    except pdfium.PdfiumError as failure:
        raise SCRAMBLE_TOO_LARGE.error(type(failure).__name__) from None


def _fitting(page: pdfium.PdfPage) -> bytes:
    octets, drawn_at = 0, RESOLUTIONS[0]
    for dpi in RESOLUTIONS:
        if octets * (dpi / drawn_at) ** _SHRINKS > LARGEST:
            continue  # seen from the finer one: not worth drawing
        ink, width, height = _ink(page, dpi)
        if len(ink) <= LARGEST - _COLOUR_ROOM:
            colour, coloured = _colour(page, dpi, width=width, height=height)
            raster = Raster(dpi=dpi, width=width, height=height, ink=ink, colour=colour, coloured=coloured).encode()
            if len(raster) <= LARGEST:
                return raster
        octets, drawn_at = len(ink), dpi
    raise SCRAMBLE_TOO_LARGE.error(f"{octets} octets at {drawn_at} dpi")


def _ink(page: pdfium.PdfPage, dpi: int) -> tuple[bytes, int, int]:
    """Packed, width and height. What would be too large is not drawn."""
    width, height = (-int(-side * dpi // 72) for side in page.get_size())
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise SCRAMBLE_TOO_LARGE.error(f"a page of {width} by {height} pixels")
    grey = page.render(scale=dpi / 72, grayscale=True).to_numpy()
    grey = grey.reshape(grey.shape[:2])
    return packed(np.packbits(grey < _INK, axis=1)), grey.shape[1], grey.shape[0]


def _colour(page: pdfium.PdfPage, dpi: int, *, width: int, height: int) -> tuple[bytes, bytes]:
    """The darkest common colour and where it is; nothing for a page in black. A seal takes some 200 octets."""
    drawn: NDArray[np.uint8] = page.render(scale=dpi / 72 / COLOUR_STEP, rev_byteorder=True).to_numpy()[..., :3]
    red, green, blue = (np.ascontiguousarray(drawn[..., channel]) for channel in range(3))
    apart = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    spots = np.zeros((coarse(height), coarse(width)), dtype=bool)
    down, across = (min(pair) for pair in zip(spots.shape, apart.shape, strict=True))
    spots[:down, :across] = apart[:down, :across] > _COLOURED
    if not spots.any():
        return b"", b""
    vivid = drawn[apart >= max(_COLOURED, int(apart.max()) - 30)]
    colour = np.median(vivid, axis=0).astype(np.uint8).tobytes()
    return colour, packed(np.packbits(spots, axis=1))
