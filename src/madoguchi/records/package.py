"""What the tax system's package is made of: three files, their digests, and control totals.

Shared by the sender (tax) and the receiver (issuer), so that both add up the same columns. Serials are not in it: they
come from the registry. The files lie in memory (from the wire) or on disk (from a drop directory); they are read once,
piece by piece, and believed only when the digest over all that was read is the one of the manifest.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

from madoguchi.errors import Problem
from madoguchi.records import problems
from madoguchi.records.across import Across
from madoguchi.records.directory import rows_as_they_are
from madoguchi.records.facts import control_totals
from madoguchi.records.files import INSTALMENTS, RESIDENTS, TAXES, RecordFile, Row
from madoguchi.records.instalment import Instalment
from madoguchi.records.pieces import PIECE_OCTETS, pieces
from madoguchi.records.problems import Fault, RecordsRefusedError
from madoguchi.records.reader import Faults
from madoguchi.records.reading import FileSum, Reader, Reading, Workers
from madoguchi.records.resident import Resident
from madoguchi.records.tax import TaxRecord
from madoguchi.records.writer import file_bytes
from madoguchi.wire.feed import FORMAT_VERSION, FeedFile, FeedManifest
from madoguchi.wire.identifiers import sha256

PACKAGE_FILES: tuple[RecordFile[Any], ...] = (RESIDENTS, TAXES, INSTALMENTS)
MANIFEST = "manifest"
OF_THE_FILE = frozenset({"sha256", "rows", "totals"})
"""In place of a column: what of a whole file is not as the manifest says."""

Sources = Mapping[str, bytes | Path]
"""File name to its octets, or to where it lies."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecords:
    """The rows of a package; in a delta only the people that changed, each with all their rows."""

    residents: tuple[Resident, ...]
    taxes: tuple[TaxRecord, ...]
    instalments: tuple[Instalment, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """The fiscal years of its rows."""
        years = {row.fiscal_year for row in self.taxes} | {row.fiscal_year for row in self.instalments}
        return tuple(sorted(years))


def write_package(records: PackageRecords) -> tuple[dict[str, bytes], tuple[FeedFile, ...]]:
    """The files as bytes, and what the manifest says of each."""
    made = [
        _written(RESIDENTS, records.residents),
        _written(TAXES, records.taxes),
        _written(INSTALMENTS, records.instalments),
    ]
    return {about.name: raw for raw, about in made}, tuple(about for _, about in made)


def read_package(manifest: FeedManifest, files: Sources) -> PackageRecords:
    """Read all files or none, as `read_through`, and keep the rows."""
    rows: dict[str, list[Any]] = {each.name: [] for each in PACKAGE_FILES}
    for name, made in read_through(manifest, files, reader=Reader(rows_as_they_are)):
        rows[name] += made
    return PackageRecords(
        residents=tuple(rows[RESIDENTS.name]),
        taxes=tuple(rows[TAXES.name]),
        instalments=tuple(rows[INSTALMENTS.name]),
    )


def read_through(manifest: FeedManifest, files: Sources, *, reader: Reader[T] | Workers[T]) -> Iterator[tuple[str, T]]:
    """Give what the reader makes of each piece, with the name of its file, in the order of the files.

    It counts only when the iterator ends: whatever is wrong with the package (a bad row, a digest, a count, a control
    total, a year that it does not cover, against what the verified manifest says) raises `RecordsRefusedError`, which
    names file, line, column and reason.
    """
    _check(manifest, files)
    across = Across(together=True, years=frozenset(manifest.fiscal_years))
    reading = Reading(reader, across=across, faults=Faults())
    for about in manifest.files:
        file = next(each for each in PACKAGE_FILES if each.name == about.name)
        with closing(_Hashed(files[file.name])) as stream:
            for made in _read_file(reading, file, stream, about):
                yield file.name, made
    reading.finish()


def _check(manifest: FeedManifest, files: Sources) -> None:
    names = [each.name for each in PACKAGE_FILES]
    if manifest.format_version != FORMAT_VERSION:
        _refuse(MANIFEST, "format_version", problems.FORMAT_VERSION)
    if [each.name for each in manifest.files] != names or set(files) != set(names):
        _refuse(MANIFEST, "files", problems.TOTAL)
    if list(manifest.fiscal_years) != sorted(set(manifest.fiscal_years)):
        _refuse(MANIFEST, "fiscal_years", problems.TOTAL)


def _read_file(reading: Reading[T], file: RecordFile[Any], stream: _Hashed, about: FeedFile) -> Iterator[T]:
    """As `Reading.file`, but a file that is not the one of the manifest is refused for that alone."""
    said = FileSum()
    try:
        yield from reading.file(file, pieces(cast("BinaryIO", stream), file), said)
    except RecordsRefusedError:
        stream.must_be(file, about)
        raise
    stream.must_be(file, about)
    if not reading.faults.found and said.rows != about.rows:
        reading.faults.add(file.name, 0, "rows", problems.TOTAL)
    if not reading.faults.found and said.totals != about.totals:
        reading.faults.add(file.name, 0, "totals", problems.TOTAL)


class _Hashed:
    """A file that is digested as it is read."""

    def __init__(self, source: bytes | Path) -> None:
        self._stream: BinaryIO = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
        self._digest = hashlib.sha256()

    def read(self, octets: int) -> bytes:
        block = self._stream.read(octets)
        self._digest.update(block)
        return block

    def close(self) -> None:
        self._stream.close()

    def must_be(self, file: RecordFile[Any], about: FeedFile) -> None:
        """Read to the end. Raises `RecordsRefusedError` unless every octet was as the manifest says."""
        while self.read(PIECE_OCTETS):
            pass
        if self._digest.digest() != about.sha256:
            _refuse(file.name, "sha256", problems.TOTAL)


def _refuse(file: str, what: str, problem: Problem) -> None:
    raise RecordsRefusedError((Fault(file=file, line=0, column=what, problem=problem),))


def _written(file: RecordFile[Row], rows: tuple[Row, ...]) -> tuple[bytes, FeedFile]:
    raw = file_bytes(file, rows)
    about = FeedFile(name=file.name, sha256=sha256(raw), rows=len(rows), totals=control_totals(file, rows))
    return raw, about
