"""The marks of one sheet: its back, and the reading of that back by another way than it was made."""

from __future__ import annotations

import asyncio
import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray

from madoguchi.center.problems import MARKS_FAILED
from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker, read_back
from madoguchi.wire.transaction import Issuance, SheetMarks

_READING_DPI = 200
"""What a receiver's fax has at least: a back that is readable here is readable anywhere."""
_ABOVE_NUMBER_POINTS = 245 / 25.4 * 72
"""Above this height a back has no number: drawing that too would cost half of the reading."""


class Marks:
    """Makes marks, in one thread of its own: pdfium is not made for several, and the event loop must not wait."""

    def __init__(self, font: Path) -> None:
        self._backs = BackMaker(font)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="marks")

    async def of_sheets(self, issuance: Issuance) -> tuple[SheetMarks, ...]:
        """The marks of every sheet in order, each read again. Raises `paper.*`, `center.marks_failed`."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._make, issuance)

    def _make(self, issuance: Issuance) -> tuple[SheetMarks, ...]:
        made = []
        for sheet in issuance.sheets:
            back = self._backs.back(sheet.paper_number)
            check_back(back, paper_number=sheet.paper_number)
            made.append(SheetMarks(front=None, back=back))
        return tuple(made)


def check_back(back: bytes, *, paper_number: bytes) -> None:
    """The finished back, decoded as a receiver would, speaks of this number. Raises `center.marks_failed`."""
    try:
        found = read_back(_picture(back))
    except (MadoguchiError, pdfium.PdfiumError) as failure:
        raise MARKS_FAILED.error(type(failure).__name__) from failure
    if found != paper_number:
        raise MARKS_FAILED.error("the back speaks of another sheet")


def marks_digest(mark: bytes, *, side: Literal["front", "back"], secret: bytes) -> bytes:
    """HMAC-SHA-256 of a mark's very bytes under the transaction's random octets."""
    return hmac.digest(secret, b"madoguchi marks " + side.encode() + mark, "sha256")


def _picture(pdf: bytes) -> NDArray[np.uint8]:
    document = pdfium.PdfDocument(pdf)
    try:
        if len(document) != 1:
            raise MARKS_FAILED.error("a back is one page")
        rendered = document[0].render(scale=_READING_DPI / 72, grayscale=True, crop=(0, 0, 0, _ABOVE_NUMBER_POINTS))
        picture: NDArray[np.uint8] = rendered.to_numpy().copy()
        return picture
    finally:
        document.close()
