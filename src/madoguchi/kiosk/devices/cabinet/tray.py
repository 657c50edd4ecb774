"""A tray with a sensor: whether paper lies there is seen, how many sheets the printer counts."""

from __future__ import annotations

import asyncio
from typing import Final

from madoguchi.kiosk.config import Contact
from madoguchi.kiosk.devices.cabinet.contact import ContactWatch
from madoguchi.kiosk.devices.cabinet.inputs import Kernel
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import TraySeen

_ARRIVES_SECONDS: Final = 3.0
"""From a printer's count to the tray, at most. A counted sheet lies there until the tray is seen empty after that."""


class SensedTray:
    """Implements `OutputTray`. A tray that is not seen counts as one with paper in it."""

    def __init__(
        self, sensor: Contact, *, arrives_seconds: float = _ARRIVES_SECONDS, kernel: Kernel | None = None
    ) -> None:
        """`sensor` is closed while paper lies there."""
        self._watch = ContactWatch(sensor, lambda _closed: self._look(), kernel=kernel)
        self._arrives_seconds = arrives_seconds
        self._arriving: asyncio.TimerHandle | None = None
        self._counted = 0
        self._taken = 0
        """How many of the counted ones were gone when the tray was last empty."""
        self._told: int | None = None
        self._sense: Sense = lambda _event: None

    def start(self, sense: Sense) -> None:
        """Look."""
        self._sense = sense
        self._watch.start()

    async def stop(self) -> None:
        """Look no longer."""
        self._watch.stop()
        if self._arriving is not None:
            self._arriving.cancel()

    def sheets(self) -> int:
        """None while it is seen empty and no sheet is on its way, at least one otherwise."""
        empty = self._watch.closed is False and self._arriving is None
        return 0 if empty else max(1, self._counted - self._taken)

    def came_out(self, sheets: int) -> None:
        """A count below the last one is another job's."""
        if sheets < self._counted:
            self._counted = self._taken = 0
        if sheets > self._counted:
            self._counted = sheets
            self._await_arrival()
        self._look()

    def _await_arrival(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
        self._arriving = asyncio.get_running_loop().call_later(self._arrives_seconds, self._arrived)

    def _arrived(self) -> None:
        self._arriving = None
        self._look()

    def _look(self) -> None:
        sheets = self.sheets()
        if not sheets:
            self._taken = self._counted
        if sheets != self._told:
            self._told = sheets
            self._sense(TraySeen(sheets))
