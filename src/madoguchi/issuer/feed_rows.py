"""From the files of a package to sealed rows: strict reading, counts, control totals. No database, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from madoguchi.errors import MadoguchiError
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
    Fault,
    Instalment,
    RecordFile,
    RecordsRefusedError,
    Resident,
    TaxRecord,
    package,
)
from madoguchi.records.reading import Reader
from madoguchi.wire.feed import FeedManifest


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


class PackageRefusedError(MadoguchiError):
    """A package that is not taken, and all that was found, at most fifty faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        whole = first.file == package.MANIFEST or first.column in package.OF_THE_FILE
        problem = FEED_CONTENT if whole else FEED_ROWS
        super().__init__(problem, cause=f"{first.file} line {first.line} {first.column}: {first.problem.code}")
        self.faults = faults


def read_package(manifest: FeedManifest, files: package.Sources, *, key: ColumnKey) -> SealedPackage:
    """Read, check and seal a package; seconds of work for a large ward, so keep it off the event loop.

    Raises `issuer.feed_content` or `issuer.feed_rows` as `PackageRefusedError`; nothing of it names a value.
    """
    if not manifest.every_year:
        raise FEED_CONTENT.error("a package of single years")
    rows: dict[str, list[Any]] = {each.name: [] for each in package.PACKAGE_FILES}
    try:
        for name, sealed in package.read_through(manifest, files, reader=Reader(Sealing(key))):
            rows[name] += sealed
    except RecordsRefusedError as refused:
        raise PackageRefusedError(refused.faults) from None
    return SealedPackage(
        persons=tuple(rows[RESIDENTS.name]),
        records=tuple(rows[TAXES.name]),
        instalments=tuple(rows[INSTALMENTS.name]),
    )


class Sealing:
    """What becomes of the rows of a piece: sealed, one by one, instalments by person and year."""

    def __init__(self, key: ColumnKey) -> None:
        self._key = key

    def __call__(self, file: RecordFile[Any], rows: list[Any]) -> list[Any]:
        """Seal the rows of a file's piece."""
        if file.name == INSTALMENTS.name:
            return list(_sealed_instalments(rows, self._key))
        seal = _sealed_record if file.name == TAXES.name else _sealed_person
        return [seal(row, self._key) for row in rows]


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


def _sealed_instalments(rows: list[Instalment], key: ColumnKey) -> Iterator[SealedYear]:
    """Those of a person's year stand together, and are in one piece: `records.package` sees to it."""
    for (number, year), kept in groupby(rows, attrgetter("addressee_number", "fiscal_year")):
        yield _sealed_year(InstalmentColumns(rows=tuple(kept)), number, year, INSTALMENT_COLUMNS, key)


def _sealed_year(columns_: Any, number: str, year: int, name: str, key: ColumnKey) -> SealedYear:
    sealed = key.seal(msgspec.msgpack.encode(columns_), addressee=number, year=year, columns=name)
    return SealedYear(addressee_number=number, fiscal_year=year, sealed=sealed)
