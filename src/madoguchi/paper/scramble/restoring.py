"""`restore`: the front of a sheet from a picture of its back. Only whoever verifies loads this, and what it needs.

Believed is what `statement.verify` and a comparison with the front code say of the result, not that it was restored:
whoever holds a paper number can seal anything under it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.problems import SCRAMBLE_NOT_FOUND
from madoguchi.paper.scramble.content import Front
from madoguchi.paper.scramble.equalising import soft_cells
from madoguchi.paper.scramble.field import field
from madoguchi.paper.scramble.reading import read_soft
from madoguchi.paper.scramble.registration import register

MAX_PIXELS: Final = 60_000_000
"""A 600 dpi A4 scan has 35 million."""
MIN_SIDE: Final = 600
_LEGIBLE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A front that came out of a back, every octet authenticated under the sheet's number. Not yet the ward's word."""

    paper_number: bytes
    front: Front
    """A page description, or a raster: a picture of the front."""
    markers: int
    """How many of the twelve markers were found."""
    legible: float
    """Share of the field's blocks whose pilot was found: how much of the back is whole."""


def restore(picture: Image.Image | NDArray[np.uint8]) -> Restored:
    """Restore from a scan or photo of a whole back: any rotation, from 200 dpi, grey, colour or 1-bit.

    Some two seconds on one core. Raises `paper.scramble_not_found` or `paper.scramble_damaged`.
    """
    grey = _grey(picture)
    try:
        seen = register(grey)
        soft = soft_cells(seen)
    except (cv2.error, np.linalg.LinAlgError) as failure:  # markers in places that no sheet of paper has
        raise SCRAMBLE_NOT_FOUND.error(type(failure).__name__) from None
    header, front = read_soft(soft)
    legible = float((seen.likeness > _LEGIBLE).sum() / len(field().pilot_blocks))
    return Restored(paper_number=header.paper_number, front=front, markers=seen.markers, legible=legible)


def _grey(picture: Image.Image | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The size is looked at before anything is decoded."""
    if isinstance(picture, Image.Image):
        _check_size(picture.width, picture.height)
        return np.array(picture.convert("L"), dtype=np.uint8)
    _check_size(*picture.shape[:2])
    return np.ascontiguousarray(picture if picture.ndim == 2 else picture[..., :3].mean(axis=2).astype(np.uint8))  # noqa: PLR2004


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE:
        raise SCRAMBLE_NOT_FOUND.error(f"{width} by {height} pixels")
