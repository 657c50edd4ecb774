"""From brightness to ink: 0 where the paper is bare, 1 where a printer's black is, whatever light the picture has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from madoguchi.verify.comparison.redrawn import Grey

Ink = NDArray[np.float32]

_COARSE: Final = 8
"""Pixels to one, where the paper's own brightness is looked for."""
_GAP: Final = 11
"""Of those: wider than any stroke, so that between strokes there is paper."""
_EVEN: Final = 3.0
_SHARPNESS: Final = (0.8, 1.2, 1.6, 2.1, 2.7, 3.4)
"""Widths of blur, in pixels, among which a picture's own is looked for."""
_INKED: Final = 0.15
_SAMPLE: Final = 1200
"""Side of the square in the middle of the page by which blur and black are judged."""


def paper(picture: Grey) -> Ink:
    """How bright the bare paper is around each pixel."""
    small = cv2.resize(picture, None, fx=1 / _COARSE, fy=1 / _COARSE, interpolation=cv2.INTER_AREA)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_GAP, _GAP), dtype=np.uint8))
    even = cv2.GaussianBlur(closed.astype(np.float32), (0, 0), _EVEN)
    grown = cv2.resize(even, (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(grown, 1, out=grown), dtype=np.float32)


def ink(picture: Grey) -> Ink:
    """Share of the light that the ink takes."""
    share = picture.astype(np.float32)
    share /= paper(picture)  # in place: of a page, every copy is 35 MB that the system must hand out
    np.subtract(1, share, out=share)
    return share


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """How a printer and a camera make ink look."""

    blur: float
    """Standard deviation in pixels."""
    black: float
    """What full ink comes out as."""

    def of(self, drawn: Ink) -> Ink:
        """Drawn ink as it would look."""
        return np.asarray(cv2.GaussianBlur(drawn, (0, 0), self.blur), dtype=np.float32)


def print_of(drawn: Ink, seen: Ink) -> Print:
    """The blur under which the drawn page is most like the seen one, and its black: least squares over inked pixels."""
    middle = tuple(slice((side - _SAMPLE) // 2, (side + _SAMPLE) // 2) for side in drawn.shape)
    ours, theirs = drawn[middle], seen[middle]
    found: list[tuple[float, Print]] = []
    for blur in _SHARPNESS:
        like = cv2.GaussianBlur(ours, (0, 0), blur)
        inked = like > _INKED
        weight = float((like[inked] ** 2).sum())
        black = float((like[inked] * theirs[inked]).sum()) / max(weight, 1e-6)
        off = float(((theirs[inked] - black * like[inked]) ** 2).mean()) if inked.any() else 0.0
        found.append((off / max(black, 0.1) ** 2, Print(blur=blur, black=max(black, 0.1))))
    return min(found, key=lambda each: each[0])[1]
