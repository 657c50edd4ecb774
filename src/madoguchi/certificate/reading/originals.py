"""The original font files, as the clerk opens them: what each (character, selector) must look like."""

from __future__ import annotations

import mmap
import struct
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from madoguchi.certificate.problems import FONT_UNUSABLE
from madoguchi.certificate.reading.truetype import Contour, Glyph, TrueType

BLANKS: Final = frozenset(" \u00a0\u3000")
"""Characters without ink. Any font may give them: between two letters of one font a space belongs to that font."""
_REMEMBERED: Final = 20_000


class Reference:
    """How one original font draws one character."""

    __slots__ = ("_font", "_index", "flags", "glyph", "units_per_em")

    def __init__(self, font: TrueType, index: int) -> None:
        self._font = font
        self._index = index
        self.glyph: Glyph = font.glyph(index)
        self.units_per_em = font.units_per_em
        self.flags = font.flags

    @property
    def contours(self) -> tuple[Contour, ...]:
        """The decoded outline."""
        return self._font.contours(self._index)


class Originals:
    """Font files in order of preference. Immutable after loading."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Some 15 ms for IPAmj明朝. Raises `certificate.font_unusable`."""
        self._fonts = []
        for path in paths:
            try:
                font = TrueType(_mapped(path), bare=False)
                self._fonts.append((font, font.characters()))
            except (OSError, ValueError, KeyError, IndexError, struct.error) as failure:
                raise FONT_UNUSABLE.error(type(failure).__name__) from None
        if not self._fonts:
            raise FONT_UNUSABLE.error("no font given")
        self.of = lru_cache(maxsize=_REMEMBERED)(self._of)

    def _of(self, text: str) -> tuple[Reference, ...]:
        """How a character (with its selector) may be drawn: as the first font that has exactly it draws it.

        Empty when no font has it. A character without ink may come from each of them.
        """
        found = ((font, characters.glyph(text)) for font, characters in self._fonts)
        every = tuple(Reference(font, index) for font, index in found if index is not None)
        return every if text in BLANKS else every[:1]


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
