"""A font without its glyphs' names: decoding 60,000 of them takes longer than everything else that a mark needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont


@contextmanager
def nameless(font: Path) -> Iterator[TTFont]:
    """The font with `name_of` its glyphs as their names. Raises OSError, TTLibError."""
    with font.open("rb") as file, TTFont(file, lazy=True, recalcTimestamp=False) as opened:
        opened.setGlyphOrder([name_of(glyph) for glyph in range(opened["maxp"].numGlyphs)])
        yield opened


def name_of(glyph: int) -> str:
    """What a `nameless` font calls a glyph."""
    return f"g{glyph}"


@lru_cache(maxsize=4)
def glyphs_of(font: Path) -> Mapping[int, int]:
    """Which glyph draws a code point. Read once per process. Raises OSError, TTLibError."""
    with nameless(font) as opened:
        return {point: int(name[1:]) for point, name in opened.getBestCmap().items()}
