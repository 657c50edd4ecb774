"""From the files of a package to sealed rows: strict reading, counts, control totals. No database, no clock."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar, cast

import msgspec
from msgspec import Struct

from madoguchi.issuer.case import (
    INSTALMENT_COLUMNS,
    PERSON_COLUMNS,
    RECORD_COLUMNS,
    InstalmentColumns,
    PersonColumns,
)
from madoguchi.issuer.problems import FEED_CONTENT, FEED_ROWS
from madoguchi.issuer.secrets_at_rest import ColumnKey
from madoguchi.records import (
    INSTALMENTS,
    RESIDENTS,
    TAXES,
    Instalment,
    RecordFile,
    RecordsRefusedError,
    Resident,
    TaxRecord,
    TaxStatus,
)
from madoguchi.records.columns import Kind, columns
from madoguchi.records.reader import Faults, read_rows
from madoguchi.wire.feed import FeedFile, FeedManifest
from madoguchi.wire.identifiers import sha256

Row = TypeVar("Row", bound=Struct)

_MONEY: Final = 999_999_999_999
"""Money columns are those of this range (`records.columns`); their sums are the control totals."""
_FILES: Final = (RESIDENTS.name, TAXES.name, INSTALMENTS.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPerson:
    """One row of `persons`."""

    addressee_number: str
    suppression: bool
    removal: str | None
    removal_date: date | None
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedYear:
    """One row of `records` or `instalments`."""

    addressee_number: str
    fiscal_year: int
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedPackage:
    """What a package becomes in the database."""

    persons: tuple[SealedPerson, ...]
    records: tuple[SealedYear, ...]
    instalments: tuple[SealedYear, ...]


def check_files(manifest: FeedManifest, files: Mapping[str, bytes]) -> None:
    """The files are exactly those that the manifest names, byte for byte. Raises `issuer.feed_content`."""
    named = [file.name for file in manifest.files]
    if len(set(named)) != len(named) or set(named) != set(files):
        raise FEED_CONTENT.error("other files than the manifest names")
    if not set(named) <= set(_FILES) or (manifest.content == "snapshot" and set(named) != set(_FILES)):
        raise FEED_CONTENT.error("a snapshot holds residents, taxes and instalments; a delta some of them")
    for file in manifest.files:
        if sha256(files[file.name]) != file.sha256:
            raise FEED_CONTENT.error(f"{file.name}: digest")


def read_package(manifest: FeedManifest, files: Mapping[str, bytes], *, key: ColumnKey) -> SealedPackage:
    """Read, check and seal a package; seconds of work for a large ward, so keep it off the event loop.

    Raises `issuer.feed_content` or `issuer.feed_rows`; the cause names file, line and column, never a value.
    """
    check_files(manifest, files)
    described = {file.name: file for file in manifest.files}
    faults = Faults()
    try:
        residents = _read(RESIDENTS, described, files, faults)
        known = frozenset(row.addressee_number for row in residents) if manifest.content == "snapshot" else None
        taxes = _read(TAXES, described, files, faults, known=known)
        instalments = _read(INSTALMENTS, described, files, faults, known=known)
        faults.refuse()
    except RecordsRefusedError as refused:
        first = refused.faults[0]
        raise FEED_ROWS.error(f"{first.file} line {first.line} {first.column}: {first.problem.code}") from None
    _check_sums(taxes, instalments)
    return SealedPackage(
        persons=tuple(_sealed_person(row, key) for row in residents),
        records=tuple(_sealed_record(row, key) for row in taxes),
        instalments=tuple(_sealed_instalments(instalments, key)),
    )


def control_totals(file: RecordFile[Row], rows: tuple[Row, ...]) -> dict[str, int]:
    """Sums of a file's money columns: what its `totals` must say. What does not apply counts as nothing."""
    money = [each.name for each in columns(file.row) if each.kind is Kind.INTEGER and each.at_most == _MONEY]
    return {name: sum(getattr(row, name) or 0 for row in rows) for name in money}


class _InMemory:
    """A file of the package as something that the reader can open: personal data is written to no file."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def open(self, _mode: str) -> BinaryIO:
        return io.BytesIO(self._raw)


def _read(
    file: RecordFile[Row],
    described: Mapping[str, FeedFile],
    files: Mapping[str, bytes],
    faults: Faults,
    *,
    known: frozenset[str] | None = None,
) -> tuple[Row, ...]:
    if file.name not in described:
        return ()
    opened = cast("Path", _InMemory(files[file.name]))
    rows = tuple(read_rows(opened, file, faults=faults, known=known))
    faults.refuse()
    if len(rows) != described[file.name].rows:
        raise FEED_CONTENT.error(f"{file.name}: {len(rows)} rows, {described[file.name].rows} named")
    if control_totals(file, rows) != described[file.name].totals:
        raise FEED_CONTENT.error(f"{file.name}: control totals")
    return rows


def _check_sums(taxes: tuple[TaxRecord, ...], instalments: tuple[Instalment, ...]) -> None:
    """Instalments of a year add up to its tax: the two certificates must not disagree."""
    due: defaultdict[tuple[str, int], int] = defaultdict(int)
    for each in instalments:
        due[each.addressee_number, each.fiscal_year] += each.amount_due
    for line, record in enumerate(taxes, start=2):
        asked = due.get((record.addressee_number, record.fiscal_year))
        if record.status is TaxStatus.DECLARED and asked is not None and asked != record.annual_tax:
            raise FEED_ROWS.error(f"{TAXES.name} line {line} annual_tax: instalments do not add up")


def _sealed_person(row: Resident, key: ColumnKey) -> SealedPerson:
    kept = PersonColumns(
        name=row.name,
        alias=row.alias,
        birth_date=row.birth_date,
        sex=row.sex,
        address=row.address,
        foreign=row.foreign,
    )
    number = row.addressee_number
    return SealedPerson(
        addressee_number=number,
        suppression=row.suppression,
        removal=row.removal,
        removal_date=row.removal_date,
        sealed=key.seal(msgspec.msgpack.encode(kept), addressee=number, year=0, columns=PERSON_COLUMNS),
    )


def _sealed_record(row: TaxRecord, key: ColumnKey) -> SealedYear:
    return _sealed_year(row, row.addressee_number, row.fiscal_year, RECORD_COLUMNS, key)


def _sealed_instalments(rows: tuple[Instalment, ...], key: ColumnKey) -> Iterator[SealedYear]:
    years: defaultdict[tuple[str, int], list[Instalment]] = defaultdict(list)
    for row in rows:
        years[row.addressee_number, row.fiscal_year].append(row)
    for (number, year), kept in years.items():
        yield _sealed_year(InstalmentColumns(rows=tuple(kept)), number, year, INSTALMENT_COLUMNS, key)


def _sealed_year(columns_: Any, number: str, year: int, name: str, key: ColumnKey) -> SealedYear:
    sealed = key.seal(msgspec.msgpack.encode(columns_), addressee=number, year=year, columns=name)
    return SealedYear(addressee_number=number, fiscal_year=year, sealed=sealed)
