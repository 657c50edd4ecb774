"""From brightness to soft cells: contrast made even, neighbours' ink taken out, doubt measured at the pilots."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.scramble.decoding import Soft
from madoguchi.paper.scramble.field import BLOCK, COLUMNS, HEIGHT, PILOT, PILOT_AT, ROWS, WIDTH, field
from madoguchi.paper.scramble.registration import SAMPLES, Floats, Registered

_CONTRAST_SAMPLES: Final = 81
"""Side of the square whose mean is grey and whose spread is contrast: some forty cells."""
_FLAT_SAMPLES: Final = 15
_FLAT: Final = 0.3
"""Share of the usual spread below which a spot says nothing: a patch, a hole, a blot."""
_SPARSE: Final = 4
"""Every so many samples of what hardly differs from its neighbours."""
_TAPS: Final = 3
"""Cells in each direction that the equaliser looks at, at every sample."""
_TRAINED_FROM: Final = 0.55
"""Likeness of a pilot that the equaliser learns from."""
_RIDGE: Final = 1e-2
_MOST: Final = np.float32(8)


def soft_cells(seen: Registered) -> Soft:
    """Log-likelihood ratios, above zero for light: shape (HEIGHT, WIDTH), zero where nothing can be said."""
    even, flat = _even(seen.samples)
    phases = [np.ascontiguousarray(even[row::SAMPLES, column::SAMPLES]) for row in (0, 1) for column in (0, 1)]
    places, sent = _pilot_cells()
    trained = (seen.likeness > _TRAINED_FROM)[places[0] // BLOCK, places[1] // BLOCK]
    weights = _learned(phases, places[:, trained], sent[trained])
    heard = np.full((HEIGHT, WIDTH), weights[-1], dtype=np.float32)
    for phase, taps in zip(phases, weights[:-1].reshape(len(phases), _TAPS, _TAPS), strict=True):
        heard += np.asarray(cv2.filter2D(phase, cv2.CV_32F, taps, borderType=cv2.BORDER_REFLECT))
    soft = np.clip(heard * _trust(heard, places, sent, seen.likeness), -_MOST, _MOST)
    soft[flat] = 0
    return np.asarray(soft, dtype=np.float32)


def _even(samples: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Brightness in local spreads from the local mean, and which cells lie in a flat spot."""
    squares = samples * samples
    mean = cv2.blur(samples, (_CONTRAST_SAMPLES,) * 2)
    spread = np.sqrt(np.maximum(cv2.blur(squares, (_CONTRAST_SAMPLES,) * 2) - mean * mean, 1.0))
    even = np.asarray((samples - mean) / spread, dtype=np.float32)
    near, near_squares = (cv2.blur(each, (_FLAT_SAMPLES,) * 2)[::SAMPLES, ::SAMPLES] for each in (samples, squares))
    here = np.sqrt(np.maximum(near_squares - near * near, 0.0))
    usual = float(np.percentile(spread[::_SPARSE, ::_SPARSE], 75))
    return even, np.asarray(here < _FLAT * usual)


def _pilot_cells() -> tuple[NDArray[np.int64], Floats]:
    """Rows and columns of every pilot cell, and what it shows: 1 light, -1 dark."""
    inside = np.arange(PILOT) + PILOT_AT
    blocks = field().pilot_blocks
    rows = (blocks[:, 0, None, None] * BLOCK + inside[None, :, None]).repeat(PILOT, axis=2).ravel()
    columns = (blocks[:, 1, None, None] * BLOCK + inside[None, None, :]).repeat(PILOT, axis=1).ravel()
    return np.stack([rows, columns]), 1 - 2 * field().fixed[rows, columns].astype(np.float32)


def _learned(phases: list[Floats], places: NDArray[np.int64], sent: Floats) -> Floats:
    """The linear filter that makes this scan's pilots what they are: per phase 3 × 3 taps, then a constant."""
    rows, columns = places
    steps = range(-(_TAPS // 2), _TAPS // 2 + 1)
    heard = np.stack(
        [phase[rows + down, columns + across] for phase in phases for down in steps for across in steps]
        + [np.ones(len(sent), dtype=np.float32)],
        axis=1,
    )
    square = heard.T @ heard + _RIDGE * max(len(sent), 1) * np.eye(heard.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(square, heard.T @ sent), dtype=np.float32)


def _trust(heard: Floats, places: NDArray[np.int64], sent: Floats, likeness: Floats) -> Floats:
    """What to multiply with for log-likelihoods, cell by cell: 2 · gain / noise of the pilots around."""
    agreed = (heard[places[0], places[1]] * sent).reshape(-1, PILOT * PILOT)
    blocks = field().pilot_blocks
    sums = np.zeros((ROWS, COLUMNS, 3), dtype=np.float32)
    sums[blocks[:, 0], blocks[:, 1]] = np.stack(
        [agreed.mean(axis=1), (agreed**2).mean(axis=1), np.ones(len(agreed))], axis=1
    )
    around = np.asarray(cv2.GaussianBlur(sums, (3, 3), 0.6, borderType=cv2.BORDER_CONSTANT))
    count = np.maximum(around[..., 2], 1e-3)
    gain = np.maximum(around[..., 0] / count, 0)
    noise = np.maximum(around[..., 1] / count - gain**2, 0.02)
    trust = np.where((likeness > 0) | (sums[..., 2] == 0), 2 * gain / noise, 0)
    return np.asarray(trust.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1), dtype=np.float32)
