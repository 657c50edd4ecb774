"""Screens: equal dots on a square grid turned by 45°, as printers make greys, here dot by dot in a tile that repeats.

A tile repeats without a seam: the grid is fitted to it, whole periods across and down, and the dots are put on whole
dots of the printer by their middles, so that no dot is cut. How many periods there are is chosen for the wanted
coverage; what is left of it is a relative error below one percent, and the grid is square to two percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.shapes import Shape

Bits = NDArray[np.uint8]
TILE: Final = (1240, 877)
"""Width and height of a tile in dots, of which 4 × 8 fill the page."""
_MOST_OBLONG: Final = 0.02
_SQUARENESS: Final = 0.02
"""What an oblong grid weighs against a wrong coverage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Dots of one size, and the share of the paper that they cover."""

    width: int
    """In dots of a 600 dpi printer."""
    height: int
    percent: float

    @property
    def lines_per_inch(self) -> float:
        """Rows of dots per inch, along the rows that lie at 45°."""
        return 600 / sqrt(self.width * self.height / (self.percent / 100))


@lru_cache(maxsize=64)
def periods(screen: Screen, size: tuple[int, int] = TILE) -> tuple[int, int]:
    """How many periods of the screen's grid a tile has across and down; each period has two dots.

    Even across, so that a tile fits itself when it is moved by half its width. ValueError when nothing fits.
    """
    width, height = size
    area = screen.width * screen.height / (screen.percent / 100)
    tries = (
        (across, down)
        for across in range(2, width // 2, 2)
        for down in {max(1, round(width * height / (2 * across * area)) + more) for more in (-1, 0, 1)}
        if abs(width * down / (across * height) - 1) <= _MOST_OBLONG
    )

    def fault(found: tuple[int, int]) -> float:
        across, down = found
        coverage = abs(width * height / (2 * across * down) / area - 1)
        return coverage + _SQUARENESS * abs(width * down / (across * height) - 1)

    return min(tries, key=fault)


def coverage(screen: Screen, size: tuple[int, int] = TILE) -> float:
    """The share of a tile that its dots really cover, 0..1."""
    across, down = periods(screen, size)
    return 2 * across * down * screen.width * screen.height / (size[0] * size[1])


def woven(parts: tuple[tuple[Screen, Shape], ...]) -> Bits:
    """A tile in which each screen fills its own area, 1 for ink. Shapes as (height, width) of the tile.

    A dot belongs to the area in which its middle lies, and is drawn whole.
    """
    made: Bits = np.zeros(parts[0][1].shape, dtype=np.uint8)
    height, width = made.shape
    for screen, area in parts:
        x, y = _middles(screen, (width, height))
        inside = area[y, x]
        left, top = x[inside] - screen.width // 2, y[inside] - screen.height // 2
        for down in range(screen.height):
            for right in range(screen.width):
                made[(top + down) % height, (left + right) % width] = 1
    return made


def plain(screen: Screen) -> Bits:
    """A tile of one screen alone."""
    return woven(((screen, np.ones(TILE[::-1], dtype=bool)),))


def _middles(screen: Screen, size: tuple[int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the dots' middles lie, on whole dots: the corners and the middles of a grid's squares."""
    (width, height), (across, down) = size, periods(screen, size)
    columns, rows = (each.ravel() for each in np.meshgrid(np.arange(2 * across), np.arange(2 * down)))
    both = (columns + rows) % 2 == 0
    x = (columns[both] * width / (2 * across)).astype(np.int64)
    y = (rows[both] * height / (2 * down)).astype(np.int64)
    return x, y
