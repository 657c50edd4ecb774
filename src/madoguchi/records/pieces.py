"""A file in pieces that end at line boundaries, each read without the others and with exact line numbers."""

from __future__ import annotations

import csv
import io
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar

from madoguchi.errors import Problem
from madoguchi.records.files import RecordFile, Row
from madoguchi.records.problems import BOM, EMPTY_FILE, ENCODING, LINE_ENDING, MOST_FAULTS, QUOTING, TRUNCATED, Fault
from madoguchi.records.reader import RowError, RowReader

PIECE_OCTETS = 1 << 18
"""Small enough for the caches of a processor, large enough to be worth handing to a worker."""
_LONGEST = 4 << 20
"""No line, and no rows that stand together, are longer in a file that is well."""
_BOM = b"\xef\xbb\xbf"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Whole lines of one file (only the last piece of a file may lack its line feed)."""

    file: RecordFile[Any]
    first_line: int
    """The number of its first line in the file, from 1 (the header)."""
    raw: bytes


@dataclass(slots=True, kw_only=True)
class Lines:
    """On which line each of a piece's rows stood, although faulty rows are left out of them."""

    first: int
    _at: list[int] = field(default_factory=lambda: [0])
    _skipped: list[int] = field(default_factory=lambda: [0])

    def skip(self, *, rows: int, line: int) -> None:
        """After so many good rows, `line` was left out."""
        self._at.append(rows)
        self._skipped.append(line + 1 - self.first - rows)

    def of(self, row: int) -> int:
        """The line of a row, counted from 0."""
        return self.first + row + self._skipped[bisect_right(self._at, row) - 1]


@dataclass(slots=True, kw_only=True)
class PieceRows(Generic[Row]):
    """What a piece held."""

    rows: list[Row]
    lines: Lines
    faults: list[Fault]
    ended: bool = False
    """The rest of the file cannot be understood."""


def pieces(stream: BinaryIO, file: RecordFile[Any], *, octets: int = PIECE_OCTETS) -> Iterator[Piece]:
    """Cut a stream. Rows that must be read together are never parted while they stand together."""
    line, kept = 1, b""
    while block := stream.read(octets):
        block = kept + block
        end = _cut(block, file.together)
        if not end and len(block) > _LONGEST:
            end = block.rfind(b"\n") + 1 or len(block)
        kept = block[end:]
        if end:
            yield Piece(file=file, first_line=line, raw=block[:end])
            line += block.count(b"\n", 0, end)
    if kept or line == 1:
        yield Piece(file=file, first_line=line, raw=kept)


def _cut(block: bytes, together: int) -> int:
    """Where a piece may end: after a line, and where the leading columns change."""
    end = block.rfind(b"\n") + 1
    if not together or not end:
        return end
    start = block.rfind(b"\n", 0, end - 1) + 1
    leading = _leading(block[start:end], together)
    while start:
        before = block.rfind(b"\n", 0, start - 1) + 1
        if _leading(block[before:start], together) != leading:
            return start
        start = before
    return 0


def _leading(line: bytes, count: int) -> list[bytes]:
    return line.split(b",", count)[:count]


def read_piece(piece: Piece, reader: RowReader[Row]) -> PieceRows[Row]:
    """Its good rows and its faults, the fiftieth of which ends the reading."""
    text, broken = _text(piece)
    if broken is None:
        made = _without_fault(piece, reader, text)
        if made is not None:
            return made
    return _one_by_one(piece, reader, text, broken)


def _without_fault(piece: Piece, reader: RowReader[Row], text: str) -> PieceRows[Row] | None:
    """The rows of a piece that is well, as nearly every one is; None for any other. Then each row is on its line."""
    try:
        many = list(csv.reader(io.StringIO(text, newline="\n"), strict=True))
    except csv.Error:
        return None
    header = piece.first_line == 1
    if header and (not many or many.pop(0) != reader.names):
        return None
    rows = reader.rows(many)
    return None if rows is None else PieceRows(rows=rows, lines=Lines(first=piece.first_line + header), faults=[])


def _one_by_one(piece: Piece, reader: RowReader[Row], text: str, broken: tuple[int, Problem] | None) -> PieceRows[Row]:
    made: PieceRows[Row] = PieceRows(rows=[], lines=Lines(first=piece.first_line), faults=[])
    source = csv.reader(io.StringIO(text, newline="\n"), strict=True)
    try:
        if piece.first_line == 1:
            _header(piece, reader, made, source, broken)
        if not made.ended:
            _rows(piece, reader, made, source)
    except csv.Error:
        _end(piece, made, piece.first_line - 1 + source.line_num, "", QUOTING)
    if broken is not None and not made.ended:
        _end(piece, made, broken[0], "", broken[1])
    return made


def _rows(piece: Piece, reader: RowReader[Row], made: PieceRows[Row], source: Any) -> None:
    rows, make, before = made.rows, reader.row, piece.first_line - 1
    for texts in source:
        try:
            rows.append(make(texts))
        except RowError as wrong:
            line = before + source.line_num
            made.lines.skip(rows=len(rows), line=line)
            _note(piece, made, line, wrong)
            if len(made.faults) >= MOST_FAULTS:
                return


def _header(
    piece: Piece, reader: RowReader[Any], made: PieceRows[Any], source: Iterable[list[str]], broken: Any
) -> None:
    header = next(iter(source), None)
    if header is None and broken is not None:
        return
    try:
        reader.header(header)
    except RowError as wrong:
        _note(piece, made, 1, wrong)
        made.ended = True
    made.lines.skip(rows=0, line=1)


def _note(piece: Piece, made: PieceRows[Any], line: int, wrong: RowError) -> None:
    made.faults += [
        Fault(file=piece.file.name, line=line, column=column, problem=problem) for column, problem in wrong.found
    ]


def _end(piece: Piece, made: PieceRows[Any], line: int, column: str, problem: Problem) -> None:
    made.faults.append(Fault(file=piece.file.name, line=line, column=column, problem=problem))
    made.ended = True


def _text(piece: Piece) -> tuple[str, tuple[int, Problem] | None]:
    """The text up to the first line that is no such text, and what is wrong with that line."""
    raw = piece.raw
    if raw.endswith(b"\n") and b"\r" not in raw and not (piece.first_line == 1 and raw.startswith(_BOM)):
        try:
            return raw.decode("utf-8"), None
        except UnicodeDecodeError:
            pass
    good: list[str] = []
    for line, octets in enumerate(io.BytesIO(raw), start=piece.first_line):
        problem = _fault_of(octets, first=line == 1)
        if problem is not None:
            return "".join(good), (line, problem)
        good.append(octets.decode("utf-8"))
    return "".join(good), (1, EMPTY_FILE)


def _fault_of(octets: bytes, *, first: bool) -> Problem | None:
    if first and octets.startswith(_BOM):
        return BOM
    if b"\r" in octets:
        return LINE_ENDING
    if not octets.endswith(b"\n"):
        return TRUNCATED
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return ENCODING
    return None
