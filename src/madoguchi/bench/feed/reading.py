"""How fast a package is read and checked, without anything being done with its rows."""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass, field
from typing import Any

from madoguchi.bench.feed.generate import LargePackage
from madoguchi.bench.figures import table
from madoguchi.bench.machine import machine
from madoguchi.records.files import RecordFile
from madoguchi.records.package import read_through
from madoguchi.records.reading import Reader, Workers

_MIB = 1 << 20


@dataclass(slots=True, kw_only=True)
class FileFigures:
    """One file, read once."""

    rows: int
    octets: int
    seconds: float = 0.0
    """On the wall."""


@dataclass(slots=True, kw_only=True)
class ReadingFigures:
    """One reading of a package."""

    workers: int
    """0: in the measuring process alone."""
    files: dict[str, FileFigures]
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of all processes."""
    peak_mib: dict[str, float] = field(default_factory=dict)
    """Of the reading process, and of the largest worker."""


def nothing(_file: RecordFile[Any], _rows: list[Any]) -> None:
    """Make nothing of the rows: reading alone is measured."""


def measure_reading(package: LargePackage, *, workers: int) -> ReadingFigures:
    """Read the package once, in so many worker processes (0: in this one)."""
    figures = ReadingFigures(
        workers=workers,
        files={
            about.name: FileFigures(rows=about.rows, octets=package.files[about.name].stat().st_size)
            for about in package.manifest.files
        },
    )
    began, cpu = time.perf_counter(), _cpu()
    if workers:
        with Workers(nothing, count=workers) as reader:
            _read(package, reader, figures)
    else:
        _read(package, Reader(nothing), figures)
    figures.seconds, figures.cpu_seconds = time.perf_counter() - began, _cpu() - cpu
    figures.peak_mib = {"reader": _peak(resource.RUSAGE_SELF)}
    if workers:
        figures.peak_mib["worker"] = _peak(resource.RUSAGE_CHILDREN)
    return figures


def _read(package: LargePackage, reader: Reader[None] | Workers[None], figures: ReadingFigures) -> None:
    last = time.perf_counter()
    for name, _ in read_through(package.manifest, package.files, reader=reader):
        now = time.perf_counter()
        figures.files[name].seconds += now - last
        last = now


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    )


def _peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def report(package: LargePackage, readings: list[ReadingFigures]) -> str:
    """The tables, with the machine and the method."""
    rows = {about.name: about.rows for about in package.manifest.files}
    method = (
        f"Method: one snapshot of {rows['taxes.csv']:,} tax records of {rows['residents.csv']:,} residents with"
        f" {rows['instalments.csv']:,} instalments, {package.octets / _MIB:.0f} MiB, read from disk, every check made,"
        " nothing done with the rows. Its cells repeat more often than a real ward's.\n"
    )
    told = [
        f"Machine: {machine()}",
        method,
        table(
            ["workers", "seconds", "CPU seconds", "MiB/s", "reader MiB", "worker MiB"],
            [
                [
                    str(each.workers or "none"),
                    f"{each.seconds:.1f}",
                    f"{each.cpu_seconds:.1f}",
                    f"{package.octets / _MIB / each.seconds:.0f}",
                    f"{each.peak_mib['reader']:.0f}",
                    f"{each.peak_mib['worker']:.0f}" if "worker" in each.peak_mib else "",
                ]
                for each in readings
            ],
        )
        + "\n",
        table(
            ["file", "workers", "rows", "rows per second", "MiB/s", "µs per row"],
            [
                [
                    name,
                    str(each.workers or "none"),
                    f"{file.rows:,}",
                    f"{file.rows / file.seconds:,.0f}",
                    f"{file.octets / _MIB / file.seconds:.1f}",
                    f"{file.seconds / file.rows * 1e6:.1f}",
                ]
                for each in readings
                for name, file in each.files.items()
            ],
        ),
    ]
    return "\n".join(told)


def as_json(package: LargePackage, readings: list[ReadingFigures]) -> dict[str, Any]:
    """The figures for a machine."""
    return {
        "rows": {about.name: about.rows for about in package.manifest.files},
        "octets": package.octets,
        "readings": [
            {
                "workers": each.workers,
                "seconds": round(each.seconds, 2),
                "cpu_seconds": round(each.cpu_seconds, 2),
                "peak_mib": {who: round(peak, 1) for who, peak in each.peak_mib.items()},
                "rows_per_second": {name: round(file.rows / file.seconds) for name, file in each.files.items()},
            }
            for each in readings
        ],
        "machine": machine(),
    }
