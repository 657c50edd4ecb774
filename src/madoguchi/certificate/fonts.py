"""Which characters a font draws exactly, with which glyph, and how wide they are.

The trap: asked for 辻 + U+E0100, a font that knows only 辻 + U+E0102 draws the default form, and no engine says so.
Therefore each (character, selector) pair is looked up in the font's own cmap, subtable format 14 (OpenType 1.9,
"cmap", Unicode Variation Sequences), and what is not there is refused. IPAmj明朝 knows the Moji_Joho selectors only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from fontTools.ttLib import TTFont, TTLibError

from madoguchi.certificate.facts import is_selector
from madoguchi.certificate.problems import FONT_UNUSABLE, GLYPH_MISSING

_VARIATION_FORMAT: Final = 14
BLANKS: Final = frozenset(" \u00a0\u3000")
"""Spaces, which leave no ink."""
_FAMILY, _TYPOGRAPHIC_FAMILY, _POSTSCRIPT = 1, 16, 6


class Run(NamedTuple):
    """A stretch of text that one font draws."""

    font: int
    text: str


class Drawn(NamedTuple):
    """One character with its selector, and what draws it."""

    font: int
    """Index in the font set."""
    glyph: int
    """Glyph index in that font's file."""
    advance: float
    """Width in em."""
    text: str
    key: str
    """Font and text in one word, for looking it up."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file: its names and what it draws. Immutable after loading, shared by every composer."""

    path: Path
    family: str
    postscript_name: str
    glyphs: Mapping[str, tuple[int, float]]
    """One character, or a character and its selector → glyph index and advance width in em."""


@lru_cache(maxsize=16)
def load_face(path: Path) -> Face:
    """Read a font's cmap and widths; about 0.4 s for IPAmj明朝, once per process.

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
    index = {name: at for at, name in enumerate(font.getGlyphOrder())}
    glyphs = {
        chr(code): (index[glyph], widths[glyph][0] / per_em) for code, glyph in best.items() if _stands_alone(chr(code))
    }
    for table in font["cmap"].tables:
        if table.format == _VARIATION_FORMAT:
            glyphs |= dict(_sequences(table.uvsDict, glyphs, index, widths, per_em))
    names = font["name"]
    family = names.getDebugName(_TYPOGRAPHIC_FAMILY) or names.getDebugName(_FAMILY) or ""
    return Face(path, family, names.getDebugName(_POSTSCRIPT) or path.stem, glyphs)


def _stands_alone(character: str) -> bool:
    """A combining mark is drawn with its base or not at all: no cmap says how it would be placed."""
    return not is_selector(character) and not unicodedata.combining(character)


def _sequences(
    found: Mapping[int, list[tuple[int, str | None]]],
    glyphs: Mapping[str, tuple[int, float]],
    index: Mapping[str, int],
    widths: Mapping[str, tuple[int, int]],
    per_em: int,
) -> Iterator[tuple[str, tuple[int, float]]]:
    for selector, pairs in found.items():
        for code, glyph in pairs:
            if glyph is not None:
                yield chr(code) + chr(selector), (index[glyph], widths[glyph][0] / per_em)
            elif chr(code) in glyphs:  # "default UVS": the character's ordinary glyph is the wanted form
                yield chr(code) + chr(selector), glyphs[chr(code)]


class FontSet:
    """Fonts in order of preference; a character comes from the first that draws it exactly."""

    def __init__(self, paths: tuple[Path, ...]) -> None:
        if not paths:
            raise FONT_UNUSABLE.error("no font given")
        self.faces = tuple(load_face(path) for path in paths)
        self.drawn: dict[str, Drawn] = {}
        """Everything that can be drawn: a character, or a character and its selector."""
        for font, face in reversed(list(enumerate(self.faces))):
            self.drawn |= {text: _drawn(font, text, *found) for text, found in face.glyphs.items()}
        self.narrower = {text: each.advance - 1.0 for text, each in self.drawn.items() if each.advance != 1.0}
        """What is not one em wide, and by how much: few, for a Japanese font."""

    def draw(self, text: str, *, field_name: str) -> list[Drawn]:
        """What draws each character of the text. Raises `certificate.glyph_missing`, naming the field only."""
        drawn = self.drawn
        try:
            found = [drawn[character] for character in text]
        except KeyError:  # a selector, a combining mark, or nothing that draws it
            found = self._clusters(text, field_name)
        return found if len(self.faces) == 1 else self._with_spaces_beside(found)

    def _clusters(self, text: str, field_name: str) -> list[Drawn]:
        try:
            return [self.drawn[cluster] for cluster in clusters(text)]
        except KeyError:
            raise GLYPH_MISSING.error(field_name) from None

    def _with_spaces_beside(self, drawn: list[Drawn]) -> list[Drawn]:
        """A space comes from the font of a neighbour where that has one.

        Readers of text (PDFium) lose a space that stands alone in a font of its own.
        """
        settled: list[Drawn] = []
        for at, each in enumerate(drawn):
            if each.text not in BLANKS:
                settled.append(each)
                continue
            after = next((other.font for other in drawn[at:] if other.text not in BLANKS), each.font)
            fonts = [settled[-1].font, after] if settled else [after]
            settled.append(next((found for font in fonts if (found := self._in(font, each.text))), each))
        return settled

    def spaces(self, font: int) -> list[Drawn]:
        """The spaces that a font of the set has."""
        return [found for text in sorted(BLANKS) if (found := self._in(font, text))]

    def _in(self, font: int, text: str) -> Drawn | None:
        found = self.faces[font].glyphs.get(text)
        return _drawn(font, text, *found) if found else None

    def width(self, text: str, *, field_name: str) -> float:
        """Width of the text in em. Raises `certificate.glyph_missing`, naming the field only."""
        return sum(each.advance for each in self.draw(text, field_name=field_name))

    def runs(self, text: str, *, field_name: str) -> tuple[Run, ...]:
        """The text cut where the font changes. Raises `certificate.glyph_missing`, naming the field only."""
        runs: list[Run] = []
        for each in self.draw(text, field_name=field_name):
            if runs and runs[-1].font == each.font:
                runs[-1] = Run(each.font, runs[-1].text + each.text)
            else:
                runs.append(Run(each.font, each.text))
        return tuple(runs)

    def missing(self, text: str) -> tuple[str, ...]:
        """The characters (with selectors) that no font draws exactly: for the ward's own clerks, never for a log."""
        return tuple(cluster for cluster in clusters(text) if cluster not in self.drawn)


def _drawn(font: int, text: str, glyph: int, advance: float) -> Drawn:
    return Drawn(font, glyph, advance, text, f"{font}{text}")


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
