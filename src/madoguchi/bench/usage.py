"""What processes used, as the kernel counted it (`/proc`): CPU seconds and peak memory, by party."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """One process at one moment."""

    cpu_seconds: float
    peak_mib: float


def usage_of(pid: int) -> Usage | None:
    """User and system time, and the peak resident set; None for a process that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime, stime: fields 14 and 15 of proc(5)
    peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), "0")
    return Usage(cpu_seconds=ticks / _TICKS, peak_mib=int(peak) / _KIB_PER_MIB)


def usage_by_party(pids: Mapping[int, str]) -> dict[str, Usage]:
    """Summed over the processes of a party; peak memory is the largest of them."""
    made: dict[str, Usage] = {}
    for pid, party in pids.items():
        one = usage_of(pid)
        if one is None:
            continue
        before = made.get(party, Usage(cpu_seconds=0.0, peak_mib=0.0))
        made[party] = Usage(
            cpu_seconds=before.cpu_seconds + one.cpu_seconds, peak_mib=max(before.peak_mib, one.peak_mib)
        )
    return made


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found, below = [pid], [pid]
    while below:
        children = _children(below.pop())
        below += children
        found += children
    return found


def _children(pid: int) -> list[int]:
    """Of all its threads: a process belongs to the thread that started it."""
    try:
        return [
            int(child)
            for thread in Path(f"/proc/{pid}/task").iterdir()
            for child in (thread / "children").read_text().split()
        ]
    except (FileNotFoundError, ProcessLookupError):
        return []
