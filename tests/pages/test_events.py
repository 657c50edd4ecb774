"""What is sent to the browser: every screen by its revision, the devices by what they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec

from madoguchi.kiosk.page.contract import Panel
from madoguchi.kiosk.page.events import panels
from tests.pages.fake_machine import FakeMachine


class SlotMachine(FakeMachine):
    """Its coin slot opens by itself, on no touch and with no new screen."""

    slot_open = False

    def panel(self) -> Panel:
        return msgspec.structs.replace(super().panel(), accepts_coins=self.slot_open)


async def told(events: AsyncIterator[bytes]) -> bool:
    line = await asyncio.wait_for(anext(events), timeout=5)
    return bool(msgspec.json.decode(line.partition(b"data: ")[2])["accepts_coins"])


async def test_a_slot_that_opens_after_the_screen_is_told() -> None:
    machine = SlotMachine()
    events = panels(machine)
    assert not await told(events)
    revision = machine.screen().revision
    machine.slot_open = True
    assert await told(events)
    assert machine.screen().revision == revision


async def test_devices_that_stay_as_they_are_are_told_once() -> None:
    events = panels(FakeMachine())
    await told(events)
    more = asyncio.ensure_future(anext(events))
    done, _ = await asyncio.wait({more}, timeout=1)
    assert not done
    more.cancel()
