"""A font in a PDF: a few glyphs under two-octet codes, with what each code means (ISO 32000-1, 9.7 and 9.10.3).

Every (character, selector) pair has a code and a glyph of its own, also where the font draws two of them alike: the
text layer must say which one was meant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Final

from madoguchi.certificate.fonts import Drawn, Face
from madoguchi.certificate.pdf.truetype import Outlines
from madoguchi.pdf.document import Objects

MAX_CODES: Final = 0xFFFE
_LARGE: Final = 6_500
"""Octets beyond which a subset is deflated even where time counts more than room: one paper in ten, so that no file
of one page grows beyond 70,000."""
_BLOCK: Final = 100
"""A CMap operator takes at most 100 entries (Adobe Technical Note 5014)."""
_MAP_HEAD: Final = (
    "/CIDInit/ProcSet findresource begin 12 dict begin begincmap\n"
    "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
    "/CMapName/Adobe-Identity-UCS def/CMapType 2 def\n1 begincodespacerange<0000><FFFF>endcodespacerange\n"
)
_MAP_TAIL: Final = "endcmap CMapName currentdict/CMap defineresource pop end end"
_PARTS: Final = tuple(26**place for place in range(6))
_SERIF_SYMBOLIC: Final = 6
"""Flags of the descriptor: serif, and characters outside the standard Latin set (ISO 32000-1, table 123)."""


class EmbeddedFace:
    """What one font file gives to every document: its outlines and the constant part of its description."""

    def __init__(self, face: Face) -> None:
        self.outlines = Outlines(face.path)
        self.outlines.prepare(face.glyphs[each][0] for each in _common() if each in face.glyphs)
        self.name = "".join(letter for letter in face.postscript_name if letter.isascii() and letter.isalnum())
        scale = 1000 / self.outlines.units_per_em
        box = " ".join(f"{side * scale:.0f}" for side in self.outlines.box)
        ascent, descent = self.outlines.ascent * scale, self.outlines.descent * scale
        self._described = (
            f"/Flags {_SERIF_SYMBOLIC}/FontBBox[{box}]/ItalicAngle 0/Ascent {ascent:.0f}/Descent {descent:.0f}"
            f"/CapHeight {ascent:.0f}/StemV 80"
        )

    def embed(self, objects: Objects, glyphs: Sequence[Drawn], *, salt: bytes, packed: bool) -> int:
        """Write a subset under codes 1, 2, … in this order. The object number of the font."""
        write = objects.packed if packed else objects.stream
        name = f"{_tag(glyphs, salt)}+{self.name}"
        data = self.outlines.subset([each.glyph for each in glyphs])
        pack = objects.packed if len(data) > _LARGE else write
        file = pack(f"/Length1 {len(data)}", data)
        descriptor = objects.write(f"<</Type/FontDescriptor/FontName/{name}{self._described}/FontFile2 {file} 0 R>>")
        widths = _widths(glyphs)
        descendant = objects.write(
            f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDToGIDMap/Identity"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>"
            f"/FontDescriptor {descriptor} 0 R/DW 1000{widths}>>"
        )
        meanings = write("", to_unicode(glyphs))
        return objects.write(
            f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H"
            f"/DescendantFonts[{descendant} 0 R]/ToUnicode {meanings} 0 R>>"
        )


@cache
def _common() -> tuple[str, ...]:
    """The 6,879 characters of JIS X 0208, which nearly all names and addresses are written in."""
    pairs = (bytes((row, cell)) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF))
    return tuple(filter(None, (pair.decode("euc_jp", "ignore") for pair in pairs)))


def code_of(number: int) -> str:
    """The code of a font's glyph 1, 2, …, as the hex digits of a content stream."""
    return _CODES[number] if number < len(_CODES) else f"{number:04X}"


_CODES: Final = tuple(f"{number:04X}" for number in range(1024))


def to_unicode(glyphs: Sequence[Drawn]) -> bytes:
    """Code → the whole (character, selector) pair, for whoever copies, searches or checks the text."""
    texts = [each.text for each in glyphs]
    units = "".join(texts).encode("utf-16-be").hex()
    if len(units) == 4 * len(texts):  # one unit each
        entries = [f"<{code_of(at // 4 + 1)}><{units[at : at + 4]}>" for at in range(0, len(units), 4)]
    else:
        entries = [f"<{code_of(at)}><{each.encode('utf-16-be').hex()}>" for at, each in enumerate(texts, 1)]
    blocks = [entries[at : at + _BLOCK] for at in range(0, len(entries), _BLOCK)]
    body = "".join([f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar\n" for block in blocks])
    return (_MAP_HEAD + body + _MAP_TAIL).encode("ascii")


def _widths(glyphs: Sequence[Drawn]) -> str:
    """Thousandths of an em of those that are not an em wide, each code with its own."""
    odd = [f"{code}[{each.advance * 1000:.2f}]" for code, each in enumerate(glyphs, 1) if each.advance != 1.0]
    return f"/W[{''.join(odd)}]" if odd else ""


def _tag(glyphs: Sequence[Drawn], salt: bytes) -> str:
    """Six letters that differ per subset.

    A printer that remembers fonts by their names must not draw one paper with another's.
    """
    digest = hashlib.blake2b("".join([each.text for each in glyphs]).encode(), digest_size=8, salt=salt).digest()
    number = int.from_bytes(digest, "big")
    return "".join([chr(65 + number // part % 26) for part in _PARTS])
