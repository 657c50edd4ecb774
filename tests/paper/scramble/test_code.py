"""The error-correcting code: its tables, its encoding, and what it corrects."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.paper.scramble.code import LADDER, LENGTH, Rate, check_table, circulants, encode
from madoguchi.paper.scramble.decoding import decode
from madoguchi.paper.scramble.noise import Dice, noise

RATES = pytest.mark.parametrize("rate", LADDER, ids=lambda rate: f"{rate.information}/{LENGTH}")
TABLES = "42367a9aafa4ebeee63e49c12864076426ab916fba1f0d2767c6450755a51677"
ERASED = {0: 0.72, 1: 0.67, 2: 0.58, 3: 0.52, 4: 0.42, 5: 0.33, 6: 0.28}
"""Share of a codeword that may be missing, whichever it is: what docs/scramble-image.md promises."""


def _information(rate: Rate, seed: int, words: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 2, (words, rate.information), dtype=np.uint8)


def test_the_noise_is_that_of_the_published_generator() -> None:
    """First values of SplitMix64 from 1234567, as in the tables of Rosetta Code and of Java's SplittableRandom."""
    assert noise(3, seed=1234567).tolist() == [6457827717110365317, 3203168211198807973, 9817491932198370423]
    dice = Dice(seed=1234567)
    assert [dice.below(1 << 64) for _ in range(2)] == [6457827717110365317, 3203168211198807973]


def test_the_tables_are_those_that_were_published() -> None:
    """A printed sheet is read by whatever drew these tables; a change needs another version of the header."""
    digest = hashlib.sha256()
    for rate in LADDER:
        digest.update(check_table(rate).astype("<i4").tobytes())
    assert digest.hexdigest() == TABLES


@RATES
def test_every_check_has_equally_many_bits_and_no_two_share_two(rate: Rate) -> None:
    table = check_table(rate)
    assert table.shape[0] == rate.checks
    assert (table < 0).sum() == 1
    rows = [[each for each in circulants(rate) if each.row == row] for row in range(rate.rows)]
    assert {len(row) for row in rows} == {table.shape[1] - 2}
    by_bit: dict[int, list[int]] = {}
    for check, bits in enumerate(table[:, :-2].tolist()):
        for bit in bits:
            by_bit.setdefault(bit, []).append(check)
    pairs = [(one, two) for checks in by_bit.values() for at, one in enumerate(checks) for two in checks[at + 1 :]]
    assert len(set(pairs)) == len(pairs)
    assert not any(two - one == 1 for one, two in pairs)


@RATES
def test_a_codeword_is_the_information_and_fulfils_every_check(rate: Rate) -> None:
    information = _information(rate, seed=1, words=3)
    words = encode(rate, information)
    assert words.shape == (3, LENGTH)
    assert (words[:, : rate.information] == information).all()
    for word in np.pad(words, ((0, 0), (0, 1))):  # -1 finds the zero at the end
        assert not np.bitwise_xor.reduce(word[check_table(rate)], axis=1).any()


@RATES
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_share_below_the_limit_may_be_missing(rate: Rate, seed: int) -> None:
    information = _information(rate, seed)
    soft = (1 - 2 * encode(rate, information)[0].astype(np.float32)) * 4
    missing = np.random.default_rng(seed).permutation(LENGTH)[: int(ERASED[rate.index] * LENGTH)]
    soft[missing] = 0
    read = decode(rate, soft)
    assert read is not None
    assert (read == information[0]).all()


@RATES
def test_noise_that_turns_bits_over_is_corrected(rate: Rate) -> None:
    share = rate.information / LENGTH
    sigma = np.sqrt(1 / (2 * share * 10**0.2))  # Eb/N0 of 2.0 dB
    information = _information(rate, seed=2)
    sent = 1 - 2 * encode(rate, information)[0].astype(np.float32)
    heard = sent + np.float32(sigma) * np.random.default_rng(3).standard_normal(LENGTH).astype(np.float32)
    assert (heard * sent < 0).sum() > 2_000
    read = decode(rate, heard * np.float32(2 / sigma**2))
    assert read is not None
    assert (read == information[0]).all()


def test_nothing_and_noise_alone_are_given_up() -> None:
    heard = np.random.default_rng(4).standard_normal(LENGTH).astype(np.float32)
    assert decode(LADDER[4], heard) is None
