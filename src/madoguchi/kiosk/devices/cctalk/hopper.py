"""A hopper: pays out coins of one denomination, and counts every coin it ever paid."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import msgspec

from madoguchi.kiosk.devices.cctalk.bus import Bus
from madoguchi.kiosk.devices.cctalk.framing import events_between
from madoguchi.kiosk.problems import MONEY_FAILED

_CATEGORY, _SERIAL, _COUNT, _DISPENSE, _STATUS, _ENABLE = 245, 242, 168, 167, 166, 164
_ENABLED: Final = b"\xa5"
_POLL_SECONDS: Final = 0.05
_POLLS: Final = 400


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """Where a hopper's counters stood."""

    event: int
    """Payouts begun, 1..255 and round again; 0 after a reset."""
    coins: int
    """Coins paid in all its life."""


class Hopper:
    """One address."""

    def __init__(self, bus: Bus, *, address: int, denomination: int) -> None:
        self._bus, self.address, self.denomination = bus, address, denomination

    async def check(self) -> None:
        """Raise `kiosk.money_failed` unless a hopper answers there."""
        category = await self._bus.ask(self.address, _CATEGORY)
        if category.strip().lower() != b"payout":
            raise MONEY_FAILED.error(f"address {self.address} is no hopper")

    async def mark(self) -> Mark:
        """Where its two counters stand, once it stands still."""
        event, _ = await self._at_rest()
        return Mark(event=event, coins=await self._dispensed())

    async def dispense(self, coins: int) -> None:
        """Ask for coins exactly once. Nothing is said of what came out: only its counters say that."""
        serial = await self._bus.ask(self.address, _SERIAL, length=3)
        await self._bus.ask(self.address, _ENABLE, _ENABLED)
        with suppress(OSError, TimeoutError, ValueError):
            await self._bus.once(self.address, _DISPENSE, serial + bytes((coins,)))

    async def paid_since(self, before: Mark) -> int | None:
        """Wait until it stands still, and count what came out; None when it never began.

        Raises `kiosk.money_failed` when that is not certain:
        its two counters must tell the same story, and a hopper that was reset meanwhile tells none.
        """
        event, last = await self._at_rest()
        paid = (await self._dispensed() - before.coins) % (1 << 24)
        moved = events_between(before.event, event)
        reset = event == 0 and before.event != 0
        if reset or moved > 1 or paid != (last if moved else 0):
            raise MONEY_FAILED.error(f"hopper {self.address}: counters disagree ({moved} payouts, {paid} coins)")
        return paid if moved else None

    async def _at_rest(self) -> tuple[int, int]:
        for _ in range(_POLLS):
            event, remaining, paid, _ = await self._bus.ask(self.address, _STATUS, length=4)
            if not remaining:
                return event, paid
            await asyncio.sleep(_POLL_SECONDS)
        raise MONEY_FAILED.error(f"hopper {self.address} does not end")

    async def _dispensed(self) -> int:
        return int.from_bytes(await self._bus.ask(self.address, _COUNT, length=3), "little")
