"""What an ESC/POS printer says: its octets told apart by their fixed bits, and what they mean."""

from __future__ import annotations

from enum import Enum
from typing import Final

from madoguchi.kiosk.devices.escpos.commands import Asked


class Heard(Enum):
    """What an octet is."""

    STATUS = "status"
    """An answer to DLE EOT: 0xx1xx10."""
    DONE = "done"
    """An answer to GS r: 0xx0xxxx."""


_STATUS_BITS: Final = (0x93, 0x12)
_AUTOMATIC_BITS: Final = (0x93, 0x10)
_DONE_BITS: Final = (0x90, 0x00)
_BLOCK: Final = 0x37
"""Begins a block that ends with NUL, such as the answer to `CLEAR`."""
_AUTOMATIC_REST: Final = 3

_TROUBLE: Final[dict[Asked, tuple[tuple[int, str], ...]]] = {
    Asked.OFFLINE: ((0x04, "cover open"), (0x20, "paper end"), (0x40, "error")),
    Asked.ERROR: ((0x08, "cutter"), (0x20, "unrecoverable error"), (0x44, "recoverable error")),
    Asked.PAPER: ((0x60, "paper end"),),
    Asked.PRINTER: ((0x08, "offline"),),
}
PAPER_END_IN_TURN: Final = 0x0C
"""In an answer to GS r 1."""


def trouble(asked: Asked, status: int) -> str:
    """Why it does not print, in a word for the log; empty when this status says nothing against it."""
    return next((word for bits, word in _TROUBLE[asked] if status & bits), "")


class Ear:
    """Tells octets apart, across reads: what was not asked for is passed over."""

    def __init__(self) -> None:
        self._in_block = False
        self._rest = 0

    def hear(self, octet: int) -> Heard | None:
        """What this octet is; None for a part of something that nobody waits for."""
        if self._in_block:
            self._in_block = octet != 0
            return None
        if self._rest:
            self._rest -= 1
            return None
        if octet == _BLOCK:
            self._in_block = True
        elif _has(octet, _AUTOMATIC_BITS):
            self._rest = _AUTOMATIC_REST
        elif _has(octet, _STATUS_BITS):
            return Heard.STATUS
        elif _has(octet, _DONE_BITS):
            return Heard.DONE
        return None


def _has(octet: int, bits: tuple[int, int]) -> bool:
    mask, wanted = bits
    return octet & mask == wanted
