"""The in-process coin and note mechanism. Its file is the metal: money does not vanish when the agent is killed."""

from __future__ import annotations

from pathlib import Path

import msgspec

from madoguchi.kiosk.config import Faults
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import MoneyIn
from madoguchi.kiosk.problems import NONSENSE

DENOMINATIONS = (1000, 500, 100, 50, 10)
STOCK = {1000: 5, 500: 20, 100: 50, 50: 20, 10: 50}
"""Pieces in a freshly filled machine."""
_MOST_CHANGE = 990
_TICKETS_KEPT = 500


class Metal(msgspec.Struct, kw_only=True):
    """Where the money lies, in pieces per denomination, and which tickets were served."""

    box: dict[int, int]
    escrow: dict[int, int]
    returned_yen: int = 0
    tickets: dict[str, int] = {}


class CoinBox:
    """Implements `CoinMechanism`."""

    def __init__(self, directory: Path, *, faults: Faults) -> None:
        self._path = directory / "coins.json"
        self._faults = faults
        self._wanted = 0
        self.sense: Sense = lambda _event: None
        if self._path.exists():
            self.metal = msgspec.json.decode(self._path.read_bytes(), type=Metal)
        else:
            stock = dict.fromkeys(DENOMINATIONS, 0) if faults.no_change else dict(STOCK)
            self.metal = Metal(box=stock, escrow={})
            self._keep()

    def escrow_yen(self) -> int:
        """What lies in escrow."""
        return worth(self.metal.escrow)

    def box_yen(self) -> int:
        """What lies in the box."""
        return worth(self.metal.box)

    def returned_yen(self) -> int:
        """What lies in the coin return."""
        return self.metal.returned_yen

    def accepting(self) -> bool:
        """Whether the slot is open."""
        return self._wanted > self.escrow_yen()

    def can_change(self) -> bool:
        """Whether the largest change can be given out of the box."""
        return pieces_for(_MOST_CHANGE, self.metal.box) is not None

    def insert(self, denomination: int) -> None:
        """A coin or note goes in. One whose change could not be given falls through into the return."""
        if denomination not in DENOMINATIONS or not self.accepting():
            raise NONSENSE.error("the slot is closed, or no such coin")
        over = self.escrow_yen() + denomination - self._wanted
        if over > 0 and pieces_for(over, self.metal.box) is None:
            self.metal.returned_yen += denomination
        else:
            self.metal.escrow[denomination] = self.metal.escrow.get(denomination, 0) + 1
        self._keep()
        self.sense(MoneyIn(self.escrow_yen()))

    async def accept(self, yen: int) -> None:
        """Open the slot. Whoever was here before has taken what lay in the return."""
        self._wanted = yen
        self.metal.returned_yen = 0
        self._keep()

    async def return_escrow(self) -> None:
        """Close the slot and give the escrow back."""
        self._wanted = 0
        self.metal.returned_yen += self.escrow_yen()
        self.metal.escrow = {}
        self._keep()

    async def take(self, ticket: bytes, yen: int) -> bool:
        """Take the price in and give the change, in one step of the metal."""
        if ticket.hex() in self.metal.tickets:
            return True
        self._wanted = 0
        over = self.escrow_yen() - yen
        box = {coin: self.metal.box.get(coin, 0) + self.metal.escrow.get(coin, 0) for coin in DENOMINATIONS}
        change = pieces_for(over, box) if over >= 0 else None
        if change is None:
            return False
        self.metal.box = {coin: box[coin] - change.get(coin, 0) for coin in DENOMINATIONS}
        self.metal.escrow = {}
        self.metal.returned_yen += over
        self._serve(ticket, yen)
        return True

    async def took(self, ticket: bytes) -> bool:
        """Whether it was taken in."""
        return ticket.hex() in self.metal.tickets

    async def refund(self, ticket: bytes, yen: int) -> int:
        """Give back what can be given with the pieces in the box: all of it, or nothing."""
        if ticket.hex() in self.metal.tickets:
            return self.metal.tickets[ticket.hex()]
        back = None if self._faults.refund_fails else pieces_for(yen, self.metal.box)
        if back is None:
            return 0
        self.metal.box = {coin: count - back.get(coin, 0) for coin, count in self.metal.box.items()}
        self.metal.returned_yen += yen
        self._serve(ticket, yen)
        return yen

    def _serve(self, ticket: bytes, yen: int) -> None:
        self.metal.tickets[ticket.hex()] = yen
        while len(self.metal.tickets) > _TICKETS_KEPT:
            self.metal.tickets.pop(next(iter(self.metal.tickets)))
        self._keep()

    def _keep(self) -> None:
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(self.metal))
        fresh.replace(self._path)


def worth(pieces: dict[int, int]) -> int:
    """Yen in these pieces."""
    return sum(coin * count for coin, count in pieces.items())


def pieces_for(yen: int, stock: dict[int, int]) -> dict[int, int] | None:
    """Pieces out of `stock` that make `yen`; None when it cannot be made.

    Largest first is right here because each denomination divides the next larger one.
    """
    pieces: dict[int, int] = {}
    for coin in DENOMINATIONS:
        used = min(yen // coin, stock.get(coin, 0))
        if used:
            pieces[coin] = used
            yen -= used * coin
    return None if yen else pieces
