"""From an envelope to cells: codewords, repeated until the field is full, in the field's order, under its mask."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.code import LENGTH, Bits, encode
from madoguchi.paper.scramble.content import Front, kind_of
from madoguchi.paper.scramble.envelope import Envelope, seal
from madoguchi.paper.scramble.field import HEADER_BITS, HEADER_COPIES, HEIGHT, WIDTH, field

_NOTHING: Final = np.zeros(1, dtype=np.uint8)
"""What a fixed cell takes of the data."""


def draw_front(front: Front, *, paper_number: bytes) -> Bits:
    """The cells of the sheet with this number. Raises `paper.scramble_too_large`."""
    return draw(seal(front.encode(), kind=kind_of(front), paper_number=paper_number, most_strips=field().words))


def draw(envelope: Envelope) -> Bits:
    """Shape (HEIGHT, WIDTH), 1 for dark. Some 4 ms for a page description, 7 for a raster."""
    header = np.unpackbits(np.frombuffer(envelope.header.encode(), dtype=np.uint8))
    strips = np.frombuffer(b"".join(envelope.strips), dtype=np.uint8).reshape(len(envelope.strips), -1)
    words = encode(envelope.header.rate, np.unpackbits(strips, axis=1))
    every_bit = np.concatenate([words.ravel(), header, _NOTHING])
    cells = every_bit.take(_sources(len(words)), mode="clip").reshape(HEIGHT, WIDTH)
    cells ^= field().fixed
    return cells


@lru_cache(maxsize=3)
def _sources(words: int) -> NDArray[np.int64]:
    """Flat cell number → which bit of all codewords, the header and one zero: 13 MB for each number of codewords."""
    place = field()
    heads, period = HEADER_COPIES * HEADER_BITS, words * LENGTH
    source = place.source.astype(np.int64)
    bit = np.where(source < heads, period + source % HEADER_BITS, (source - heads) % period)
    bit[source == len(place.order)] = period + HEADER_BITS
    return bit
