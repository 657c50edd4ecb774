"""However a file is cut, and whoever reads it: the same rows, the same faults on the same lines."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from madoguchi.records import FILES, INSTALMENTS, RESIDENTS, TAXES, Fault, RecordFile, RecordSet, RecordsRefusedError
from madoguchi.records.across import Across
from madoguchi.records.directory import read_directory, rows_as_they_are
from madoguchi.records.facts import control_totals
from madoguchi.records.pieces import pieces
from madoguchi.records.problems import MOST_FAULTS
from madoguchi.records.reader import Faults
from madoguchi.records.reading import FileSum, Reader, Reading, Workers
from madoguchi.records.writer import file_bytes
from tests.records.examples import INSTALMENT, RESIDENT, TAX

PEOPLE = [f"{number:010}" for number in range(1, 8)]
ROWS: dict[str, list[Any]] = {
    RESIDENTS.name: [replace(RESIDENT, addressee_number=each) for each in PEOPLE],
    TAXES.name: [replace(TAX, addressee_number=each) for each in PEOPLE],
    INSTALMENTS.name: [
        replace(INSTALMENT, addressee_number=each, instalment=number, amount_due=43_875, amount_paid=0, paid_on=None)
        for each in PEOPLE
        for number in (1, 2, 3, 4)
    ],
}
FILES_HERE = (RESIDENTS, TAXES, INSTALMENTS)
WHOLE = {file.name: file_bytes(file, ROWS[file.name]) for file in FILES_HERE}


def read(file: RecordFile[Any], raw: bytes, *, octets: int) -> tuple[list[Any], list[Fault], FileSum]:
    """Read one file alone, cut after so many octets."""
    faults, said, rows = Faults(), FileSum(), list[Any]()
    reading = Reading(Reader(rows_as_they_are), across=Across(), faults=faults)
    try:
        for made in reading.file(file, pieces(io.BytesIO(raw), file, octets=octets), said):
            rows += made
    except RecordsRefusedError as refused:
        return rows, list(refused.faults), said
    return rows, faults.found, said


@pytest.mark.parametrize("file", FILES_HERE, ids=lambda file: file.name)
@given(octets=st.integers(1, 3000))
def test_rows_and_totals_do_not_depend_on_the_cuts(file: RecordFile[Any], octets: int) -> None:
    rows, faults, said = read(file, WHOLE[file.name], octets=octets)
    assert (rows, faults) == (ROWS[file.name], [])
    assert (said.rows, said.totals) == (len(rows), control_totals(file, rows))


@pytest.mark.parametrize("file", FILES_HERE, ids=lambda file: file.name)
@given(octets=st.integers(1, 3000), data=st.data())
def test_faults_do_not_depend_on_the_cuts(file: RecordFile[Any], octets: int, data: st.DataObject) -> None:
    lines = WHOLE[file.name].split(b"\n")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(1, len(lines) - 2))
        change = data.draw(st.sampled_from(["twice", "cell", "empty", "crlf", "sjis"]))
        lines[place : place + 1] = {
            "twice": [lines[place], lines[place]],
            "cell": [lines[place].replace(b"0,", b"x,", 1)],
            "empty": [b""],
            "crlf": [lines[place] + b"\r"],
            "sjis": [lines[place] + "窓".encode("cp932")],
        }[change]
    raw = b"\n".join(lines)
    once = read(file, raw, octets=1 << 20)
    parted = read(file, raw, octets=octets)
    assert parted[1] == once[1]
    assert once[1]
    assert all(fault.line for fault in once[1])


@given(octets=st.integers(1, 3000))
def test_instalments_of_a_year_are_never_parted(octets: int) -> None:
    for piece in pieces(io.BytesIO(WHOLE[INSTALMENTS.name]), INSTALMENTS, octets=octets):
        lines = piece.raw.decode().splitlines()
        if piece.first_line == 1:
            lines = lines[1:]
        assert len(lines) % 4 == 0


def test_a_file_without_lines_ends_soon() -> None:
    endless = io.BytesIO(b"x" * (9 << 20))
    assert len(next(iter(pieces(endless, TAXES))).raw) < 6 << 20


def test_a_row_repeated_far_away_is_named_by_its_line() -> None:
    raw = WHOLE[TAXES.name] + WHOLE[TAXES.name].split(b"\n")[2] + b"\n"
    _, (fault,), _ = read(TAXES, raw, octets=400)
    assert (fault.line, fault.column, fault.problem.code) == (9, "fiscal_year", "records.duplicate")


def test_instalments_may_stand_apart_in_a_directory_and_still_add_up(tmp_path: Path) -> None:
    scattered = tuple(sorted(ROWS[INSTALMENTS.name], key=lambda row: row.instalment))
    made = RecordSet(
        residents=tuple(ROWS[RESIDENTS.name]), taxes=tuple(ROWS[TAXES.name]), instalments=scattered, serials=()
    )
    made.write(tmp_path)
    assert RecordSet.read(tmp_path) == made
    again = file_bytes(INSTALMENTS, (*scattered, scattered[3]))
    (tmp_path / INSTALMENTS.name).write_bytes(again)
    with pytest.raises(RecordsRefusedError) as refused:
        RecordSet.read(tmp_path)
    ((line, code),) = [(each.line, each.problem.code) for each in refused.value.faults]
    assert (line, code) == (len(scattered) + 2, "records.duplicate")


def _count(_file: RecordFile[Any], rows: list[Any]) -> int:
    return len(rows)


def test_two_workers_find_what_one_reader_finds(tmp_path: Path) -> None:
    people = [replace(RESIDENT, addressee_number=f"{number:010}") for number in range(9_000)]
    RecordSet(residents=tuple(people), taxes=(), instalments=(), serials=()).write(tmp_path)
    with Workers(_count, count=2) as workers:
        assert sum(made for _, made in read_directory(tmp_path, reader=workers)) == 9_000
        path = tmp_path / RESIDENTS.name
        path.write_bytes(path.read_bytes().replace(b",female,", b",woman,"))
        with pytest.raises(RecordsRefusedError) as refused:
            list(read_directory(tmp_path, reader=workers))
    assert [each.line for each in refused.value.faults] == list(range(2, 2 + MOST_FAULTS))
    assert {each.file for each in refused.value.faults} <= {each.name for each in FILES}
