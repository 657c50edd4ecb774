"""`docs/records.md` says what the code reads."""

from __future__ import annotations

from pathlib import Path

from madoguchi.records import FILES
from madoguchi.records.columns import columns
from madoguchi.records.documentation import markdown

PAGE = Path(__file__).parents[2] / "docs" / "records.md"


def test_the_page_is_made_from_the_types() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown()


def test_every_column_has_a_japanese_name() -> None:
    for file in FILES:
        for column in columns(file.row):
            assert column.title, f"{file.name} {column.name}"
