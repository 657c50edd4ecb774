"""The kiosk's end of the line to a terminal, in a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi.kiosk.devices.nexo.driver import NexoTerminal
from madoguchi.kiosk.devices.nexo.line import NexoLine
from madoguchi.kiosk.devices.pinned import read_certificate
from madoguchi.runtime.clock import FrozenClock
from tests.jpki.authorities import NOW
from tests.kiosk.nexo.terminal import NAMES, Terminal, serving
from tests.runtime.pki import Identity

REFERENCE = bytes(range(16)) + b"charge\0"
OTHER = bytes(range(16)) + b"charge\1"
YEN = 600


@dataclass
class Store:
    """The kiosk's end of the line, which can be killed and begun anew."""

    url: str
    certificate: bytes
    directory: Path
    driver: NexoTerminal

    @classmethod
    def open(cls, url: str, certificate: bytes, directory: Path) -> Store:
        return cls(url, certificate, directory, _driver(url, certificate, directory))

    async def begin_anew(self) -> None:
        await self.driver.stop()
        self.driver = _driver(self.url, self.certificate, self.directory)


def _driver(url: str, certificate: bytes, directory: Path) -> NexoTerminal:
    return NexoTerminal(
        lambda: NexoLine(url, certificate=certificate),
        names=NAMES,
        directory=directory,
        clock=FrozenClock(NOW),
        look_seconds=0.02,
    )


@asynccontextmanager
async def at_the_terminal(identity: Identity, directory: Path) -> AsyncIterator[tuple[Terminal, Store]]:
    terminal = Terminal()
    async with serving(terminal, identity) as url:
        store = Store.open(url, read_certificate(identity.files.certificate), directory)
        try:
            yield terminal, store
        finally:
            await store.driver.stop()


async def charged(terminal: Terminal, store: Store, condition: str = "", *, reference: bytes = REFERENCE) -> Any:
    task = asyncio.create_task(store.driver.charge(reference, YEN))
    await asyncio.wait_for(terminal.waiting.wait(), 5)
    terminal.touch(condition)
    return await asyncio.wait_for(task, 5)
