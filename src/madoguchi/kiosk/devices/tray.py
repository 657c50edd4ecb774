"""The tray of a real printer, whose sheets the printer counts: looked at by a sensor, or else by the clock."""

from __future__ import annotations

import asyncio
from typing import Protocol

from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import TraySeen


class OutputTray(Protocol):
    """A `Tray` and `Watched`, told by the printer what it put there."""

    def start(self, sense: Sense) -> None:
        """Begin; what is seen goes to `sense`."""
        ...

    async def stop(self) -> None:
        """End."""
        ...

    def sheets(self) -> int:
        """Sheets that may lie there."""
        ...

    def came_out(self, sheets: int) -> None:
        """So many sheets of the job are out, those that were taken included."""
        ...


class TimedTray:
    """Implements `OutputTray` without a sensor: paper counts as taken some seconds after it came out."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lying = 0
        self._taken: asyncio.TimerHandle | None = None
        self._sense: Sense = lambda _event: None

    def start(self, sense: Sense) -> None:
        """Nothing to be seen yet."""
        self._sense = sense

    async def stop(self) -> None:
        """Forget the time."""
        if self._taken is not None:
            self._taken.cancel()

    def sheets(self) -> int:
        """By the clock, not by sight."""
        return self._lying

    def came_out(self, sheets: int) -> None:
        """The time begins anew with each sheet."""
        if sheets == self._lying:
            return
        self._lying = sheets
        if self._taken is not None:
            self._taken.cancel()
        self._taken = asyncio.get_running_loop().call_later(self._seconds, self._assume_taken)
        self._sense(TraySeen(sheets))

    def _assume_taken(self) -> None:
        self._lying = 0
        self._sense(TraySeen(0))
