"""The naive way to mark a sheet: draw the ward's page at 600 dpi, draw everything else into bitmaps, print those.

It is given what it can have: the pattern, words and code squares are drawn beforehand, bitmaps have one bit, deflate
runs at its fastest, and the colours of the infrared picture, which one bit does not have, are left out.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from madoguchi.paper.back import FIELD_LEFT_CELLS, FIELD_TOP_CELLS
from madoguchi.paper.copywarning import CopyWarning, tile
from madoguchi.paper.dots import PAGE_DOTS, PAGE_POINTS, PRINTER_DPI, mask, matrix
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.drawing import draw_front
from madoguchi.paper.scramble.field import CELL_DOTS, HEIGHT, WIDTH
from madoguchi.pdf.document import Objects

Ink = NDArray[np.bool_]
_HALF: Final = 128
_NUMBER_AT: Final = (1134, 6580)
_NUMBER_DOTS: Final = 108
_ROOT, _PAGES = 1, 2


class NaiveWay:
    """Marks sheets with bitmaps."""

    def __init__(self, font: Path) -> None:
        pattern = tile(CopyWarning(), font).astype(bool)
        across, down = -(-PAGE_DOTS[0] // pattern.shape[1]), -(-PAGE_DOTS[1] // pattern.shape[0])
        self._pattern: Ink = np.tile(pattern, (down, across))[: PAGE_DOTS[1], : PAGE_DOTS[0]]
        self._font = ImageFont.truetype(str(font), _NUMBER_DOTS)

    def sheet(self, ward_pdf: bytes, *, page: int, paper_number: bytes, front: SealedFront) -> bytes:
        """One sheet of two sides. `page` counts from 0."""
        objects = Objects()
        for _ in (_ROOT, _PAGES):
            objects.number()
        objects.write(f"<</Type/Catalog/Pages {_PAGES} 0 R>>", _ROOT)
        sides = (self._front(ward_pdf, page), self._back(paper_number, front))
        pages = "".join(f"{_page(objects, side)} 0 R " for side in sides)
        objects.write(f"<</Type/Pages/Count {len(sides)}/Kids[{pages}]>>", _PAGES)
        return objects.finished(root=_ROOT, document_id=paper_number)

    def _front(self, ward_pdf: bytes, page: int) -> Ink:
        width, height = PAGE_DOTS
        with pdfium.PdfDocument(ward_pdf) as document:
            drawn = document[page].render(scale=PRINTER_DPI / 72, grayscale=True).to_numpy()
            inked: Ink = drawn.reshape(drawn.shape[:2])[:height, :width] < _HALF
        return inked | self._pattern

    def _back(self, paper_number: bytes, front: SealedFront) -> Ink:
        inked = self._pattern.copy()
        top, left = FIELD_TOP_CELLS * CELL_DOTS, FIELD_LEFT_CELLS * CELL_DOTS
        cells = draw_front(front, paper_number=paper_number).astype(bool)
        dots = np.repeat(np.repeat(cells, CELL_DOTS, axis=0), CELL_DOTS, axis=1)
        inked[top : top + HEIGHT * CELL_DOTS, left : left + WIDTH * CELL_DOTS] = dots
        line = Image.new("1", (2600, 160))
        ImageDraw.Draw(line).text((0, 0), paper_number_text(paper_number), font=self._font, fill=1)
        x, y = _NUMBER_AT
        inked[y : y + line.height, x : x + line.width] |= np.asarray(line)
        return inked


def _page(objects: Objects, ink: Ink) -> int:
    packed = zlib.compress(np.packbits(ink, axis=1).tobytes(), 1)
    image = objects.stream(mask(*PAGE_DOTS) + "/Filter/FlateDecode", packed)
    width, height = PAGE_POINTS
    content = objects.stream("", f"q {matrix((0, 0, *PAGE_DOTS), inset=0.08)} cm /P Do Q".encode("ascii"))
    return objects.write(
        f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {width:g} {height:g}]/Contents {content} 0 R"
        f"/Resources<</XObject<</P {image} 0 R>>>>>>"
    )
