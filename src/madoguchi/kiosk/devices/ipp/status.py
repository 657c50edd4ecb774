"""What a printer says of itself and of its jobs, as the kiosk needs it (RFC 8011 sections 5.3.7, 5.4.11, 5.4.12)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from madoguchi.kiosk.devices.ipp.message import Group

A4: Final = "iso_a4_210x297mm"
TWO_SIDED: Final = "two-sided-long-edge"
PDF: Final = "application/pdf"
UNKNOWN_LEVEL_SHEETS: Final = 9999
"""Assumed where a printer does not count its paper (most do not) and does not call it empty."""
_SIDES: Final = 2

PRINTER_ATTRIBUTES: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-input-tray",
    "media-ready",
    "media-supported",
    "sides-supported",
    "document-format-supported",
    "print-scaling-supported",
)
JOB_ATTRIBUTES: Final = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
)

_EMPTY: Final = frozenset(
    {"media-empty", "media-needed", "toner-empty", "marker-supply-empty", "developer-empty", "input-tray-missing"}
)
"""Something must be filled in."""
_STUCK: Final = frozenset(
    {
        "media-jam", "cover-open", "door-open", "interlock-open", "fuser-over-temp", "fuser-under-temp",
        "opc-life-over", "marker-waste-full", "output-area-full", "output-tray-missing", "paused",
        "moving-to-paused", "shutdown", "connecting-to-device", "timed-out", "stopping", "stopped-partly",
    }
)  # fmt: skip
"""A person must look at it."""
_SEVERITY: Final = re.compile(r"-(report|warning|error)$")
_LEVEL: Final = re.compile(rb"(?:^|;)level=(-?\d{1,9})(?:;|$)")


class PrinterStateCode(IntEnum):
    """`printer-state`."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class JobStateCode(IntEnum):
    """`job-state`."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


ENDED: Final = frozenset({JobStateCode.CANCELED, JobStateCode.ABORTED, JobStateCode.COMPLETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterView:
    """One answer of Get-Printer-Attributes."""

    state: int | None
    reasons: tuple[str, ...]
    """Keywords without their severity. A `-report` asks for nothing and is left out, unless a person must look at it:
    CUPS's printer calls an open cover a report as long as it is idle."""
    errors: tuple[str, ...]
    """Those of them that the printer itself calls an error."""
    accepting: bool
    queued: int
    level: int | None
    """Sheets in its trays; None when it does not count."""
    lacks: tuple[str, ...]
    """What this printer cannot do, or has not loaded, of what every job needs."""
    can_keep_size: bool
    """It knows `print-scaling` none, so A4 stays A4."""

    @property
    def empty(self) -> tuple[str, ...]:
        """Reasons that someone must fill in paper or toner."""
        return tuple(reason for reason in self.reasons if reason in _EMPTY)

    @property
    def stuck(self) -> tuple[str, ...]:
        """Reasons that someone must look at it: jam, open cover, whatever it calls an error."""
        others = tuple(reason for reason in self.errors if reason not in _EMPTY)
        return tuple(dict.fromkeys((*(reason for reason in self.reasons if reason in _STUCK), *others)))

    @property
    def stopped(self) -> bool:
        """It will not go on by itself."""
        return self.state == PrinterStateCode.STOPPED

    @property
    def trouble(self) -> str:
        """Why nothing can be printed now, for an engineer; empty when it can."""
        found = [*self.stuck, *self.empty, *self.lacks]
        if self.stopped:
            found.append("stopped")
        if not self.accepting:
            found.append("not accepting jobs")
        return ", ".join(found)

    @property
    def sheets(self) -> int:
        """Sheets that it can print with the paper and the toner it has."""
        if self.empty:
            return 0
        return UNKNOWN_LEVEL_SHEETS if self.level is None else self.level


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job, as the printer tells it."""

    number: int | None
    name: str
    state: int | None
    reasons: tuple[str, ...]
    sheets_out: int | None
    """Whole sheets that came out; None when the printer does not count."""

    @property
    def ended(self) -> bool:
        """Nothing of it is printed any more."""
        return self.state in ENDED


def printer_view(group: Group) -> PrinterView:
    """Read the printer's group of an answer."""
    told = [reason for reason in group.texts("printer-state-reasons") if reason != "none"]
    plain = [_SEVERITY.sub("", reason) for reason in told]
    grave = zip(told, plain, strict=True)
    return PrinterView(
        state=next(iter(group.numbers("printer-state")), None),
        reasons=tuple(word for full, word in grave if word in _STUCK or not full.endswith("-report")),
        errors=tuple(_SEVERITY.sub("", reason) for reason in told if reason.endswith("-error")),
        accepting=group.flag("printer-is-accepting-jobs") is not False,
        queued=next(iter(group.numbers("queued-job-count")), 0),
        level=_level(group.octets("printer-input-tray")),
        lacks=_lacks(group),
        can_keep_size="none" in group.texts("print-scaling-supported"),
    )


def job_view(group: Group) -> JobView:
    """Read one job's group of an answer."""
    sheets = _counted(group, "job-media-sheets-completed")
    sides = _counted(group, "job-impressions-completed")
    return JobView(
        number=next(iter(group.numbers("job-id")), None),
        name=next(iter(group.texts("job-name")), ""),
        state=next(iter(group.numbers("job-state")), None),
        reasons=group.texts("job-state-reasons"),
        sheets_out=sheets if sheets is not None or sides is None else sides // _SIDES,
    )


def _counted(group: Group, name: str) -> int | None:
    return next((number for number in group.numbers(name) if number >= 0), None)


def _lacks(group: Group) -> tuple[str, ...]:
    """A wrong answer here is seen before money is asked, and not when a one-sided certificate comes out."""
    ready, supported = group.texts("media-ready"), group.texts("media-supported")
    needs = (
        ("two-sided printing", TWO_SIDED in group.texts("sides-supported")),
        ("PDF", PDF in group.texts("document-format-supported")),
        ("A4", A4 in supported),
        ("A4 in a tray", not ready or A4 in ready),
    )
    return tuple(f"no {name}" for name, there in needs if not there)


def _level(trays: tuple[bytes, ...]) -> int | None:
    """Sheets in all trays (PWG 5100.13 `printer-input-tray`); negative levels say that it is not counted."""
    levels = [int(found[1]) for tray in trays if (found := _LEVEL.search(tray))]
    return sum(levels) if levels and min(levels) >= 0 else None
