"""What is sealed. For a front of our own: the front code that the ward signed, and the page description.

The front code binds the description to the ward: it holds a digest of it, and the paper number. Comparing the three is
for whoever restores (`verify`), since only there a trust list is at hand. For any other front: `raster`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Final

from madoguchi.errors import MadoguchiError
from madoguchi.paper.problems import SCRAMBLE_DAMAGED, SCRAMBLE_TOO_LARGE
from madoguchi.paper.scramble.envelope import Kind
from madoguchi.paper.scramble.raster import RasterFront
from madoguchi.wire.codec import decode_plain, encode_plain

MAX_DESCRIPTION_OCTETS: Final = 65_536
"""Of a page description; nothing longer is inflated."""
_RAW_DEFLATE: Final = -15


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFront:
    """The front of one sheet as its back carries it."""

    front_code: bytes = field(repr=False)
    """The ward's statement, as the QR on the front."""
    page_description: bytes = field(repr=False)
    """`certificate.facts.page_description`."""

    def encode(self) -> bytes:
        """CBOR: an array of the front code and the deflated description. Raises `paper.scramble_too_large`."""
        if len(self.page_description) > MAX_DESCRIPTION_OCTETS:
            raise SCRAMBLE_TOO_LARGE.error("page description")
        packer = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE)
        packed = packer.compress(self.page_description) + packer.flush()
        return encode_plain([self.front_code, packed])

    @classmethod
    def decode(cls, raw: bytes) -> SealedFront:
        """Raises `paper.scramble_damaged`."""
        try:
            match decode_plain(raw):
                case [bytes() as front_code, bytes() as packed]:
                    return cls(front_code=front_code, page_description=_inflated(packed))
                case _:
                    raise SCRAMBLE_DAMAGED.error("content")
        except MadoguchiError as failure:
            raise SCRAMBLE_DAMAGED.error(failure.cause or "content") from None


Front = SealedFront | RasterFront
"""Either kind of front."""


def kind_of(front: Front) -> Kind:
    """What the header says of it."""
    return Kind.RASTER if isinstance(front, RasterFront) else Kind.PAGE_DESCRIPTION


def decode_front(raw: bytes, *, kind: Kind) -> Front:
    """Raises `paper.scramble_damaged`."""
    return RasterFront.decode(raw) if kind is Kind.RASTER else SealedFront.decode(raw)


def _inflated(packed: bytes) -> bytes:
    opener = zlib.decompressobj(_RAW_DEFLATE)
    try:
        opened = opener.decompress(packed, MAX_DESCRIPTION_OCTETS)
    except zlib.error:
        raise SCRAMBLE_DAMAGED.error("deflate") from None
    if not opener.eof or opener.unused_data:
        raise SCRAMBLE_DAMAGED.error("deflate")
    return opened
