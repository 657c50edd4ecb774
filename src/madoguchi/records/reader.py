"""From cells to checked rows, and the faults found on the way. The hot path: a million records pass here one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic

from madoguchi.errors import Problem
from madoguchi.records.cells import CellError, Cells
from madoguchi.records.columns import columns
from madoguchi.records.files import RecordFile, Row
from madoguchi.records.problems import (
    CELLS,
    COLUMN_ORDER,
    EMPTY_FILE,
    EXTRA_COLUMN,
    MISSING_COLUMN,
    MOST_FAULTS,
    Fault,
    RecordsRefusedError,
)
from madoguchi.records.rows import Finding, rules_of


@dataclass(slots=True)
class Faults:
    """The faults found so far in a directory. The fiftieth ends the reading."""

    found: list[Fault] = field(default_factory=list)

    def add(self, file: str, line: int, column: str, problem: Problem) -> None:
        """Note one fault. Raises `RecordsRefusedError` when the list is full."""
        self.note(Fault(file=file, line=line, column=column, problem=problem))

    def note(self, fault: Fault) -> None:
        """As `add`."""
        self.found.append(fault)
        if len(self.found) >= MOST_FAULTS:
            self.refuse()

    def refuse(self) -> None:
        """Raise `RecordsRefusedError` if there is any fault."""
        if self.found:
            raise RecordsRefusedError(tuple(self.found))


class RowError(Exception):
    """A row that cannot be taken. Holds columns and reasons, and never a value."""

    def __init__(self, found: tuple[Finding, ...]) -> None:
        super().__init__(len(found))
        self.found = found


class RowReader(Generic[Row]):
    """Makes rows of one file. Remembers cells, so it lives no longer than one reading: they are personal data."""

    def __init__(self, file: RecordFile[Row]) -> None:
        described = columns(file.row)
        self.names = [each.name for each in described]
        self._row = file.row
        self._broken_rules = rules_of(file.row)
        self._cells = [Cells(each) for each in described]

    def header(self, header: list[str] | None) -> None:
        """Check the first line. Raises `RowError`."""
        if not header:
            raise RowError((("", EMPTY_FILE),))
        if header != self.names:
            raise RowError(tuple(self._header_findings(header)))

    def rows(self, many: list[list[str]]) -> list[Row] | None:
        """All of them at once, column by column, or None if anything is wrong with any: then `row` says what.

        A column's cells are looked up in one go, in the one table that they are in: for an instalment half the time of
        one by one.
        """
        if not many:
            return []
        if len(many[0]) != len(self._cells):
            return None
        try:
            by_column = zip(*many, strict=True)
            read = [map(cells.__getitem__, texts) for cells, texts in zip(self._cells, by_column, strict=True)]
            made = list(map(self._row, *read))
        except (CellError, ValueError):
            return None
        return None if any(map(self._broken_rules, made)) else made

    def row(self, texts: list[str]) -> Row:
        """The checked row. Raises `RowError` with everything that is wrong with it."""
        if len(texts) != len(self._cells):
            raise RowError((("", CELLS),))
        try:
            made = self._row(*(cells[text] for cells, text in zip(self._cells, texts, strict=True)))
        except CellError:
            raise RowError(tuple(self._cell_findings(texts))) from None
        broken = self._broken_rules(made)
        if broken:
            raise RowError(tuple(broken))
        return made

    def _cell_findings(self, texts: list[str]) -> Iterator[Finding]:
        for name, cells, text in zip(self.names, self._cells, texts, strict=True):
            try:
                cells[text]
            except CellError as refusal:
                yield name, refusal.problem

    def _header_findings(self, header: list[str]) -> Iterator[Finding]:
        yield from ((name, MISSING_COLUMN) for name in self.names if name not in header)
        for position, name in enumerate(header, start=1):
            if name not in self.names:
                yield f"#{position}", EXTRA_COLUMN
        if set(header) == set(self.names):
            yield "", COLUMN_ORDER
