"""Other systems' files become ours cell for cell, or are refused with both columns named."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from madoguchi.dummy import write_ward
from madoguchi.errors import MadoguchiError
from madoguchi.records import Fault, RecordSet, RecordsRefusedError
from madoguchi.records.adapters import convert, load_mapping
from madoguchi.records.adapters.gaiji import Gaiji
from madoguchi.records.cells import CellError
from tests.records.examples import EXAMPLE
from tests.records.foreign import EXAMPLES, ForeignSystem

MAPS = {"host": "layout.toml", "vendor": "mapping.toml"}


@dataclasses.dataclass
class Office:
    """A directory with a system's files, and the mapping for them."""

    directory: Path
    map_file: Path

    def convert(self) -> RecordSet:
        target = self.directory / "ours"
        convert(self.map_file, source=self.directory, target=target)
        return RecordSet.read(target)

    def faults(self) -> list[Fault]:
        with pytest.raises(RecordsRefusedError) as refused:
            self.convert()
        assert not (self.directory / "ours").exists()
        return list(refused.value.faults)

    def places(self) -> list[tuple[str, int, str, str, str]]:
        return [(each.file, each.line, each.column, each.theirs, each.problem.code) for each in self.faults()]


def office(tmp_path: Path, which: str, records: RecordSet = EXAMPLE) -> Office:
    map_file = shutil.copytree(EXAMPLES / which, tmp_path / "map") / MAPS[which]
    system = ForeignSystem(load_mapping(map_file))
    system.write(tmp_path, records)
    if which == "host":
        (map_file.parent / "gaiji.tsv").write_text(system.gaiji_table(), encoding="utf-8")
    else:
        # One of the dummy ward's people has a private character in the name, which this ward takes as it is.
        (map_file.parent / "own.tsv").write_text("U+E7B5\tU+E7B5\n")
        map_file.write_text('gaiji = "own.tsv"\n' + map_file.read_text(encoding="utf-8"), encoding="utf-8")
    return Office(tmp_path, map_file)


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> RecordSet:
    directory = tmp_path_factory.mktemp("ward")
    write_ward(directory, residents=70, seed=5)
    return RecordSet.read(directory)


@pytest.mark.parametrize("which", MAPS)
def test_a_whole_ward_comes_back_in_every_column(tmp_path: Path, which: str, ward: RecordSet) -> None:
    assert office(tmp_path, which, ward).convert() == dataclasses.replace(ward, serials=())


@pytest.mark.parametrize("which", MAPS)
def test_every_column_of_the_examples_is_mapped(which: str) -> None:
    for file in load_mapping(EXAMPLES / which / MAPS[which]).files:
        assert set(file.columns) == set(file.target.row.__struct_fields__)


def test_the_example_of_a_gaiji_table_is_one() -> None:
    assert Gaiji.load(EXAMPLES / "host" / "gaiji.tsv").replaced("\ue001城") == "葛\U000e0102城"


def edit(path: Path, old: bytes, new: bytes) -> None:
    raw = path.read_bytes()
    assert old in raw
    path.write_bytes(raw.replace(old, new, 1))


def test_a_private_character_without_an_entry_is_named_by_its_record(tmp_path: Path) -> None:
    made = office(tmp_path, "host")
    (made.map_file.parent / "gaiji.tsv").write_text("")
    assert ("JUMIN.DAT", 2, "name", "octets 12+80", "records.gaiji") in made.places()


def test_the_mark_for_a_character_that_could_not_be_written(tmp_path: Path) -> None:
    made = office(tmp_path, "vendor")
    edit(tmp_path / "住民.csv", "架空".encode(), "〓空".encode())
    assert ("住民.csv", 2, "address", "現住所", "records.gaiji") in made.places()


def test_octets_that_are_no_cp932(tmp_path: Path) -> None:
    made = office(tmp_path, "host")
    edit(tmp_path / "JUMIN.DAT", "窓口区".encode("cp932"), b"\x81\x01\x81\x01\x81\x01")
    assert ("JUMIN.DAT", 2, "address", "octets 320+120", "records.encoding") in made.places()


def test_a_character_cut_by_its_field(tmp_path: Path) -> None:
    made = office(tmp_path, "host")
    raw = bytearray((tmp_path / "JUMIN.DAT").read_bytes())
    length = len(raw) // 3
    raw[length + 11 + 79] = 0x8B
    (tmp_path / "JUMIN.DAT").write_bytes(raw)
    assert ("JUMIN.DAT", 2, "name", "octets 12+80", "records.encoding") in made.places()


def _cut(raw: bytes) -> bytes:
    return raw[:-1]


def _without_trailer(raw: bytes) -> bytes:
    return raw[: len(raw) // 3 * 2]


def _wrong_count(raw: bytes) -> bytes:
    return raw.replace(b"900000001", b"900000002")


def _other_header(raw: bytes) -> bytes:
    return b"7" + raw[1:]


@pytest.mark.parametrize(
    ("change", "record", "code"),
    [
        (_cut, 3, "records.truncated"),
        (_without_trailer, 2, "records.frame"),
        (_wrong_count, 3, "records.total"),
        (_other_header, 1, "records.frame"),
        (lambda _raw: b"", 1, "records.frame"),
    ],
)
def test_what_a_fixed_length_file_must_fulfil(tmp_path: Path, change: object, record: int, code: str) -> None:
    made = office(tmp_path, "host")
    path = tmp_path / "KAZEI.DAT"
    path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]
    assert ("KAZEI.DAT", record, "", "", code) in made.places()


@pytest.mark.parametrize(("line_end", "octets"), [("lf", b"\n"), ("crlf", b"\r\n")])
def test_records_with_line_ends(tmp_path: Path, line_end: str, octets: bytes) -> None:
    made = office(tmp_path, "host")
    path = tmp_path / "SHUNO.DAT"
    raw = path.read_bytes()
    length = len(raw) // 3
    path.write_bytes(b"".join(raw[start : start + length] + octets for start in (0, length, 2 * length)))
    text = made.map_file.read_text(encoding="utf-8")
    head, _, rest = text.partition('file = "SHUNO.DAT"')
    new = f'{head}file = "SHUNO.DAT"{rest.replace(chr(34) + "none" + chr(34), chr(34) + line_end + chr(34))}'
    made.map_file.write_text(new, encoding="utf-8")
    assert made.convert().instalments == EXAMPLE.instalments
    shutil.rmtree(tmp_path / "ours")
    path.write_bytes(path.read_bytes().replace(octets, b"xx"[: len(octets)]))
    assert ("SHUNO.DAT", 1, "", "", "records.record_length") in made.places()


@pytest.mark.parametrize(
    ("old", "new", "column", "theirs", "code"),
    [
        ("175500,100000", "1755x0,100000", "amount_due", "納付すべき額", "records.format"),
        ("175500,100000", "-175500,100000", "amount_due", "納付すべき額", "records.format"),
        ("普徴", "随時", "collection", "徴収区分", "records.choice"),
        ("2026/06/30", "2026-06-30", "due_date", "納期限", "records.format"),
        ("2026/06/30", "2026/06/31", "due_date", "納期限", "records.format"),
        ("2026/06/30", "", "due_date", "納期限", "records.required"),
        ("100000,2026/06/02", "100000,", "paid_on", "納付日", "records.contradiction"),
        ("\r\n17,", "\r\n18,", "addressee_number", "宛名番号", "records.unknown_person"),
    ],
)
def test_faults_name_both_columns(tmp_path: Path, old: str, new: str, column: str, theirs: str, code: str) -> None:
    made = office(tmp_path, "vendor")
    edit(tmp_path / "収納.csv", old.encode(), new.encode())
    assert ("収納.csv", 2, column, theirs, code) in made.places()


def test_sums_of_the_instalments_and_repeated_rows(tmp_path: Path) -> None:
    made = office(tmp_path, "vendor")
    path = tmp_path / "収納.csv"
    edit(path, b"175500,100000", b"175400,100000")
    assert made.places() == [("課税.csv", 2, "annual_tax", "年税額", "records.total")]
    path.write_bytes(path.read_bytes() + path.read_bytes().split(b"\r\n")[1] + b"\r\n")
    assert ("収納.csv", 3, "instalment", "期別", "records.duplicate") in made.places()


def test_headings_cells_and_encodings_of_a_delimited_file(tmp_path: Path) -> None:
    made = office(tmp_path, "vendor")
    path = tmp_path / "収納.csv"
    raw = path.read_bytes()
    path.write_bytes(raw.replace("納期限".encode(), "期限".encode()))
    assert ("収納.csv", 1, "", "納期限", "records.missing_column") in made.places()
    path.write_bytes(raw[:-2] + b",more\r\n")
    assert ("収納.csv", 2, "", "", "records.cells") in made.places()
    path.write_bytes(raw.replace("普徴".encode(), "普徴".encode("cp932")))
    assert ("収納.csv", 2, "", "", "records.encoding") in made.places()
    path.write_bytes(raw + b'"open\r\n')
    assert ("収納.csv", 3, "", "", "records.quoting") in made.places()
    path.unlink()
    assert ("収納.csv", 0, "", "", "records.missing_file") in made.places()


REPEATED = """
[[files]]
ours = "residents"
file = "住民.csv"
format = "delimited"
encoding = "utf-8"
delimiter = ";"
[files.columns]
addressee_number = { from = "番号", type = "digits", width = 10 }
name = { from = "氏名" }
birth_date = { from = "生年月日", type = "date", format = "gyymmdd" }
sex = { constant = "female" }
address = { from = "住所" }
foreign = { constant = "0" }
household_number = { constant = "0000000001" }
suppression = { constant = "0" }
"""


def instalment_map(group: int) -> str:
    return f"""
[[files]]
ours = "instalments"
file = "期別.csv"
format = "delimited"
encoding = "utf-8"
delimiter = ";"
skip_when_empty = "amount_due"
[files.columns]
addressee_number = {{ from = "番号", type = "digits", width = 10 }}
fiscal_year = {{ constant = "2026" }}
collection = {{ constant = "ordinary" }}
instalment = {{ constant = "{group}" }}
due_date = {{ constant = "2026-06-30" }}
amount_due = {{ from = "{group}期", type = "amount", sign = "trailing", unit = 1000 }}
amount_paid = {{ constant = "0" }}
amount_refunded = {{ constant = "0" }}
"""


def test_repeated_groups_become_rows_and_empty_ones_none(tmp_path: Path) -> None:
    map_file = tmp_path / "map.toml"
    map_file.write_text(REPEATED + instalment_map(1) + instalment_map(2), encoding="utf-8")
    (tmp_path / "住民.csv").write_text("番号;氏名;生年月日;住所\n17;甲;5010501;窓口区\n", encoding="utf-8")
    (tmp_path / "期別.csv").write_text("番号;1期;2期\n17;3+;\n", encoding="utf-8")
    made = Office(tmp_path, map_file).convert()
    assert [(each.instalment, each.amount_due) for each in made.instalments] == [(1, 3_000)]
    assert (made.residents[0].addressee_number, str(made.residents[0].birth_date)) == ("0000000017", "2019-05-01")
    assert (made.taxes, made.serials) == ((), ())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('name = { from = "氏名" }', "", "columns.name"),
        ('name = { from = "氏名" }', 'nmae = { from = "氏名" }', "columns.nmae"),
        ('name = { from = "氏名" }', "name = {}", "columns.name.from"),
        ('name = { from = "氏名" }', 'name = { from = "氏名", type = "code" }', "columns.name.codes"),
        ('name = { from = "氏名" }', 'name = { from = "氏名", unit = 0 }', "unit"),
        ('format = "delimited"', 'format = "fixed"', "record_length"),
        ('delimiter = ";"', 'skip_when_empty = "alias"', "skip_when_empty"),
        ('ours = "residents"', 'ours = "people"', "ours"),
    ],
)
def test_a_wrong_mapping_names_its_key(tmp_path: Path, old: str, new: str, key: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(REPEATED.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(MadoguchiError, match=r"records\.mapping") as refused:
        load_mapping(path)
    assert key in refused.value.cause


def test_a_target_that_is_there_is_left_alone(tmp_path: Path) -> None:
    made = office(tmp_path, "vendor")
    (tmp_path / "ours").mkdir()
    with pytest.raises(MadoguchiError, match=r"records\.mapping"):
        made.convert()
    assert list((tmp_path / "ours").iterdir()) == []


@pytest.mark.parametrize(
    "line", ["F040", "F040\tU+XX", "F040\t", "0041\tU+8FBB", "U+0041\tU+8FBB", "ZZ\tU+8FBB", "F040\tU+110000"]
)
def test_a_wrong_gaiji_table_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gaiji.tsv"
    path.write_text(f"# note\n{line}\n")
    with pytest.raises(MadoguchiError, match=r"gaiji\.tsv line 2|line 2"):
        Gaiji.load(path)


def test_characters_without_an_entry() -> None:
    with pytest.raises(CellError):
        Gaiji({}).replaced("\ue000")
    assert Gaiji({}).replaced("髙﨑①") == "髙﨑①"
