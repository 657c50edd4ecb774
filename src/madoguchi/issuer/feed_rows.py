"""From the files of a package to sealed rows: strict reading, counts, control totals. No database, no clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
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
from madoguchi.issuer.secrets_at_rest import ColumnKey
from madoguchi.records import (
    TAXES,
    Fault,
    Instalment,
    RecordsRefusedError,
    Resident,
    TaxRecord,
    TaxStatus,
    package,
)
from madoguchi.wire.feed import FeedManifest

_MANIFEST: Final = "manifest"
_OF_THE_FILE: Final = frozenset({"sha256", "rows", "totals"})
"""Where `records.package` puts a fault of a whole file."""


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


def read_package(manifest: FeedManifest, files: Mapping[str, bytes], *, key: ColumnKey) -> SealedPackage:
    """Read, check and seal a package; seconds of work for a large ward, so keep it off the event loop.

    Raises `issuer.feed_content` or `issuer.feed_rows`; the cause names file, line and column, never a value.
    """
    try:
        records = package.read_package(files, manifest.files)
    except RecordsRefusedError as refused:
        raise _refused(refused.faults[0]) from None
    _check_sums(records.taxes, records.instalments)
    return SealedPackage(
        persons=tuple(_sealed_person(row, key) for row in records.residents),
        records=tuple(_sealed_record(row, key) for row in records.taxes),
        instalments=tuple(_sealed_instalments(records.instalments, key)),
    )


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
