"""The few words of a back as a font of its own: some hundred characters of ours, cut out of the font once.

A back has words that never change and digits: no subset is cut per sheet. It is one stream of a TrueType font (ISO
32000-1, 9.7) and not a stream per character (Type 3), because the kiosk has to copy every object of every back. Text
stays text, for a search and for a screen reader.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont, TTLibError

from madoguchi.paper.problems import BACK_FAILED
from madoguchi.paper.typeface import glyphs_of, name_of, nameless
from madoguchi.pdf.document import Objects

_TABLES: Final = frozenset({"glyf", "head", "hhea", "hmtx", "loca", "maxp"})
"""What a document needs of a font whose codes are its glyphs (ISO 32000-1, 9.9)."""
_BLOCK: Final = 100
"""A CMap operator takes at most 100 entries (Adobe Technical Note 5014)."""
_SYMBOLIC: Final = 4
_NOTDEF: Final = 0
"""The first glyph of every font (OpenType 1.9, glyf)."""


class Lettering:
    """Characters under codes of two octets, their widths, and the font in a document."""

    def __init__(self, font: Path, characters: str) -> None:
        """Raises `paper.back_failed` when the font cannot be read or lacks a character."""
        try:
            glyphs = glyphs_of(font)
            with nameless(font) as opened:
                self._cut(opened, {character: glyphs[ord(character)] for character in sorted(set(characters))})
        except (OSError, TTLibError, KeyError) as failure:
            raise BACK_FAILED.error(f"the font: {type(failure).__name__}") from None

    def _cut(self, font: TTFont, glyphs: Mapping[str, int]) -> None:
        metrics = font["hmtx"].metrics
        head, hhea = font["head"], font["hhea"]
        per_em = 1000 / head.unitsPerEm
        self._widths: dict[str, float] = {
            character: metrics[name_of(glyph)][0] * per_em for character, glyph in glyphs.items()
        }
        self._described = (
            f"/Flags {_SYMBOLIC}/FontBBox[{' '.join(f'{side * per_em:.0f}' for side in _box(font))}]/ItalicAngle 0"
            f"/Ascent {hhea.ascent * per_em:.0f}/Descent {hhea.descent * per_em:.0f}"
            f"/CapHeight {hhea.ascent * per_em:.0f}/StemV 80"
        )
        options = subset.Options(hinting=False, notdef_outline=False, layout_features=[], drop_tables=[])
        for tag in set(font.keys()) - _TABLES - {"GlyphOrder"}:
            del font[tag]
        kept = sorted({_NOTDEF, *glyphs.values()})
        self._codes = {character: kept.index(glyph) for character, glyph in glyphs.items()}
        cutter = subset.Subsetter(options)
        cutter.populate(gids=kept)
        cutter.subset(font)
        made = io.BytesIO()
        font.save(made)
        self._file = made.getvalue()

    def width(self, text: str) -> float:
        """In em. KeyError for a character that the font was not made for."""
        return sum(self._widths[character] for character in text) / 1000

    def codes(self, text: str) -> str:
        """The text in hex digits, for `Tj`."""
        return "".join(f"{self._codes[character]:04x}" for character in text)

    def embed(self, objects: Objects) -> int:
        """Write the font. Its object number."""
        name = f"{_tag(self._file)}+Lettering"
        file = objects.packed(f"/Length1 {len(self._file)}", self._file)
        descriptor = objects.write(f"<</Type/FontDescriptor/FontName/{name}{self._described}/FontFile2 {file} 0 R>>")
        widths = "".join(f"{self._codes[character]}[{width:.2f}]" for character, width in self._widths.items())
        descendant = objects.write(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/W[{widths}]>>"
        )
        meanings = objects.packed("", _meanings(self._codes))
        return objects.write(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {meanings} 0 R>>"
        )


@lru_cache(maxsize=4)
def cut_lettering(font: Path, characters: str) -> Lettering:
    """A `Lettering`, cut once per process: every model of printer has a maker of backs with the same characters.

    Raises `paper.back_failed`.
    """
    return Lettering(font, characters)


def _box(font: TTFont) -> tuple[int, int, int, int]:
    head = font["head"]
    return head.xMin, head.yMin, head.xMax, head.yMax


def _tag(file: bytes) -> str:
    """Six letters of the subset's own: a printer may remember fonts by their names."""
    return "".join(chr(65 + octet % 26) for octet in hashlib.blake2b(file, digest_size=6).digest())


def _meanings(codes: Mapping[str, int]) -> bytes:
    """Code → character, for whoever copies, searches or reads the text aloud (ISO 32000-1, 9.10.3)."""
    entries = [f"<{code:04x}><{character.encode('utf-16-be').hex()}>" for character, code in codes.items()]
    blocks = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
    body = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapName/Back def/CMapType 2 def\n"
        f"1 begincodespacerange<0000><ffff>endcodespacerange\n{body}endcmap end end"
    ).encode("ascii")
