"""From cells, hard or soft, to what was sealed: all copies of a bit are added up, then decoded, then authenticated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.problems import SCRAMBLE_DAMAGED
from madoguchi.paper.scramble.code import LENGTH, Bits
from madoguchi.paper.scramble.content import Front, decode_front
from madoguchi.paper.scramble.decoding import Soft, decode
from madoguchi.paper.scramble.drawing import draw
from madoguchi.paper.scramble.envelope import Envelope, Header, open_envelope
from madoguchi.paper.scramble.field import HEADER_BITS, HEADER_COPIES, field


def read_cells(cells: Bits) -> tuple[Header, Front]:
    """What drawn cells say (shape (HEIGHT, WIDTH), 1 for dark), none of them wrong. Raises `paper.scramble_damaged`.

    The first copy of everything is read; then every other cell must be what follows from it.
    """
    place = field()
    plain = cells.ravel() ^ place.fixed.ravel()
    header = _fitting(Header.decode(_octets(plain[place.order[:HEADER_BITS]])))
    first = HEADER_COPIES * HEADER_BITS
    words = plain[place.order[first : first + header.strips * LENGTH]].reshape(header.strips, LENGTH)
    strips = tuple(_octets(word[: header.rate.information]) for word in words)
    envelope = Envelope(header=header, strips=strips)
    if not np.array_equal(draw(envelope), cells):
        raise SCRAMBLE_DAMAGED.error("a cell is wrong")
    return header, decode_front(open_envelope(envelope), kind=header.kind)


def read_soft(cells: Soft) -> tuple[Header, Front]:
    """What soft cells say: shape (HEIGHT, WIDTH), above zero for light. Raises `paper.scramble_damaged`."""
    place = field()
    unmasked = cells * (1 - 2 * place.fixed.astype(np.float32))
    stream = unmasked.ravel()[place.order]
    heads = HEADER_COPIES * HEADER_BITS
    header = _fitting(Header.decode(_octets(_added_up(stream[:heads], HEADER_BITS) < 0)))
    words = _added_up(stream[heads:], header.strips * LENGTH).reshape(header.strips, LENGTH)
    strips = []
    for word in words:
        information = decode(header.rate, word)
        if information is None:
            raise SCRAMBLE_DAMAGED.error("more damage than the code corrects")
        strips.append(_octets(information))
    opened = open_envelope(Envelope(header=header, strips=tuple(strips)))
    return header, decode_front(opened, kind=header.kind)


def _fitting(header: Header) -> Header:
    if header.strips > field().words:
        raise SCRAMBLE_DAMAGED.error("more strips than fit")
    return header


def _added_up(stream: Soft, period: int) -> Soft:
    """All copies of each bit together: shape (period,)."""
    whole = len(stream) // period
    total: Soft = stream[: whole * period].reshape(whole, period).sum(axis=0)
    rest = len(stream) - whole * period
    total[:rest] += stream[whole * period :]
    return total


def _octets(bits: NDArray[np.uint8] | NDArray[np.bool_]) -> bytes:
    return np.packbits(bits).tobytes()
