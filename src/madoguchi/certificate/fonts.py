"""Which characters a font draws exactly, and how wide they are.

The trap: asked for 辻 + U+E0100, a font that knows only 辻 + U+E0102 draws the default form, and no engine says so.
Therefore each (character, selector) pair is looked up in the font's own cmap, subtable format 14 (OpenType 1.9,
"cmap", Unicode Variation Sequences), and what is not there is refused. IPAmj明朝 knows the Moji_Joho selectors only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from fontTools.ttLib import TTFont, TTLibError

from madoguchi.certificate.facts import is_selector
from madoguchi.certificate.problems import FONT_UNUSABLE, GLYPH_MISSING

_VARIATION_FORMAT: Final = 14
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16


class Run(NamedTuple):
    """A stretch of text that one font draws."""

    font: int
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file: its family and what it can draw. Immutable after loading, shared by every composer."""

    path: Path
    family: str
    advances: dict[int, float]
    """Code point → advance width in em."""
    sequences: dict[tuple[int, int], float]
    """(code point, selector) → advance width in em."""

    def width(self, cluster: str) -> float | None:
        """Advance in em of one character with its selector, or None when this font does not draw exactly that."""
        if len(cluster) == 1:
            return self.advances.get(ord(cluster))
        if len(cluster) == 2:  # noqa: PLR2004 - a character and its selector
            return self.sequences.get((ord(cluster[0]), ord(cluster[1])))
        return None


@lru_cache(maxsize=16)
def load_face(path: Path) -> Face:
    """Read a font's cmap and widths; about 0.3 s for IPAmj明朝, once per process.

    Raises `certificate.font_unusable`.
    """
    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            return _face(path, font)
    except (OSError, TTLibError, KeyError) as failure:
        raise FONT_UNUSABLE.error(type(failure).__name__) from None


def _face(path: Path, font: TTFont) -> Face:
    per_em = font["head"].unitsPerEm
    widths = font["hmtx"].metrics
    best: dict[int, str] = font.getBestCmap() or {}
    if not best:
        raise FONT_UNUSABLE.error("no Unicode cmap")
    advances = {code: widths[glyph][0] / per_em for code, glyph in best.items()}
    sequences: dict[tuple[int, int], float] = {}
    for table in font["cmap"].tables:
        if table.format != _VARIATION_FORMAT:
            continue
        for selector, pairs in table.uvsDict.items():
            for code, glyph in pairs:
                if glyph is not None:
                    sequences[code, selector] = widths[glyph][0] / per_em
                elif code in advances:  # "default UVS": the character's ordinary glyph is the wanted form
                    sequences[code, selector] = advances[code]
    names = font["name"]
    family = names.getDebugName(_TYPOGRAPHIC_FAMILY) or names.getDebugName(_FAMILY) or ""
    return Face(path, family, advances, sequences)


class FontSet:
    """Fonts in order of preference; a character comes from the first that draws it exactly."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        if not paths:
            raise FONT_UNUSABLE.error("no font given")
        self.faces = tuple(load_face(path) for path in paths)

    def place(self, cluster: str) -> tuple[int, float] | None:
        """(font, advance in em) of one character with its selector, or None when no font draws it."""
        for index, face in enumerate(self.faces):
            width = face.width(cluster)
            if width is not None:
                return index, width
        return None

    def width(self, text: str, *, field_name: str) -> float:
        """Width of the text in em. Raises `certificate.glyph_missing`, naming the field only."""
        return sum(width for _, _, width in self._placed(text, field_name))

    def runs(self, text: str, *, field_name: str) -> tuple[Run, ...]:
        """The text cut where the font changes. Raises `certificate.glyph_missing`, naming the field only."""
        runs: list[Run] = []
        for cluster, font, _ in self._placed(text, field_name):
            if runs and runs[-1].font == font:
                runs[-1] = Run(font, runs[-1].text + cluster)
            else:
                runs.append(Run(font, cluster))
        return tuple(runs)

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters (with selectors) that no font draws exactly: for the ward's own clerks, never for a log."""
        return tuple(cluster for cluster in clusters(text) if self.place(cluster) is None)

    def _placed(self, text: str, field_name: str) -> Iterator[tuple[str, int, float]]:
        for cluster in clusters(text):
            placed = self.place(cluster)
            if placed is None:
                raise GLYPH_MISSING.error(field_name)
            yield cluster, *placed


def clusters(text: str) -> Iterator[str]:
    """The text in pieces of one character and the selectors and marks that follow it.

    A combining mark other than a selector stays with its base and is then refused: no cmap says how it would be placed.
    """
    start = 0
    for at in range(1, len(text)):
        if not is_selector(text[at]) and not unicodedata.combining(text[at]):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]
