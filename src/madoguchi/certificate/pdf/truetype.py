"""Cutting a TrueType font down to a few glyphs, for embedding in a document (ISO 32000-1, 9.9).

The IPA Font License v1.0 lets a document carry what it needs of the font. Instructions are left out: without the
font's own program (`fpgm`, `prep`) they would be wrong, and at a printer's 600 dpi nothing is hinted. A glyph that is
put together of others (IPAmj has none) becomes one outline, so that a subset holds nothing but what it draws.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from madoguchi.certificate.problems import FONT_UNUSABLE

_TABLES: Final = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
"""In the order of their tags, as the directory wants them."""
_FILE_HEAD: Final = struct.pack(">IHHHH", 0x00010000, len(_TABLES), 64, 2, 32)
_ENTRIES: Final = struct.Struct(">" + "4s3I" * len(_TABLES))
_DIRECTORY: Final = len(_FILE_HEAD) + _ENTRIES.size
_ADJUSTMENT_AT: Final = 8
"""Offset of checkSumAdjustment in `head`; the whole file sums up to _MAGIC with it."""
_MAGIC: Final = 0xB1B0AFBA
_WORD: Final = 0xFFFFFFFF
_HEAD_OCTETS: Final = 54
"""Without the padding."""


class _Glyph(NamedTuple):
    """What a subset takes of one glyph."""

    outline: bytes
    """Padded to four octets."""
    length: int
    checksum: int
    """Of the outline; a table's is the sum of its parts'."""
    metric: int
    """Advance and left side bearing, as `hmtx` has them."""


_NOTDEF: Final = _Glyph(b"", 0, 0, 1000 << 16)
"""Glyph 0 of every subset is empty: a PDF/A never draws it."""


class Outlines:
    """The glyphs of one font file, read where they lie (memory-mapped: replicas share the pages)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ready: dict[int, _Glyph] = {}
        try:
            with TTFont(path, lazy=True) as font:
                self._read(path, font)
        except KeyError as missing:
            raise FONT_UNUSABLE.error(f"no table {missing}: not a TrueType font") from None

    def _read(self, path: Path, font: TTFont) -> None:
        tables = font.reader.tables
        self._glyf: int = tables["glyf"].offset
        self._hmtx: int = tables["hmtx"].offset
        self._metrics: int = font["hhea"].numberOfHMetrics
        count: int = font["maxp"].numGlyphs
        with path.open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        wide = font["head"].indexToLocFormat == 1
        places = np.frombuffer(self._file, ">u4" if wide else ">u2", count + 1, tables["loca"].offset)
        self._places: list[int] = (places.astype(np.int64) * (1 if wide else 2)).tolist()
        self._head, self._hhea, self._maxp = _headers(font)
        head, hhea = font["head"], font["hhea"]
        self.units_per_em: int = head.unitsPerEm
        self.box: tuple[int, int, int, int] = (head.xMin, head.yMin, head.xMax, head.yMax)
        self.ascent: int = hhea.ascent
        self.descent: int = hhea.descent

    def glyph(self, index: int) -> bytes:
        """One outline without its instructions, padded to four octets."""
        start, end = self._places[index] + self._glyf, self._places[index + 1] + self._glyf
        if start == end:
            return b""
        data = self._file[start:end]
        contours = int.from_bytes(data[:2], "big", signed=True)
        if contours < 0:
            return self._composite(index)
        at = 10 + 2 * contours
        instructions = int.from_bytes(data[at : at + 2], "big")
        made = data[:at] + b"\x00\x00" + data[at + 2 + instructions :]
        return made + bytes(-len(made) % 4)

    def _composite(self, index: int) -> bytes:
        """A glyph made of others as one outline of its own. Slow: it opens the font again, as no IPA Mincho needs."""
        with TTFont(self._path, lazy=True) as font:
            glyphs = font.getGlyphSet()
            recorded = DecomposingRecordingPen(glyphs)
            glyphs[font.getGlyphName(index)].draw(recorded)
            pen = TTGlyphPen(None)
            recorded.replay(pen)
            made: bytes = pen.glyph(dropImpliedOnCurves=False).compile(font["glyf"])
        return made + bytes(-len(made) % 4)

    def metric(self, index: int) -> bytes:
        """Advance and left side bearing as `hmtx` has them."""
        last = self._metrics - 1
        if index <= last:
            at = self._hmtx + 4 * index
            return self._file[at : at + 4]
        advance, bearing = self._hmtx + 4 * last, self._hmtx + 4 * self._metrics + 2 * (index - self._metrics)
        return self._file[advance : advance + 2] + self._file[bearing : bearing + 2]

    def prepare(self, glyphs: Iterable[int]) -> None:
        """Keep these glyphs ready: those of everybody, so that nothing kept says whose names were drawn."""
        self._ready = {index: self._read_glyph(index) for index in glyphs}

    def _read_glyph(self, index: int) -> _Glyph:
        outline, metric = self.glyph(index), self.metric(index)
        return _Glyph(outline, len(outline), _checksum(outline), int.from_bytes(metric, "big"))

    def subset(self, glyphs: Sequence[int]) -> bytes:
        """A font file whose glyph 1, 2, … are these; one glyph may stand in it more than once."""
        ready = self._ready.get
        outlines, lengths, checksums, metrics = zip(
            _NOTDEF, *[ready(index) or self._read_glyph(index) for index in glyphs], strict=True
        )
        places = [0, *accumulate(lengths)]
        count = len(outlines)
        return _assembled(
            (
                b"".join(outlines),
                self._head.octets,
                self._hhea.octets + count.to_bytes(2, "big"),
                struct.pack(f">{count}I", *metrics),
                struct.pack(f">{count + 1}I", *places),
                self._maxp.octets[:4] + count.to_bytes(2, "big") + self._maxp.octets[6:],
            ),
            # The count is the lower half of the last word of `hhea`, and the upper half of the second of `maxp`.
            (
                sum(checksums),
                self._head.checksum,
                self._hhea.checksum + count,
                sum(metrics),
                sum(places),
                self._maxp.checksum + (count << 16),
            ),
        )


class _Constant(NamedTuple):
    """What of a table is the same in every subset, and its checksum."""

    octets: bytes
    checksum: int


def _headers(font: TTFont) -> tuple[_Constant, _Constant, _Constant]:
    """`head` with long offsets and no adjustment yet, `hhea` without its count, `maxp` without instructions."""
    head = bytearray(font.reader["head"]) + bytes(2)  # 54 octets, and the padding
    head[_ADJUSTMENT_AT : _ADJUSTMENT_AT + 4] = bytes(4)
    head[50:52] = b"\x00\x01"  # indexToLocFormat: long
    maxp = bytearray(font.reader["maxp"])
    maxp[4:6] = bytes(2)  # numGlyphs
    maxp[14:28] = struct.pack(">7H", 1, 0, 0, 0, 0, 0, 0)  # maxZones … maxSizeOfInstructions: nothing is hinted
    maxp[28:32] = bytes(4)  # maxComponentElements, maxComponentDepth
    hhea = font.reader["hhea"][:34]
    return (
        _Constant(bytes(head), _checksum(head)),
        _Constant(hhea, _checksum(hhea + bytes(2))),
        _Constant(bytes(maxp), _checksum(maxp)),
    )


def _assembled(tables: Sequence[bytes], checksums: Sequence[int]) -> bytes:
    """The file: directory, tables (each a multiple of four octets), and the sum of OpenType 1.9 (otff, "Checksums").

    All sums are added up from what the parts are known to sum up to: nobody goes over the octets again.
    """
    entries: list[bytes | int] = []
    total, at = _checksum(_FILE_HEAD), _DIRECTORY
    for tag, table, checksum in zip(_TABLES, tables, checksums, strict=True):
        length = _HEAD_OCTETS if tag == b"head" else len(table)
        entries += (tag, checksum & _WORD, at, length)
        total += int.from_bytes(tag, "big") + 2 * checksum + at + length  # once in the directory, once in its table
        at += len(table)
    outlines, head, *others = tables
    adjustment = ((_MAGIC - total) & _WORD).to_bytes(4, "big")
    return b"".join(
        (
            _FILE_HEAD,
            _ENTRIES.pack(*entries),
            outlines,
            head[:_ADJUSTMENT_AT],
            adjustment,
            head[_ADJUSTMENT_AT + 4 :],
            *others,
        )
    )


def _checksum(padded: bytes | bytearray) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(words)
