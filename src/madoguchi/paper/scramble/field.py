"""The field on the back, in cells: 35 × 44 blocks of 32 cells, with markers, pilots and data.

A cell is 4 × 4 dots of a 600 dpi printer (0.169 mm), so the field is 189.7 × 238.4 mm. Twelve markers (ArUco,
dictionary 4×4) take 3 × 3 blocks each with their quiet zone: with six, every third sheet that has lost 60 % of its
back to stains would show less than two. Every other block has a pilot of 7 × 7 known cells in its middle and 975 cells
of data, in the order of a noise over the whole page, so that a stain takes a little of everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.code import LENGTH, Bits
from madoguchi.paper.scramble.envelope import HEADER_OCTETS
from madoguchi.paper.scramble.noise import noise

BLOCK: Final = 32
COLUMNS, ROWS = 35, 44
"""Blocks."""
WIDTH, HEIGHT = COLUMNS * BLOCK, ROWS * BLOCK
"""Cells."""
CELL_DOTS: Final = 4
"""Dots of a cell at 600 dpi. Another value is another printing of the same cells."""
PILOT: Final = 7
PILOT_AT: Final = 12
"""First cell of a pilot in its block."""
MARKER_MODULE: Final = 12
"""Cells of one module of a marker; six modules and one of quiet zone on each side."""
_MARKER_BLOCKS: Final = 3
_MARKER_COLUMNS: Final = (0, 16, 32)
_MARKER_ROWS: Final = (0, 14, 27, 41)
MARKERS: Final = tuple((row, column) for row in _MARKER_ROWS for column in _MARKER_COLUMNS)
"""Upper left block of marker 0, 1, 2, …"""
_DICTIONARY: Final = (
    0xB532, 0x0F9A, 0x332D, 0x9946, 0x549E, 0x79CD, 0x9E2E, 0xC4F2, 0xFEDA, 0xCF56, 0xF991, 0x11A7,
)  # fmt: skip
"""The first twelve of OpenCV's DICT_4X4_50, 1 for light."""
HEADER_COPIES: Final = 128
HEADER_BITS: Final = 8 * HEADER_OCTETS
_ORDER_SEED: Final = 0x7363616E
_MASK_SEED: Final = 0x6D61736B


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Where everything lies. Immutable, made once per process in 0.2 s."""

    order: NDArray[np.int64]
    """Flat cell number of data cell 0, 1, 2, …: header copies first, then codewords over and over."""
    fixed: Bits
    """Shape (HEIGHT, WIDTH), 1 for dark: markers and pilots as printed, elsewhere the mask that data is added to."""
    source: NDArray[np.int32]
    """Flat cell number → data cell; `len(order)` for a fixed cell."""
    pilot_blocks: NDArray[np.int64]
    """Shape (n, 2): row and column of every block that has a pilot."""

    @property
    def words(self) -> int:
        """How many codewords fit."""
        return (len(self.order) - HEADER_COPIES * HEADER_BITS) // LENGTH


@cache
def field() -> Field:
    """The field of version 1."""
    has_marker = np.zeros((ROWS, COLUMNS), dtype=bool)
    for row, column in MARKERS:
        has_marker[row : row + _MARKER_BLOCKS, column : column + _MARKER_BLOCKS] = True
    pilot = np.zeros((BLOCK, BLOCK), dtype=bool)
    pilot[PILOT_AT : PILOT_AT + PILOT, PILOT_AT : PILOT_AT + PILOT] = True
    is_data = ~(np.kron(has_marker, np.ones((BLOCK, BLOCK), dtype=bool)) | np.tile(pilot, (ROWS, COLUMNS)))
    cells = np.flatnonzero(is_data)
    order = cells[np.argsort(noise(WIDTH * HEIGHT, seed=_ORDER_SEED)[cells], kind="stable")]
    source = np.full(WIDTH * HEIGHT, len(order), dtype=np.int32)
    source[order] = np.arange(len(order), dtype=np.int32)
    fixed = (noise(WIDTH * HEIGHT, seed=_MASK_SEED) >> np.uint64(63)).astype(np.uint8).reshape(HEIGHT, WIDTH)
    for number, (row, column) in enumerate(MARKERS):
        side = _MARKER_BLOCKS * BLOCK
        fixed[row * BLOCK : row * BLOCK + side, column * BLOCK : column * BLOCK + side] = _marker(number)
    return Field(order, fixed, source, np.argwhere(~has_marker))


def marker_corners(number: int) -> NDArray[np.float64]:
    """The four outer corners of a marker in cells: upper left, upper right, lower right, lower left."""
    row, column = MARKERS[number]
    left, top = column * BLOCK + MARKER_MODULE, row * BLOCK + MARKER_MODULE
    side = 6 * MARKER_MODULE
    return np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]], dtype=np.float64)


def _marker(number: int) -> Bits:
    """A marker with its quiet zone, in cells, 1 for dark."""
    inner = [[_DICTIONARY[number] >> (15 - 4 * row - column) & 1 for column in range(4)] for row in range(4)]
    modules = np.pad(1 - np.array(inner, dtype=np.uint8), 1, constant_values=1)
    drawn: Bits = np.kron(np.pad(modules, 1), np.ones((MARKER_MODULE, MARKER_MODULE), dtype=np.uint8)).astype(np.uint8)
    return drawn
