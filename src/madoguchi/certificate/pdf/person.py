"""The characters of one paper that no other paper needs: codes and fonts of its person, given out as they come.

A line of text becomes codes in one pass (`str.translate`): a character of the main fonts has its code there, any other
gets one in the person's font, and brackets say where the font changes. `Codes.coded` says the same glyph by glyph, for
lines that are not simple: shrunk, wrapped, with selectors, or from several fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from madoguchi.certificate.fonts import BLANKS, Drawn
from madoguchi.certificate.pdf.embedding import code_of

PERSON: Final = "P"
"""Begins the names of the fonts that hold the person's characters."""
MAIN: Final = "M"
"""Begins the names of the fonts that hold what every paper has."""
KeyCodes = Mapping[str, tuple[str, str]]
"""`Drawn.key` → font name of the page and code as four hex digits."""


class NotSimpleError(Exception):
    """A character that the first font does not draw by itself. No `LookupError`: `str.translate` would keep it."""


class _Points(dict[int, str]):
    """Code point → code of the first main font, or `(code)` of the first person's font, given out when missing."""

    def __init__(
        self, main: Mapping[int, str], add: Callable[[Drawn, str], tuple[str, str]], drawn: Mapping[str, Drawn]
    ):
        super().__init__(main)
        self._add = add
        self._drawn = drawn

    def __missing__(self, point: int) -> str:
        drawn = self._drawn.get(chr(point))
        if drawn is None or drawn.font:
            raise NotSimpleError
        found = self[point] = f"({self._add(drawn, drawn.key)[1]})"
        return found


class Codes:
    """Of one paper, while it is written."""

    def __init__(self, keys: KeyCodes, points: Mapping[int, str], drawn: Mapping[str, Drawn]) -> None:
        """`keys` and `points` are the main fonts' and stay as they are."""
        self._main = keys
        self._own: dict[str, tuple[str, str]] = {}
        self._points = _Points(points, self._of, drawn)
        self._drawn = drawn
        self._first: list[Drawn] = []
        self.fonts: dict[int, list[Drawn]] = {0: self._first}
        """Font of the set → the person's characters in it, in the order of their codes 1, 2, …"""

    def line(self, text: str) -> str:
        """Codes of the first fonts; those of the person's in round brackets. Raises `NotSimpleError`."""
        before = len(self._first)
        try:
            codes = text.translate(self._points)
        except NotSimpleError:
            self._forget_from(before)
            raise
        if "(" not in codes:
            return codes
        if not BLANKS.isdisjoint(text):
            codes = self._with_spaces_moved(text, codes)
        return codes.replace(")(", "")

    def coded(self, glyphs: Sequence[Drawn]) -> list[tuple[str, str]]:
        """For each glyph the name of its font on the page, and its code."""
        pairs = [self._of(glyph, glyph.key) for glyph in glyphs]
        if not BLANKS.isdisjoint([glyph.text for glyph in glyphs]):
            self._move_spaces(glyphs, pairs)
        return pairs

    def _with_spaces_moved(self, text: str, codes: str) -> str:
        """A space beside a character of the person's font comes from that font: alone, readers of text lose it."""
        if text[0] in BLANKS:
            raise NotSimpleError
        for blank in BLANKS.intersection(text):
            alone = f"){self._points[ord(blank)]}"
            while alone in codes:  # a space that follows one that was moved is moved as well
                _, moved = self._of(self._drawn[blank], f"0{blank}{PERSON}0")
                codes = codes.replace(alone, f")({moved})")
        return codes

    def _move_spaces(self, glyphs: Sequence[Drawn], pairs: list[tuple[str, str]]) -> None:
        """As above."""
        for at, glyph in enumerate(glyphs):
            if glyph.text in BLANKS:
                name = f"{PERSON}{glyph.font}"
                before = pairs[at - 1][0] if at else ""
                after = next((pairs[to][0] for to in range(at, len(pairs)) if glyphs[to].text not in BLANKS), "")
                if name == before or (name == after and before != f"{MAIN}{glyph.font}"):
                    pairs[at] = self._of(glyph, glyph.key + name)

    def _forget_from(self, at: int) -> None:
        """A font holds nothing that is not drawn."""
        for drawn in self._first[at:]:
            del self._own[drawn.key], self._points[ord(drawn.text)]
        del self._first[at:]

    def _of(self, glyph: Drawn, key: str) -> tuple[str, str]:
        found = self._main.get(key) or self._own.get(key)
        if found is None:
            glyphs = self.fonts.setdefault(glyph.font, [])
            glyphs.append(glyph)
            found = self._own[key] = (f"{PERSON}{glyph.font}", code_of(len(glyphs)))
        return found
