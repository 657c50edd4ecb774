"""What is sealed for a front that is not our own page description: its ink, pixel by pixel, and who rendered it.

One plane of ink, lossless: each row is XORed with the row above it, then deflated by runs (zlib's Z_RLE), which on
pages of text is smaller than PNG and a tenth of the time of ITU-T T.6 as Pillow has it. A second, coarse plane says
which of the ink is coloured (the seal). No symbols are coded: nothing can become another character.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.errors import MadoguchiError
from madoguchi.paper.problems import SCRAMBLE_DAMAGED
from madoguchi.wire.codec import decode_plain, encode_plain

MAX_SIDE: Final = 4_300
MAX_PIXELS: Final = 9_500_000
"""A4 at 300 dpi has 8.7 million; nothing larger is inflated."""
COLOUR_STEP: Final = 4
"""Pixels of ink beside a pixel of the coloured plane."""
MAX_FRONT_CODE_OCTETS: Final = 480
_MAX_STATEMENT_OCTETS: Final = 2_000
_RAW_DEFLATE: Final = -15
_COLOUR_OCTETS: Final = 3

Plane = NDArray[np.uint8]
"""Packed bits, row by row, most significant first, 1 for ink: shape (height, octets of a row)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A page as ink. `encode` is what is signed: packed, its digest binds every pixel."""

    dpi: int
    width: int
    height: int
    ink: bytes = field(repr=False)
    """Packed, of all ink."""
    colour: bytes
    """Red, green, blue of the coloured ink; empty when there is none."""
    coloured: bytes = field(repr=False)
    """Packed, every `COLOUR_STEP` pixels; empty when there is none."""

    def encode(self) -> bytes:
        """CBOR: an array of resolution, width, height, ink, colour, coloured."""
        return encode_plain([self.dpi, self.width, self.height, self.ink, self.colour, self.coloured])

    @classmethod
    def decode(cls, raw: bytes) -> Raster:
        """Raises `paper.scramble_damaged`, also for sizes that no page has; nothing is inflated yet."""
        match _plain(raw):
            case [int() as dpi, int() as width, int() as height, bytes() as ink, bytes() as colour, bytes() as spots]:
                fits = 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS
                if not fits or not 0 < dpi <= 1200:  # noqa: PLR2004 - what printers have
                    raise SCRAMBLE_DAMAGED.error("size of the raster")
                if len(colour) not in {0, _COLOUR_OCTETS} or bool(colour) != bool(spots):
                    raise SCRAMBLE_DAMAGED.error("colour of the raster")
                return cls(dpi=dpi, width=width, height=height, ink=ink, colour=colour, coloured=spots)
            case _:
                raise SCRAMBLE_DAMAGED.error("raster")

    def picture(self) -> NDArray[np.uint8]:
        """Red, green and blue of each pixel: shape (height, width, 3). Raises `paper.scramble_damaged`."""
        ink = np.unpackbits(_unpacked(self.ink, self.width, self.height), axis=1, count=self.width)
        shown = np.full((self.height, self.width, 3), 255, dtype=np.uint8)
        shown[ink > 0] = 0
        if self.colour:
            across, down = coarse(self.width), coarse(self.height)
            spots = np.unpackbits(_unpacked(self.coloured, across, down), axis=1, count=across)
            fine = spots.repeat(COLOUR_STEP, axis=0).repeat(COLOUR_STEP, axis=1)[: self.height, : self.width]
            shown[(ink & fine) > 0] = np.frombuffer(self.colour, dtype=np.uint8)
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class RasterFront:
    """The front of one sheet as its back carries it when the ward gave no page description."""

    rendering: bytes = field(repr=False)
    """The center's statement: this raster is what it rendered from the page that the ward signed for this number."""
    front_code: bytes | None = field(repr=False)
    """The ward's statement, as the QR on the front, when the front has one."""
    raster: bytes = field(repr=False)
    """`Raster.encode`; its digest stands in the rendering, so it is believed before it is looked into."""

    def encode(self) -> bytes:
        """CBOR: an array of rendering, front code or null, raster."""
        return encode_plain([self.rendering, self.front_code, self.raster])

    @classmethod
    def decode(cls, raw: bytes) -> RasterFront:
        """Raises `paper.scramble_damaged`."""
        match _plain(raw):
            case [bytes() as rendering, (bytes() | None) as code, bytes() as raster]:
                if len(rendering) > _MAX_STATEMENT_OCTETS or len(code or b"") > MAX_FRONT_CODE_OCTETS:
                    raise SCRAMBLE_DAMAGED.error("content")
                return cls(rendering=rendering, front_code=code, raster=raster)
            case _:
                raise SCRAMBLE_DAMAGED.error("content")


def raster_digest(raster: bytes) -> bytes:
    """What the center signs of a raster: the SHA-256 of its octets."""
    return hashlib.sha256(raster).digest()


def coarse(pixels: int) -> int:
    """Pixels of the coloured plane beside so many of ink."""
    return -(-pixels // COLOUR_STEP)


def packed(plane: Plane) -> bytes:
    """Some 4 ms for a page at 300 dpi."""
    rows = plane.copy()
    rows[1:] ^= plane[:-1]
    packer = zlib.compressobj(6, zlib.DEFLATED, _RAW_DEFLATE, 9, zlib.Z_RLE)
    return packer.compress(rows.tobytes()) + packer.flush()


def _unpacked(raw: bytes, width: int, height: int) -> Plane:
    across = -(-width // 8)
    opener = zlib.decompressobj(_RAW_DEFLATE)
    try:
        rows = opener.decompress(raw, across * height)
        rest = opener.decompress(opener.unconsumed_tail, 1)
    except zlib.error:
        raise SCRAMBLE_DAMAGED.error("deflate") from None
    if len(rows) != across * height or rest or not opener.eof or opener.unused_data:
        raise SCRAMBLE_DAMAGED.error("deflate")
    plane: Plane = np.bitwise_xor.accumulate(np.frombuffer(rows, dtype=np.uint8).reshape(height, across), axis=0)
    return plane


def _plain(raw: bytes) -> object:
    try:
        return decode_plain(raw)
    except MadoguchiError as failure:
        raise SCRAMBLE_DAMAGED.error(failure.cause or "content") from None
