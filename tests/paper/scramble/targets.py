"""How often a back is read where it has to be: many seeds of four conditions, as a table with the interval they allow.

    PYTHONPATH=src python -m tests.paper.scramble.targets DIRECTORY

Each seed is another pattern of damage and another printer, light, perspective and sensor within the same conditions.
Writes after every seed, so that it may be stopped.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Final

from tests.paper.printscan import covered, scanned
from tests.paper.scramble.curve import FIELD, WAYS, drawn, fronts, read_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What share of the sheets has to come back bit for bit."""

    kind: str
    way: str
    destroyed: float
    least: float
    trials: int
    """Settled beforehand: enough to say the share with 95 % confidence when hardly any fails."""


TARGETS: Final = (
    Target(kind="raster", way="harsh 300 dpi", destroyed=0.2, least=0.99, trials=300),
    Target(kind="page description", way="harsh 300 dpi", destroyed=0.6, least=0.99, trials=300),
    Target(kind="raster", way="phone", destroyed=0.0, least=0.95, trials=100),
    Target(kind="page description", way="phone", destroyed=0.0, least=0.95, trials=100),
)
FIRST_SEED: Final = 3000
"""What was adjusted before was adjusted by smaller ones; of these, by one of the first 46 (docs/scramble-image.md)."""


def lower_bound(restored: int, tried: int) -> float:
    """The share that is at least true, said with 95 % confidence (Wilson's interval, one-sided, z = 1.645)."""
    z, share = 1.645, restored / tried
    middle = share + z * z / (2 * tried)
    return (middle - z * sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried))) / (1 + z * z / tried)


def table(results: dict[Target, list[bool]], seconds: dict[Target, list[float]]) -> str:
    """Markdown: a line per target."""
    lines = ["| kind, way, destroyed | restored | at least | target | median s of one core |", "|---" * 5 + "|"]
    for target, each in results.items():
        median = sorted(seconds[target])[len(each) // 2]
        lines.append(
            f"| {target.kind}, {target.way}, {target.destroyed:.0%} | {sum(each)}/{len(each)}"
            f" | {lower_bound(sum(each), len(each)):.1%} | {target.least:.0%} | {median:.1f} |"
        )
    return "\n".join(lines)


def main(directory: Path) -> None:
    """Every target with as many seeds as it is to be tried with."""
    sealed = fronts()
    sheets = {kind: drawn(each) for kind, each in sealed.items()}
    results: dict[Target, list[bool]] = {target: [] for target in TARGETS}
    seconds: dict[Target, list[float]] = {target: [] for target in TARGETS}
    for trial in range(max(target.trials for target in TARGETS)):
        seed = FIRST_SEED + trial
        for target in (each for each in TARGETS if trial < each.trials):
            damaged = covered(sheets[target.kind], target.destroyed, seed=seed, box=FIELD)
            picture = scanned(damaged, WAYS[target.way], seed=seed)
            began = time.process_time()
            results[target].append(read_back(picture, sealed[target.kind]))
            seconds[target].append(time.process_time() - began)
        (directory / "scramble-targets.md").write_text(table(results, seconds) + "\n")
        told = [
            {"kind": each.kind, "way": each.way, "destroyed": each.destroyed, "read": done}
            for each, done in results.items()
        ]
        (directory / "scramble-targets.json").write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
