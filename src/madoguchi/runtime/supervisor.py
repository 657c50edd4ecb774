"""Telling the supervisor (systemd, sd_notify(3)) that we serve, end, and that the event loop still turns."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

NOTIFY_SOCKET: Final = "NOTIFY_SOCKET"
WATCHDOG: Final = "WATCHDOG_USEC"
READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"
_MICROSECONDS = 1_000_000


def notify(state: str) -> None:
    """Send one state; nothing without a supervisor, and a supervisor that is gone stops nobody."""
    address = os.environ.get(NOTIFY_SOCKET, "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # the abstract namespace (unix(7))
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.sendto(state.encode("ascii"), address)


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """While the block runs, say at half the watchdog's time that the loop turns: a loop that hangs is ended."""
    microseconds = int(os.environ.get(WATCHDOG, "0") or 0)
    if not microseconds:
        yield
        return
    telling = asyncio.create_task(_tell_every(microseconds / _MICROSECONDS / 2))
    try:
        yield
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


async def _tell_every(seconds: float) -> None:
    while True:
        notify(ALIVE)
        await asyncio.sleep(seconds)
