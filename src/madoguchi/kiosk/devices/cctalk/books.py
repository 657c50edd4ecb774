"""What the driver knows across a restart. Written to disk, directory too, before anything irrevocable is asked for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from madoguchi.kiosk.devices.cctalk.hopper import Mark
from madoguchi.kiosk.devices.durable import write_durably

_TICKETS_KEPT = 500


class Dispensing(msgspec.Struct, frozen=True, kw_only=True):
    """One question to one hopper whose answer is not known yet."""

    denomination: int
    coins: int
    before: Mark


class Payout(msgspec.Struct, kw_only=True):
    """Money on its way out: change, a returned escrow, or a refund."""

    due: int
    paid: int = 0
    ticket: str = ""
    """Of a refund; its worth is what came out."""
    vain: int = 0
    """Questions that no hopper acted on."""
    dispensing: Dispensing | None = None


class Books(msgspec.Struct, kw_only=True):
    """All of it."""

    stock: dict[int, int]
    """Pieces in each hopper, by our count."""
    escrow: int = 0
    """Yen that fell in and are neither taken nor returned: of the visit, though the metal lies in the box."""
    note: int = 0
    """The note in the validator's own escrow."""
    open: bool = False
    """The slot is open, or may be."""
    coin_counter: int | None = None
    bill_counter: int | None = None
    taking: tuple[str, int] | None = None
    """(ticket, yen) of a take that waits for the note to be stacked."""
    payout: Payout | None = None
    tickets: dict[str, int] = {}
    short: int = 0
    """Yen that should have come out and could not."""
    doubt: str = ""
    """Why a person must count the money before coins are taken again."""


class BookFile:
    """Where they lie."""

    def __init__(self, directory: Path, *, stock: dict[int, int]) -> None:
        """`stock` is what a new machine was filled with."""
        self._path = directory / "cctalk.json"
        if self._path.exists():
            self.books = msgspec.json.decode(self._path.read_bytes(), type=Books)
        else:
            self.books = Books(stock=dict(stock))
            self.keep()

    def keep(self) -> None:
        """Durable when this returns."""
        while len(self.books.tickets) > _TICKETS_KEPT:
            self.books.tickets.pop(next(iter(self.books.tickets)))
        write_durably(self._path, msgspec.json.encode(self.books))
