"""Characters as shapes, in dots: for marks in which they are no text but an area."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from fontTools.ttLib import TTLibError
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from madoguchi.paper.problems import BACK_FAILED
from madoguchi.paper.typeface import glyphs_of

Shape = NDArray[np.bool_]

_HALF: Final = 128


def shape_of(text: str, *, font: Path, size: int, stroke: int = 0, tilt: float = 0.0) -> Shape:
    """The text's shape, cut to its box. `size` of an em and `stroke`, which makes it bolder, in dots; tilt in degrees.

    Tilted counter-clockwise. Raises `paper.back_failed` when the font cannot be read or lacks a character.
    """
    try:
        _check_drawable(text, font)
        face = ImageFont.truetype(str(font), size)
    except (OSError, TTLibError, KeyError) as failure:
        raise BACK_FAILED.error(f"the font: {type(failure).__name__}") from None
    side = size * (len(text) + 2)
    canvas = Image.new("L", (side, side))
    middle = (side / 2, side / 2)
    ImageDraw.Draw(canvas).text(middle, text, font=face, fill=255, anchor="mm", stroke_width=stroke, stroke_fill=255)
    drawn = np.asarray(canvas.rotate(tilt, resample=Image.Resampling.BICUBIC)) >= _HALF
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    return np.ascontiguousarray(drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _check_drawable(text: str, font: Path) -> None:
    """KeyError for a character that would come out as an empty box."""
    glyphs = glyphs_of(font)
    for character in text:
        glyphs[ord(character)]
