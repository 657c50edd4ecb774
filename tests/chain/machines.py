"""One kiosk of a town as a machine: started again with other devices, and emptied by the resident who stands there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from madoguchi.demo.cast import Holder
from madoguchi.demo.papers import PAPER_FILE
from madoguchi.kiosk.config import KioskConfig
from madoguchi.runtime.config import declare, load_config, write_config
from tests.chain.resident import Resident, until_served
from tests.chain.town import Town


@asynccontextmanager
async def killed_and_faulty(
    town: Town, kiosk: str, *, ask_seconds: float | None = None, **faults: Any
) -> AsyncIterator[None]:
    """Killed with SIGKILL and started with these faults; afterwards once more, as it was."""
    file = town.home(kiosk) / "config.toml"
    before = file.read_bytes()
    config = load_config(file, KioskConfig)
    devices = replace(config.devices, faults=replace(config.devices.faults, **faults))
    devices = replace(devices, ask_seconds=ask_seconds or devices.ask_seconds)
    town.kill(kiosk)
    try:
        write_config(declare(replace(config, devices=devices)), file)
        await town.start(kiosk)
        yield
    finally:
        if kiosk in town.running.processes.running:
            town.kill(kiosk)
        file.write_bytes(before)
        await town.start(kiosk)


async def take_what_lies_there(town: Town, kiosk: str, holder: Holder) -> None:
    """The resident is still in the store: what came out is theirs, and they take it."""
    for place in ("tray", "taken"):
        known = {path for visit in town.visits for path in visit.papers}
        for paper in (town.papers(kiosk) / place).glob(f"*/{PAPER_FILE}"):
            if paper.parent not in known and paper not in town.owners:
                town.owners[_taken(paper)] = holder.addressee_number
    async with Resident(town.running.page_url(kiosk)) as resident:
        if (await resident.panel())["tray_sheets"]:
            await resident.operate("take_paper")
        await until_served(resident)


def _taken(paper: Path) -> Path:
    """Where a paper lies when it was taken."""
    return paper.parent.parent.parent / "taken" / paper.parent.name / paper.name
