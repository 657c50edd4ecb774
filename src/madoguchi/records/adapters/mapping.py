"""The mapping file (TOML): which file of theirs becomes which of ours, and how each cell is written there."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from madoguchi.records.columns import columns
from madoguchi.records.files import FILES, RecordFile
from madoguchi.records.problems import MAPPING

Positive = Annotated[int, Meta(ge=1)]


_ERAS = {"1": 1868, "2": 1912, "3": 1926, "4": 1989, "5": 2019}
"""明治, 大正, 昭和, 平成, 令和."""


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping file."""


class Place(_Part, frozen=True, kw_only=True):
    """Octets of a fixed-length record."""

    start: Positive
    """From 1."""
    length: Positive


class Frame(Place, frozen=True, kw_only=True):
    """The first or last record: what it says in one place, and perhaps how many records are between them."""

    value: str
    count: Place | None = None


class ColumnMap(_Part, frozen=True, kw_only=True, rename={"source": "from"}):
    """Where a column of ours comes from, and how it is written there."""

    start: Positive | None = None
    length: Positive | None = None
    source: str | None = None
    """The name in the header of a delimited file."""
    constant: str | None = None
    """The cell as in our own file, the same in every row."""
    type: Literal["text", "digits", "amount", "date", "code"] = "text"
    width: Positive | None = None
    """digits: filled up with zeros at the left."""
    sign: Literal["none", "leading", "trailing", "zone"] = "none"
    """amount: `-` before or after the digits, or in the zone of the last one (p to y for a negative 0 to 9)."""
    unit: Positive = 1
    """amount: yen of one unit, 1000 for 千円."""
    format: Literal["yyyymmdd", "yyyy-mm-dd", "yyyy/mm/dd", "gyymmdd"] = "yyyymmdd"
    """date: gyymmdd has a digit for the era (`eras`) before the year of the era."""
    codes: str | None = None
    """code: the table of `codes`, theirs to ours."""
    empty: tuple[str, ...] = ()
    """Texts, without padding, that mean that the item does not apply; a blank cell always does."""

    @property
    def theirs(self) -> str:
        """How a fault names it."""
        return self.source if self.source is not None else f"octets {self.start}+{self.length}" if self.start else ""


class FileMap(_Part, frozen=True, kw_only=True):
    """One pass over one file of theirs. Several may make the same file of ours, from repeated groups for instance."""

    ours: Literal["residents", "taxes", "instalments", "serials"]
    file: str
    format: Literal["fixed", "delimited"]
    encoding: Literal["cp932", "utf-8", "utf-8-sig"]
    record_length: Positive | None = None
    """fixed: octets without the line end."""
    line_end: Literal["none", "lf", "crlf"] = "none"
    header: Frame | None = None
    trailer: Frame | None = None
    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    skip_when_empty: str | None = None
    """Our column that is empty in what is no row."""
    columns: dict[str, ColumnMap]

    @property
    def target(self) -> RecordFile[Any]:
        """Our file."""
        return next(each for each in FILES if each.name == f"{self.ours}.csv")


class Mapping(_Part, frozen=True, kw_only=True):
    """The whole mapping."""

    gaiji: str | None = None
    """A table of private characters, beside the mapping file."""
    eras: dict[str, int] = msgspec.field(default_factory=lambda: dict(_ERAS))
    """The digit of an era to the Gregorian year of its first year."""
    codes: dict[str, dict[str, str]] = {}
    files: tuple[FileMap, ...]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file. Raises `records.mapping`; the cause names the key."""
    try:
        made = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Mapping)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MAPPING.error(f"{path.name}: {error}") from None
    for place, file in enumerate(made.files):
        _check(file, made, f"files[{place}]")
    return made


def _check(file: FileMap, mapping: Mapping, key: str) -> None:
    known = {each.name: each for each in columns(file.target.row)}
    for name in file.columns:
        if name not in known:
            raise MAPPING.error(f"{key}.columns.{name}: no column of {file.target.name}")
    for name, column in known.items():
        if name not in file.columns and not column.optional:
            raise MAPPING.error(f"{key}.columns.{name}: missing, and it may not be empty")
    if file.skip_when_empty is not None and file.skip_when_empty not in file.columns:
        raise MAPPING.error(f"{key}.skip_when_empty: no column of this file")
    if file.format == "fixed" and file.record_length is None:
        raise MAPPING.error(f"{key}.record_length: missing")
    for name, each in file.columns.items():
        _check_column(file, each, mapping, f"{key}.columns.{name}")


def _check_column(file: FileMap, column: ColumnMap, mapping: Mapping, key: str) -> None:
    if column.codes is not None and column.codes not in mapping.codes:
        raise MAPPING.error(f"{key}.codes: no such table")
    if column.type == "code" and column.codes is None:
        raise MAPPING.error(f"{key}.codes: missing")
    if column.constant is not None:
        return
    if file.format == "delimited":
        if column.source is None:
            raise MAPPING.error(f"{key}.from: missing")
    elif column.start is None or column.length is None:
        raise MAPPING.error(f"{key}.start, {key}.length: missing")
    elif file.record_length is not None and column.start + column.length - 1 > file.record_length:
        raise MAPPING.error(f"{key}: reaches beyond the record")
