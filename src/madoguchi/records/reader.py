"""The strict reader of one file: rows out, faults aside, memory of one line at a time."""

from __future__ import annotations

import csv
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Generic, NoReturn

from msgspec import Struct

from madoguchi.errors import Problem
from madoguchi.records.cells import CellError, Cells
from madoguchi.records.columns import columns
from madoguchi.records.files import RecordFile, Row
from madoguchi.records.problems import (
    BOM,
    CELLS,
    COLUMN_ORDER,
    DUPLICATE,
    EMPTY_FILE,
    ENCODING,
    EXTRA_COLUMN,
    LINE_ENDING,
    MISSING_COLUMN,
    MISSING_FILE,
    MOST_FAULTS,
    QUOTING,
    TRUNCATED,
    UNKNOWN_PERSON,
    Fault,
    RecordsRefusedError,
)
from madoguchi.records.rows import findings

_BOM = b"\xef\xbb\xbf"


class _UnreadableError(Exception):
    """The rest of this file cannot be understood; its fault is already noted."""


@dataclass(slots=True)
class Faults:
    """The faults found so far in a directory. The fiftieth ends the reading."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, line: int, column: str, problem: Problem) -> None:
        """Note one fault. Raises `RecordsRefusedError` when the list is full."""
        self.found.append(Fault(file=file, line=line, column=column, problem=problem))
        if len(self.found) >= MOST_FAULTS:
            self.refuse()

    def refuse(self) -> None:
        """Raise `RecordsRefusedError` if there is any fault."""
        if self.found:
            raise RecordsRefusedError(tuple(self.found))


def read_rows(
    path: Path, file: RecordFile[Row], *, faults: Faults, known: frozenset[str] | None = None
) -> Iterator[Row]:
    """Yield the good rows of `path`; every fault goes to `faults`. Rows count only when `faults` stays empty.

    `known` are the addressee numbers of `residents.csv`; None does not check them.
    """
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        faults.add(file.name, 0, "", MISSING_FILE)
        return
    with opened as stream:
        yield from read_stream(stream, file, faults=faults, known=known)


def read_stream(
    stream: BinaryIO, file: RecordFile[Row], *, faults: Faults, known: frozenset[str] | None = None
) -> Iterator[Row]:
    """As `read_rows`, from an open binary stream."""
    yield from _Reader(file=file, faults=faults, known=known).rows(stream)


class _Reader(Generic[Row]):
    """One pass over one file."""

    def __init__(self, *, file: RecordFile[Row], faults: Faults, known: frozenset[str] | None) -> None:
        self._file = file
        self._faults = faults
        self._known = known
        self._names = [each.name for each in columns(file.row)]
        self._cells = [Cells(each) for each in columns(file.row)]
        self._key: Callable[[object], object] = operator.attrgetter(*file.key)
        self._seen: set[object] = set()
        self._line = 0

    def rows(self, stream: BinaryIO) -> Iterator[Row]:
        cells = csv.reader(self._lines(stream), strict=True)
        try:
            self._header(next(cells, None))
            for row in cells:
                made = self._row(row)
                if made is not None:
                    yield made
        except csv.Error:
            self._add("", QUOTING)
        except _UnreadableError:
            return

    def _add(self, column: str, problem: Problem) -> None:
        self._faults.add(self._file.name, self._line, column, problem)

    def _lines(self, stream: BinaryIO) -> Iterator[str]:
        for raw in stream:
            self._line += 1
            if self._line == 1 and raw.startswith(_BOM):
                self._stop(BOM)
            if b"\r" in raw:
                self._stop(LINE_ENDING)
            if not raw.endswith(b"\n"):
                self._stop(TRUNCATED)
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                self._stop(ENCODING)

    def _stop(self, problem: Problem) -> NoReturn:
        self._add("", problem)
        raise _UnreadableError

    def _header(self, header: list[str] | None) -> None:
        if not header:
            self._line = max(self._line, 1)
            self._stop(EMPTY_FILE)
        if header != self._names:
            for name in self._names:
                if name not in header:
                    self._add(name, MISSING_COLUMN)
            for position, name in enumerate(header, start=1):
                if name not in self._names:
                    self._add(f"#{position}", EXTRA_COLUMN)
            if set(header) == set(self._names):
                self._add("", COLUMN_ORDER)
            raise _UnreadableError

    def _row(self, row: list[str]) -> Row | None:
        if len(row) != len(self._names):
            self._add("", CELLS)
            return None
        try:
            values = [cells[text] for cells, text in zip(self._cells, row, strict=True)]
        except CellError:
            self._explain(row)
            return None
        made = self._file.row(**dict(zip(self._names, values, strict=True)))
        return made if self._fits(made) else None

    def _explain(self, row: list[str]) -> None:
        for column, cells, text in zip(self._names, self._cells, row, strict=True):
            try:
                cells[text]
            except CellError as refusal:
                self._add(column, refusal.problem)

    def _fits(self, made: Struct) -> bool:
        before = len(self._faults.found)
        key = self._key(made)
        if key in self._seen:
            self._add(self._file.key[-1], DUPLICATE)
        self._seen.add(key)
        if self._known is not None and made.addressee_number not in self._known:  # type: ignore[attr-defined]
            self._add("addressee_number", UNKNOWN_PERSON)
        for column, problem in findings(made):
            self._add(column, problem)
        return len(self._faults.found) == before
