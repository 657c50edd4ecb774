"""What a kiosk does when nobody is served: settle what an earlier life left, keep trust list and menus fresh, and look
whether it can serve at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts import Parts
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.states import reason_of
from madoguchi.kiosk.problems import JOURNAL_FAILED, NO_MENU, PRINTER_HOLDS_A_JOB, STARTING, TRAY_NOT_FREE
from madoguchi.kiosk.recovery import Recovery
from madoguchi.runtime import log

CANNOT_SERVE = log.event("kiosk.cannot_serve", "code", "cause")

_FIRST_LOOK_SECONDS = 0.2


class Upkeep:
    """Looks and refreshes. `unsettled`: the journal may hold a transaction that has not ended."""

    def __init__(
        self,
        parts: Parts,
        *,
        line: Line,
        timeouts: Timeouts,
        recovery: Recovery,
        post: Callable[[events.Event], None],
    ) -> None:
        self._parts = parts
        self._line = line
        self._timeouts = timeouts
        self._recovery = recovery
        self._post = post
        self._looking = asyncio.Lock()
        self.unsettled = True
        self.refreshed = False

    def loops(self, is_stopped: Callable[[], bool]) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs as long as the agent does."""
        return (self._keep_fresh(), self._keep_looking(is_stopped))

    async def look(self, *, settle: bool) -> None:
        """Can it serve? Answers with `Healthy` or `OutOfOrder`. `settle` only while nobody is served."""
        async with self._looking:
            try:
                await self._check(settle=settle)
            except MadoguchiError as error:
                log.get_log().warning(CANNOT_SERVE, code=error.code, cause=error.cause[:100])
                self._post(events.OutOfOrder(reason_of(error.problem)))
            else:
                self._post(events.Healthy())

    async def _check(self, *, settle: bool) -> None:
        if settle:
            await self._recovery.settle()
            self.unsettled = False
        if self.unsettled:
            raise JOURNAL_FAILED.error("a transaction without an outcome is on disk")
        if not self.refreshed:
            raise STARTING.error()
        self._parts.trust.keys()
        if not self._parts.trust.offers():
            raise NO_MENU.error()
        if self._parts.devices.tray.sheets():
            raise TRAY_NOT_FREE.error()
        state = await self._parts.devices.printer.look()
        if state.jobs or not state.idle:
            raise PRINTER_HOLDS_A_JOB.error(f"{state.jobs} jobs")

    async def _keep_fresh(self) -> None:
        while True:
            await self._parts.trust.refresh(self._line)
            self.refreshed = True
            pause = self._timeouts.refresh if self._parts.trust.offers() else min(1.0, self._timeouts.refresh)
            await asyncio.sleep(pause)

    async def _keep_looking(self, is_stopped: Callable[[], bool]) -> None:
        """A machine that is out of service looks again and again, ever more slowly."""
        pause = _FIRST_LOOK_SECONDS
        while True:
            if is_stopped():
                await self.look(settle=True)
                pause = min(pause * 1.5, self._timeouts.retry)
            else:
                pause = _FIRST_LOOK_SECONDS
            await asyncio.sleep(pause)
