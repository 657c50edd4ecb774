"""A receipt's lines as what is sent: pictures in a font of ours, or text in the printer's own where there is none.

Pictures, because no printer's own font has every character of a store's or a ward's name, and none of a cheap one
has Japanese at all. One band of dots per line of text: a printer that waits between two bands shows no seam.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.escpos.commands import SHIFT_JIS, raster, text_line
from madoguchi.runtime.fonts import find_fonts

FONT_DOTS: Final = 24
"""Of 203 per inch: 3 mm."""
LINE_DOTS: Final = 32
_BELOW_DOTS: Final = 3
"""White below the deepest letter."""
_HALF_WIDTH_DOTS: Final = 12
"""Of every printer's font A: half of a double-width character."""
_OCTET: Final = 8

Width = Callable[[str], float]


def bands(lines: tuple[str, ...], *, dots: int) -> tuple[bytes, ...]:
    """One command per line of paper that is `dots` wide; in dots where a font is found, otherwise in Shift_JIS."""
    font = _font()
    if font is None:
        wrapped = _wrapped(lines, width=_text_width, limit=dots)
        return (SHIFT_JIS, *(text_line(line) for line in wrapped))
    return tuple(_band(line, font, dots=dots) for line in _wrapped(lines, width=font.getlength, limit=dots))


def picture(line: str, font: ImageFont.FreeTypeFont, *, dots: int) -> Image.Image:
    """One line, its ink as ones, no wider than it must be: serial lines are slow."""
    octets = max(1, math.ceil(font.getlength(line) / _OCTET))
    drawn = Image.new("1", (min(octets * _OCTET, dots), LINE_DOTS), 0)
    ImageDraw.Draw(drawn).text((0, LINE_DOTS - _BELOW_DOTS), line, fill=1, font=font, anchor="ld")
    return drawn


def load_font(file: Path) -> ImageFont.FreeTypeFont:
    """Raises OSError."""
    return ImageFont.truetype(file, FONT_DOTS, layout_engine=ImageFont.Layout.BASIC)


def _font() -> ImageFont.FreeTypeFont | None:
    try:
        return load_font(find_fonts()[0])
    except (MadoguchiError, OSError):  # a receipt in the printer's own letters is better than none
        return None


def _band(line: str, font: ImageFont.FreeTypeFont, *, dots: int) -> bytes:
    drawn = picture(line, font, dots=dots)
    return raster(drawn.tobytes(), row_octets=drawn.width // _OCTET)


def _text_width(text: str) -> float:
    return sum(_HALF_WIDTH_DOTS * (2 if _is_wide(character) else 1) for character in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F", "A"}


def _wrapped(lines: tuple[str, ...], *, width: Width, limit: int) -> Iterator[str]:
    for line in lines:
        yield from _wrap(_printable(line), width=width, limit=limit)


def _printable(line: str) -> str:
    """No character that a printer would take for a command."""
    return "".join(character if character.isprintable() else " " for character in line)


def _wrap(line: str, *, width: Width, limit: int) -> Iterator[str]:
    """Break at the last space that fits, and within a word that is too long by itself."""
    rest = line.strip()
    while width(rest) > limit:
        fits = next(count for count in range(len(rest) - 1, 0, -1) if count == 1 or width(rest[:count]) <= limit)
        space = rest.rfind(" ", 0, fits + 1)
        at = space if space > 0 else fits
        yield rest[:at].rstrip()
        rest = rest[at:].lstrip()
    yield rest


__all__ = ["FONT_DOTS", "LINE_DOTS", "bands", "load_font", "picture"]
