"""The writer: canonical cells, LF, UTF-8 without BOM. What it writes, the reader takes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TextIO

from msgspec.structs import astuple

from madoguchi.records.columns import Kind, columns
from madoguchi.records.files import RecordFile, Row


class RowWriter(Generic[Row]):
    """Writes one file row by row: `with path.open("w", encoding="utf-8", newline="") as out: RowWriter(out, TAXES)`."""

    def __init__(self, out: TextIO, file: RecordFile[Row]) -> None:
        self._csv = csv.writer(out, lineterminator="\n")
        self._flags = tuple(place for place, each in enumerate(columns(file.row)) if each.kind is Kind.FLAG)
        self._csv.writerow([each.name for each in columns(file.row)])

    def write(self, rows: Iterable[Row]) -> None:
        """Add rows in the order given."""
        # csv writes None as nothing, dates as ISO 8601 and StrEnum members as their value; only flags need help.
        self._csv.writerows(map(self._cells, rows) if self._flags else map(astuple, rows))

    def _cells(self, row: Row) -> list[object]:
        cells = list(astuple(row))
        for place in self._flags:
            cells[place] = int(cells[place])
        return cells


def file_bytes(file: RecordFile[Row], rows: Iterable[Row]) -> bytes:
    """One whole file as bytes."""
    out = io.StringIO(newline="")
    RowWriter(out, file).write(rows)
    return out.getvalue().encode("utf-8")


def write_file(directory: Path, file: RecordFile[Row], rows: Iterable[Row]) -> Path:
    """Write one whole file into `directory` and say where it lies."""
    path = directory / file.name
    with path.open("w", encoding="utf-8", newline="") as out:
        RowWriter(out, file).write(rows)
    return path
