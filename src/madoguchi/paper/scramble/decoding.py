"""Soft decoding: layered min-sum over the checks (Hocevar 2004; scaled as by Chen and Fossorier 2002).

Its compiler, numba, is loaded by the first sheet that needs it, takes a second, and leaves its work in a cache.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.code import Bits, Rate, check_table, encode

Soft = NDArray[np.float32]
"""Log-likelihood ratios: above zero for a 0, below for a 1, zero for an erasure."""

_SCALES: Final = (0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8)
"""By rung: how much of what a check says is believed. Chosen by measurement: checks of few bits exaggerate less."""
_ITERATIONS: Final = 80
_PATIENCE: Final = 25
"""Iterations without fewer broken checks after which a word is given up: what decodes, decodes steadily."""


def decode(rate: Rate, soft: Soft) -> Bits | None:
    """The information bits of one codeword, or None. Whether they are right is the envelope's to say."""
    hard = (soft < 0).astype(np.uint8)
    information = hard[: rate.information]
    if soft.all() and np.array_equal(encode(rate, information[None])[0], hard):
        return information  # an undamaged word, as the center finds each of its own
    scale = np.float32(_SCALES[rate.index])
    bits, broken = _min_sum()(np.ascontiguousarray(soft), check_table(rate), scale, _ITERATIONS, _PATIENCE)
    return None if broken else bits[: rate.information]


@cache
def _min_sum() -> Callable[..., tuple[Bits, int]]:
    import numba

    compiled: Callable[..., tuple[Bits, int]] = numba.njit(cache=True, nogil=True)(min_sum)
    return compiled


def min_sum(soft: Any, table: Any, scale: Any, iterations: int, patience: int) -> tuple[Any, int]:  # noqa: C901, PLR0912 - one loop nest, compiled as a whole
    """Bits, and how many checks they break. Written for the compiler: plain loops over numbers."""
    belief = soft.copy()
    checks, most = table.shape
    told = np.zeros((checks, most), dtype=np.float32)
    heard = np.zeros(most, dtype=np.float32)
    fewest, since = checks + 1, 0
    broken = checks
    for _ in range(iterations):
        for check in range(checks):
            least, second, at, odd = np.float32(np.inf), np.float32(np.inf), -1, False
            for edge in range(most):
                bit = table[check, edge]
                if bit < 0:
                    continue
                value = belief[bit] - told[check, edge]
                heard[edge] = value
                size = abs(value)
                odd ^= value < 0
                if size < least:
                    least, second, at = size, least, edge
                elif size < second:
                    second = size
            for edge in range(most):
                bit = table[check, edge]
                if bit < 0:
                    continue
                answer = scale * (second if edge == at else least)
                if odd != (heard[edge] < 0):
                    answer = -answer
                told[check, edge] = answer
                belief[bit] = heard[edge] + answer
        broken = 0
        for check in range(checks):
            odd = False
            for edge in range(most):
                bit = table[check, edge]
                if bit >= 0:
                    odd ^= belief[bit] < 0
            broken += odd
        if broken == 0:
            break
        if broken < fewest:
            fewest, since = broken, 0
        else:
            since += 1
            if since >= patience:
                break
    return (belief < 0).astype(np.uint8), broken
