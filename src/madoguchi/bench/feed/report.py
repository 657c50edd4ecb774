"""The figures of a measurement, for a reader and for a machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from madoguchi.bench.feed.checking import TableFigures
from madoguchi.bench.feed.issuing import PER_SECOND
from madoguchi.bench.figures import percentile, table
from madoguchi.bench.machine import machine
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES

_MIB: Final = 1 << 20
_SHARES: Final = (0.5, 0.95, 0.99)


@dataclass(slots=True, kw_only=True)
class Figures:
    """Everything that was measured. Milliseconds of single requests, seconds of packages."""

    rows: dict[str, int]
    """Of the files."""
    package_octets: int
    workers: int
    alone_seconds: float = 0.0
    beside_seconds: float = 0.0
    delta_seconds: list[float] = field(default_factory=list)
    delta_records: int = 0
    delta_rows: int = 0
    issue_before: list[float] = field(default_factory=list)
    issue_during: list[float] = field(default_factory=list)
    issue_during_deltas: list[float] = field(default_factory=list)
    issue_after: list[float] = field(default_factory=list)
    cards: list[float] = field(default_factory=list)
    lookups: list[float] = field(default_factory=list)
    tables: dict[str, TableFigures] = field(default_factory=dict)
    peak_mib: dict[str, float] = field(default_factory=dict)

    @property
    def octets_of_a_record(self) -> float:
        """On disk, of all tables and their indexes, for each tax record with what belongs to it."""
        return sum(each.octets_on_disk for each in self.tables.values()) / self.rows[TAXES.name]

    def text(self) -> str:
        """The tables, with the machine and the method."""
        return "\n".join([f"Machine: {machine()}", self._method(), self._whole(), self._requests(), self._disk()])

    def _method(self) -> str:
        rows = self.rows
        return (
            f"Method: a snapshot of {rows[TAXES.name]:,} tax records of {rows[RESIDENTS.name]:,} residents with"
            f" {rows[INSTALMENTS.name]:,} instalments, {self.package_octets / _MIB:.0f} MiB, taken from files by an"
            f" intake with {self.workers} workers into an embedded PostgreSQL with durable commits; an issuer beside it"
            f" is asked {PER_SECOND:.0f} times a second, from the request to the signed answer, without a network."
            " Every row counted, people of every part looked up and compared. Cells repeat more than a real ward's.\n"
        )

    def _whole(self) -> str:
        figures = [
            ["snapshot, from its arrival to every issue (s), nobody issuing", f"{self.alone_seconds:.1f}"],
            ["the same while the issuer issues (s)", f"{self.beside_seconds:.1f}"],
            [
                f"delta of {self.delta_records:,} tax records, {self.delta_rows:,} rows in all (s), median / most",
                f"{median(self.delta_seconds):.2f} / {max(self.delta_seconds):.2f}",
            ],
            ["octets on disk for a tax record and what belongs to it", f"{self.octets_of_a_record:.0f}"],
            ["peak memory of the intake / of a worker (MiB)", " / ".join(f"{each:.0f}" for each in self._peaks())],
        ]
        return table(["figure", "value"], figures) + "\n"

    def _peaks(self) -> list[float]:
        return [self.peak_mib.get(who, 0.0) for who in ("intake", "worker")]

    def _requests(self) -> str:
        rows = [
            [name, str(len(found)), *(f"{percentile(found, at):.2f}" for at in _SHARES)] for name, found in self._ms()
        ]
        return table(["milliseconds", "n", "p50", "p95", "p99"], rows) + "\n"

    def _ms(self) -> list[tuple[str, list[float]]]:
        return [
            ("a card found by its serial", self.cards),
            ("a whole case read by it, opened", self.lookups),
            ("an issue, before", self.issue_before),
            ("an issue, during the snapshot", self.issue_during),
            ("an issue, during deltas", self.issue_during_deltas),
            ("an issue, afterwards", self.issue_after),
        ]

    def _disk(self) -> str:
        rows = [
            [
                name,
                f"{each.rows:,}",
                f"{each.cell_octets:.0f}",
                f"{each.octets_on_disk / max(1, each.rows):.0f}",
                f"{each.octets_on_disk / _MIB:.0f}",
            ]
            for name, each in self.tables.items()
        ]
        return table(["in force", "rows", "octets of a cell", "octets on disk per row", "MiB with index"], rows)

    def as_json(self) -> dict[str, Any]:
        """The figures for a machine."""
        return {
            "rows": self.rows,
            "octets": self.package_octets,
            "workers": self.workers,
            "snapshot_seconds": round(self.alone_seconds, 2),
            "snapshot_while_issuing_seconds": round(self.beside_seconds, 2),
            "delta": {
                "records": self.delta_records,
                "rows": self.delta_rows,
                "seconds": [round(each, 3) for each in self.delta_seconds],
            },
            "milliseconds": {
                name: {"n": len(found), **{f"p{at * 100:.0f}": round(percentile(found, at), 2) for at in _SHARES}}
                for name, found in self._ms()
            },
            "octets_on_disk_per_tax_record": round(self.octets_of_a_record),
            "tables": {
                name: {"rows": each.rows, "cell_octets": round(each.cell_octets), "octets_on_disk": each.octets_on_disk}
                for name, each in self.tables.items()
            },
            "peak_mib": {who: round(peak) for who, peak in self.peak_mib.items()},
            "machine": machine(),
        }
