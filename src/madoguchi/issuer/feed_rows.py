"""From the files of a package to sealed rows: strict reading, counts, control totals. No database, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
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
    TAXES,
    Fault,
    Instalment,
    RecordsRefusedError,
    TaxRecord,
    TaxStatus,
    package,
)
from madoguchi.wire.feed import FeedManifest

_MANIFEST: Final = "manifest"
_OF_THE_FILE: Final = frozenset({"sha256", "rows", "totals"})
"""Where `records.package` puts a fault of a whole file."""


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


def read_package(manifest: FeedManifest, files: Mapping[str, bytes]) -> PackageRows:
    """Read and check a package; seconds of work for a large ward, so keep it off the event loop.

    Raises `issuer.feed_content` or `issuer.feed_rows`; the cause names file, line and column, never a value.
    """
    try:
        records = package.read_package(files, manifest.files)
    except RecordsRefusedError as refused:
        raise _refused(refused.faults[0]) from None
    _check_sums(records.taxes, records.instalments)
    return PackageRows(records)


def _refused(first: Fault) -> MadoguchiError:
    """The files are not those of the manifest (digest, count, control total), or a row in them is wrong."""
    whole = first.file == _MANIFEST or first.column in _OF_THE_FILE
    problem = FEED_CONTENT if whole else FEED_ROWS
    return problem.error(f"{first.file} line {first.line} {first.column}: {first.problem.code}")


def _check_sums(taxes: tuple[TaxRecord, ...], instalments: tuple[Instalment, ...]) -> None:
    """Instalments of a year add up to its tax: the two certificates must not disagree."""
    due: defaultdict[tuple[str, int], int] = defaultdict(int)
    for each in instalments:
        due[each.addressee_number, each.fiscal_year] += each.amount_due
    for line, record in enumerate(taxes, start=2):
        asked = due.get((record.addressee_number, record.fiscal_year))
        if record.status is TaxStatus.DECLARED and asked is not None and asked != record.annual_tax:
            raise FEED_ROWS.error(f"{TAXES.name} line {line} annual_tax: instalments do not add up")


def _persons(records: package.PackageRecords, sealer: Sealer) -> Iterator[bytes]:
    for row in records.residents:
        person = sealer.person(row.addressee_number)
        kept = PersonColumns(
            addressee_number=row.addressee_number,
            suppression=row.suppression,
            removed=row.removal is not None,
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
    years: defaultdict[tuple[str, int], list[Instalment]] = defaultdict(list)
    for row in records.instalments:
        if sealer.takes(row.fiscal_year):
            years[row.addressee_number, row.fiscal_year].append(row)
    for (number, year), kept in years.items():
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
