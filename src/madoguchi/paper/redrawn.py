"""A finished back drawn by another program, as whoever checks it before it goes out looks at it: field and code.

Drawn at one pixel per cell, so that what a cell says is no matter of a threshold; and only where there is something to
read, because the copy warning around it costs the renderer three times as much as the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.paper.back import CODE_PLACE, FIELD_PLACE, read_back
from madoguchi.paper.dots import PAGE_DOTS, PRINTER_DPI, Place
from madoguchi.paper.problems import BACK_FAILED
from madoguchi.paper.scramble.code import Bits
from madoguchi.paper.scramble.field import CELL_DOTS

PIXELS_PER_POINT: Final = PRINTER_DPI / CELL_DOTS / 72 * (1 - 1e-7)
"""A hair less than a pixel per cell, because pdfium rounds a page's size up."""
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class RedrawnBack:
    """What a back says when it is drawn."""

    paper_number: bytes
    """As its code says."""
    cells: Bits
    """Shape (HEIGHT, WIDTH), 1 for dark."""


def redraw(pdf: bytes) -> RedrawnBack:
    """Draw and read a back of one page.

    Raises `paper.back_failed` for what is no back of ours: other pages, another size, or anything but black and white
    in the field; `paper.front_code_unreadable`, `paper.number_malformed` for its code.
    """
    with _opened(pdf) as document:
        if len(document) != 1:
            raise BACK_FAILED.error("a back is one page")
        return RedrawnBack(paper_number=read_back(_part(document[0], CODE_PLACE)), cells=_cells(document[0]))


def redrawn_cells(pdf: bytes, *, page: int) -> Bits:
    """The cells alone of a page that has a field where a back has it; `page` counts from 0. Raises as `redraw`."""
    with _opened(pdf) as document:
        return _cells(document[page])


@contextmanager
def _opened(pdf: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        with pdfium.PdfDocument(pdf) as document:
            yield document
    except pdfium.PdfiumError as failure:
        raise BACK_FAILED.error(type(failure).__name__) from None


def _cells(page: pdfium.PdfPage) -> Bits:
    field = _part(page, FIELD_PLACE)
    if ((field != 0) & (field != 255)).any():  # noqa: PLR2004 - black and white
        raise BACK_FAILED.error("the field is not in step with the page")
    dark: Bits = (field == 0).astype(np.uint8)
    return dark


def _part(page: pdfium.PdfPage, place: Place) -> NDArray[np.uint8]:
    """One pixel per cell of that place."""
    left, top, width, height = (side // CELL_DOTS for side in place)
    across, down = (side // CELL_DOTS for side in PAGE_DOTS)
    around = (left, down - top - height, across - left - width, top)  # left, bottom, right, top
    points = tuple(max(0.0, side - _HALF) / PIXELS_PER_POINT for side in around)  # pdfium rounds up here as well
    try:
        drawn = page.render(scale=PIXELS_PER_POINT, grayscale=True, crop=points).to_numpy()
    except ValueError:  # of pypdfium2: nothing of the page is left
        raise BACK_FAILED.error("a page of another size") from None
    if drawn.shape[:2] != (height, width):
        raise BACK_FAILED.error("a page of another size")
    part: NDArray[np.uint8] = drawn.reshape(height, width).copy()
    return part
