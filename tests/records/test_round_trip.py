"""Whatever the types can hold and a file may hold is read back as it was written."""

from __future__ import annotations

import csv
import io
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.records import FILES
from madoguchi.records.cells import CellError, Cells
from madoguchi.records.columns import Column, Kind, columns
from madoguchi.records.directory import read_rows
from madoguchi.records.files import RecordFile
from madoguchi.records.reader import Faults
from madoguchi.records.rows import rules_of
from madoguchi.records.writer import write_file

TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))
    | st.sampled_from("髙﨑𠮷辻葛邉邊,\"'=+-@\U000e0102\U000e0103　 "),
    max_size=40,
).map(lambda text: text.strip())


def cell(column: Column) -> st.SearchStrategy[Any]:
    if column.kind is Kind.FLAG:
        values: st.SearchStrategy[Any] = st.booleans()
    elif column.kind is Kind.INTEGER:
        values = st.integers(column.at_least, column.at_most)
    elif column.kind is Kind.DATE:
        values = st.dates(date(1, 1, 1))
    elif column.kind is Kind.CHOICE:
        values = st.sampled_from(list(column.choice_type or ()))
    elif column.pattern is not None:
        return st.from_regex(column.pattern, fullmatch=True)
    else:
        return TEXTS.filter(lambda text: len(text) >= column.min_length)
    return st.none() | values if column.optional else values


def rows(file: RecordFile[Any]) -> st.SearchStrategy[Any]:
    made = st.fixed_dictionaries({column.name: cell(column) for column in columns(file.row)})
    return made.map(lambda values: file.row(**values)).filter(lambda row: not rules_of(file.row)(row))


@pytest.mark.parametrize("file", [FILES[0], FILES[2], FILES[3]], ids=lambda file: file.name)
@given(data=st.data())
def test_rows_come_back(file: RecordFile[Any], data: st.DataObject) -> None:
    def key(row: object) -> tuple[object, ...]:
        return tuple(getattr(row, name) for name in file.key)

    written = data.draw(st.lists(rows(file), max_size=4, unique_by=key))
    with tempfile.TemporaryDirectory() as made:
        faults = Faults()
        path = write_file(Path(made), file, written)
        assert list(read_rows(path, file, faults=faults)) == written
        assert not faults.found


TAX_COLUMNS = columns(FILES[1].row)


@given(data=st.data())
def test_every_tax_cell_comes_back(data: st.DataObject) -> None:
    column = data.draw(st.sampled_from(TAX_COLUMNS))
    value = data.draw(cell(column))
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerow([int(value) if column.kind is Kind.FLAG else value, "end"])
    ((text, _),) = csv.reader(io.StringIO(out.getvalue(), newline=""), strict=True)
    assert Cells(column)[text] == value


@given(column=st.sampled_from([each for file in FILES for each in columns(file.row)]), text=st.text(max_size=30))
def test_no_text_is_read_as_something_that_would_be_written_otherwise(column: Column, text: str) -> None:
    try:
        value = Cells(column)[text]
    except CellError:
        return
    said = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
    assert said == text
