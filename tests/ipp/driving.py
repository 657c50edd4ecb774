"""The kiosk's printer in a test, and what its sensors said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from madoguchi.kiosk.devices.ipp.client import IppClient
from madoguchi.kiosk.devices.ipp.printer import IppPrinter
from madoguchi.kiosk.devices.ipp.spool import Spool
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.devices.pinned import read_certificate
from madoguchi.kiosk.devices.tray import TimedTray

JOB = "0f" * 16
"""A job's name, as a transaction gives it."""


def unheard(_event: object) -> None:
    """Nobody listens to the sensors."""


@asynccontextmanager
async def driven(
    url: str,
    certificate: Path,
    *,
    spool: Path | None = None,
    seconds: float = 5.0,
    tray_seconds: float = 30.0,
    sense: Sense = unheard,
) -> AsyncIterator[IppPrinter]:
    """A printer at this address."""
    pinned = read_certificate(certificate)
    printer = IppPrinter(
        lambda: IppClient(url, certificate=pinned, seconds=seconds), spool=Spool(spool), tray=TimedTray(tray_seconds)
    )
    printer.start(sense)
    try:
        yield printer
    finally:
        await printer.stop()


async def run(printer: IppPrinter, document: bytes, *, sheets: int, job: str = JOB) -> list[int]:
    """Print it; the numbers of the sheets that were told."""
    async with aclosing(printer.run(job, document, sheets=sheets)) as numbers:
        return [number async for number in numbers]
