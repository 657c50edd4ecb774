"""Their records, one by one: octets cut by a layout, or cells under a header. Memory of one record at a time."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from madoguchi.errors import Problem
from madoguchi.records.adapters.mapping import ColumnMap, FileMap, Frame, Place
from madoguchi.records.cells import CellError
from madoguchi.records.problems import (
    CELLS,
    ENCODING,
    FRAME,
    MISSING_COLUMN,
    MISSING_FILE,
    QUOTING,
    RECORD_LENGTH,
    TOTAL,
    TRUNCATED,
)

_LINE_ENDS = {"none": b"", "lf": b"\n", "crlf": b"\r\n"}

Cell = Callable[[ColumnMap], str]
"""Gives the text of a column. Raises `CellError`."""


class SourceError(Exception):
    """The file cannot be read on. Holds a record's number, a column of theirs, and a reason."""

    def __init__(self, record: int, problem: Problem, theirs: str = "") -> None:
        super().__init__(problem.code)
        self.record = record
        self.problem = problem
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its number in the file (the line, where there are lines) and its cells."""

    number: int
    cell: Cell


def records(directory: Path, file: FileMap) -> Iterator[Record]:
    """The records of a file. Raises `SourceError`."""
    try:
        stream = (directory / file.file).open("rb")
    except OSError:
        raise SourceError(0, MISSING_FILE) from None
    with stream:
        yield from _fixed(stream, file) if file.format == "fixed" else _delimited(stream, file)


def _fixed(stream: BinaryIO, file: FileMap) -> Iterator[Record]:
    """Header and trailer are looked at and left out; a trailer is known by being the last."""
    number = count = 0
    ended = file.trailer is None
    for number, octets, last in _marking_the_last(_octets(stream, file)):
        if file.header is not None and number == 1:
            _must_say(octets, file.header, file, number)
        elif file.trailer is not None and last:
            _must_say(octets, file.trailer, file, number)
            _must_count(octets, file.trailer, file, count, number)
            ended = True
        else:
            count += 1
            yield Record(number, _cutter(octets, file.encoding))
    if not ended or (file.header is not None and not number):
        raise SourceError(number + 1, FRAME)


def _marking_the_last(numbered: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes, bool]]:
    before: tuple[int, bytes] | None = None
    for each in numbered:
        if before is not None:
            yield (*before, False)
        before = each
    if before is not None:
        yield (*before, True)


def _octets(stream: BinaryIO, file: FileMap) -> Iterator[tuple[int, bytes]]:
    length, end = file.record_length or 0, _LINE_ENDS[file.line_end]
    number = 0
    while octets := stream.read(length + len(end)):
        number += 1
        if len(octets) < length + len(end):
            raise SourceError(number, TRUNCATED)
        if not octets.endswith(end):
            raise SourceError(number, RECORD_LENGTH)
        yield number, octets[:length]


def _must_say(octets: bytes, frame: Frame, file: FileMap, number: int) -> None:
    try:
        said = _at(octets, frame, file.encoding)
    except CellError:
        said = ""
    if said != frame.value:
        raise SourceError(number, FRAME)


def _must_count(octets: bytes, trailer: Frame, file: FileMap, count: int, number: int) -> None:
    if trailer.count is None:
        return
    try:
        said = int(_at(octets, trailer.count, file.encoding))
    except (CellError, ValueError):
        raise SourceError(number, FRAME) from None
    if said != count:
        raise SourceError(number, TOTAL)


def _at(octets: bytes, place: Place, encoding: str) -> str:
    return _decoded(octets[place.start - 1 : place.start - 1 + place.length], encoding)


def _decoded(octets: bytes, encoding: str) -> str:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError:
        raise CellError(ENCODING) from None


def _cutter(octets: bytes, encoding: str) -> Cell:
    def cell(column: ColumnMap) -> str:
        start = (column.start or 1) - 1
        return _decoded(octets[start : start + (column.length or 0)], encoding)

    return cell


def _delimited(stream: BinaryIO, file: FileMap) -> Iterator[Record]:
    source = csv.reader(_lines(stream, file), delimiter=file.delimiter, strict=True)
    try:
        places = {name: place for place, name in enumerate(next(source, []))}
        for column in file.columns.values():
            if column.source is not None and column.source not in places:
                raise SourceError(1, MISSING_COLUMN, column.source)
        for cells in source:
            if len(cells) != len(places):
                raise SourceError(source.line_num, CELLS)
            yield Record(source.line_num, _picker(cells, places))
    except csv.Error:
        raise SourceError(source.line_num, QUOTING) from None


def _lines(stream: BinaryIO, file: FileMap) -> Iterator[str]:
    for number, octets in enumerate(stream, start=1):
        try:
            # A byte order mark is at the beginning alone; further on the same codec would take another one away.
            yield octets.decode(file.encoding if number == 1 else file.encoding.removesuffix("-sig"))
        except UnicodeDecodeError:
            raise SourceError(number, ENCODING) from None


def _picker(cells: list[str], places: dict[str, int]) -> Cell:
    def cell(column: ColumnMap) -> str:
        return cells[places[column.source or ""]]

    return cell
