"""The table, and the same figures as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from madoguchi.bench.certificate.moment import Moment
from madoguchi.bench.figures import percentile, table
from madoguchi.bench.machine import machine


@dataclass(slots=True)
class Times:
    """What one step took per sheet, and how much it made of each."""

    milliseconds: list[float] = field(default_factory=list)
    """Of the processor, all threads."""
    wall: list[float] = field(default_factory=list)
    octets: list[float] = field(default_factory=list)

    def took(self, since: Moment, *, octets: int, sheets: int = 1) -> None:
        """Count a step that began then and is over now, for so many sheets together."""
        processor, wall = since.until_now()
        self.milliseconds.append(processor / sheets)
        self.wall.append(wall / sheets)
        self.octets.append(octets / sheets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is to be said."""

    marks: Times
    laying: Times
    """Its octets are those of the print job, the ward's page among them."""
    check: Times
    raster: Times
    """Marks of a sheet whose ward gave no page description: rendered and signed for by the center."""
    naive: Times
    start_up: float
    """Seconds until a center's maker is ready, per model of printer."""
    seconds: float
    pinned: bool

    def text(self) -> str:
        """What is shown."""
        pinned = "pinned to one core" if self.pinned else "not pinned"
        method = (
            f"Machine: {machine()}\n"
            "Method: certificates of generated residents, every sheet with its own front code, page description and"
            f" paper number; one warm process, {pinned}, {self.seconds:.0f} s, rounds of ten certificates marked and"
            " laid, one sheet read again, one marked the naive way; processor time per sheet, wall beside it; every"
            " naive back was read again too, outside of its time. The naive way draws the ward's page with pdfium at"
            " 600 dpi and puts pattern, cells and number into one-bit bitmaps, deflated at level 1."
        )
        rows = [
            _row("center: marks of a page description", self.marks),
            _row("center: marks of a raster, rendering included", self.raster),
            _row("kiosk: laying", self.laying),
            _row("center: its back read again (beside the target)", self.check),
            _row("the naive way, both sides", self.naive),
        ]
        head = ["per sheet", "ms median", "p95", "ms wall", "n", "kB"]
        end = (
            f"The naive way takes {self.times_faster:.0f} times as long as marks and laying together."
            f" A maker is ready in {self.start_up:.1f} s."
        )
        return f"{method}\n\n{table(head, rows)}\n\n{end}"

    @property
    def times_faster(self) -> float:
        """Medians: the naive way over marks and laying."""
        return median(self.naive.milliseconds) / (median(self.marks.milliseconds) + median(self.laying.milliseconds))

    def as_json(self) -> dict[str, Any]:
        """What `--json` writes."""
        return {
            "ms_per_sheet_median": round(median(self.marks.milliseconds), 3),
            "size_kb": round(median(self.marks.octets) / 1000, 1),
            "naive_ms_per_sheet_median": round(median(self.naive.milliseconds), 3),
            "laying_ms_per_sheet_median": round(median(self.laying.milliseconds), 3),
            "raster_ms_per_sheet_median": round(median(self.raster.milliseconds), 3),
            "raster_kb": round(median(self.raster.octets) / 1000, 1),
            "check_ms_per_sheet_median": round(median(self.check.milliseconds), 3),
            "job_kb": round(median(self.laying.octets) / 1000, 1),
            "naive_kb": round(median(self.naive.octets) / 1000, 1),
            "sheets": len(self.marks.milliseconds),
            "machine": machine(),
        }


def _row(name: str, times: Times) -> list[str]:
    return [
        name,
        f"{median(times.milliseconds):.2f}",
        f"{percentile(times.milliseconds, 0.95):.2f}",
        f"{median(times.wall):.2f}",
        str(len(times.milliseconds)),
        f"{median(times.octets) / 1000:.0f}",
    ]
