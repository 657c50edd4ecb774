"""The chart as a one-page PDF, every dot of its fields on a dot of the printer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from madoguchi.paper.calibration.steps import CODE_PREFIX, FIELD_SIZE, MARKERS, Steps, fields
from madoguchi.paper.dots import DOT_POINTS, PAGE_DOTS, PAGE_POINTS, Place, mask, matrix
from madoguchi.paper.lettering import Lettering
from madoguchi.paper.markers import DICTIONARY
from madoguchi.paper.qr import draw_text
from madoguchi.paper.screens import Screen, plain
from madoguchi.pdf.document import Objects

_CODE: Final[Place] = (4060, 240, 600, 600)
_MODULES: Final = 6
"""Of a marker of this dictionary, its black edge included."""
_ROOT, _PAGES = 1, 2


@dataclass(frozen=True, slots=True)
class _Line:
    left: int
    baseline: int
    """Both in dots from the page's top left."""
    size: float
    text: str


_WORDS: Final = (
    _Line(300, 350, 17, "けん制文字　調整チャート"),
    _Line(300, 450, 10, "Calibration chart of the copy warning"),
    _Line(
        300, 570, 8.5, "複合機の機種ごとに、等倍・補正なしで印刷し、全体を300〜600 dpiのグレーで読み取ってください。"
    ),
    _Line(300, 650, 8.5, "Print at 100 % without enhancement, scan the whole sheet in grey at 300 to 600 dpi."),
    _Line(300, 755, 8.5, "目で見るときは、1 m離れて、中央が左右と見分けられない段を選びます。"),
    _Line(300, 835, 8.5, "By eye: from one metre, choose the strip whose middle cannot be told from its sides."),
    _Line(1120, 1290, 8, "地 ground"),
    _Line(2160, 1290, 8, "文字 word"),
    _Line(3200, 1290, 8, "地 ground"),
)


def chart(steps: Steps, *, font: Path) -> bytes:
    """The chart of these steps. Deterministic. Raises `paper.back_failed` when the font cannot be used."""
    lines = [*_WORDS, *_labels(steps)]
    letters = Lettering(font, "".join(line.text for line in lines))
    objects = Objects()
    for _ in (_ROOT, _PAGES):
        objects.number()
    objects.write(f"<</Type/Catalog/Pages {_PAGES} 0 R/Lang(ja-JP)>>", _ROOT)
    embedded = letters.embed(objects)
    pictures, placed = _pictures(objects, steps)
    words = "".join(
        f"BT /F {line.size:g} Tf 1 0 0 1 {line.left * DOT_POINTS:.2f}"
        f" {(PAGE_DOTS[1] - line.baseline) * DOT_POINTS:.2f} Tm <{letters.codes(line.text)}> Tj ET\n"
        for line in lines
    )
    content = objects.packed("", f"0 g\n{placed}{words}".encode("ascii"))
    page = objects.write(
        f"<</Type/Page/Parent {_PAGES} 0 R/MediaBox[0 0 {PAGE_POINTS[0]:g} {PAGE_POINTS[1]:g}]/Contents {content} 0 R"
        f"/Resources<</Font<</F {embedded} 0 R>>/XObject<<{pictures}>>>>>>"
    )
    objects.write(f"<</Type/Pages/Count 1/Kids[{page} 0 R]>>", _PAGES)
    return objects.finished(
        root=_ROOT, document_id=hashlib.blake2b(steps.text().encode("ascii"), digest_size=16).digest()
    )


def _labels(steps: Steps) -> list[_Line]:
    return [
        _Line(640, fields(number)[0][1] + FIELD_SIZE[1] // 2 + 30, 11, f"{percent:g} %")
        for number, percent in enumerate(steps.percents)
    ]


def _pictures(objects: Objects, steps: Steps) -> tuple[str, str]:
    """Write code, markers and fields: the entries of their names, and the operators that place them."""
    code = draw_text(CODE_PREFIX + steps.text())
    entries = "/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 1/Interpolate false"
    drawn = [
        ("Q", objects.stream(f"{entries}/Width {code.side}/Height {code.side}", code.bits), [_CODE]),
        ("W", _screen(objects, steps.warning.word), [fields(number)[1] for number in range(len(steps.percents))]),
    ]
    for number, ground in enumerate(steps.grounds):
        left, _, right = fields(number)
        drawn.append((f"G{number}", _screen(objects, ground), [left, right]))
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    for marker, place in MARKERS.items():
        light = np.asarray(cv2.aruco.generateImageMarker(dictionary, marker, _MODULES)) > 0
        number = objects.stream(mask(_MODULES, _MODULES), np.packbits(~light, axis=1).tobytes())
        drawn.append((f"M{marker}", number, [place]))
    names = "".join(f"/{name} {number} 0 R" for name, number, _ in drawn)
    return names, "".join(f"q {matrix(place)} cm /{name} Do Q\n" for name, _, places in drawn for place in places)


def _screen(objects: Objects, screen: Screen) -> int:
    width, height = FIELD_SIZE
    return objects.packed(mask(width, height), np.packbits(plain(screen)[:height, :width], axis=1).tobytes())
