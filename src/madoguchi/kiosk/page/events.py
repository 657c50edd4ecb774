"""The stream of screens to the browser (server-sent events), and of the device panel where one is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec

from madoguchi.kiosk.page.contract import KioskMachine, Panel

HEARTBEAT_SECONDS: Final = 5.0
"""A screen is sent at least this often: the page then knows that the machine lives, and its countdown stays true."""
PANEL_SECONDS: Final = 0.1
"""How often the devices are looked at; only where a panel is shown, which no store's machine does."""


async def screens(machine: KioskMachine, *, heartbeat: float = HEARTBEAT_SECONDS) -> AsyncIterator[bytes]:
    """Every screen as an event, the present one first."""
    screen = machine.screen()
    while True:
        yield _event("screen", screen)
        try:
            screen = await asyncio.wait_for(machine.wait(screen.revision), timeout=heartbeat)
        except TimeoutError:
            screen = machine.screen()


async def panels(machine: KioskMachine) -> AsyncIterator[bytes]:
    """Every state of the devices as an event, the present one first.

    The whole state is compared: a coin slot opens a moment after the screen that asks for money, and no revision rises.
    """
    seen: Panel | None = None
    while True:
        panel = machine.panel()
        if panel != seen:
            seen = panel
            yield _event("panel", panel)
        await asyncio.sleep(PANEL_SECONDS)


def _event(name: str, data: msgspec.Struct) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
