"""Glyph numbers of a font, for the one engine that is told glyphs instead of characters."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fontTools.ttLib import TTFont

_VARIATION_FORMAT: Final = 14


class GlyphNumbers:
    """(character, selector) → glyph number and advance in em, of one font file."""

    def __init__(self, path: Path) -> None:
        with TTFont(path, lazy=True) as font:
            per_em, widths = font["head"].unitsPerEm, font["hmtx"].metrics
            glyphs = {chr(code): name for code, name in (font.getBestCmap() or {}).items()}
            for table in font["cmap"].tables:
                if table.format == _VARIATION_FORMAT:
                    for selector, pairs in table.uvsDict.items():
                        for code, name in pairs:
                            glyphs[chr(code) + chr(selector)] = name or glyphs[chr(code)]
            self._of = {each: (font.getGlyphID(name), widths[name][0] / per_em) for each, name in glyphs.items()}

    def __getitem__(self, cluster: str) -> tuple[int, float]:
        return self._of[cluster]
