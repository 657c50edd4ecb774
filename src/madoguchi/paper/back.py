"""The back of a sheet, made by the center: the scramble image, the paper number in digits and as a code, and the two
marks that a copy does not have, けん制文字 around the field and 偽造防止検出画像 below it.

Everything that all backs share is written once; what remains per sheet are one image of a sample per cell, one of a
sample per module, and a line of digits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.copywarning import CopyWarning, embed_tile, tiled
from madoguchi.paper.dots import PAGE_DOTS, PAGE_POINTS, Place, matrix
from madoguchi.paper.infrared import SAMPLE_DOTS, SIDE, InfraredImage
from madoguchi.paper.lettering import cut_lettering
from madoguchi.paper.number import NUMBER_SYMBOLS, paper_number_text, parse_paper_number
from madoguchi.paper.qr import draw_text, read_text
from madoguchi.paper.scramble.content import Front
from madoguchi.paper.scramble.drawing import draw_front
from madoguchi.paper.scramble.field import CELL_DOTS, HEIGHT, WIDTH
from madoguchi.pdf.document import Objects

NUMBER_PREFIX: Final = "MGP1:"
"""Tells the back's code from the signed code of the front."""
FIELD_LEFT_CELLS, FIELD_TOP_CELLS = 60, 60
"""10.16 mm from the page's left and top, on whole dots of the printer."""

_PER_MM: Final = 72 / 25.4
FIELD_PLACE: Final[Place] = (
    FIELD_LEFT_CELLS * CELL_DOTS, FIELD_TOP_CELLS * CELL_DOTS, WIDTH * CELL_DOTS, HEIGHT * CELL_DOTS,
)  # fmt: skip
_FIELD_INSET: Final = 0.08
"""Smaller than that of other pictures, because it is drawn at a pixel per cell too, when the center reads it again."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of words: where its baseline begins in millimetres from the page's top left, and its size in points."""

    x: float
    baseline: float
    size: float
    text: str
    share: float = 0.0
    """Of its width, how much lies left of `x`: 0.5 centred, 1 right."""


_LINES: Final = (
    _Line(48, 257.6, 9, "この面は、証明書の偽造・改ざんを防ぐための面です。"),
    _Line(48, 261.6, 7.5, "This side protects the certificate against forgery."),
    _Line(48, 266.2, 7.5, "上の模様（スクランブル画像）には、表面の内容が記録されています。"),
    _Line(48, 274.6, 7.5, "用紙番号　Paper number"),
    _Line(48, 285.8, 7, "この番号は、表面の用紙番号と同じです。　The front shows the same number."),
    _Line(25, 286.8, 7, "検出画像　Infrared image", share=0.5),
    _Line(185, 286.8, 7, "用紙番号コード　Code", share=0.5),
)
_NUMBER: Final = _Line(48, 281.4, 13, "")
_BOTTOM_TOP: Final = 5988
"""Of the picture and the code: 253.5 mm."""
_INFRARED: Final[Place] = (240, _BOTTOM_TOP, SIDE * SAMPLE_DOTS, SIDE * SAMPLE_DOTS)
_CODE_SIDE: Final = 700
CODE_PLACE: Final[Place] = (PAGE_DOTS[0] - 240 - _CODE_SIDE, _BOTTOM_TOP, _CODE_SIDE, _CODE_SIDE)
_ROOM: Final = 24
"""Dots between a picture and the copy warning around it: 1 mm."""
_WARNING_FIRST_ROW: Final = -1054
"""So that a row of words lies in the band below the field, two of them whole between picture and code."""
_ROOT, _PAGES = 1, 2


class BackMaker:
    """Makes backs. Made once per process, in about a second; safe to share between threads."""

    def __init__(self, font: Path, warning: CopyWarning | None = None) -> None:
        """`warning` is the setting of the printer's model, otherwise the default.

        Raises `paper.back_failed` when the font cannot be read or lacks a character of ours.
        """
        letters = cut_lettering(font, "".join(line.text for line in _LINES) + NUMBER_SYMBOLS)
        objects = Objects()
        for _ in (_ROOT, _PAGES):
            objects.number()
        objects.write(f"<</Type/Catalog/Pages {_PAGES} 0 R/Lang(ja-JP)>>", _ROOT)
        self._letters = letters
        self._font = letters.embed(objects)
        tile = embed_tile(objects, warning or CopyWarning(), font)
        infrared = InfraredImage.made(font).embed(objects)
        rule = f"0.4 w {48 * _PER_MM:.2f} {_up(270):.2f} m {156 * _PER_MM:.2f} {_up(270):.2f} l S\n"
        picture = f"q {matrix(_INFRARED)} cm /I Do Q\n"
        shared = _around_the_field("T") + picture + rule
        self._words = objects.packed(
            f"/Type/XObject/Subtype/Form/BBox[0 0 {PAGE_POINTS[0]:g} {PAGE_POINTS[1]:g}]/Resources"
            f"<</Font<</F {self._font} 0 R>>/XObject<</T {tile} 0 R/I {infrared} 0 R>>>>",
            (shared + "".join(self._ink(line) for line in _LINES)).encode("ascii"),
        )
        self._start, self._places, self._used = objects.so_far(), objects.places, objects.used

    def back(self, paper_number: bytes, front: Front) -> bytes:
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
            f"/W Do\nq {matrix(FIELD_PLACE, inset=_FIELD_INSET)} cm /S Do Q\n"
            f"q {matrix(CODE_PLACE)} cm /Q Do Q\n"
            f"{self._ink(_Line(_NUMBER.x, _NUMBER.baseline, _NUMBER.size, number))}"
        )
        drawn = objects.stream("", content.encode("ascii"))
        page = objects.write(
            f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {PAGE_POINTS[0]:g} {PAGE_POINTS[1]:g}]/Contents {drawn} 0 R"
            f"/Resources<</Font<</F {self._font} 0 R>>/XObject<</S {field} 0 R/Q {square} 0 R/W {self._words} 0 R>>>>>>"
        )
        objects.write(f"<</Type/Pages/Count 1/Kids[{page} 0 R]>>", _PAGES)
        return objects.finished(root=_ROOT, document_id=hashlib.blake2b(paper_number, digest_size=16).digest())

    def _ink(self, line: _Line) -> str:
        x = line.x * _PER_MM - line.share * line.size * self._letters.width(line.text)
        place = f"1 0 0 1 {x:.2f} {_up(line.baseline):.2f} Tm"
        return f"BT /F {line.size:g} Tf {place} <{self._letters.codes(line.text)}> Tj ET\n"


def read_back(image: Image.Image | NDArray[np.uint8]) -> bytes:
    """The paper number of a scanned back, from its code.

    Raises `paper.front_code_unreadable` or `paper.number_malformed`.
    """
    return parse_paper_number(read_text(image, prefix=NUMBER_PREFIX))


def _image(width: int, height: int) -> str:
    return (
        f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 1"
        "/Interpolate false"
    )


def _around_the_field(name: str) -> str:
    """The copy warning on four sides of the field, and around the picture and the code below it."""
    left, top, width, height = _with_room(FIELD_PLACE)
    page_width, page_height = PAGE_DOTS
    right, bottom = left + width, top + height
    sides: tuple[Place, ...] = (
        (0, 0, page_width, top),
        (0, top, left, height),
        (right, top, page_width - right, height),
    )
    below: Place = (0, bottom, page_width, page_height - bottom)
    clear = (_with_room(_INFRARED), _with_room(CODE_PLACE))
    return "".join(tiled(name, side, first_row=_WARNING_FIRST_ROW) for side in sides) + tiled(
        name, below, keep_clear=clear, first_row=_WARNING_FIRST_ROW
    )


def _up(y: float) -> float:
    """Points from the page's bottom of a height in millimetres from its top."""
    return PAGE_POINTS[1] - y * _PER_MM


def _with_room(place: Place) -> Place:
    left, top, width, height = place
    return left - _ROOM, top - _ROOM, width + 2 * _ROOM, height + 2 * _ROOM
