"""Who runs when.

Every round takes the next records: our own way first, stage by stage, the last few of them through every stage, then
with the last one those peers that have not yet used up their share of the time that has passed. So every engine meets
the same moments of the machine, the slow ones in fewer of them, and every run has a record not composed before.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

from madoguchi.bench.certificate.codes import Codes
from madoguchi.bench.certificate.engines import Engine
from madoguchi.bench.certificate.moment import Moment
from madoguchi.bench.certificate.own_way import Made, OwnWay
from madoguchi.bench.certificate.subjects import Subject

IN_A_ROW = 100
"""Records that our own way composes per round: an issuing server is warm, and a slow peer leaves cold caches behind."""
THROUGH = 25
"""How many of them are signed and read by the clerk too."""
_OWN_SHARE = 0.4
_KEPT = 50


@dataclass(slots=True)
class PeerTimes:
    """What one peer needed, beside what we needed for the same records."""

    milliseconds: list[float] = field(default_factory=list)
    """Of the processor, all threads."""
    wall: list[float] = field(default_factory=list)
    octets: list[int] = field(default_factory=list)
    spent: float = 0.0
    """Seconds on the wall."""


@dataclass(slots=True)
class Measured:
    """Everything of one measurement."""

    stages: dict[str, list[float]] = field(default_factory=dict)
    composed: list[float] = field(default_factory=list)
    composed_wall: list[float] = field(default_factory=list)
    octets: list[int] = field(default_factory=list)
    peers: dict[str, PeerTimes] = field(default_factory=dict)
    kept: list[Made] = field(default_factory=list)
    """Some of what was composed, evenly over the time, for looking at it afterwards."""
    seconds: float = 0.0

    def times_faster_than(self, peer: str) -> float:
        """Median of the peer over our median of the same measurement."""
        return median(self.peers[peer].milliseconds) / median(self.composed)

    def took(self, made: Made) -> None:
        """Count one certificate of ours."""
        for stage, milliseconds in made.milliseconds.items():
            self.stages.setdefault(stage, []).append(milliseconds)
        self.composed.append(made.compose)
        self.composed_wall.append(made.compose_wall)
        self.octets.append(len(made.pdf))


def measure(
    own: OwnWay, peers: Sequence[Engine], codes: Codes, subjects: Iterator[Subject], *, seconds: float
) -> Measured:
    """Run for so many seconds, or until no record is left."""
    result = Measured(peers={peer.name: PeerTimes() for peer in peers})
    gc.collect()
    gc.freeze()  # as a serving process does when it has loaded everything (`runtime.server`)
    each_share = (1 - _OWN_SHARE) / max(1, len(peers))
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        row = own.row(subjects, IN_A_ROW, through=THROUGH)
        if not row:
            break
        for made in row:
            result.took(made)
        last = row[-1]
        if len(result.kept) < _KEPT * passed / seconds + 1:
            result.kept.append(last)
        codes.drawn = last.modules
        for peer in peers:
            times = result.peers[peer.name]
            if times.spent <= passed * each_share:
                _run(peer, last, times, at=own.at)
    result.seconds = time.perf_counter() - began
    return result


def _run(peer: Engine, made: Made, times: PeerTimes, *, at: datetime) -> None:
    since = Moment.now()
    pdf = peer.compose(made.facts, made.sheets, issued_at=at)
    milliseconds, wall = since.until_now()
    times.spent += wall / 1000
    times.milliseconds.append(milliseconds + made.milliseconds["facts"])
    times.wall.append(wall + made.wall["facts"])
    times.octets.append(len(pdf))
