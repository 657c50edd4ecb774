"""The ESC/POS commands that a receipt needs, as octets (Epson's *ESC/POS Command Reference*)."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final

INITIALISE: Final = b"\x1b@"
"""ESC @: settings as at power-on, and what stands in the line is dropped."""
NO_AUTOMATIC_STATUS: Final = b"\x1da\x00"
"""GS a 0: it speaks only when asked."""
SHIFT_JIS: Final = b"\x1c&\x1cC\x01"
"""FS &, FS C 1: double-width characters, coded in Shift_JIS."""
CUT: Final = b"\x1dVB\x00"
"""GS V 66 0: feed to the knife and cut."""
ASK_DONE: Final = b"\x1dr\x01"
"""GS r 1: answered in its turn, so everything sent before it is done. A printer that stands still does not answer."""
CLEAR: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: forget at once what was sent and is not printed. One that does not know it takes it for nothing."""

_REAL_TIME: Final = re.compile(rb"\x10(?=[\x04\x05\x14])")


class Asked(IntEnum):
    """What `ask` is answered about (DLE EOT n)."""

    PRINTER = 1
    OFFLINE = 2
    ERROR = 3
    PAPER = 4


def ask(what: Asked) -> bytes:
    """DLE EOT n: answered at once, also by a printer that stands still."""
    return bytes((0x10, 0x04, what))


def raster(rows: bytes, *, row_octets: int) -> bytes:
    """GS v 0: black dots as ones, row by row, from the left.

    A printer looks for its real-time commands in the dots too. Where they hold the beginning of one (clear, open the
    cash drawer, switch off), one more dot beside a black one makes it another octet.
    """
    harmless = _REAL_TIME.sub(b"\x18", rows)
    height = len(rows) // row_octets
    return b"\x1dv0\x00" + row_octets.to_bytes(2, "little") + height.to_bytes(2, "little") + harmless


def text_line(line: str) -> bytes:
    """A line in Shift_JIS; a question mark for what that does not have."""
    return line.encode("cp932", errors="replace") + b"\n"
