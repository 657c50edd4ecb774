"""From the files of a package to sealed rows: strict reading, counts, control totals. No database, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

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
from madoguchi.issuer.store.cells import Sealer, pack_person, pack_year
from madoguchi.issuer.store.keys import PERSONS
from madoguchi.records import (
    INSTALMENTS,
    RESIDENTS,
    TAXES,
    Fault,
    RecordFile,
    RecordsRefusedError,
    package,
)
from madoguchi.records.reading import Reader
from madoguchi.wire.feed import FeedManifest


class PackageRows:
    """The checked rows of one package; sealed while they are written, so that they are never in memory twice."""

    def __init__(self, records: package.PackageRecords) -> None:
        self._records = records

    def years(self) -> frozenset[int]:
        """Fiscal years of which there are rows."""
        taxes = {row.fiscal_year for row in self._records.taxes}
        return frozenset(taxes.union(row.fiscal_year for row in self._records.instalments))

    def whose(self, sealer: Sealer) -> list[bytes]:
        """The persons of the package by their keyed names."""
        return [sealer.person(row.addressee_number) for row in self._records.residents]

    def rows(self, table: str, sealer: Sealer) -> Iterator[bytes]:
        """Sealed rows of one table, packed for COPY. Years that are not kept are left out."""
        return _SEALS[table](self._records, sealer)


class PackageRefusedError(MadoguchiError):
    """A package that is not taken, and all that was found, at most fifty faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        whole = first.file == package.MANIFEST or first.column in package.OF_THE_FILE
        problem = FEED_CONTENT if whole else FEED_ROWS
        super().__init__(problem, cause=f"{first.file} line {first.line} {first.column}: {first.problem.code}")
        self.faults = faults


def read_package(manifest: FeedManifest, files: package.Sources) -> PackageRows:
    """Read and check a package; seconds of work for a large ward, so keep it off the event loop.

    Raises `issuer.feed_content` or `issuer.feed_rows` as `PackageRefusedError`; nothing of it names a value.
    """
    rows: dict[str, list[Any]] = {each.name: [] for each in package.PACKAGE_FILES}
    try:
        for name, piece in package.read_through(manifest, files, reader=Reader(_as_they_are)):
            rows[name] += piece
    except RecordsRefusedError as refused:
        raise PackageRefusedError(refused.faults) from None
    return PackageRows(
        package.PackageRecords(
            residents=tuple(rows[RESIDENTS.name]),
            taxes=tuple(rows[TAXES.name]),
            instalments=tuple(rows[INSTALMENTS.name]),
        )
    )


def _as_they_are(_file: RecordFile[Any], rows: list[Any]) -> list[Any]:
    return rows


def _persons(records: package.PackageRecords, sealer: Sealer) -> Iterator[bytes]:
    for row in records.residents:
        person = sealer.person(row.addressee_number)
        kept = PersonColumns(
            addressee_number=row.addressee_number,
            suppression=row.suppression,
            removal=row.removal,
            name=row.name,
            alias=row.alias,
            birth_date=row.birth_date,
            sex=row.sex,
            address=row.address,
            foreign=row.foreign,
        )
        sealed = sealer.seal(msgspec.msgpack.encode(kept), person=person, year=PERSONS, columns=PERSON_COLUMNS)
        yield pack_person(person, sealed)


def _taxes(records: package.PackageRecords, sealer: Sealer) -> Iterator[bytes]:
    for row in records.taxes:
        if sealer.takes(row.fiscal_year):
            yield _sealed_year(row, row.addressee_number, row.fiscal_year, RECORD_COLUMNS, sealer)


def _instalments(records: package.PackageRecords, sealer: Sealer) -> Iterator[bytes]:
    """Those of a person's year stand together: `records.package` sees to it."""
    for (number, year), kept in groupby(records.instalments, attrgetter("addressee_number", "fiscal_year")):
        if sealer.takes(year):
            yield _sealed_year(InstalmentColumns(rows=tuple(kept)), number, year, INSTALMENT_COLUMNS, sealer)


def _sealed_year(columns_: Any, number: str, year: int, name: str, sealer: Sealer) -> bytes:
    person = sealer.person(number)
    sealed = sealer.seal(msgspec.msgpack.encode(columns_), person=person, year=year, columns=name)
    return pack_year(person, year, sealed)


_SEALS: Final[dict[str, Callable[[package.PackageRecords, Sealer], Iterator[bytes]]]] = {
    "persons": _persons,
    "records": _taxes,
    "instalments": _instalments,
}
