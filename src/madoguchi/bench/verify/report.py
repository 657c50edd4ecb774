"""The table, and the same figures as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from madoguchi.bench.certificate.moment import Moment
from madoguchi.bench.figures import table
from madoguchi.bench.machine import machine


@dataclass(slots=True)
class Times:
    """Seconds of every look."""

    processor: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def took(self, since: Moment) -> None:
        """Count a look that began then and is over now."""
        processor, wall = since.until_now()
        self.processor.append(processor / 1000)
        self.wall.append(wall / 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is to be said."""

    front: Times = field(default_factory=Times)
    back: Times = field(default_factory=Times)
    both: Times = field(default_factory=Times)
    pinned: bool

    def text(self) -> str:
        """What is shown."""
        pinned = "pinned to one core" if self.pinned else "not pinned"
        method = (
            f"Machine: {machine()}\n"
            "Method: sheets of generated residents, drawn at 300 dpi, turned by up to 1.2 degrees, softened, paler,"
            f" with noise, as JPEG of quality 80; one warm process, {pinned}; from the file to all that is shown."
            " Each was restored, compared, and nothing of it called changed."
        )
        rows = [_row("front alone", self.front), _row("back alone", self.back), _row("both sides", self.both)]
        return f"{method}\n\n{table(['seconds per sheet', 'median', 'slowest', 'median wall', 'n'], rows)}"

    def as_json(self) -> dict[str, Any]:
        """What `--json` writes."""
        named = {"front": self.front, "back": self.back, "both": self.both}
        figures = {f"{name}_s_median": round(median(times.processor), 3) for name, times in named.items()}
        slowest = {f"{name}_s_slowest": round(max(times.processor), 3) for name, times in named.items()}
        return {**figures, **slowest, "sheets": len(self.both.processor), "machine": machine()}


def _row(name: str, times: Times) -> list[str]:
    return [
        name,
        f"{median(times.processor):.2f}",
        f"{max(times.processor):.2f}",
        f"{median(times.wall):.2f}",
        str(len(times.processor)),
    ]
