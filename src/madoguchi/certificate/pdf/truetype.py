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
_DIRECTORY: Final = 12 + 16 * len(_TABLES)
_ADJUSTMENT_AT: Final = 8
"""Offset of checkSumAdjustment in `head`; the whole file sums up to _MAGIC with it."""
_MAGIC: Final = 0xB1B0AFBA
_FEW_OCTETS: Final = 1024
"""Below, adding up in Python is faster than calling numpy."""


class _Glyph(NamedTuple):
    """What a subset takes of one glyph."""

    outline: bytes
    """Padded to four octets."""
    length: int
    checksum: int
    """Of the outline; a table's is the sum of its parts'."""
    metric: bytes


_NOTDEF: Final = _Glyph(b"", 0, 0, struct.pack(">Hh", 1000, 0))
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
        return _Glyph(outline, len(outline), _checksum(outline), metric)

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
                self._head,
                self._hhea + struct.pack(">H", count),
                b"".join(metrics),
                struct.pack(f">{count + 1}I", *places),
                self._maxp[:4] + struct.pack(">H", count) + self._maxp[6:],
            ),
            outlines_checksum=sum(checksums),
        )


def _headers(font: TTFont) -> tuple[bytes, bytes, bytes]:
    """`head` with long offsets and no adjustment yet, `hhea` without its count, `maxp` without instructions."""
    head = bytearray(font.reader["head"])
    head[_ADJUSTMENT_AT : _ADJUSTMENT_AT + 4] = bytes(4)
    head[50:52] = b"\x00\x01"  # indexToLocFormat: long
    maxp = bytearray(font.reader["maxp"])
    maxp[14:28] = struct.pack(">7H", 1, 0, 0, 0, 0, 0, 0)  # maxZones … maxSizeOfInstructions: nothing is hinted
    maxp[28:32] = bytes(4)  # maxComponentElements, maxComponentDepth
    return bytes(head), font.reader["hhea"][:34], bytes(maxp)


def _assembled(tables: Sequence[bytes], *, outlines_checksum: int) -> bytes:
    """The file: directory, tables padded to four octets, and the checksums of OpenType 1.9 (otff, "Checksums")."""
    entries = [struct.pack(">IHHHH", 0x00010000, len(_TABLES), 64, 2, 32)]
    bodies: list[bytes] = []
    total, at = 0, _DIRECTORY
    for tag, table in zip(_TABLES, tables, strict=True):
        padded = table + bytes(-len(table) % 4)
        checksum = (outlines_checksum if tag == _TABLES[0] else _checksum(padded)) & 0xFFFFFFFF
        entries.append(struct.pack(">4sIII", tag, checksum, at, len(table)))
        bodies.append(padded)
        total += checksum
        at += len(padded)
    directory = b"".join(entries)
    adjustment = (_MAGIC - total - _checksum(directory)) & 0xFFFFFFFF
    head = bodies[1]
    bodies[1] = head[:_ADJUSTMENT_AT] + adjustment.to_bytes(4, "big") + head[_ADJUSTMENT_AT + 4 :]
    return directory + b"".join(bodies)


def _checksum(padded: bytes) -> int:
    if len(padded) < _FEW_OCTETS:
        words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
        return sum(words) & 0xFFFFFFFF
    return int(np.frombuffer(padded, ">u4").sum(dtype=np.uint64)) & 0xFFFFFFFF
