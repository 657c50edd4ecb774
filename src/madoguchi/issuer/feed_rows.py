"""From the files of a package to sealed rows, piece by piece: strict reading, counts, control totals. No database.

A large package is read and sealed in worker processes, which hand back what COPY takes; they step back behind whoever
issues (`nice`). No process ever holds more than a few pieces. All of it counts only when the last check has passed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.problems import FEED_CONTENT, FEED_ROWS
from madoguchi.issuer.store.cells import Material, Sealer, pack_person, pack_year
from madoguchi.issuer.store.generations import Rows
from madoguchi.issuer.store.keys import PERSONS
from madoguchi.issuer.store.layouts import (
    INSTALMENT_COLUMNS,
    PERSON_COLUMNS,
    RECORD_COLUMNS,
    instalment_octets,
    person_octets,
    record_octets,
)
from madoguchi.issuer.store.problems import FEED_BROKEN_OFF
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
from madoguchi.records.reading import Reader, Workers
from madoguchi.wire.feed import FeedManifest

LARGE_ROWS: Final = 200_000
"""From so many rows on, worker processes are worth the second that they need to start."""
_BEHIND: Final = 15
"""How far workers step back: a worker gets a thirtieth of what an issuing process gets that wants the same core."""
_TABLES: Final = {RESIDENTS.name: "persons", TAXES.name: "records", INSTALMENTS.name: "instalments"}


class PackageRefusedError(MadoguchiError):
    """A package that is not taken, and all that was found, at most fifty faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        first = faults[0]
        whole = first.file == package.MANIFEST or first.column in package.OF_THE_FILE
        problem = FEED_CONTENT if whole else FEED_ROWS
        super().__init__(problem, cause=f"{first.file} line {first.line} {first.column}: {first.problem.code}")
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package whose manifest is verified, and its files."""

    manifest: FeedManifest
    files: package.Sources = field(repr=False)
    workers: int
    """How many processes read it if it is large."""

    @property
    def is_large(self) -> bool:
        """Whether workers are worth starting."""
        return sum(each.rows for each in self.manifest.files) >= LARGE_ROWS

    def sealed(self, material: Material) -> Generator[Rows]:
        """Its rows for COPY, table after table; seconds of work, so keep it off the event loop.

        Close it if you do not walk to its end. Only the end says that the package is well. Raises `issuer.feed_content`
        or `issuer.feed_rows` as `PackageRefusedError`, naming no value, and `issuer.feed_broken_off`.
        """
        seals = Seals(material)
        if not self.is_large:
            yield from self._through(Reader(seals))
            return
        try:
            with Workers(seals, count=self.workers, behind=_BEHIND) as workers:
                yield from self._through(workers)
        except BrokenProcessPool:
            raise FEED_BROKEN_OFF.error("a worker process ended") from None

    def _through(self, reader: Reader[bytes] | Workers[bytes]) -> Generator[Rows]:
        try:
            for name, octets in package.read_through(self.manifest, self.files, reader=reader):
                yield Rows(table=_TABLES[name], octets=octets)
        except RecordsRefusedError as refused:
            raise PackageRefusedError(refused.faults) from None


class Seals:
    """Makes of a piece's rows what COPY takes. Years without a key are not kept, and left out."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._sealer = Sealer(material)

    def __reduce__(self) -> tuple[type[Seals], tuple[Material]]:
        """A worker process makes its own ciphers."""
        return Seals, (self._material,)

    def __call__(self, file: RecordFile[Any], rows: list[Any]) -> bytes:
        """All rows of the piece, one after the other."""
        return b"".join(_SEALS[file.name](rows, self._sealer))


def _persons(rows: list[Resident], sealer: Sealer) -> Iterator[bytes]:
    for row in rows:
        person = sealer.person(row.addressee_number)
        yield pack_person(person, sealer.seal(person_octets(row), person=person, year=PERSONS, columns=PERSON_COLUMNS))


def _taxes(rows: list[TaxRecord], sealer: Sealer) -> Iterator[bytes]:
    for row in rows:
        year = row.fiscal_year
        if sealer.takes(year):
            person = sealer.person(row.addressee_number)
            sealed = sealer.seal(record_octets(row), person=person, year=year, columns=RECORD_COLUMNS)
            yield pack_year(person, year, sealed)


def _instalments(rows: list[Instalment], sealer: Sealer) -> Iterator[bytes]:
    """Those of a person's year stand together, and in one piece: `records.package` sees to it."""
    for (number, year), terms in groupby(rows, attrgetter("addressee_number", "fiscal_year")):
        if sealer.takes(year):
            person, plain = sealer.person(number), instalment_octets(number, year, list(terms))
            yield pack_year(person, year, sealer.seal(plain, person=person, year=year, columns=INSTALMENT_COLUMNS))


_SEALS: Final[dict[str, Callable[[list[Any], Sealer], Iterator[bytes]]]] = {
    RESIDENTS.name: _persons,
    TAXES.name: _taxes,
    INSTALMENTS.name: _instalments,
}
