"""The error-correcting code: an irregular repeat-accumulate LDPC code of 64,800 bits, in a ladder of rates.

The family of DVB-S2 (ETSI EN 302 307-1, 5.3.2): information bits in groups of 360, each group joined to checks by
circulants, parity bits that add up check after check. Degrees are those of the standard; the circulants are our own,
drawn once by a documented rule that leaves no cycle of length four, so that no table has to be copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.noise import Dice

Bits = NDArray[np.uint8]
"""One octet per bit, 0 or 1."""

LENGTH: Final = 64_800
"""Bits of a codeword, at every rate."""
GROUP: Final = 360
"""Information bits that are joined to the checks alike, each one a step further than the one before."""
_SEED: Final = 0x6D61646F67756368
_TRIES: Final = 2000


@dataclass(frozen=True, slots=True)
class Rate:
    """One rung of the ladder."""

    index: int
    """As the header of a sheet names it; also seeds the circulants."""
    information: int
    """Information bits of a codeword."""
    strong: int
    """How many groups have the high degree; the others have three."""
    degree: int
    """The high degree."""

    @property
    def checks(self) -> int:
        """Parity bits of a codeword, one per check."""
        return LENGTH - self.information

    @property
    def groups(self) -> int:
        """Groups of information bits."""
        return self.information // GROUP

    @property
    def rows(self) -> int:
        """Rows of circulants: check number modulo this."""
        return self.checks // GROUP

    @property
    def octets(self) -> int:
        """Information octets of a codeword."""
        return self.information // 8

    def degree_of(self, group: int) -> int:
        """To how many checks each bit of a group is joined."""
        return self.degree if group < self.strong else 3


LADDER: Final = (
    Rate(0, 12_960, strong=20, degree=12),
    Rate(1, 16_200, strong=15, degree=12),
    Rate(2, 21_600, strong=20, degree=12),
    Rate(3, 25_920, strong=24, degree=12),
    Rate(4, 32_400, strong=36, degree=8),
    Rate(5, 38_880, strong=36, degree=12),
    Rate(6, 43_200, strong=12, degree=13),
)
"""1/5, 1/4, 1/3, 2/5, 1/2, 3/5 and 2/3: the strongest first."""


@dataclass(frozen=True, slots=True)
class Circulant:
    """Bit j of `group` takes part in the check of `row` in column `shift` + j (modulo 360)."""

    group: int
    row: int
    shift: int


@cache
def circulants(rate: Rate) -> tuple[Circulant, ...]:
    """How information bits are joined to checks: every check has equally many. Deterministic, some 20 ms."""
    drawing = _Drawing(rate)
    return tuple(each for group in range(rate.groups) for each in drawing.group(group))


class _Drawing:
    """Draws the circulants of one rate, group after group."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._dice = Dice(seed=_SEED + rate.index)
        self._load = [0] * rate.rows
        self._differences: set[tuple[int, int, int]] = set()

    def group(self, group: int) -> list[Circulant]:
        """All circulants of the next group."""
        own: list[Circulant] = []
        for _ in range(self._rate.degree_of(group)):
            chosen = self._next(group, own)
            self._differences |= _differences(chosen, own)
            self._load[chosen.row] += 1
            own.append(chosen)
        return own

    def _next(self, group: int, own: list[Circulant]) -> Circulant:
        """One of the emptiest rows that the group does not have, at a shift that closes no cycle of four."""
        rows = self._rate.rows
        free = set(range(rows)) - {each.row for each in own}
        least = min(self._load[row] for row in free)
        emptiest = sorted(row for row in free if self._load[row] == least)
        for _ in range(_TRIES):
            tried = Circulant(group, emptiest[self._dice.below(len(emptiest))], self._dice.below(GROUP))
            beside = any(_beside(tried, each, rows=rows) for each in own)
            if not beside and not self._differences & _differences(tried, own):
                return tried
        msg = "no circulant without a short cycle"
        raise AssertionError(msg)


def _differences(one: Circulant, own: list[Circulant]) -> set[tuple[int, int, int]]:
    """Two bits of different groups share two checks exactly when a pair of rows has one difference of shifts twice."""
    return {(one.row, each.row, (one.shift - each.shift) % GROUP) for each in own} | {
        (each.row, one.row, (each.shift - one.shift) % GROUP) for each in own
    }


def _beside(one: Circulant, other: Circulant, *, rows: int) -> bool:
    """Whether a bit would take part in two checks in a row, which share a parity bit already."""
    apart = (one.row + rows * one.shift) - (other.row + rows * other.shift)
    return apart % (rows * GROUP) in {1, rows * GROUP - 1}


def encode(rate: Rate, information: Bits) -> Bits:
    """Codewords of shape (n, 64,800) of information of shape (n, rate.information): itself, then its parity."""
    words = len(information)
    twice = np.tile(information.reshape(words, rate.groups, GROUP), (1, 1, 2))
    sums = np.zeros((words, rate.rows, GROUP), dtype=np.uint8)
    for each in circulants(rate):
        sums[:, each.row] ^= twice[:, each.group, GROUP - each.shift : 2 * GROUP - each.shift]
    in_order = sums.transpose(0, 2, 1).reshape(words, rate.checks)
    parity = np.bitwise_xor.accumulate(in_order, axis=1)
    return np.concatenate([information, parity], axis=1)


@cache
def check_table(rate: Rate) -> NDArray[np.int32]:
    """Which bits each check adds up to an even number: shape (checks, most), -1 where the first check has none."""
    by_row: list[list[Circulant]] = [[] for _ in range(rate.rows)]
    for each in circulants(rate):
        by_row[each.row].append(each)
    columns = np.arange(GROUP)
    degree = len(circulants(rate)) // rate.rows
    table = np.empty((GROUP, rate.rows, degree + 2), dtype=np.int32)
    for row, joined in enumerate(by_row):
        for at, each in enumerate(joined):
            table[:, row, at] = each.group * GROUP + (columns - each.shift) % GROUP
    parity = rate.information + np.arange(rate.checks, dtype=np.int32).reshape(GROUP, rate.rows)
    table[:, :, degree] = parity
    table[:, :, degree + 1] = parity - 1
    table[0, 0, degree + 1] = -1
    return table.reshape(rate.checks, degree + 2)
