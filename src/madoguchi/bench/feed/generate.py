"""A package of a million tax records in seconds: a small dummy ward's rows again and again, for other people each time.

Sums, digests and keys are right, so it passes every check. The households' members keep their names and amounts:
whoever measures with it must know that a real ward's cells repeat less often.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madoguchi.dummy import write_ward
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES
from madoguchi.records.directory import read_directory, rows_as_they_are
from madoguchi.records.facts import control_totals
from madoguchi.records.files import RecordFile
from madoguchi.records.package import PACKAGE_FILES
from madoguchi.records.reading import Reader
from madoguchi.records.writer import file_bytes
from madoguchi.tax.assessment import FISCAL_YEARS
from madoguchi.wire.feed import FORMAT_VERSION, FeedFile, FeedManifest

RESIDENTS_OF_A_COPY = 6_000
YEARS = tuple(FISCAL_YEARS[-4:])
"""With four years a million records belong to about 350,000 residents."""
_SEED = 7
_NUMBER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class LargePackage:
    """The files in a directory, and the manifest that says so; whoever sends it signs it."""

    manifest: FeedManifest
    files: dict[str, Path]
    rows: dict[str, list[Any]] = field(repr=False)
    """Of the first copy, by file; its people have the numbers from 1 on."""
    people: int
    """In one copy."""

    @property
    def numbers(self) -> range:
        """Everybody's number."""
        return range(1, self.rows_of(RESIDENTS.name) + 1)

    def rows_of(self, name: str) -> int:
        """How many rows a file has."""
        return next(each.rows for each in self.manifest.files if each.name == name)

    def original(self, number: int) -> int:
        """Whose rows in the first copy this person's are."""
        return (number - 1) % self.people + 1

    @property
    def octets(self) -> int:
        """All files together."""
        return sum(path.stat().st_size for path in self.files.values())


def write_large_package(
    directory: Path, *, records: int, ward: str, created_at: int, residents_of_a_copy: int = RESIDENTS_OF_A_COPY
) -> LargePackage:
    """Write the three files of a snapshot with at least so many tax records into an existing directory."""
    rows = _rows(residents_of_a_copy)
    copies = -(-records // len(rows[TAXES.name]))
    about = tuple(
        _write(directory / file.name, file, rows[file.name], copies=copies, people=_people(rows))
        for file in PACKAGE_FILES
    )
    manifest = FeedManifest(
        format_version=FORMAT_VERSION,
        ward=ward,
        sequence=1,
        content="snapshot",
        every_year=True,
        fiscal_years=YEARS,
        created_at=created_at,
        files=about,
    )
    return LargePackage(
        manifest=manifest,
        files={each.name: directory / each.name for each in PACKAGE_FILES},
        rows=rows,
        people=_people(rows),
    )


def _rows(residents: int) -> dict[str, list[Any]]:
    """The rows of a dummy ward that are in a package, of the years that it covers."""
    found: dict[str, list[Any]] = {file.name: [] for file in PACKAGE_FILES}
    with tempfile.TemporaryDirectory(prefix="mado-bench-") as made:
        write_ward(Path(made), residents=residents, seed=_SEED)
        for name, rows in read_directory(Path(made), reader=Reader(rows_as_they_are)):
            if name in found:
                found[name] += rows
    for file in (TAXES, INSTALMENTS):
        found[file.name] = [row for row in found[file.name] if row.fiscal_year in YEARS]
    return found


def _people(rows: dict[str, list[Any]]) -> int:
    """A ward numbers its people from 1 on, without a gap."""
    return len(rows[RESIDENTS.name])


def _write(path: Path, file: RecordFile[Any], rows: list[Any], *, copies: int, people: int) -> FeedFile:
    digest = hashlib.sha256()
    with path.open("wb") as out:
        for block in _blocks(file, rows, copies=copies, people=people):
            out.write(block)
            digest.update(block)
    totals = {name: amount * copies for name, amount in control_totals(file, rows).items()}
    return FeedFile(name=file.name, sha256=digest.digest(), rows=len(rows) * copies, totals=totals)


def _blocks(file: RecordFile[Any], rows: list[Any], *, copies: int, people: int) -> Iterator[bytes]:
    """The header, then the rows of each copy under addressee numbers of its own."""
    header, *lines = file_bytes(file, rows).decode().splitlines(keepends=True)
    yield header.encode()
    parts = [(int(line[:_NUMBER]), line[_NUMBER:]) for line in lines]
    for copy in range(copies):
        yield "".join(_renumbered(parts, copy * people)).encode()


def _renumbered(parts: Iterable[tuple[int, str]], more: int) -> Iterator[str]:
    return (f"{number + more:010}{rest}" for number, rest in parts)
