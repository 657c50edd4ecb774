"""What the tax system of a measurement sends: the whole ward, and deltas of people from all over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from madoguchi.bench.feed.generate import YEARS, LargePackage
from madoguchi.bench.feed.street import FISCAL_YEAR
from madoguchi.bench.feed.ward import BenchWard
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES
from madoguchi.records.package import PackageRecords, write_package
from madoguchi.runtime.clock import epoch
from madoguchi.statement.kinds import FEED_MANIFEST
from madoguchi.wire.feed import FORMAT_VERSION, FeedManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """The files of a delta, and what it says of whom."""

    records: PackageRecords = field(repr=False)
    remarks: dict[int, str] = field(repr=False)

    @property
    def rows(self) -> int:
        """Of all three files."""
        return len(self.records.residents) + len(self.records.taxes) + len(self.records.instalments)


class Sender:
    """Signs packages and numbers them."""

    def __init__(self, ward: BenchWard) -> None:
        self._ward = ward
        self._signer = ward.signer("tax-1", party="tax", code=ward.code)
        self._sequence = 0

    def whole(self, package: LargePackage) -> tuple[bytes, dict[str, bytes | Path]]:
        """The snapshot: its signed manifest, and where its files lie."""
        return self._signed(package.manifest), dict(package.files)

    def delta(self, delta: Delta) -> tuple[bytes, dict[str, bytes | Path]]:
        """Its signed manifest, and its files as they are pushed."""
        files, about = write_package(delta.records)
        manifest = FeedManifest(
            format_version=FORMAT_VERSION,
            ward=self._ward.code,
            sequence=1,
            content="delta",
            every_year=True,
            fiscal_years=YEARS,
            created_at=0,
            files=about,
        )
        return self._signed(manifest), dict(files)

    def _signed(self, manifest: FeedManifest) -> bytes:
        self._sequence += 1
        now = epoch(datetime.now(UTC))
        numbered = msgspec.structs.replace(manifest, sequence=self._sequence, created_at=now)
        return self._signer.sign(FEED_MANIFEST, numbered)


def make_delta(package: LargePackage, *, records: int, remark: str) -> Delta:
    """People from all over the ward with so many tax records in all; this year's record has another remark."""
    by_person = {file.name: _by_person(package.rows[file.name]) for file in (RESIDENTS, TAXES, INSTALMENTS)}
    step = max(1, len(package.numbers) * len(YEARS) // (2 * records))
    taken: dict[str, list[Any]] = {name: [] for name in by_person}
    remarks: dict[int, str] = {}
    for number in package.numbers[::step]:
        for name, rows in by_person.items():
            taken[name] += _renumbered(rows.get(package.original(number), ()), number, remark)
        remarks[number] = remark
        if len(taken[TAXES.name]) >= records:
            break
    made = PackageRecords(
        residents=tuple(taken[RESIDENTS.name]),
        taxes=tuple(taken[TAXES.name]),
        instalments=tuple(taken[INSTALMENTS.name]),
    )
    return Delta(records=made, remarks=remarks)


def _by_person(rows: list[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(int(row.addressee_number), []).append(row)
    return found


def _renumbered(rows: Iterator[Any] | list[Any] | tuple[Any, ...], number: int, remark: str) -> Iterator[Any]:
    for row in rows:
        changed = {"addressee_number": f"{number:010}"}
        if getattr(row, "fiscal_year", None) == FISCAL_YEAR and hasattr(row, "remarks"):
            changed["remarks"] = remark
        yield msgspec.structs.replace(row, **changed)
