"""Numbers that look random and are the same on every machine and in every language: SplitMix64 of a counter.

NumPy promises the stream of its generators, not what `permutation` makes of it; a printed sheet must be readable in
ten years.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_GOLDEN: Final = 0x9E3779B97F4A7C15
_FIRST: Final = 0xBF58476D1CE4E5B9
_SECOND: Final = 0x94D049BB133111EB
_64_BITS: Final = (1 << 64) - 1


def noise(count: int, *, seed: int) -> NDArray[np.uint64]:
    """The first `count` values of SplitMix64 (Steele, Lea, Flood 2014) started at `seed`."""
    state = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(seed)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(_FIRST)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(_SECOND)
    return state ^ (state >> np.uint64(31))


class Dice:
    """The same stream, one value at a time."""

    def __init__(self, *, seed: int) -> None:
        self._state = seed

    def below(self, sides: int) -> int:
        """A value from 0 to `sides` - 1."""
        self._state = self._state + _GOLDEN & _64_BITS
        mixed = (self._state ^ self._state >> 30) * _FIRST & _64_BITS
        mixed = (mixed ^ mixed >> 27) * _SECOND & _64_BITS
        return (mixed ^ mixed >> 31) % sides
