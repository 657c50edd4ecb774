"""Every way in which a handed-over file can be wrong is refused with file, line, column and reason, never the value."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from madoguchi.errors import MadoguchiError
from madoguchi.records import FILES, CaGeneration, Fault, RecordSet, RecordsRefusedError, Widowhood
from madoguchi.records.columns import columns
from madoguchi.records.problems import MOST_FAULTS, UNKNOWN_PERSON
from tests.records.examples import EXAMPLE, INSTALMENT, RESIDENT, SERIAL, TAX

SECRET = "ひみつの値"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    EXAMPLE.write(tmp_path)
    return tmp_path


def faults(directory: Path) -> tuple[Fault, ...]:
    with pytest.raises(RecordsRefusedError) as refusal:
        RecordSet.read(directory)
    assert isinstance(refusal.value, MadoguchiError)
    assert SECRET not in str(refusal.value)
    assert not any(SECRET in str(each) for each in refusal.value.faults)
    return refusal.value.faults


def places(directory: Path) -> list[tuple[str, int, str, str]]:
    return [(each.file, each.line, each.column, each.problem.code) for each in faults(directory)]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def with_cell(directory: Path, file: str, column: str, text: str) -> None:
    """Write `text` into one cell of the only row, quoted as it must be."""
    path = directory / file
    (row_type,) = (each.row for each in FILES if each.name == file)
    place = [each.name for each in columns(row_type)].index(column)
    header, row = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    row[place] = text
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([header, row])


@pytest.mark.parametrize("file", [each.name for each in FILES])
class TestAnyFile:
    def test_missing(self, directory: Path, file: str) -> None:
        (directory / file).unlink()
        assert (file, 0, "", "records.missing_file") in places(directory)

    def test_empty(self, directory: Path, file: str) -> None:
        (directory / file).write_bytes(b"")
        assert (file, 1, "", "records.empty_file") in places(directory)

    def test_header_alone_is_a_file_without_rows(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
        if file == "residents.csv":
            assert {each.problem.code for each in faults(directory)} == {"records.unknown_person"}
        else:
            RecordSet.read(directory)

    def test_byte_order_mark(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert (file, 1, "", "records.bom") in places(directory)

    def test_crlf(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        assert (file, 1, "", "records.line_ending") in places(directory)

    def test_shift_jis(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes() + "窓口".encode("cp932") + b"\n")
        assert (file, 3, "", "records.encoding") in places(directory)

    def test_cut_off(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes()[:-1])
        assert (file, 2, "", "records.truncated") in places(directory)

    def test_missing_column(self, directory: Path, file: str) -> None:
        edit(directory / file, "addressee_number,", "")
        assert (file, 1, "addressee_number", "records.missing_column") in places(directory)

    def test_extra_column_is_named_by_its_place(self, directory: Path, file: str) -> None:
        path = directory / file
        header, row, _ = path.read_text(encoding="utf-8").split("\n")
        path.write_bytes(f"{header},{SECRET}\n{row},\n".encode())
        found = places(directory)
        assert (file, 1, f"#{header.count(',') + 2}", "records.extra_column") in found

    def test_columns_out_of_order(self, directory: Path, file: str) -> None:
        path = directory / file
        header, row, _ = path.read_text(encoding="utf-8").split("\n")
        names = header.split(",")
        path.write_bytes((",".join([names[1], names[0], *names[2:]]) + f"\n{row}\n").encode())
        assert (file, 1, "", "records.column_order") in places(directory)

    def test_one_cell_too_many(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes()[:-1] + b",\n")
        assert (file, 2, "", "records.cells") in places(directory)

    def test_empty_line(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes() + b"\n")
        assert (file, 3, "", "records.cells") in places(directory)

    def test_open_quote(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes() + f'"{SECRET}\n'.encode())
        assert (file, 3, "", "records.quoting") in places(directory)

    def test_a_row_twice(self, directory: Path, file: str) -> None:
        path = directory / file
        path.write_bytes(path.read_bytes() + path.read_bytes().split(b"\n")[1] + b"\n")
        assert "records.duplicate" in {each.problem.code for each in faults(directory)}


@pytest.mark.parametrize(
    ("file", "column", "text", "code"),
    [
        ("residents.csv", "addressee_number", "", "records.required"),
        ("residents.csv", "addressee_number", "17", "records.format"),
        ("residents.csv", "addressee_number", "００００００００１７", "records.format"),
        ("residents.csv", "name", "", "records.required"),
        ("residents.csv", "name", "あ" * 201, "records.length"),
        ("residents.csv", "name", f"{SECRET}\u202e", "records.character"),
        ("residents.csv", "name", f"{SECRET}\n", "records.character"),
        ("residents.csv", "name", f" {SECRET}", "records.character"),
        ("residents.csv", "alias", "\x00", "records.character"),
        ("residents.csv", "birth_date", "2026/01/01", "records.format"),
        ("residents.csv", "birth_date", "2025-02-29", "records.format"),
        ("residents.csv", "birth_date", "20250201", "records.format"),
        ("residents.csv", "birth_date", "", "records.required"),
        ("residents.csv", "sex", SECRET, "records.choice"),
        ("residents.csv", "foreign", "true", "records.format"),
        ("residents.csv", "suppression", "", "records.required"),
        ("residents.csv", "removal_date", "2026-01-01", "records.contradiction"),
        ("taxes.csv", "fiscal_year", "1999", "records.range"),
        ("taxes.csv", "employment_revenue", "-1", "records.negative"),
        ("taxes.csv", "employment_revenue", "1,000", "records.format"),
        ("taxes.csv", "employment_revenue", "+5", "records.format"),
        ("taxes.csv", "employment_revenue", "007", "records.format"),
        ("taxes.csv", "employment_revenue", "-0", "records.format"),
        ("taxes.csv", "employment_revenue", "1e6", "records.format"),
        ("taxes.csv", "employment_revenue", "１２", "records.format"),
        ("taxes.csv", "employment_revenue", "1000000000000", "records.range"),
        ("taxes.csv", "employment_revenue", "9" * 400, "records.format"),
        ("taxes.csv", "total_income", "", "records.contradiction"),
        ("taxes.csv", "deduction_total", "1030001", "records.total"),
        ("taxes.csv", "gross_income", "2759999", "records.total"),
        ("taxes.csv", "loss_carried_over", "-1", "records.negative"),
        ("taxes.csv", "business_income", "-1000000000000", "records.negative"),
        ("taxes.csv", "fixed_sum_reduction", "0", "records.contradiction"),
        ("taxes.csv", "own_widowhood", "widower", "records.contradiction"),
        ("taxes.csv", "own_widowhood", "special_widow", "records.contradiction"),
        ("taxes.csv", "own_student", "", "records.required"),
        ("taxes.csv", "annual_tax", "175501", "records.total"),
        ("taxes.csv", "address_on_assessment_date", "", "records.contradiction"),
        ("taxes.csv", "dependants_general", "100", "records.range"),
        ("taxes.csv", "addressee_number", "0000000018", "records.unknown_person"),
        ("instalments.csv", "instalment", "0", "records.range"),
        ("instalments.csv", "paid_on", "", "records.contradiction"),
        ("instalments.csv", "amount_due", "", "records.required"),
        ("instalments.csv", "amount_refunded", "1", "records.contradiction"),
        ("serials.csv", "serial", "5a00ff", "records.format"),
        ("serials.csv", "serial", "05A00F", "records.format"),
        ("serials.csv", "serial", "A" * 41, "records.format"),
        ("serials.csv", "serial", "5A00FF\n", "records.format"),
        ("serials.csv", "valid_until", "2024-03-31", "records.contradiction"),
    ],
)
def test_cells(directory: Path, file: str, column: str, text: str, code: str) -> None:
    with_cell(directory, file, column, text)
    assert (file, column, code) in {(each.file, each.column, each.problem.code) for each in faults(directory)}


def test_an_undeclared_dependant_has_no_income_and_no_tax(directory: Path) -> None:
    with_cell(directory, "taxes.csv", "status", "dependant_undeclared")
    assert {"annual_tax", "total_income", "employment_revenue"} <= {each.column for each in faults(directory)}


def test_every_deduction_counts_in_the_total_and_a_loss_carried_over_in_the_gross_income(directory: Path) -> None:
    with_cell(directory, "taxes.csv", "deduction_medical", "1")
    with_cell(directory, "taxes.csv", "loss_carried_over", "1")
    assert {each.column for each in faults(directory)} == {"deduction_total", "gross_income"}


@pytest.mark.parametrize(
    ("column", "last_without"),
    [
        ("income_adjustment", 2020),
        ("misc_business_income", 2020),
        ("forest_tax", 2023),
        ("fixed_sum_reduction", 2023),
        ("deduction_specific_relatives", 2025),
        ("specific_relatives", 2025),
    ],
)
def test_a_column_is_empty_before_its_first_year(tmp_path: Path, column: str, last_without: int) -> None:
    for year, known in ((last_without, False), (last_without + 1, True)):
        row = replace(TAX, fiscal_year=year, income_adjustment=None, forest_tax=None, annual_tax=174_500)
        RecordSet(residents=(RESIDENT,), taxes=(replace(row, **{column: 0}),), instalments=(), serials=()).write(
            tmp_path
        )
        if known:
            RecordSet.read(tmp_path)
        else:
            assert places(tmp_path) == [("taxes.csv", 2, column, "records.contradiction")]


def test_single_parents_begin_when_special_widows_end(tmp_path: Path) -> None:
    for year, kind in ((2020, Widowhood.SINGLE_PARENT), (2021, Widowhood.SPECIAL_WIDOW), (2021, Widowhood.WIDOWER)):
        row = replace(TAX, fiscal_year=year, income_adjustment=None, forest_tax=None, annual_tax=174_500)
        wrong = replace(row, own_widowhood=kind)
        RecordSet(residents=(RESIDENT,), taxes=(wrong,), instalments=(), serials=()).write(tmp_path)
        assert places(tmp_path) == [("taxes.csv", 2, "own_widowhood", "records.contradiction")]


def test_a_loss_is_allowed_only_where_it_can_be(directory: Path) -> None:
    with_cell(directory, "taxes.csv", "total_income", "-500000")
    with_cell(directory, "taxes.csv", "gross_income", "0")
    assert RecordSet.read(directory).taxes[0].total_income == -500_000


def test_private_use_characters_are_taken(directory: Path) -> None:
    with_cell(directory, "residents.csv", "name", "\ue7b5本")
    assert RecordSet.read(directory).residents[0].name == "\ue7b5本"


def test_instalments_add_up_to_the_tax(tmp_path: Path) -> None:
    replace_one = replace(INSTALMENT, amount_due=175_400)
    RecordSet(residents=(RESIDENT,), taxes=(TAX,), instalments=(replace_one,), serials=()).write(tmp_path)
    assert places(tmp_path) == [("taxes.csv", 2, "annual_tax", "records.total")]


def test_one_serial_number_may_exist_once_in_each_generation(tmp_path: Path) -> None:
    other = replace(SERIAL, ca_generation=CaGeneration.G1)
    RecordSet(residents=(RESIDENT,), taxes=(), instalments=(), serials=(SERIAL, other)).write(tmp_path)
    assert len(RecordSet.read(tmp_path).serials) == 2


def test_an_unknown_csv_file_is_refused_without_its_name(directory: Path) -> None:
    (directory / f"{SECRET}.csv").write_bytes(b"x\n")
    assert places(directory) == [("*.csv", 0, "", "records.unknown_file")]


def test_at_most_fifty_faults_are_listed(tmp_path: Path) -> None:
    strangers = tuple(replace(TAX, addressee_number=f"{number:010d}") for number in range(100, 200))
    RecordSet(residents=(RESIDENT,), taxes=strangers, instalments=(), serials=()).write(tmp_path)
    found = faults(tmp_path)
    assert len(found) == MOST_FAULTS
    assert {each.problem for each in found} == {UNKNOWN_PERSON}


def test_a_fault_reads_as_a_line(directory: Path) -> None:
    with_cell(directory, "residents.csv", "sex", SECRET)
    assert str(faults(directory)[0]).startswith("residents.csv:2 sex: records.choice — ")
