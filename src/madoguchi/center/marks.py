"""The marks of one sheet: a layer for its front, and its back, which is read again by another way than it was made."""

from __future__ import annotations

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from madoguchi.center.printers import Printers
from madoguchi.center.problems import MARKS_FAILED
from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.copywarning import CopyWarning, front_layer
from madoguchi.paper.redrawn import redraw
from madoguchi.paper.scramble.content import Front
from madoguchi.paper.scramble.reading import read_cells
from madoguchi.paper.scramble.rendering import render_pages
from madoguchi.wire.transaction import Sheet, SheetMarks


class Marks:
    """Makes marks, in one thread of its own: pdfium is not made for several, and the event loop must not wait."""

    def __init__(self, font: Path, printers: Printers) -> None:
        """Everything that does not depend on the sheet is drawn now, for every model of printer."""
        self._printers = printers
        self._makers = {warning: SheetMaker(font, warning) for warning in printers.every}
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marks")

    async def of_sheets(
        self, sheets: tuple[Sheet, ...], fronts: tuple[Front, ...], *, operator: str, kiosk: bytes
    ) -> tuple[SheetMarks, ...]:
        """The marks of every sheet in order for the printer of this kiosk, each read again.

        Raises `paper.*`, `center.marks_failed`.
        """
        maker = self._makers[self._printers.warning(operator=operator, kiosk=kiosk)]
        return await asyncio.get_running_loop().run_in_executor(self._worker, _of_sheets, maker, sheets, fronts)

    async def rasters(self, pdf: bytes) -> tuple[bytes, ...]:
        """The raster of each page, for a ward that gave no page description. Raises `paper.scramble_too_large`."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, render_pages, pdf)


class SheetMaker:
    """Makes the marks of sheets for one model of printer."""

    def __init__(self, font: Path, warning: CopyWarning) -> None:
        """Raises `paper.back_failed`."""
        self._backs = BackMaker(font, warning)
        self._front = front_layer(warning, font)

    def marks(self, paper_number: bytes, front: Front) -> SheetMarks:
        """Not read again yet. Raises `paper.number_malformed`, `paper.scramble_too_large`."""
        return SheetMarks(front=self._front, back=self._backs.back(paper_number, front))


def _of_sheets(maker: SheetMaker, sheets: tuple[Sheet, ...], fronts: tuple[Front, ...]) -> tuple[SheetMarks, ...]:
    made = []
    for sheet, front in zip(sheets, fronts, strict=True):
        marks = maker.marks(sheet.paper_number, front)
        check_back(marks.back, paper_number=sheet.paper_number, front=front)
        made.append(marks)
    return tuple(made)


def check_back(back: bytes, *, paper_number: bytes, front: Front) -> None:
    """The finished back, drawn and decoded, speaks of this number and this front. Raises `center.marks_failed`."""
    try:
        drawn = redraw(back)
        header, restored = read_cells(drawn.cells)
    except MadoguchiError as failure:
        raise MARKS_FAILED.error(f"{failure.code} {failure.cause}"[:150]) from failure
    if drawn.paper_number != paper_number or header.paper_number != paper_number:
        raise MARKS_FAILED.error("the back speaks of another sheet")
    if restored != front:
        raise MARKS_FAILED.error("the back restores another front")


def marks_digest(mark: bytes, *, side: Literal["front", "back"], secret: bytes) -> bytes:
    """HMAC-SHA-256 of a mark's very bytes under the transaction's random octets."""
    return hmac.digest(secret, b"madoguchi marks " + side.encode() + mark, "sha256")
