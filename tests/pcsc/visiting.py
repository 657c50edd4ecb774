"""A resident at a kiosk whose card reader is real; also a process: `python -m tests.pcsc.visiting DIRECTORY SERIAL`.

As a process it says a card file when the screen asks for the card, and null when the card is to be taken back; whoever
started it does so. At the end it says the serials of the cards that signed. pcsc-lite's client knows one pcscd per
process, so two kiosks are two of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from madoguchi.card import save_card
from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import KioskConfig
from madoguchi.runtime import log
from tests.jpki.authorities import card
from tests.kiosk.resident import Resident
from tests.kiosk.world import World
from tests.pcsc.room import READER


def with_real_reader(config: KioskConfig) -> KioskConfig:
    """The same kiosk, its reader behind PC/SC."""
    devices = msgspec.structs.replace(config.devices, reader="pcsc", reader_name=READER, cards_dir=None)
    return msgspec.structs.replace(config, devices=devices)


@asynccontextmanager
async def running_kiosk(world: World, directory: Path) -> AsyncIterator[KioskAgent]:
    """A kiosk that serves, once its reader is seen."""
    with assembled(with_real_reader(world.config(directory)), line=world, clock=world.clock) as agent:
        async with agent:
            yield agent


def hands(
    agent: KioskAgent, *, put: Callable[[], object], take: Callable[[], object]
) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the resident's hands do at the reader: each once per screen that asks for it."""

    async def lay() -> None:
        if not agent.situation.card_in and not asked:
            asked.append("card")
            await asyncio.to_thread(put)

    async def lift() -> None:
        if asked:
            asked.clear()
            await asyncio.to_thread(take)

    asked: list[str] = []
    return {"card": lay, "card_back": lift}


async def _visit(directory: Path, serial: str) -> None:
    log.configure(party="kiosk", name="kiosk-1", strict=True, file=directory / "log.jsonl")
    world = World()
    file = directory / "card.json"
    save_card(card(serial=serial), file)
    async with running_kiosk(world, directory) as agent:
        acts = hands(agent, put=lambda: _say(str(file)), take=lambda: _say(None))
        screen = await Resident(agent).go_to("done", acts=acts)
        await agent.parts.deliverer.deliver_all()
        _say({"end": screen.name, "serials": world.serials, "results": [each.result for each in world.outcomes]})


def _say(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_visit(Path(sys.argv[1]), sys.argv[2]))
