"""Coin acceptor and note validator: both report through five buffered events and a counter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from madoguchi.kiosk.devices.cctalk.bus import Bus
from madoguchi.kiosk.devices.cctalk.framing import events_between
from madoguchi.kiosk.problems import MONEY_FAILED

_CATEGORY, _MASTER, _IS_OPEN, _INHIBIT = 245, 228, 227, 231
_CREDIT, _BILLS, _ROUTE, _MODE = 229, 159, 154, 153
_BUFFERED: Final = 5
BACK: Final = 0
STACK: Final = 1
KEEP: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Events since a counter, oldest first."""

    counter: int
    events: tuple[tuple[int, int], ...]
    lost: int
    """Events that nobody can read any more."""
    reset: bool = False
    """The device began anew, and whether there were events before that nobody knows."""


class Acceptor:
    """One address: coins, or notes with escrow."""

    def __init__(self, bus: Bus, *, address: int, notes: bool) -> None:
        self._bus, self.address, self._notes = bus, address, notes

    async def check(self) -> None:
        """Raise `kiosk.money_failed` unless the right kind answers; leave it shut."""
        wanted = b"bill validator" if self._notes else b"coin acceptor"
        category = await self._bus.ask(self.address, _CATEGORY)
        if category.strip().lower() != wanted:
            raise MONEY_FAILED.error(f"address {self.address} is no {wanted.decode()}")
        await self.open(wanted=False)
        if self._notes:
            await self._bus.ask(self.address, _MODE, b"\x03")
        await self._bus.ask(self.address, _INHIBIT, b"\xff\xff")

    async def open(self, *, wanted: bool) -> None:
        """Take money, or none."""
        await self._bus.ask(self.address, _MASTER, bytes((wanted,)))

    async def is_open(self) -> bool:
        """Whether it takes money. One that was opened and is shut was reset: its counter alone may not show that."""
        answer = await self._bus.ask(self.address, _IS_OPEN, length=1)
        return bool(answer[0] & 1)

    async def news(self, before: int) -> News:
        """What happened since."""
        answer = await self._bus.ask(self.address, _BILLS if self._notes else _CREDIT, length=1 + 2 * _BUFFERED)
        new = events_between(before, answer[0])
        if before and not answer[0]:
            return News(counter=0, events=(), lost=0, reset=True)
        newest_first = [(answer[i], answer[i + 1]) for i in range(1, 1 + 2 * min(new, _BUFFERED), 2)]
        return News(counter=answer[0], events=tuple(reversed(newest_first)), lost=max(0, new - _BUFFERED))

    async def route(self, where: int) -> None:
        """What becomes of the note in escrow; that it did is said by an event. An empty escrow is no error here."""
        await self._bus.ask(self.address, _ROUTE, bytes((where,)))
