"""A package is what its manifest says, octet for octet, or it is refused whole; and how it lies on disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from madoguchi.errors import MadoguchiError
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES, RecordsRefusedError
from madoguchi.records.drop import (
    delete_dropped,
    open_dropped,
    package_name,
    reports,
    waiting,
    write_dropped,
    write_report,
)
from madoguchi.records.package import PackageRecords, read_package, write_package
from madoguchi.wire.feed import FORMAT_VERSION, FeedManifest
from madoguchi.wire.identifiers import sha256
from tests.records.examples import INSTALMENT, RESIDENT, TAX

OTHER = replace(RESIDENT, addressee_number="0000000018")
RECORDS = PackageRecords(
    residents=(RESIDENT, OTHER),
    taxes=(TAX, replace(TAX, addressee_number=OTHER.addressee_number)),
    instalments=(INSTALMENT, replace(INSTALMENT, addressee_number=OTHER.addressee_number)),
)
FILES, ABOUT = write_package(RECORDS)
MANIFEST = FeedManifest(
    format_version=FORMAT_VERSION,
    ward="131130",
    sequence=1,
    content="snapshot",
    every_year=True,
    fiscal_years=RECORDS.years,
    created_at=5,
    files=ABOUT,
)


def faults(manifest: FeedManifest, files: dict[str, bytes]) -> list[tuple[str, int, str, str]]:
    with pytest.raises(RecordsRefusedError) as refused:
        read_package(manifest, files)
    return [(each.file, each.line, each.column, each.problem.code) for each in refused.value.faults]


def with_file(name: str, raw: bytes, **changes: Any) -> tuple[FeedManifest, dict[str, bytes]]:
    """A manifest that names these octets, as if the sender had written them."""
    about = tuple(
        replace(each, sha256=sha256(raw), **changes) if each.name == name else each for each in MANIFEST.files
    )
    return replace(MANIFEST, files=about), {**FILES, name: raw}


def test_what_was_written_is_read() -> None:
    assert read_package(MANIFEST, FILES) == RECORDS


def test_files_on_disk_are_read_as_those_in_memory(tmp_path: Path) -> None:
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    assert read_package(MANIFEST, {name: tmp_path / name for name in FILES}) == RECORDS


@given(data=st.data())
def test_one_changed_octet_refuses_the_whole_package(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    place = data.draw(st.integers(0, len(FILES[name]) - 1))
    raw = bytearray(FILES[name])
    raw[place] ^= data.draw(st.integers(1, 255))
    assert faults(MANIFEST, {**FILES, name: bytes(raw)}) == [(name, 0, "sha256", "records.total")]


@given(data=st.data())
def test_one_octet_more_or_less_refuses_it_too(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FILES)))
    place = data.draw(st.integers(0, len(FILES[name]) - 1))
    raw = FILES[name]
    changed = data.draw(st.sampled_from([raw[:place] + raw[place + 1 :], raw[:place], raw[: place + 1] + raw[place:]]))
    assert faults(MANIFEST, {**FILES, name: changed}) == [(name, 0, "sha256", "records.total")]


def edited(old: bytes, new: bytes) -> Any:
    def edit(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new, 1)

    return edit


ROW = FILES[TAXES.name].split(b"\n")[1] + b"\n"
TERM = FILES[INSTALMENTS.name].split(b"\n")[1] + b"\n"
BAD_INPUT: dict[str, tuple[str, Any, tuple[int, str, str]]] = {
    "wrong encoding": (
        RESIDENTS.name,
        lambda raw: raw.decode().replace("葛󠄂", "").encode("cp932", "replace"),
        (2, "", "records.encoding"),
    ),
    "a byte order mark": (TAXES.name, lambda raw: b"\xef\xbb\xbf" + raw, (1, "", "records.bom")),
    "CRLF": (TAXES.name, lambda raw: raw.replace(b"\n", b"\r\n"), (1, "", "records.line_ending")),
    "an extra column": (INSTALMENTS.name, edited(b"\n", b",more\n"), (1, "#10", "records.extra_column")),
    "a missing column": (INSTALMENTS.name, edited(b"due_date,", b""), (1, "due_date", "records.missing_column")),
    "a negative amount": (INSTALMENTS.name, edited(b",175500,", b",-175500,"), (2, "amount_due", "records.negative")),
    "a year that does not exist": (TAXES.name, edited(b",2026,", b",1926,"), (2, "fiscal_year", "records.range")),
    "a year that is not covered": (TAXES.name, edited(b",2026,", b",2027,"), (2, "fiscal_year", "records.other_year")),
    "a record twice": (TAXES.name, lambda raw: raw + ROW, (4, "fiscal_year", "records.duplicate")),
    "an instalment far away": (
        INSTALMENTS.name,
        lambda raw: raw + TERM.replace(b"ordinary,1", b"ordinary,2"),
        (4, "fiscal_year", "records.scattered"),
    ),
    "the same instalment far away": (INSTALMENTS.name, lambda raw: raw + TERM, (4, "instalment", "records.duplicate")),
    "a truncated file": (TAXES.name, lambda raw: raw[:-40], (3, "", "records.truncated")),
    "an empty file": (TAXES.name, lambda _raw: b"", (1, "", "records.empty_file")),
    "a stranger": (
        TAXES.name,
        edited(b"0000000018", b"0000000019"),
        (3, "addressee_number", "records.unknown_person"),
    ),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_is_named_by_file_line_column_and_reason(name: str) -> None:
    file, change, (line, column, code) = BAD_INPUT[name]
    raw = change(FILES[file])
    assert (file, line, column, code) in faults(*with_file(file, raw))


@pytest.mark.parametrize(
    ("changes", "column"), [({"rows": 3}, "rows"), ({"totals": {"x": 1}}, "totals"), ({"sha256": bytes(32)}, "sha256")]
)
@pytest.mark.parametrize("name", sorted(FILES))
def test_counts_control_totals_and_digests(name: str, changes: dict[str, Any], column: str) -> None:
    about = tuple(replace(each, **changes) if each.name == name else each for each in ABOUT)
    assert faults(replace(MANIFEST, files=about), FILES) == [(name, 0, column, "records.total")]


def test_a_control_total_of_one_yen_less() -> None:
    totals = {**ABOUT[1].totals, "annual_tax": ABOUT[1].totals["annual_tax"] - 1}
    wrong = replace(MANIFEST, files=(ABOUT[0], replace(ABOUT[1], totals=totals), ABOUT[2]))
    assert faults(wrong, FILES) == [(TAXES.name, 0, "totals", "records.total")]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"format_version": FORMAT_VERSION + 1}, "format_version"),
        ({"files": ABOUT[:2]}, "files"),
        ({"files": ABOUT[::-1]}, "files"),
        ({"fiscal_years": (2026, 2026)}, "fiscal_years"),
    ],
)
def test_a_manifest_that_fits_nothing(changes: dict[str, Any], column: str) -> None:
    ((file, _, found, _),) = faults(replace(MANIFEST, **changes), FILES)
    assert (file, found) == ("manifest", column)


def test_which_packages_need_nothing_before_them() -> None:
    assert MANIFEST.is_whole
    assert not replace(MANIFEST, every_year=False).is_whole
    assert not replace(MANIFEST, content="delta").is_whole


# On disk


def dropped(directory: Path, sequence: int = 1) -> Path:
    return write_dropped(directory, name=package_name(sequence), manifest=b"signed", files=FILES)


def test_a_dropped_package_is_found_opened_and_deleted(tmp_path: Path) -> None:
    second, first = dropped(tmp_path, 2), dropped(tmp_path, 1)
    assert waiting(tmp_path) == [first, second]
    found = open_dropped(first)
    assert found.manifest == b"signed"
    assert read_package(MANIFEST, found.files) == RECORDS
    assert all(path.stat().st_mode & 0o077 == 0 for path in (first, *first.iterdir()))
    delete_dropped(first)
    assert waiting(tmp_path) == [second]
    assert sorted(path.name for path in tmp_path.iterdir()) == [second.name]


def test_what_is_half_written_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".package-000000000001.aside").mkdir()
    (tmp_path / "package-000000000003").write_bytes(b"a file")
    assert waiting(tmp_path) == []

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        dropped(tmp_path)
    assert waiting(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 2


def test_the_same_name_again_changes_nothing(tmp_path: Path) -> None:
    dropped(tmp_path)
    again = write_dropped(tmp_path, name=package_name(1), manifest=b"other", files={})
    assert open_dropped(again).manifest == b"signed"


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "a.refused.txt"])
def test_names_that_would_not_be_looked_at(tmp_path: Path, name: str) -> None:
    with pytest.raises(MadoguchiError, match=r"records\.drop_name"):
        write_dropped(tmp_path, name=name, manifest=b"", files={})


def test_a_refused_package_is_left_alone_until_its_report_is_gone(tmp_path: Path) -> None:
    path = dropped(tmp_path)
    report = write_report(path, ["issuer.feed_rows", "why"])
    assert report.name == "package-000000000001.refused.txt"
    assert report.read_text() == "issuer.feed_rows\nwhy\n"
    assert (waiting(tmp_path), reports(tmp_path)) == ([], [report])
    report.unlink()
    assert waiting(tmp_path) == [path]


def test_a_directory_that_is_no_package(tmp_path: Path) -> None:
    path = dropped(tmp_path)
    (path / "link.csv").symlink_to("/etc/hostname")
    with pytest.raises(RecordsRefusedError, match=r"records\.unknown_file"):
        open_dropped(path)
    (path / "link.csv").unlink()
    (path / "manifest.cose").unlink()
    with pytest.raises(RecordsRefusedError, match=r"records\.missing_file"):
        open_dropped(path)


def test_the_manifest_reads_back() -> None:
    assert msgspec.convert(msgspec.to_builtins(MANIFEST), FeedManifest) == MANIFEST
