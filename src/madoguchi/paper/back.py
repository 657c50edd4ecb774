"""The back of a sheet, made by the center: reserved for the marks, with the paper number in digits and as a code.

In this version the places of スクランブル画像, けん制文字 and 偽造防止検出画像 are framed and named, not yet filled.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Final

import numpy as np
import typst
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.number import paper_number_text, parse_paper_number
from madoguchi.paper.problems import BACK_FAILED
from madoguchi.paper.qr import draw_text, read_text

NUMBER_PREFIX: Final = "MGP1:"
"""Tells the back's code from the signed code of the front."""
_SOURCE: Final = Path(__file__).with_name("layouts") / "back.typ"


class BackMaker:
    """Makes backs. Made once per process (fonts are read, Typst is warmed); safe to share between threads."""

    def __init__(self, font: Path) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font.parent)])
        families = {each.family for each in fonts.fonts() if each.path and Path(each.path).name == font.name}
        if len(families) != 1:
            raise BACK_FAILED.error("the font cannot be loaded")
        self._family = families.pop()
        self._typst = typst.Compiler(_SOURCE, root=_SOURCE.parent, font_paths=fonts)
        self._lock = threading.Lock()
        self.back(bytes(16))

    def back(self, paper_number: bytes) -> bytes:
        """The back of the sheet with this number: a one-page PDF. Same number, same bytes; some 5 ms.

        Raises `paper.number_malformed` or `paper.back_failed`.
        """
        number = paper_number_text(paper_number)
        modules = draw_text(NUMBER_PREFIX + number.replace("-", ""))
        data = {"font": self._family, "number": number, "side": modules.side, "pixels": list(modules.pixels)}
        try:
            with self._lock:
                made = self._typst.compile(
                    format="pdf", sys_inputs={"data": json.dumps(data)}, timestamp=0, pdf_tags=False
                )
        except RuntimeError:
            raise BACK_FAILED.error("typst") from None
        if not isinstance(made, bytes):
            raise BACK_FAILED.error("not one document")
        return made


def read_back(image: Image.Image | NDArray[np.uint8]) -> bytes:
    """The paper number of a scanned back, from its code.

    Raises `paper.front_code_unreadable` or `paper.number_malformed`.
    """
    return parse_paper_number(read_text(image, prefix=NUMBER_PREFIX))
