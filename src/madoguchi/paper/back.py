"""The back of a sheet, made by the center: the scramble image, the paper number in digits and as a code.

Everything that all backs share is written once; what remains per sheet are one image of a sample per cell, one of a
sample per module, and a line of digits. The place of 偽造防止検出画像 is framed and named, not yet filled.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.lettering import Lettering
from madoguchi.paper.number import NUMBER_SYMBOLS, paper_number_text, parse_paper_number
from madoguchi.paper.problems import BACK_FAILED
from madoguchi.paper.qr import draw_text, read_text
from madoguchi.paper.scramble.code import Bits
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.drawing import draw_front
from madoguchi.paper.scramble.field import CELL_DOTS, HEIGHT, WIDTH
from madoguchi.pdf.document import Objects

NUMBER_PREFIX: Final = "MGP1:"
"""Tells the back's code from the signed code of the front."""
CELLS_PER_INCH: Final = 600 // CELL_DOTS
"""At this resolution a picture of a back has one pixel per cell."""
DRAWN_SCALE: Final = CELLS_PER_INCH / 72 * (1 - 1e-7)
"""Pixels per point for pdfium to draw it so; a hair less, because pdfium rounds a page's size up."""
FIELD_LEFT_CELLS, FIELD_TOP_CELLS = 60, 60
"""10.16 mm from the page's left and top, on whole dots of the printer."""

NUMBER_TOP_CELLS: Final = FIELD_TOP_CELLS + HEIGHT
"""Below this row of a drawn back stands its code."""

_PER_CELL: Final = 72 / CELLS_PER_INCH
_PAGE_CELLS: Final = (1240, 1754)
"""A4 in whole cells, which is 4,960 × 7,016 dots: a page a fraction of a dot taller makes renderers resample."""
_WIDTH, _HEIGHT = (side * _PER_CELL for side in _PAGE_CELLS)
_PER_MM: Final = 72 / 25.4
_INSET: Final = 0.01
"""Points that the field is smaller on each side (3.5 micrometres): renderers take every dot that an image touches, and
would make it a dot wider and resample it."""
_FIELD: Final = " ".join(
    f"{each:.2f}"
    for each in (
        WIDTH * _PER_CELL - 2 * _INSET, 0, 0, HEIGHT * _PER_CELL - 2 * _INSET,
        FIELD_LEFT_CELLS * _PER_CELL + _INSET, _HEIGHT - (FIELD_TOP_CELLS + HEIGHT) * _PER_CELL + _INSET,
    )
)  # fmt: skip
_GREY, _BLACK = 0.45, 0.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of words: where its baseline begins in millimetres from the page's top left, and its size in points."""

    x: float
    baseline: float
    size: float
    text: str
    grey: float = _GREY
    share: float = 0.0
    """Of its width, how much lies left of `x`: 0.5 centred, 1 right."""


_LINES: Final = (
    _Line(48, 257.6, 9, "この面は、証明書の偽造・改ざんを防ぐための面です。", _BLACK),
    _Line(48, 261.6, 7.5, "This side protects the certificate against forgery."),
    _Line(48, 266.2, 7.5, "上の模様（スクランブル画像）には、表面の内容が記録されています。"),
    _Line(48, 274.6, 7.5, "用紙番号　Paper number"),
    _Line(48, 285.8, 7, "この番号は、表面の用紙番号と同じです。　The front shows the same number."),
    _Line(26.5, 270, 11, "検出画像", share=0.5),
    _Line(26.5, 274, 7.5, "Infrared image", share=0.5),
    _Line(200, 286.6, 7, "用紙番号コード", share=1),
)
_NUMBER: Final = _Line(48, 281.4, 13, "", _BLACK)
_INFRARED: Final = (10.0, 254.0, 33.0, 33.0)
_CODE: Final = (170.0, 254.0, 30.0, 30.0)
_ROOT, _PAGES = 1, 2


class BackMaker:
    """Makes backs. Made once per process, in about a second; safe to share between threads."""

    def __init__(self, font: Path) -> None:
        """Raises `paper.back_failed` when the font cannot be read or lacks a character of ours."""
        letters = Lettering(font, "".join(line.text for line in _LINES) + NUMBER_SYMBOLS)
        objects = Objects()
        for _ in (_ROOT, _PAGES):
            objects.number()
        objects.write(f"<</Type/Catalog/Pages {_PAGES} 0 R/Lang(ja-JP)>>", _ROOT)
        self._letters = letters
        self._font = letters.embed(objects)
        rule = f"{_GREY} G 0.4 w {48 * _PER_MM:.2f} {_up(270):.2f} m {156 * _PER_MM:.2f} {_up(270):.2f} l S\n"
        frame = f"{_rectangle(_INFRARED)} re S\n"
        words = rule + frame + "".join(self._ink(line) for line in _LINES)
        self._words = objects.packed(
            f"/Type/XObject/Subtype/Form/BBox[0 0 {_WIDTH:g} {_HEIGHT:g}]/Resources<</Font<</F {self._font} 0 R>>>>",
            words.encode("ascii"),
        )
        self._start, self._places, self._used = objects.so_far(), objects.places, objects.used

    def back(self, paper_number: bytes, front: SealedFront) -> bytes:
        """The back of the sheet with this number and front: a one-page PDF. Same sheet, same bytes; some 8 ms.

        Raises `paper.number_malformed`, `paper.scramble_too_large`.
        """
        number = paper_number_text(paper_number)
        cells = draw_front(front, paper_number=paper_number)
        code = draw_text(NUMBER_PREFIX + number.replace("-", ""))
        objects = Objects(self._start, self._places, used=self._used)
        field = objects.stream(_image(WIDTH, HEIGHT) + "/Decode[1 0]", np.packbits(cells, axis=1).tobytes())
        square = objects.stream(_image(code.side, code.side), code.bits)
        content = (
            f"q {_FIELD} cm /S Do Q\n"
            f"q {_placed(_CODE)} cm /Q Do Q\n/W Do\n"
            f"{self._ink(_Line(_NUMBER.x, _NUMBER.baseline, _NUMBER.size, number, _NUMBER.grey))}"
        )
        drawn = objects.stream("", content.encode("ascii"))
        page = objects.write(
            f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {_WIDTH:g} {_HEIGHT:g}]/Contents {drawn} 0 R/Resources"
            f"<</Font<</F {self._font} 0 R>>/XObject<</S {field} 0 R/Q {square} 0 R/W {self._words} 0 R>>>>>>"
        )
        objects.write(f"<</Type/Pages/Count 1/Kids[{page} 0 R]>>", _PAGES)
        return objects.finished(root=_ROOT, document_id=hashlib.blake2b(paper_number, digest_size=16).digest())

    def _ink(self, line: _Line) -> str:
        x = line.x * _PER_MM - line.share * line.size * self._letters.width(line.text)
        place = f"1 0 0 1 {x:.2f} {_up(line.baseline):.2f} Tm"
        return f"BT {line.grey:g} g /F {line.size:g} Tf {place} <{self._letters.codes(line.text)}> Tj ET\n"


def read_back(image: Image.Image | NDArray[np.uint8]) -> bytes:
    """The paper number of a scanned back, from its code.

    Raises `paper.front_code_unreadable` or `paper.number_malformed`.
    """
    return parse_paper_number(read_text(image, prefix=NUMBER_PREFIX))


def drawn_cells(picture: NDArray[np.uint8]) -> Bits:
    """The cells of a back that was drawn, not scanned: a grey picture of the page at `DRAWN_SCALE`.

    Raises `paper.back_failed` for a picture of another size or with anything but black and white in the field.
    """
    if picture.shape != _PAGE_CELLS[::-1]:
        raise BACK_FAILED.error(f"a picture of {picture.shape} pixels")
    field = picture[FIELD_TOP_CELLS : FIELD_TOP_CELLS + HEIGHT, FIELD_LEFT_CELLS : FIELD_LEFT_CELLS + WIDTH]
    if ((field != 0) & (field != 255)).any():  # noqa: PLR2004 - black and white
        raise BACK_FAILED.error("the field is not in step with the page")
    dark: Bits = (field == 0).astype(np.uint8)
    return dark


def _image(width: int, height: int) -> str:
    return (
        f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 1"
        "/Interpolate false"
    )


def _up(y: float) -> float:
    """Points from the page's bottom of a height in millimetres from its top."""
    return _HEIGHT - y * _PER_MM


def _rectangle(place: tuple[float, float, float, float]) -> str:
    x, y, width, height = place
    return f"{x * _PER_MM:.2f} {_up(y + height):.2f} {width * _PER_MM:.2f} {height * _PER_MM:.2f}"


def _placed(place: tuple[float, float, float, float]) -> str:
    x, y, width, height = place
    return f"{width * _PER_MM:.2f} 0 0 {height * _PER_MM:.2f} {x * _PER_MM:.2f} {_up(y + height):.2f}"
