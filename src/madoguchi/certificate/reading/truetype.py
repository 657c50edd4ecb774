"""The clerk's own look into a TrueType font: which glyph a character has, and what that glyph draws.

Written anew from OpenType 1.9 (`cmap` formats 4, 12 and 14, `glyf`, `loca`, `hmtx`), because the composer's way into
the font is what is being checked. Everything is read where it lies; a font of 46 MB costs a few milliseconds.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

_TAGS: Final = frozenset({b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp"})
_MAX_DEPTH: Final = 6
_SEGMENTS, _GROUPS, _SEQUENCES = 4, 12, 14
"""Formats of `cmap` subtables."""
_COMPOSED: Final = 0x80
"""In the first octet of a glyph: the number of contours is negative, it is made of other glyphs."""
_ON, _SHORT_X, _SHORT_Y, _REPEAT, _SAME_X, _SAME_Y = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
_WORDS, _OFFSETS, _SCALE, _MORE, _TWO_SCALES, _MATRIX = 0x01, 0x02, 0x08, 0x20, 0x40, 0x80


class Point(NamedTuple):
    """A point of a contour, in units of the em."""

    x: float
    y: float
    on: bool


Contour = tuple[Point, ...]
Buffer = bytes | memoryview


class Glyph(NamedTuple):
    """What `hmtx` and `glyf` say of one glyph. `record` is its outline without instructions, as the file has it."""

    record: bytes
    advance: int
    shift: int
    """Left side bearing less xMin: rasterisers move the whole outline by it."""
    plain: bool
    """Neither instructions that could bend it, nor parts that may have them."""


class TrueType:
    """One font file with outlines in `glyf`. Raises ValueError, KeyError, IndexError or struct.error for anything else.

    `bare` demands a file that holds outlines and metrics alone, without a program that could bend them.
    """

    def __init__(self, data: Buffer, *, bare: bool) -> None:
        self.data = data
        self.tables = dict(_directory(data))
        if bare and set(self.tables) != _TAGS:
            msg = "tables that are not needed, or too few"
            raise ValueError(msg)
        head, maxp = self._table(b"head"), self._table(b"maxp")
        self.units_per_em: int = struct.unpack_from(">H", head, 18)[0]
        self.flags: int = struct.unpack_from(">H", head, 16)[0]
        wide: int = struct.unpack_from(">h", head, 50)[0]
        self.count: int = struct.unpack_from(">H", maxp, 4)[0]
        self._metrics: int = struct.unpack_from(">H", self._table(b"hhea"), 34)[0]
        places = np.frombuffer(self._table(b"loca"), ">u4" if wide else ">u2", self.count + 1).astype(np.int64)
        self._places: list[int] = (places * (1 if wide else 2)).tolist()
        self._glyf, self._hmtx = self._table(b"glyf"), self._table(b"hmtx")

    def glyph(self, index: int) -> Glyph:
        """A glyph's outline and metrics."""
        record = self._record(index)
        last = min(index, self._metrics - 1)
        (advance,) = struct.unpack_from(">H", self._hmtx, 4 * last)
        bearing_at = 4 * index + 2 if index < self._metrics else 4 * self._metrics + 2 * (index - self._metrics)
        (bearing,) = struct.unpack_from(">h", self._hmtx, bearing_at)
        left = struct.unpack_from(">h", record, 2)[0] if record else bearing
        stripped = _without_instructions(record)
        plain = not record or (stripped == record and not record[0] & _COMPOSED)
        return Glyph(stripped, advance, bearing - left, plain)

    def contours(self, index: int, depth: int = 0) -> tuple[Contour, ...]:
        """The decoded outline, glyphs made of others resolved."""
        record = self._record(index)
        if not record:
            return ()
        if struct.unpack_from(">h", record)[0] >= 0:
            return _simple(record)
        if depth == _MAX_DEPTH:
            msg = "glyphs within glyphs too deep"
            raise ValueError(msg)
        found: list[Contour] = []
        for component, (xx, yx, xy, yy, dx, dy) in _components(record):
            for contour in self.contours(component, depth + 1):
                found.append(tuple(Point(p.x * xx + p.y * xy + dx, p.x * yx + p.y * yy + dy, p.on) for p in contour))
        return tuple(found)

    def characters(self) -> Characters:
        """The font's map from characters, with their selectors, to glyphs."""
        return Characters(self._table(b"cmap"))

    def _record(self, index: int) -> bytes:
        if not 0 <= index < self.count:
            msg = "no such glyph"
            raise IndexError(msg)
        start, end = self._places[index], self._places[index + 1]
        if not start <= end <= len(self._glyf):
            msg = "a glyph outside its table"
            raise ValueError(msg)
        return bytes(self._glyf[start:end])

    def _table(self, tag: bytes) -> memoryview:
        start, length = self.tables[tag]
        return memoryview(self.data)[start : start + length]


def same_drawing(one: tuple[Contour, ...], other: tuple[Contour, ...]) -> bool:
    """Whether two decoded outlines draw the same curves, however their points are written down."""
    return [_canonical(contour) for contour in one] == [_canonical(contour) for contour in other]


def _canonical(contour: Contour) -> Contour:
    """With the points that TrueType implies between two control points, beginning at the least."""
    points: list[Point] = []
    for at, point in enumerate(contour):
        before = contour[at - 1]
        if not before.on and not point.on:
            points.append(Point((before.x + point.x) / 2, (before.y + point.y) / 2, on=True))
        points.append(point)
    least = points.index(min(points))
    return tuple(points[least:] + points[:least])


def _directory(data: Buffer) -> Iterator[tuple[bytes, tuple[int, int]]]:
    version, count = struct.unpack_from(">IH", data)
    if version not in {0x00010000, 0x74727565}:
        msg = "not TrueType outlines"
        raise ValueError(msg)
    for at in range(count):
        tag, _, start, length = struct.unpack_from(">4sIII", data, 12 + 16 * at)
        if start + length > len(data):
            msg = "a table outside the file"
            raise ValueError(msg)
        yield tag, (start, length)


def _without_instructions(record: bytes) -> bytes:
    if not record or record[0] & _COMPOSED:
        return record
    at = 10 + 2 * (record[0] << 8 | record[1])
    return record[:at] + b"\x00\x00" + record[at + 2 + (record[at] << 8 | record[at + 1]) :]


def _simple(record: bytes) -> tuple[Contour, ...]:
    (count,) = struct.unpack_from(">h", record)
    ends = struct.unpack_from(f">{count}H", record, 10)
    at = 10 + 2 * count
    at += 2 + struct.unpack_from(">H", record, at)[0]
    total = ends[-1] + 1 if ends else 0
    flags: list[int] = []
    while len(flags) < total:
        flag = record[at]
        at += 1
        repeats = 1
        if flag & _REPEAT:
            repeats += record[at]
            at += 1
        flags += [flag] * repeats
    xs, at = _coordinates(record, at, flags, _SHORT_X, _SAME_X)
    ys, at = _coordinates(record, at, flags, _SHORT_Y, _SAME_Y)
    points = [Point(x, y, on=bool(flag & _ON)) for x, y, flag in zip(xs, ys, flags, strict=True)]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return tuple(tuple(points[start : end + 1]) for start, end in zip(starts, ends, strict=True))


def _coordinates(record: bytes, at: int, flags: list[int], short: int, same: int) -> tuple[list[int], int]:
    value, found = 0, []
    for flag in flags:
        if flag & short:
            value += record[at] if flag & same else -record[at]
            at += 1
        elif not flag & same:
            value += struct.unpack_from(">h", record, at)[0]
            at += 2
        found.append(value)
    return found, at


def _components(record: bytes) -> Iterator[tuple[int, tuple[float, float, float, float, int, int]]]:
    at, more = 10, True
    while more:
        flags, index = struct.unpack_from(">HH", record, at)
        if not flags & _OFFSETS:
            msg = "components placed by points"
            raise ValueError(msg)
        dx, dy = struct.unpack_from(">hh" if flags & _WORDS else ">bb", record, at + 4)
        at += 8 if flags & _WORDS else 6
        numbers = 1 if flags & _SCALE else 2 if flags & _TWO_SCALES else 4 if flags & _MATRIX else 0
        parts = [part / 0x4000 for part in struct.unpack_from(f">{numbers}h", record, at)]
        at += 2 * numbers
        xx, yy = (parts[0], parts[-1]) if parts else (1.0, 1.0)
        yx, xy = (parts[1], parts[2]) if flags & _MATRIX else (0.0, 0.0)
        yield index, (xx, yx, xy, yy, dx, dy)
        more = bool(flags & _MORE)


class Characters:
    """A font's `cmap`: the one full map of characters, and the map of variation sequences."""

    def __init__(self, cmap: memoryview) -> None:
        (count,) = struct.unpack_from(">H", cmap, 2)
        places = [struct.unpack_from(">I", cmap, 8 + 8 * at)[0] for at in range(count)]
        tables = {struct.unpack_from(">H", cmap, place)[0]: cmap[place:] for place in places}
        if _GROUPS in tables:
            self._starts, self._ends, self._glyphs = _groups(tables[_GROUPS])
        else:
            self._starts, self._ends, self._glyphs = _segments(tables[_SEGMENTS])
        self._sequences: dict[tuple[int, int], int | None] = {}
        """(character, selector) → glyph, or None for "the character's ordinary glyph"."""
        if _SEQUENCES in tables:
            self._sequences = dict(_variations(tables[_SEQUENCES]))

    def glyph(self, text: str) -> int | None:
        """The glyph of a character, or of a character with its selector; None when the font has not exactly that."""
        if len(text) == 1:
            return self._plain(ord(text))
        if len(text) == 2:  # noqa: PLR2004 - a character and its selector
            pair = ord(text[0]), ord(text[1])
            found = self._sequences.get(pair, 0)
            return self._plain(pair[0]) if found is None else found or None
        return None

    def _plain(self, code: int) -> int | None:
        at = int(np.searchsorted(self._ends, code))
        if at == len(self._ends) or code < self._starts[at]:
            return None
        return int(self._glyphs[at]) + code - int(self._starts[at]) or None


Groups = tuple[np.ndarray, np.ndarray, np.ndarray]


def _groups(table: memoryview) -> Groups:
    (count,) = struct.unpack_from(">I", table, 12)
    rows = np.frombuffer(table, ">u4", 3 * count, 16).astype(np.int64).reshape(count, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]


def _segments(table: memoryview) -> Groups:
    """Format 4, one group per character: only fonts without format 12 come here."""
    (double,) = struct.unpack_from(">H", table, 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts, deltas, offsets = (struct.unpack_from(f">{count}H", table, 16 + double * (1 + part)) for part in range(3))
    found: list[tuple[int, int]] = []
    for at in range(count):
        for code in range(starts[at], ends[at] + 1):
            glyph = code
            if offsets[at]:
                glyph = struct.unpack_from(
                    ">H", table, 16 + 3 * double + 2 * at + offsets[at] + 2 * (code - starts[at])
                )[0]
            if code != 0xFFFF and glyph:  # noqa: PLR2004 - the end of the table, no character
                found.append((code, (glyph + deltas[at]) & 0xFFFF))
    codes = np.array([code for code, _ in found], np.int64)
    return codes, codes, np.array([glyph for _, glyph in found], np.int64)


def _variations(table: memoryview) -> Iterator[tuple[tuple[int, int], int | None]]:
    (count,) = struct.unpack_from(">I", table, 6)
    for at in range(count):
        entry = 10 + 11 * at
        selector = int.from_bytes(table[entry : entry + 3], "big")
        default, other = struct.unpack_from(">II", table, entry + 3)
        if default:
            for row in range(struct.unpack_from(">I", table, default)[0]):
                place = default + 4 + 4 * row
                first = int.from_bytes(table[place : place + 3], "big")
                for code in range(first, first + table[place + 3] + 1):
                    yield (code, selector), None
        if other:
            for row in range(struct.unpack_from(">I", table, other)[0]):
                place = other + 4 + 5 * row
                code = int.from_bytes(table[place : place + 3], "big")
                yield (code, selector), struct.unpack_from(">H", table, place + 3)[0]
