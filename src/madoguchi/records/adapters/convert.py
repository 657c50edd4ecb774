"""From their files to a records directory of ours, all or nothing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from madoguchi.errors import Problem
from madoguchi.records.across import Across
from madoguchi.records.adapters.gaiji import Gaiji
from madoguchi.records.adapters.mapping import FileMap, Mapping, load_mapping
from madoguchi.records.adapters.sources import Record, SourceError, records
from madoguchi.records.adapters.values import Value, value_of
from madoguchi.records.cells import CellError
from madoguchi.records.facts import facts_of
from madoguchi.records.files import FILES, RecordFile
from madoguchi.records.pieces import Lines
from madoguchi.records.problems import MAPPING, Fault
from madoguchi.records.reader import Faults, RowError, RowReader
from madoguchi.records.rows import Finding
from madoguchi.records.writer import RowWriter

_BATCH = 4_000


@dataclass(frozen=True, slots=True)
class Converted:
    """How many rows each file of ours has."""

    rows: dict[str, int]


def convert(map_file: Path, *, source: Path, target: Path) -> Converted:
    """Write the records directory `target`, which must not exist yet.

    Raises `records.mapping` for the mapping itself, and `RecordsRefusedError` with up to fifty faults of the data, each
    with the record's number, their column and ours; then `target` is not there.
    """
    mapping = load_mapping(map_file)
    gaiji = Gaiji({}) if mapping.gaiji is None else Gaiji.load(map_file.parent / mapping.gaiji)
    if target.exists():
        raise MAPPING.error(f"{target.name} exists already")
    aside = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    aside.mkdir(mode=0o700)
    try:
        rows = _Conversion(mapping, gaiji, source).write(aside)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    return Converted(rows)


class _Conversion:
    """One conversion: what was seen of all files so far."""

    def __init__(self, mapping: Mapping, gaiji: Gaiji, source: Path) -> None:
        self._mapping = mapping
        self._gaiji = gaiji
        self._source = source
        self._faults = Faults()
        self._across = Across()

    def write(self, directory: Path) -> dict[str, int]:
        """Write all files. Raises `RecordsRefusedError`."""
        rows = {file.name: self._file(directory, file) for file in FILES}
        if not self._faults.found:
            taxes = next((each for each in self._mapping.files if each.ours == "taxes"), None)
            for fault in self._across.sums():
                self._faults.note(fault if taxes is None else _theirs(fault, taxes))
        self._faults.refuse()
        return rows

    def _file(self, directory: Path, file: RecordFile[Any]) -> int:
        """A file that the mapping does not make is empty: serials come from the registry."""
        count, before = 0, len(self._faults.found)
        with (directory / file.name).open("w", encoding="utf-8", newline="") as out:
            writer = RowWriter(out, file)
            for made_by in (each for each in self._mapping.files if each.target is file):
                for rows in self._batches(made_by):
                    writer.write(rows)
                    count += len(rows)
        self._across.end_of(file, faultless=len(self._faults.found) == before)
        return count

    def _batches(self, file: FileMap) -> Iterator[list[Any]]:
        """Good rows, in batches that are compared with everything before them."""
        make = _RowMaker(file, self._mapping, self._gaiji)
        rows: list[Any] = []
        lines = Lines(first=1)
        try:
            for record in records(self._source, file):
                made = self._row(make, record)
                if made is None:
                    continue
                if lines.of(len(rows)) != record.number:
                    lines.skip(rows=len(rows), line=record.number - 1)
                rows.append(made)
                if len(rows) == _BATCH:
                    yield self._compared(file, rows, lines)
                    rows, lines = [], Lines(first=record.number + 1)
        except SourceError as wrong:
            self._faults.note(
                Fault(file=file.file, line=wrong.record, column="", problem=wrong.problem, theirs=wrong.theirs)
            )
        yield self._compared(file, rows, lines)

    def _row(self, make: _RowMaker, record: Record) -> Any:
        try:
            return make.row(record)
        except RowError as wrong:
            for column, problem in wrong.found:
                self._faults.note(_fault(make.file, record.number, column, problem))
            return None

    def _compared(self, file: FileMap, rows: list[Any], lines: Lines) -> list[Any]:
        for fault in self._across.take(file.target, facts_of(file.target, rows), lines):
            self._faults.note(_theirs(fault, file))
        return rows


class _RowMaker:
    """Makes our rows of one file of theirs."""

    def __init__(self, file: FileMap, mapping: Mapping, gaiji: Gaiji) -> None:
        self.file = file
        self._reader: RowReader[Any] = RowReader(file.target)
        self._skip = None if file.skip_when_empty is None else self._reader.names.index(file.skip_when_empty)
        self._cells = [self._cell(name, mapping, gaiji) for name in self._reader.names]

    def row(self, record: Record) -> Any:
        """The row, or None for a record that is none. Raises `RowError`."""
        texts, wrong = [], list[Finding]()
        for name, cell in zip(self._reader.names, self._cells, strict=True):
            try:
                texts.append(cell(record))
            except CellError as refusal:
                wrong.append((name, refusal.problem))
        if wrong:
            raise RowError(tuple(wrong))
        if self._skip is not None and not texts[self._skip]:
            return None
        return self._reader.row(texts)

    def _cell(self, name: str, mapping: Mapping, gaiji: Gaiji) -> Callable[[Record], str]:
        column = self.file.columns.get(name)
        if column is None or column.constant is not None:
            said = "" if column is None else column.constant or ""
            return lambda _record: said
        read: Value = value_of(column, mapping, gaiji)
        return lambda record: read(record.cell(column))


def _fault(file: FileMap, record: int, column: str, problem: Problem) -> Fault:
    mapped = file.columns.get(column)
    return Fault(
        file=file.file, line=record, column=column, problem=problem, theirs="" if mapped is None else mapped.theirs
    )


def _theirs(fault: Fault, file: FileMap) -> Fault:
    mapped = file.columns.get(fault.column)
    return replace(fault, file=file.file, theirs="" if mapped is None else mapped.theirs)
