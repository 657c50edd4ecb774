"""The table, and the same figures as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from madoguchi.bench.certificate.alone import Account
from madoguchi.bench.certificate.checking import Looked
from madoguchi.bench.certificate.engines import Absent, Engine
from madoguchi.bench.certificate.measuring import IN_A_ROW, Measured
from madoguchi.bench.figures import percentile, table
from madoguchi.bench.machine import machine

_STAGES = (
    ("compose: the record's facts", ("facts",)),
    ("compose: the page as PDF/A-2b", ("page",)),
    ("+ front code's square", ("square",)),
    ("+ signatures: front code, issuance statement", ("front codes signed", "issuance signed")),
    ("+ clerk reads the finished PDF", ("clerk",)),
)

_PEERS_HEAD = (
    "engine", "ms", "p95", "ms wall", "n", "kB", "times slower", "values in text", "pixels unlike ours", "PDF/A-2b",
)  # fmt: skip
_ABOUT_PEERS = (
    "Text and pixels are of one page whose name holds two variants by selector and a character beyond the first plane;"
    " every peer's text comes from its own text layer, pixels are of 200 dpi. PDF/A-2b is what the file says; ours was"
    " validated."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that is to be said."""

    measured: Measured
    peers: Sequence[Engine]
    looked: Mapping[str, Looked]
    absent: Sequence[Absent]
    pinned: bool
    people: int
    compared: int
    alone: Account
    """Of the process that only composes."""
    start_up: Sequence[float]
    """Seconds: with the font's file not in the system's cache, then with it, and of the processor."""

    def text(self) -> str:
        """What is shown."""
        parts = [self._method(), self._stages(), self._figures(), self._peers()]
        return "\n\n".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """What `--json` writes."""
        measured = self.measured
        own = {
            "ms_median": round(median(measured.composed), 4),
            "ms_median_wall": round(median(measured.composed_wall), 4),
            "runs": len(measured.composed),
        }
        return {
            "certificates_per_second": round(1000 / median(self.alone.milliseconds), 1),
            "size_kb": round(median(measured.octets) / 1000, 1),
            "size_kb_max": round(max(measured.octets) / 1000, 1),
            "peak_memory_mb": round(self.alone.peak_mib, 1),
            "start_up_seconds": {
                name: round(each, 3) for name, each in zip(("cold", "warm", "processor"), self.start_up, strict=True)
            },
            "stages": {
                stage: {"ms_median": round(median(found), 4), "ms_p95": round(percentile(found, 0.95), 4)}
                for stage, found in measured.stages.items()
            },
            "engines": {
                "Madoguchi": own,
                **{
                    name: {
                        "ms_median": round(median(each.milliseconds), 3),
                        "ms_median_wall": round(median(each.wall), 3),
                        "runs": len(each.milliseconds),
                    }
                    for name, each in measured.peers.items()
                },
            },
            "times_faster_than": {name: round(measured.times_faster_than(name), 1) for name in measured.peers},
            "values_compared": self.compared,
            "machine": machine(),
        }

    def _method(self) -> str:
        core = "pinned to one core" if self.pinned else "not pinned to a core"
        measured = self.measured
        return (
            f"Machine: {machine()}\n"
            f"Method: records of {self.people} generated residents, 2019 to 2026, both kinds, a different record"
            f" every run; one warm process, {core}, {measured.seconds:.0f} s; rounds of {IN_A_ROW} certificates"
            " of ours, then one of each peer that has not used up its share of the time; the peers are given the same"
            " facts, the same placed texts and rules, and the drawn square; medians of processor time,"
            " so that other work on the machine is not counted (wall: by the clock).\n"
            f"Checked afterwards: {len(measured.kept)} of our PDFs, {self.compared:,} values read back by their boxes"
            " and found equal, every file a valid PDF/A-2b; the clerk compared every certificate of its row."
        )

    def _stages(self) -> str:
        rows, total = [], 0.0
        stages = self.measured.stages
        for name, parts in _STAGES:
            found = [sum(each) for each in zip(*(stages[part] for part in parts), strict=False)]
            middle = median(found)
            total += middle
            rows.append(
                [name, f"{middle:.3f}", f"{percentile(found, 0.95):.3f}", f"{total:.3f}", f"{1000 / total:,.0f}"]
            )
        return table(["one certificate", "ms", "p95", "ms so far", "per second and core"], rows)

    def _figures(self) -> str:
        octets, alone = self.measured.octets, self.alone.milliseconds
        rows = [
            [
                f"certificates per second on one core, a process that only composes {len(alone):,} (median / mean)",
                f"{1000 / median(alone):,.0f} / {1000 * len(alone) / sum(alone):,.0f}",
            ],
            [
                "certificates per second on one core, composing as one stage between the others",
                f"{1000 / median(self.measured.composed):,.0f}",
            ],
            ["certificates composed", f"{len(octets):,}"],
            ["size, median / largest (kB)", f"{median(octets) / 1000:.1f} / {max(octets) / 1000:.1f}"],
            ["peak memory of the process that only composes (MiB)", f"{self.alone.peak_mib:.0f}"],
            [
                "start-up (s): font from the disk / from memory / processor time",
                " / ".join(f"{each:.2f}" for each in self.start_up),
            ],
        ]
        return table(["figure", "value"], rows)

    def _peers(self) -> str:
        own = self.measured
        rows = [["Madoguchi", f"{median(own.composed):.3f}", f"{percentile(own.composed, 0.95):.3f}"]]
        rows[0] += [
            f"{median(own.composed_wall):.3f}",
            str(len(own.composed)),
            f"{median(own.octets) / 1000:.0f}",
            "",
            "",
            "",
            "yes",
        ]
        rows += [self._peer(peer) for peer in self.peers]
        lines = [table(_PEERS_HEAD, rows), _ABOUT_PEERS]
        lines += [f"{peer.name}: {peer.note}." for peer in self.peers if peer.note]
        lines += [f"{each.name} is left out; it needs {each.need}." for each in self.absent]
        return "\n".join(lines)

    def _peer(self, peer: Engine) -> list[str]:
        times, looked = self.measured.peers[peer.name], self.looked[peer.name]
        return [
            peer.name,
            f"{median(times.milliseconds):.1f}",
            f"{percentile(times.milliseconds, 0.95):.1f}",
            f"{median(times.wall):.1f}",
            str(len(times.milliseconds)),
            f"{median(times.octets) / 1000:.0f}",
            f"{self.measured.times_faster_than(peer.name):.0f}",
            f"{looked.found} of {looked.values}",
            str(looked.strong_pixels),
            "yes" if looked.archival else "no",
        ]
