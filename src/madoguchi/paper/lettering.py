"""The few words of a back as a font of its own: outlines of some eighty characters, in a PDF as Type 3.

A back has words that never change and digits: no subset is cut per sheet, so that the whole machinery of the
certificate's fonts is not needed here (ISO 32000-1, 9.6.5). Text stays text, for a search and for a screen reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont, TTLibError

from madoguchi.paper.problems import BACK_FAILED
from madoguchi.pdf.document import Objects

_MOST: Final = 255
_BLOCK: Final = 100
"""A CMap operator takes at most 100 entries (Adobe Technical Note 5014)."""


class Lettering:
    """Characters under codes of one octet, their widths, and the font in a document."""

    def __init__(self, font: Path, characters: str) -> None:
        """Raises `paper.back_failed` when the font cannot be read or lacks a character."""
        wanted = sorted(set(characters))
        if len(wanted) > _MOST:
            raise BACK_FAILED.error("too many characters for one octet")
        self._codes = {character: code for code, character in enumerate(wanted, 1)}
        try:
            with font.open("rb") as file, TTFont(file, lazy=True) as opened:
                self._read(opened)
        except (OSError, TTLibError, KeyError) as failure:
            raise BACK_FAILED.error(f"the font: {type(failure).__name__}") from None

    def _read(self, font: TTFont) -> None:
        glyphs, names = font.getGlyphSet(), font.getBestCmap()
        self._units: int = font["head"].unitsPerEm
        self._outlines: dict[str, bytes] = {}
        self._widths: dict[str, float] = {}
        for character in self._codes:
            glyph = glyphs[names[ord(character)]]
            pen = _PathPen(glyphs)
            glyph.draw(pen)
            self._widths[character] = glyph.width
            self._outlines[character] = f"{glyph.width} 0 {' '.join(map(str, pen.box))} d1\n{pen.path}f".encode()

    def width(self, text: str) -> float:
        """In em. KeyError for a character that the font was not made for."""
        return sum(self._widths[character] for character in text) / self._units

    def codes(self, text: str) -> str:
        """The text in hex digits, for `Tj`."""
        return bytes(self._codes[character] for character in text).hex()

    def embed(self, objects: Objects) -> int:
        """Write the font. Its object number."""
        procedures = "".join(
            f"/c{self._codes[character]} {objects.packed('', outline)} 0 R"
            for character, outline in self._outlines.items()
        )
        names = "".join(f"/c{code}" for code in self._codes.values())
        widths = " ".join(f"{self._widths[character]:g}" for character in self._codes)
        meanings = objects.packed("", _meanings(self._codes))
        scale = f"{1 / self._units:.8f}"
        return objects.write(
            f"<</Type/Font/Subtype/Type3/FontBBox[0 0 0 0]/FontMatrix[{scale} 0 0 {scale} 0 0]/Resources<<>>"
            f"/CharProcs<<{procedures}>>/Encoding<</Type/Encoding/Differences[1{names}]>>"
            f"/FirstChar 1/LastChar {len(self._codes)}/Widths[{widths}]/ToUnicode {meanings} 0 R>>"
        )


class _PathPen(BasePen):  # type: ignore[misc]  # fontTools has no types
    """An outline as PDF operators, and the box around its points."""

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.path = ""
        self._points: list[tuple[int, int]] = [(0, 0)]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, bottom, right, top in the font's units."""
        across, up = zip(*self._points, strict=True)
        return min(across), min(up), max(across), max(up)

    def _add(self, operator: str, *points: tuple[float, float]) -> None:
        whole = [(round(x), round(y)) for x, y in points]
        self._points += whole
        self.path += "".join(f"{x} {y} " for x, y in whole) + operator + "\n"

    def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - fontTools' name
        self._add("m", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
        self._add("l", pt)

    def _curveToOne(  # noqa: N802
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._add("c", pt1, pt2, pt3)

    def _closePath(self) -> None:  # noqa: N802
        self._add("h")


def _meanings(codes: Mapping[str, int]) -> bytes:
    """Code → character, for whoever copies, searches or reads the text aloud (ISO 32000-1, 9.10.3)."""
    entries = [f"<{code:02x}><{character.encode('utf-16-be').hex()}>" for character, code in codes.items()]
    blocks = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
    body = "".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks)
    return (
        "/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CMapName/Back def/CMapType 2 def\n"
        f"1 begincodespacerange<00><ff>endcodespacerange\n{body}endcmap end end"
    ).encode("ascii")
