"""Soft decoding: layered min-sum over the checks (Hocevar 2004; scaled as by Chen and Fossorier 2002).

A layer is one row of circulants: 360 checks that share no bit, so that numpy works on all of them at once. Nothing is
compiled at run time: a server under `MemoryDenyWriteExecute` may decode.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.code import GROUP, LENGTH, Bits, Rate, check_table, encode

Soft = NDArray[np.float32]
"""Log-likelihood ratios: above zero for a 0, below for a 1, zero for an erasure."""

_SCALES: Final = (0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8)
"""By rung: how much of what a check says is believed. Chosen by measurement: checks of few bits exaggerate less."""
_ITERATIONS: Final = 80
_PATIENCE: Final = 25
"""Iterations without fewer broken checks after which a word is given up: what decodes, decodes steadily."""
_COLUMNS: Final = np.arange(GROUP)


def decode(rate: Rate, soft: Soft) -> Bits | None:
    """The information bits of one codeword, or None. Whether they are right is the envelope's to say."""
    hard = (soft < 0).astype(np.uint8)
    information = hard[: rate.information]
    if soft.all() and np.array_equal(encode(rate, information[None])[0], hard):
        return information  # an undamaged word, as the center finds each of its own
    word = _Word(rate, soft)
    fewest, since = rate.checks + 1, 0
    for _ in range(_ITERATIONS):
        word.listen_once()
        broken = word.broken_checks()
        if broken == 0:
            return word.bits()[: rate.information]
        fewest, since = (broken, 0) if broken < fewest else (fewest, since + 1)
        if since >= _PATIENCE:
            return None
    return None


class _Word:
    """What is believed of each bit, and what each check has told it so far."""

    def __init__(self, rate: Rate, soft: Soft) -> None:
        self._layers = _layers(rate)
        self._scale = np.float32(_SCALES[rate.index])
        # The very first check has one bit less; its place is taken by a bit that is certainly 0, at the end.
        self._belief = np.append(soft, np.float32(np.inf)).astype(np.float32)
        self._told = np.zeros(self._layers.shape, dtype=np.float32)

    def listen_once(self) -> None:
        """Every check once, each hearing what the ones before it have said."""
        for bits, told in zip(self._layers, self._told, strict=True):
            heard = self._belief[bits] - told
            odd = np.logical_xor.reduce(heard < 0, axis=0)
            sizes = np.abs(heard)
            at = sizes.argmin(axis=0)
            least = sizes[at, _COLUMNS]
            sizes[at, _COLUMNS] = np.inf
            told[:] = self._scale * least
            told[at, _COLUMNS] = self._scale * sizes.min(axis=0)
            np.negative(told, out=told, where=(heard < 0) != odd)
            self._belief[bits] = heard + told

    def broken_checks(self) -> int:
        """How many checks find an odd number of ones."""
        ones = self._belief < 0
        return int(np.logical_xor.reduce(ones[self._layers], axis=1).sum())

    def bits(self) -> Bits:
        """The word as it stands."""
        return (self._belief[:LENGTH] < 0).astype(np.uint8)


@cache
def _layers(rate: Rate) -> NDArray[np.intp]:
    """`check_table` by rows of circulants: shape (rows, most, GROUP); -1 is the last place, of the certain bit."""
    by_row = check_table(rate).reshape(GROUP, rate.rows, -1)
    return np.ascontiguousarray(by_row.transpose(1, 2, 0)).astype(np.intp)
