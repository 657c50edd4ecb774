"""A font inside a PDF, taken apart: what each of its codes means, and that it draws exactly that.

One known engine draws the default form of a character under a text layer that claims the variant. So the glyph of
every code is compared with the glyph that the original font file has for the (character, selector) of the text layer.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

from madoguchi.certificate.facts import is_selector
from madoguchi.certificate.problems import PAGE_UNREADABLE
from madoguchi.certificate.reading.objects import checked_stream, refuse_other_keys
from madoguchi.certificate.reading.originals import Originals
from madoguchi.certificate.reading.truetype import TrueType, same_drawing

_TYPE0: Final = frozenset({"/Type", "/Subtype", "/BaseFont", "/Encoding", "/DescendantFonts", "/ToUnicode"})
_DESCENDANT: Final = frozenset(
    {"/Type", "/Subtype", "/BaseFont", "/CIDSystemInfo", "/CIDToGIDMap", "/DW", "/FontDescriptor", "/W"}
)
_DESCRIPTOR: Final = frozenset(
    {
        "/Ascent", "/CapHeight", "/Descent", "/Flags", "/FontBBox", "/FontFile2", "/FontName", "/ItalicAngle",
        "/StemV", "/Type",
    }
)  # fmt: skip
_WIDTH_SLACK: Final = 0.006
"""Thousandths of an em: /W is written to two decimals."""
_MAX_PADDING: Final = 3
_SECTION: Final = re.compile(rb"beginbfchar\s(.*?)endbfchar", re.DOTALL)
_ENTRIES: Final = re.compile(rb"(?:\s*<[0-9A-Fa-f]{4}>\s*<(?:[0-9A-Fa-f]{4}){1,4}>)*\s*")
_ENTRY: Final = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]+)>")
_OTHER_MAPPING: Final = re.compile(rb"usecmap|bfrange|beginbfchar|notdef|cidchar|cidrange")
_SPACE: Final = re.compile(rb"1 begincodespacerange\s*<0000>\s*<FFFF>\s*endcodespacerange", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one code of a font draws: a character with its selector, and how wide it is, in em."""

    text: str
    advance: float


PageFont = dict[str, Drawn]
"""Code, as four upper-case hex digits → what it draws. Every entry has been compared with the original font."""


def checked_font(font: pikepdf.Object, originals: Originals) -> PageFont:
    """Every code of a font that can be drawn, compared. Raises `certificate.page_unreadable`."""
    try:
        return _checked(font, originals)
    except (AttributeError, KeyError, IndexError, ValueError, TypeError, struct.error):
        raise PAGE_UNREADABLE.error("font: cannot be taken apart") from None


def _checked(font: pikepdf.Object, originals: Originals) -> PageFont:
    refuse_other_keys(font, _TYPE0, "font")
    (descendant,) = font.DescendantFonts.as_list()
    refuse_other_keys(descendant, _DESCENDANT, "font")
    refuse_other_keys(descendant.FontDescriptor, _DESCRIPTOR, "font")
    kinds = [str(each) for each in (font.Subtype, font.Encoding, descendant.Subtype, descendant.CIDToGIDMap)]
    if kinds != ["/Type0", "/Identity-H", "/CIDFontType2", "/Identity"]:
        raise PAGE_UNREADABLE.error("font: another kind")
    subset = TrueType(checked_stream(descendant.FontDescriptor.FontFile2, "font"), bare=True)
    meanings = to_unicode(checked_stream(font.ToUnicode, "font"))
    widths = _widths(descendant)
    found: PageFont = {}
    for code, text in meanings.items():
        advance = _compared(subset, code, text, originals)
        if abs(widths.get(code, widths[-1]) - advance * 1000) > _WIDTH_SLACK:
            raise PAGE_UNREADABLE.error("font: widths")
        found[f"{code:04X}"] = Drawn(text, advance)
    return found


def _compared(subset: TrueType, code: int, text: str, originals: Originals) -> float:
    """The advance in em of a glyph that is what an original font draws for the text."""
    drawn = subset.glyph(code)
    if not drawn.plain:
        raise PAGE_UNREADABLE.error("font: instructions")
    for original in originals.of(text):
        wanted = original.glyph
        if (subset.units_per_em, subset.flags) != (original.units_per_em, original.flags):
            continue
        if (drawn.advance, drawn.shift) != (wanted.advance, wanted.shift):
            continue
        if _padded_only(drawn.record, wanted.record) or same_drawing(subset.contours(code), original.contours):
            return wanted.advance / original.units_per_em
    raise PAGE_UNREADABLE.error("font: a glyph is not the character's")


def _padded_only(record: bytes, wanted: bytes) -> bool:
    """The same octets, so the same outline, without a look at its points."""
    padding = record[len(wanted) :]
    return record.startswith(wanted) and len(padding) <= _MAX_PADDING and not any(padding)


def to_unicode(cmap: bytes) -> dict[int, str]:
    """Code → character with selector, each pair once. Raises `certificate.page_unreadable`."""
    sections = _SECTION.findall(cmap)
    rest = _SECTION.sub(b"", cmap)
    if _OTHER_MAPPING.search(rest) or not _SPACE.search(rest) or not all(map(_ENTRIES.fullmatch, sections)):
        raise PAGE_UNREADABLE.error("font: text map")
    pairs = [pair for section in sections for pair in _ENTRY.findall(section)]
    meanings = {int(code, 16): bytes.fromhex(units.decode()).decode("utf-16-be") for code, units in pairs}
    if len(set(meanings.values())) != len(pairs) or 0 in meanings or not all(map(_one_character, meanings.values())):
        raise PAGE_UNREADABLE.error("font: text map")
    return meanings


def _one_character(text: str) -> bool:
    return not is_selector(text[0]) and (len(text) == 1 or (len(text) == 2 and is_selector(text[1])))  # noqa: PLR2004


def _widths(descendant: pikepdf.Object) -> dict[int, float]:
    """Code → thousandths of an em (ISO 32000-1, 9.7.4.3, the form that lists each); the usual one stands at -1."""
    found = {-1: float(descendant.get("/DW", 1000))}
    entries: list[Any] = list(descendant.W.as_list()) if "/W" in descendant else []
    for first, widths in zip(entries[::2], entries[1::2], strict=True):
        for code, width in enumerate(widths.as_list(), int(first)):
            if code in found:
                raise PAGE_UNREADABLE.error("font: widths")
            found[code] = float(width)
    return found
