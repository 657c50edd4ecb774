"""A records directory is taken whole, exactly as written, or refused with reasons."""

from __future__ import annotations

from pathlib import Path

from madoguchi.records import RecordSet
from tests.records.examples import EXAMPLE


def test_what_is_written_is_read(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path)
    assert RecordSet.read(tmp_path) == EXAMPLE


def test_files_are_utf8_with_lf_alone_and_no_bom(tmp_path: Path) -> None:
    EXAMPLE.write(tmp_path)
    raw = (tmp_path / "residents.csv").read_bytes()
    assert raw.startswith(b"addressee_number,name,")
    assert b"\r" not in raw
    assert "𠮷田 葛\U000e0102".encode() in raw
