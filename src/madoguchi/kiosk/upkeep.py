"""What a kiosk does when nobody is served: settle what an earlier life left, keep trust list and menus fresh, and look
whether it can serve at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts import Parts
from madoguchi.kiosk.config import Timeouts
from madoguchi.kiosk.devices import expect_ready
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.problems import (
    DOOR_OPEN,
    JOURNAL_FAILED,
    NO_MENU,
    PRINTER_HOLDS_A_JOB,
    PRINTER_JAMMED,
    STARTING,
    TRAY_NOT_FREE,
)
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
        is_stopped: Callable[[], bool],
        post_and_wait: Callable[[events.Event], Awaitable[None]],
    ) -> None:
        self._parts = parts
        self._line = line
        self._timeouts = timeouts
        self._recovery = recovery
        self._is_stopped = is_stopped
        self._post_and_wait = post_and_wait
        self._looking = asyncio.Lock()
        self.unsettled = True
        self.refreshed = False

    def loops(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What runs as long as the agent does."""
        return (self._keep_fresh(), self._keep_looking())

    async def look(self) -> None:
        """Can it serve? Answers with `Healthy` or `OutOfOrder`, and returns when that was dealt with.

        One look at a time, until its answer was taken in: nobody can be served while one settles.
        """
        async with self._looking:
            try:
                await self._check()
            except MadoguchiError as error:
                log.get_log().warning(CANNOT_SERVE, code=error.code, cause=error.cause[:100])
                await self._post_and_wait(events.OutOfOrder(reason_of(error.problem)))
            else:
                await self._post_and_wait(events.Healthy())

    async def _check(self) -> None:
        if self._is_stopped():
            if await self._recovery.settle():
                self._parts.deliverer.wake()  # it looked at the disk before these outcomes were there
            self.unsettled = False
        if self.unsettled:
            raise JOURNAL_FAILED.error("a transaction without an outcome is on disk")
        if not self.refreshed:
            raise STARTING.error()
        self._parts.trust.keys()
        if not self._parts.trust.offers():
            raise NO_MENU.error()
        self._parts.devices.reader.check()
        if self._parts.devices.door.is_open():
            raise DOOR_OPEN.error()
        if self._parts.devices.tray.sheets():
            raise TRAY_NOT_FREE.error()
        state = await self._parts.devices.printer.look()
        if state.jobs or not state.idle:
            raise PRINTER_HOLDS_A_JOB.error(f"{state.jobs} jobs")
        if state.jammed:
            raise PRINTER_JAMMED.error()
        expect_ready(state)

    async def _keep_fresh(self) -> None:
        while True:
            await self._parts.trust.refresh(self._line)
            self.refreshed = True
            if self._is_stopped():
                await self.look()
            pause = self._timeouts.refresh if self._parts.trust.offers() else min(1.0, self._timeouts.refresh)
            await asyncio.sleep(pause)

    async def _keep_looking(self) -> None:
        """A machine that is out of service looks again and again, ever more slowly."""
        pause = _FIRST_LOOK_SECONDS
        while True:
            if self._is_stopped():
                await self.look()
                pause = min(pause * 1.5, self._timeouts.retry)
            else:
                pause = _FIRST_LOOK_SECONDS
            await asyncio.sleep(pause)
