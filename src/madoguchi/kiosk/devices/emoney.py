"""E-money, as the agent needs it, and the in-process pad.

The shape is that of UnifiedPOS' Electronic Value Reader/Writer: an amount is begun; it completes with the number of a
slip, or is refused; it can be cancelled while it waits; and it can be asked for by our own reference.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.money import Declined
from madoguchi.kiosk.problems import EMONEY_FAILED, NONSENSE

_ENTRIES_KEPT = 500


@dataclass(frozen=True, slots=True)
class Charge:
    """The device took the amount in."""

    slip: str
    """Number of the device's own slip, under which its operator finds the payment."""


@dataclass(frozen=True, slots=True)
class NoCharge:
    """It took nothing, and nothing will be taken under this reference any more."""

    why: Declined


class EmoneyDevice(Protocol):
    """A terminal for e-money. Every call may raise MadoguchiError, and then the result is unknown.

    What a driver must keep: one reference is charged once, however often it is begun; after `cancel` was answered,
    what `query` says stays so; a reversal that `reversed_yen` does not know after `reverse` failed never comes.
    """

    def ready(self) -> bool:
        """Whether it can take a payment now."""
        ...

    async def charge(self, reference: bytes, yen: int) -> Charge | NoCharge:
        """Wait for a medium and take the amount, until `cancel`."""
        ...

    async def cancel(self) -> None:
        """Wait no longer. A payment that is through already stays."""
        ...

    async def query(self, reference: bytes) -> Charge | NoCharge:
        """What its books say of a reference."""
        ...

    async def reverse(self, reference: bytes, yen: int) -> int:
        """Give this much of a payment back, once per reference; what was given back, now or before. 0: it cannot."""
        ...

    async def reversed_yen(self, reference: bytes) -> int:
        """What its books say was given back."""
        ...


class TouchMedium(StrEnum):
    """What a hand may hold over the in-process pad."""

    ENOUGH = "enough"
    SHORT = "short"
    """Not enough money on it."""
    EARLY = "early"
    """Taken away too early."""


class Entry(msgspec.Struct, kw_only=True):
    """One payment."""

    yen: int
    slip: str
    reversed_yen: int = 0


class Books(msgspec.Struct, kw_only=True):
    """What the payment company knows."""

    entries: dict[str, Entry] = {}
    slips: int = 0


class TouchPad:
    """Implements `EmoneyDevice`. Its file is the payment company's books: they outlive the agent."""

    def __init__(self, directory: Path, *, faults: Faults) -> None:
        self._path = directory / "emoney.json"
        self._faults = faults
        self._held: asyncio.Future[Charge | NoCharge | None] | None = None
        """What a hand will bring about; None: nobody here hears of it."""
        self._begun = ("", 0)
        self.cut = faults.emoney_cut
        """The line to the company is cut: what happens there, happens, and nobody here hears of it."""
        raw = self._path.read_bytes() if self._path.exists() else b"{}"
        self.books = msgspec.json.decode(raw, type=Books)

    def ready(self) -> bool:
        """Always: what a cut line does to a payment that has begun is what this pad is for."""
        return True

    def waiting(self) -> bool:
        """Whether a medium may be held over it."""
        return self._held is not None and not self._held.done()

    def touch(self, medium: TouchMedium) -> None:
        """Hold a medium over it: the books have it at once. Raises `kiosk.nonsense` when it waits for none."""
        if self._held is None or self._held.done():
            raise NONSENSE.error("the pad waits for nothing")
        answer = self._answer(medium)
        self._held.set_result(None if self.cut else answer)

    def _answer(self, medium: TouchMedium) -> Charge | NoCharge:
        match medium:
            case TouchMedium.SHORT:
                return NoCharge(Declined.INSUFFICIENT)
            case TouchMedium.EARLY:
                return NoCharge(Declined.MOVED_AWAY)
            case TouchMedium.ENOUGH:
                return self._book(*self._begun)

    async def charge(self, reference: bytes, yen: int) -> Charge | NoCharge:
        """Wait for a hand."""
        name = reference.hex()
        if name in self.books.entries:
            return Charge(self.books.entries[name].slip)
        self._begun = (name, yen)
        self._held = asyncio.get_running_loop().create_future()
        try:
            answer = await self._held
        finally:
            self._held = None
        if answer is None:
            raise EMONEY_FAILED.error("line cut")
        return answer

    async def cancel(self) -> None:
        """Let go. What a hand did before stays."""
        if self._held is not None and not self._held.done():
            self._held.set_result(NoCharge(Declined.CANCELLED))

    async def query(self, reference: bytes) -> Charge | NoCharge:
        """Look into the books."""
        self._expect_line()
        entry = self.books.entries.get(reference.hex())
        return NoCharge(Declined.NEVER_BEGUN) if entry is None else Charge(entry.slip)

    async def reverse(self, reference: bytes, yen: int) -> int:
        """Once per payment, at most what it was."""
        self._expect_line()
        entry = self.books.entries.get(reference.hex())
        if entry is None or yen > entry.yen or (self._faults.refund_fails and not entry.reversed_yen):
            return 0
        if not entry.reversed_yen:
            entry.reversed_yen = yen
            self._keep()
        return entry.reversed_yen

    async def reversed_yen(self, reference: bytes) -> int:
        """Look into the books."""
        self._expect_line()
        entry = self.books.entries.get(reference.hex())
        return 0 if entry is None else entry.reversed_yen

    def _expect_line(self) -> None:
        if self.cut:
            raise EMONEY_FAILED.error("line cut")

    def _book(self, name: str, yen: int) -> Charge:
        self.books.slips += 1
        entry = self.books.entries[name] = Entry(yen=yen, slip=f"{self.books.slips:08}")
        while len(self.books.entries) > _ENTRIES_KEPT:
            self.books.entries.pop(next(iter(self.books.entries)))
        self._keep()
        return Charge(entry.slip)

    def _keep(self) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.books))
        fresh.replace(self._path)
