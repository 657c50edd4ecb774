"""A records directory read in one pass: what the whole of it must fulfil, whoever wants its rows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from madoguchi.records.across import Across
from madoguchi.records.files import FILES, SERIALS, RecordFile, Row
from madoguchi.records.pieces import pieces
from madoguchi.records.problems import MISSING_FILE, UNKNOWN_FILE
from madoguchi.records.reader import Faults
from madoguchi.records.reading import FileSum, Reader, Reading, Workers
from madoguchi.records.serial import CardSerial

T = TypeVar("T")


def read_directory(directory: Path, *, reader: Reader[T] | Workers[T]) -> Iterator[tuple[str, T]]:
    """Give what the reader makes of each piece, with the name of its file, people first.

    It counts only when the iterator ends. Raises `RecordsRefusedError` with up to fifty faults.
    """
    reading = Reading(reader, across=Across(), faults=Faults())
    known = {each.name for each in FILES}
    for path in sorted(directory.glob("*.csv")):
        if path.name not in known:
            reading.faults.add("*.csv", 0, "", UNKNOWN_FILE)
    for file in FILES:
        try:
            stream = (directory / file.name).open("rb")
        except FileNotFoundError:
            reading.faults.add(file.name, 0, "", MISSING_FILE)
            continue
        with stream:
            for made in reading.file(file, pieces(stream, file), FileSum()):
                yield file.name, made
    reading.finish()


def read_rows(path: Path, file: RecordFile[Row], *, faults: Faults) -> Iterator[Row]:
    """Give the good rows of one file alone; every fault goes to `faults`. Rows count only when it stays empty."""
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        faults.add(file.name, 0, "", MISSING_FILE)
        return
    with stream:
        yield from read_stream(stream, file, faults=faults)


def read_serials(path: Path) -> tuple[CardSerial, ...]:
    """The certificates of a registry's `serials.csv`, without the people's file, all or nothing.

    Raises `RecordsRefusedError` naming line, column and reason.
    """
    faults = Faults()
    rows = tuple(read_rows(path, SERIALS, faults=faults))
    faults.refuse()
    return rows


def read_stream(stream: BinaryIO | io.BytesIO, file: RecordFile[Row], *, faults: Faults) -> Iterator[Row]:
    """As `read_rows`, from an open binary stream."""
    reading = Reading(Reader(rows_as_they_are), across=Across(), faults=faults)
    for rows in reading.file(file, pieces(stream, file), FileSum()):
        yield from rows


def rows_as_they_are(_file: RecordFile[Any], rows: list[Any]) -> list[Any]:
    """Make nothing else of the rows of a piece."""
    return rows
