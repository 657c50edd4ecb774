"""The paper number: 128 random bits, one per sheet, and the one text in which it is printed.

26 symbols of Crockford's base32 (no I, L, O, U) and his check symbol (the value modulo 37), which catches every
single wrong symbol and every swap of neighbours. Printed in groups: `0A1B-2C3D-4E5F-6G7H-8J9K-MNPQ-RS*` has 26 + 1
symbols.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from typing import Final

from madoguchi.paper.problems import NUMBER_MALFORMED

SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK_SYMBOLS: Final = SYMBOLS + "*~$=U"
NUMBER_SYMBOLS: Final = _CHECK_SYMBOLS + "-"
"""Every character of a printed number."""
_VALUE: Final = {symbol: value for value, symbol in enumerate(SYMBOLS)}
_CHECK_VALUE: Final = {symbol: value for value, symbol in enumerate(_CHECK_SYMBOLS)}
_OF_BASE_32: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", SYMBOLS.encode("ascii"))
"""From the alphabet of RFC 4648, section 6."""
_MISREAD: Final = str.maketrans("ILO", "110")
_SEPARATORS: Final = re.compile(r"[\s\-‐－]+")
_DIGITS: Final = 26
_GROUP: Final = 4
OCTETS: Final = 16


def new_paper_number() -> bytes:
    """A fresh paper number: 16 random octets, never a time or a sequence."""
    return secrets.token_bytes(OCTETS)


def paper_number_text(number: bytes) -> str:
    """The canonical printed text, seven groups of four, four, four, four, four, four and three symbols."""
    if len(number) != OCTETS:
        raise NUMBER_MALFORMED.error("not 16 octets")
    value = int.from_bytes(number, "big")
    # 26 digits of five bits, at the head of the 32 that base 32 makes of 160 bits.
    digits = b32encode((value << (160 - 5 * _DIGITS)).to_bytes(20, "big"))[:_DIGITS].translate(_OF_BASE_32).decode()
    symbols = digits + _CHECK_SYMBOLS[value % 37]
    return "-".join([symbols[at : at + _GROUP] for at in range(0, len(symbols), _GROUP)])


def parse_paper_number(text: str) -> bytes:
    """The 16 octets of a number as typed or read: any case, any grouping, I and L for 1, O for 0.

    Raises `paper.number_malformed` when the length, a symbol or the check symbol is wrong.
    """
    symbols = _SEPARATORS.sub("", text[:200]).upper()
    if len(symbols) != _DIGITS + 1:
        raise NUMBER_MALFORMED.error("not 27 symbols")
    digits, check = symbols[:_DIGITS].translate(_MISREAD), symbols[_DIGITS].translate(_MISREAD)
    value = 0
    for symbol in digits:
        if symbol not in _VALUE:
            raise NUMBER_MALFORMED.error("a symbol outside the alphabet")
        value = value << 5 | _VALUE[symbol]
    if value >> (8 * OCTETS):
        raise NUMBER_MALFORMED.error("more than 128 bits")
    if _CHECK_VALUE.get(check) != value % 37:
        raise NUMBER_MALFORMED.error("the check symbol does not match")
    return value.to_bytes(OCTETS, "big")
