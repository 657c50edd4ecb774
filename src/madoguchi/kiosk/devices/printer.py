"""The in-process printer. A directory is its tray: the files in there ARE the paper.

`tray/JOB/paper.pdf` holds the sheets of a job that are out so far, front and back in turn; taking the paper moves it to
`taken/JOB/`. The document is in this process's memory only until the job is printed or cancelled.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from pathlib import Path

import pikepdf
from msgspec.structs import replace

from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.devices.kinds import PrinterState, Sense
from madoguchi.kiosk.machine.events import TraySeen
from madoguchi.kiosk.problems import NONSENSE, PRINTER_FAILED

PAPER_FILE = "paper.pdf"
_SIDES = 2


class TrayPrinter:
    """Implements `Printer` and `Tray`."""

    def __init__(self, paper_dir: Path, *, faults: Faults) -> None:
        self.faults = faults
        self.paper_sheets = faults.paper_sheets
        self.sense: Sense = lambda _event: None
        self._tray = paper_dir / "tray"
        self._taken = paper_dir / "taken"
        for directory in (self._tray, self._taken):
            directory.mkdir(parents=True, exist_ok=True)
        self._queue: dict[str, bytes] = {}
        self._cancelled: set[str] = set()
        self._out: dict[str, int] = {}
        self._stuck = False
        self._jam_next = False
        self._in_tray = sum(_sheets_in(each / PAPER_FILE) for each in self._tray.iterdir())

    async def cancel_all(self) -> None:
        """Drop every job; one that the printer will not let go of stays."""
        self._cancelled.update(self._queue)
        if not self.faults.holds_last_job:
            self._queue.clear()

    async def look(self) -> PrinterState:
        """What it says of itself."""
        return PrinterState(jobs=len(self._queue), idle=not self._queue, sheets=self.paper_sheets, jammed=self._stuck)

    async def run(self, job: str, document: bytes, *, sheets: int) -> AsyncGenerator[int]:
        """Print one job, sheet by sheet."""
        self._queue[job] = document
        self._out[job] = 0
        try:
            for number in range(1, sheets + 1):
                yield number
                await asyncio.sleep(self.faults.seconds_per_sheet)
                self._print(job, number, sheets=sheets)
        finally:
            if not self.faults.holds_last_job:
                self._queue.pop(job, None)

    async def recall(self, job: str) -> int | None:
        """How many sheets of a job came out: from memory, or after a restart from where the paper lies."""
        if job in self._out:
            return self._out[job]
        if self.faults.forgets_jobs:
            return None
        return sum(_sheets_in(place / job / PAPER_FILE) for place in (self._tray, self._taken))

    @property
    def jams(self) -> bool:
        """Whether a sheet is stuck, or the next one will be."""
        return self._stuck or self._jam_next

    def jam(self) -> None:
        """The next sheet gets stuck."""
        self._jam_next = True

    def clear_jam(self) -> None:
        """Somebody pulls the stuck sheet out."""
        self._stuck = self._jam_next = False
        if not self.faults.jam_every_job:
            self.faults = replace(self.faults, jam_after_sheets=None)

    def empty_drawer(self) -> None:
        """Somebody takes the blank paper."""
        self.paper_sheets = 0

    def fill_drawer(self) -> None:
        """Somebody fills it up."""
        self.paper_sheets = self.faults.paper_sheets

    def sheets(self) -> int:
        """Sheets that lie in the tray."""
        return self._in_tray

    def take(self) -> None:
        """Somebody takes everything out of the tray. Raises `kiosk.nonsense` when it is empty."""
        if not self._in_tray:
            raise NONSENSE.error("the tray is empty")
        for lying in list(self._tray.iterdir()):
            lying.replace(self._taken / lying.name)
        self._in_tray = 0
        self.sense(TraySeen(0))

    def _print(self, job: str, number: int, *, sheets: int) -> None:
        """One sheet goes through the machine. What is not in the queue any more is not printed."""
        document = self._queue.get(job)
        after = self.faults.jam_after_sheets
        self._stuck |= self._jam_next or (after is not None and number > after)
        if document is None or job in self._cancelled or self._stuck or self.paper_sheets <= 0:
            raise PRINTER_FAILED.error(f"stopped before sheet {number} of {sheets}")
        directory = self._tray / job
        directory.mkdir(exist_ok=True)
        fresh = directory / ".new"
        fresh.write_bytes(document if number == sheets else first_sheets(document, number))
        fresh.replace(directory / PAPER_FILE)
        self.paper_sheets -= 1
        self._out[job] = number
        self._in_tray += 1
        self.sense(TraySeen(self._in_tray))


def first_sheets(document: bytes, sheets: int) -> bytes:
    """The document as it would be with only its first sheets (two sides each)."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        del pdf.pages[sheets * _SIDES :]
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


def _sheets_in(paper: Path) -> int:
    if not paper.exists():
        return 0
    with pikepdf.open(paper) as pdf:
        return len(pdf.pages) // _SIDES
