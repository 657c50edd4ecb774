"""The square on the front: bytes to Base45 (RFC 9285) to QR modules, and back from any picture.

Base45 in the QR's alphanumeric mode costs 3 % more than raw bytes and survives every reader, also those that hand on
text only and guess a character set for the rest (the reason why the EU's health certificates chose it).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.problems import FRONT_CODE_MALFORMED, FRONT_CODE_UNREADABLE

PREFIX: Final = "MG1:"
"""Tells our code from any other QR on a paper; 1 is the version of the envelope."""
QUIET_ZONE_MODULES: Final = 4
"""ISO/IEC 18004: four light modules on every side."""
MAX_MODULES: Final = 85
"""Version 17. With its quiet zone in 28 mm a module is 0.30 mm: 2.4 pixels of a 200 dpi fax."""

_MASK: Final = 3
"""Trying all eight masks for the most even picture (ISO/IEC 18004, 7.8.3) costs five times the rest of the work. A
signature is as even as noise already, and readers undo any mask."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_DIGIT: Final = {symbol: value for value, symbol in enumerate(_ALPHABET)}


@dataclass(frozen=True, slots=True)
class Modules:
    """A square of modules, quiet zone included: one octet each, 0 dark and 255 light, row by row."""

    side: int
    pixels: bytes
    bits: bytes
    """One bit per module, 1 for light, each row filled up to whole octets: as PDF and TIFF have pictures."""


def encode_base45(raw: bytes) -> str:
    """RFC 9285: two octets to three symbols, a last single octet to two."""
    pairs = struct.unpack(f">{len(raw) // 2}H", raw[: len(raw) & ~1])
    text = "".join(map(_triples().__getitem__, pairs))
    return text + _triples()[raw[-1]][:2] if len(raw) % 2 else text


@cache
def _triples() -> tuple[str, ...]:
    """The three symbols of every pair of octets; 20 ms, once per process that draws codes."""
    return tuple(
        _ALPHABET[value % 45] + _ALPHABET[value // 45 % 45] + _ALPHABET[value // 2025] for value in range(1 << 16)
    )


def decode_base45(text: str) -> bytes:
    """The octets of Base45. ValueError for a foreign symbol, a dangling one, or a group above its range."""
    try:
        digits = [_DIGIT[symbol] for symbol in text]
    except KeyError:
        msg = "a symbol outside Base45"
        raise ValueError(msg) from None
    whole = len(digits) // 3
    low, middle, high = (digits[place : 3 * whole : 3] for place in range(3))
    values = [one + 45 * two + 2025 * three for one, two, three in zip(low, middle, high, strict=True)]
    rest = digits[3 * whole :]
    last = sum(digit * 45**power for power, digit in enumerate(rest))
    if len(rest) == 1 or last > 0xFF or max(values, default=0) > 0xFFFF:  # noqa: PLR2004 - one octet, two octets
        msg = "not a Base45 group"
        raise ValueError(msg)
    return struct.pack(f">{whole}H", *values) + (bytes([last]) if rest else b"")


def draw_code(raw: bytes) -> Modules:
    """The QR of these bytes. Deterministic; about 0.4 ms. Raises `paper.front_code_malformed` when it would not fit."""
    return draw_text(PREFIX + encode_base45(raw))


def draw_text(text: str) -> Modules:
    """A QR at error correction M of a text in its alphanumeric alphabet.

    Raises `paper.front_code_malformed` when it would not fit its square legibly.
    """
    try:
        drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=_MASK)
    except ValueError:
        raise FRONT_CODE_MALFORMED.error("too large for any QR") from None
    pixels: NDArray[np.uint8] = np.array(drawn.to_image(scale=1, add_quiet_zones=False), dtype=np.uint8)
    side = pixels.shape[0]
    if side > MAX_MODULES:
        raise FRONT_CODE_MALFORMED.error(f"{side} modules, at most {MAX_MODULES}")
    framed = np.pad(pixels, QUIET_ZONE_MODULES, constant_values=255)
    return Modules(framed.shape[0], framed.tobytes(), np.packbits(framed, axis=1).tobytes())


def read_code(image: Image.Image | NDArray[np.uint8], *, upright: bool = False) -> bytes:
    """The bytes of the one code with our prefix in a picture of any size, rotation or resolution from 200 dpi.

    `upright` says that it stands straight and dark on light, as on a drawn page: other ways are not tried, which is
    faster. Raises `paper.front_code_unreadable` when there is none, or more than one that differ.
    """
    try:
        return decode_base45(read_text(image, prefix=PREFIX, upright=upright))
    except ValueError as failure:
        raise FRONT_CODE_UNREADABLE.error(str(failure)) from None


def read_text(image: Image.Image | NDArray[np.uint8], *, prefix: str, upright: bool = False) -> str:
    """What follows the prefix in the picture's one code that has it. Raises `paper.front_code_unreadable`."""
    tries = not upright
    found = zxingcpp.read_barcodes(
        image,
        formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
        try_rotate=tries,
        try_downscale=tries,
        try_invert=tries,
    )
    texts = {each.text for each in found if each.text.startswith(prefix)}
    if len(texts) != 1:
        raise FRONT_CODE_UNREADABLE.error(f"{len(texts)} codes with our prefix")
    return texts.pop()[len(prefix) :]
