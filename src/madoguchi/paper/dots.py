"""The page in dots of a 600 dpi printer, and how a picture is put on them without a renderer moving any."""

from __future__ import annotations

from typing import Final

PRINTER_DPI: Final = 600
DOT_POINTS: Final = 72 / PRINTER_DPI
DOTS_PER_MM: Final = PRINTER_DPI / 25.4
PAGE_DOTS: Final = (4960, 7016)
"""A4 in whole dots, and in whole cells of the scramble image: a page a fraction of a dot taller makes renderers
resample."""
PAGE_POINTS: Final = (PAGE_DOTS[0] * DOT_POINTS, PAGE_DOTS[1] * DOT_POINTS)
INSET_DOTS: Final = 0.3
"""A picture is drawn so much smaller on each side (13 micrometres): renderers take every dot that it touches, and would
make it a dot wider and resample it. As long as the page is off the printer's dots by less than this (a ward's page,
841.89 points high, is off by a quarter), every sample still falls on its own dot."""

Place = tuple[int, int, int, int]
"""Left, top, width and height in dots from the page's top left."""


def matrix(place: Place, *, inset: float = INSET_DOTS) -> str:
    """The six operands of `cm` that put a unit square there, `inset` dots smaller on each side."""
    left, top, width, height = place
    parts = (width - 2 * inset, 0, 0, height - 2 * inset, left + inset, PAGE_DOTS[1] - top - height + inset)
    return " ".join(f"{part * DOT_POINTS:.3f}".rstrip("0").rstrip(".") for part in parts)


def rectangle(place: Place) -> str:
    """The four operands of `re`."""
    left, top, width, height = place
    parts = (left, PAGE_DOTS[1] - top - height, width, height)
    return " ".join(f"{part * DOT_POINTS:.3f}".rstrip("0").rstrip(".") for part in parts)


def mask(width: int, height: int) -> str:
    """The entries of a one-bit picture in which 1 is ink and 0 lets through what lies below."""
    return (
        f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ImageMask true/BitsPerComponent 1"
        "/Decode[1 0]/Interpolate false"
    )
