"""Where every cell of the field lies in a picture: markers, then pilots, then a smooth mesh between them.

1. Markers say roughly where the field is and which way up (one is enough, if its neighbourhood can be followed).
2. A plane picture of the field is drawn by what is known so far; every pilot near what is known is looked for in it.
3. What the found pilots say gives a better plane and is smoothed over the mesh of blocks, and 2 is done again, further
   out and closer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from madoguchi.paper.markers import markers_in
from madoguchi.paper.problems import SCRAMBLE_NOT_FOUND
from madoguchi.paper.scramble.field import (
    BLOCK,
    COLUMNS,
    HEIGHT,
    MARKER_MODULE,
    MARKERS,
    PILOT,
    PILOT_AT,
    ROWS,
    WIDTH,
    field,
    marker_corners,
)

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Floats = NDArray[np.float32]

SAMPLES: Final = 2
"""Per cell and direction."""
_MOST_PIXELS_PER_CELL, _WANTED_PIXELS_PER_CELL = 3.0, 2.5
_LEAST_PIXELS_PER_CELL: Final = 0.9
_LIKENESS: Final = 0.5
"""Correlation from which a pilot counts as found: noise reaches 0.4 among the places that are tried."""
_SEARCH_CELLS: Final = (4, 4, 3, 3, 2)
"""How far a pilot is looked for in each round."""
_REACH_BLOCKS: Final = (6, 12, 24, 60, 60)
"""How far from something known pilots are looked for in each round."""
_ENOUGH_ROUNDS: Final = 2
"""Over the whole field: the second one only makes the first one exact."""
_LEAST_PILOTS: Final = 12
_LEAST_FOR_AFFINE, _LEAST_FOR_PERSPECTIVE, _LEAST_SPREAD_BLOCKS = 24, 60, 6
"""Pilots from which a plane is fitted, and how far apart they must lie both ways."""
_OFF_PLANE_PIXELS: Final = 4.0
_STEP: Final = 8
"""Cells between the nodes of the mesh that is drawn by; between them it is straight."""
_LARGEST_JUMP_CELLS: Final = 1.0
"""Between a pilot and the middle of its neighbours: more is a mistake."""


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """A field drawn flat and upright."""

    samples: Floats
    """Shape (SAMPLES · HEIGHT, SAMPLES · WIDTH), brightness."""
    likeness: Floats
    """Shape (ROWS, COLUMNS): correlation of each block's pilot, 0 where there is none."""
    markers: int
    """How many were found."""


def register(grey: Grey) -> Registered:
    """Raises `paper.scramble_not_found`."""
    found = find_markers(grey)
    cells = np.concatenate([marker_corners(number) for number in found])
    pixels = np.concatenate(list(found.values()))
    grey, pixels = _at_a_useful_size(grey, pixels)
    mesh = _Mesh(cells, pixels)
    rounds_everywhere = 0
    for search, reach in zip(_SEARCH_CELLS, _REACH_BLOCKS, strict=True):
        wanted = mesh.within(reach)
        mesh.correct(*_pilots(mesh.flat(grey), wanted, search=search))
        if not wanted.all():
            mesh.fit_plane()
        rounds_everywhere += bool(wanted.all())
        if rounds_everywhere == _ENOUGH_ROUNDS:
            break
    samples = mesh.flat(grey)
    likeness, _ = _pilots(samples, mesh.within(_REACH_BLOCKS[-1]), search=1)
    if (likeness > _LIKENESS).sum() < _LEAST_PILOTS:
        raise SCRAMBLE_NOT_FOUND.error("markers, but no pilots")
    return Registered(samples, likeness, len(found))


def find_markers(grey: Grey) -> dict[int, Points]:
    """Number → four corners in pixels. Raises `paper.scramble_not_found`."""
    places = markers_in(grey, range(len(MARKERS)))
    if not places:
        raise SCRAMBLE_NOT_FOUND.error("no marker")
    return places


def _at_a_useful_size(grey: Grey, pixels: Points) -> tuple[Grey, Points]:
    """Pictures finer than needed are made smaller, which averages their noise; too coarse ones are refused."""
    sides = np.linalg.norm(np.diff(pixels.reshape(-1, 4, 2), axis=1), axis=2)
    per_cell = float(np.median(sides)) / (6 * MARKER_MODULE)
    if per_cell < _LEAST_PIXELS_PER_CELL:
        raise SCRAMBLE_NOT_FOUND.error("fewer pixels than cells")
    if per_cell <= _MOST_PIXELS_PER_CELL:
        return grey, pixels
    factor = _WANTED_PIXELS_PER_CELL / per_cell
    small = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    exact = np.array([small.shape[1] / grey.shape[1], small.shape[0] / grey.shape[0]])
    return np.asarray(small, dtype=np.uint8), (pixels + 0.5) * exact - 0.5


class _Mesh:
    """From cells to pixels: a plane seen in perspective, and per block how far the paper is off that plane."""

    def __init__(self, cells: Points, pixels: Points) -> None:
        self._plane = _plane(cells, pixels)
        self._off = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
        """In cells."""
        self._sure = np.zeros((ROWS, COLUMNS), dtype=np.float32)
        """Likeness of the pilots that the last round found."""
        self._known = np.zeros((ROWS, COLUMNS), dtype=bool)
        for x, y in cells:
            self._known[min(int(y) // BLOCK, ROWS - 1), min(int(x) // BLOCK, COLUMNS - 1)] = True

    def within(self, reach: int) -> NDArray[np.bool_]:
        """Blocks at most so far from a known one."""
        kernel = np.ones((2 * reach + 1, 2 * reach + 1), dtype=np.uint8)
        return np.asarray(cv2.dilate(self._known.astype(np.uint8), kernel)).astype(bool)

    def flat(self, grey: Grey) -> Floats:
        """The field as it lies in the picture, drawn flat."""
        nodes_x = (np.arange(-1, WIDTH // _STEP + 1, dtype=np.float32) + 0.5) * _STEP
        nodes_y = (np.arange(-1, HEIGHT // _STEP + 1, dtype=np.float32) + 0.5) * _STEP
        across, down = np.meshgrid(nodes_x, nodes_y)
        blocks = across / BLOCK - 0.5, down / BLOCK - 0.5
        off = cv2.remap(self._off, *blocks, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        places = np.stack([across, down], axis=-1) + off
        seen = cv2.perspectiveTransform(places.reshape(1, -1, 2).astype(np.float64), self._plane)
        seen = seen.reshape(*across.shape, 2).astype(np.float32)
        size = len(nodes_x) * _STEP * SAMPLES, len(nodes_y) * _STEP * SAMPLES
        edge = _STEP * SAMPLES
        everywhere = cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR)[edge:-edge, edge:-edge]
        across, down = (np.ascontiguousarray(everywhere[..., axis]) for axis in (0, 1))
        drawn = cv2.remap(grey, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(drawn, dtype=np.float32)

    def correct(self, likeness: Floats, shifts: Floats) -> None:
        """Take in what was found: shape (ROWS, COLUMNS), and with (x, y) in cells."""
        good = likeness > _LIKENESS
        middle = _local_median(shifts, good)
        good &= np.abs(shifts - middle).max(axis=2) < _LARGEST_JUMP_CELLS
        if not good.any():
            return
        self._known |= good
        self._sure = np.where(good, likeness, 0).astype(np.float32)
        self._off = self._off + _smoothed(shifts, self._sure)

    def fit_plane(self) -> None:
        """The plane through all pilots of the last round, where they spread wide enough to tell it.

        The corners of a single marker say little about the far side of a sheet: half of the pilots would be missed.
        """
        rows, columns = np.nonzero(self._sure)
        if len(rows) < _LEAST_FOR_AFFINE or min(np.ptp(rows), np.ptp(columns)) < _LEAST_SPREAD_BLOCKS:
            return
        cells = (np.stack([columns, rows], axis=1).astype(np.float64) + 0.5) * BLOCK
        pixels = cv2.perspectiveTransform((cells + self._off[rows, columns])[None].astype(np.float64), self._plane)[0]
        plane = _plane_through(cells, pixels)
        if plane is None:
            return
        off = np.zeros_like(self._off)
        off[rows, columns] = cv2.perspectiveTransform(pixels[None], np.linalg.inv(plane))[0] - cells
        self._plane, self._off = plane, _smoothed(off, self._sure)


def _plane_through(cells: Points, pixels: Points) -> NDArray[np.float64] | None:
    """Perspective where many pilots tell it, else affine; None where they lie on no plane at all."""
    if len(cells) >= _LEAST_FOR_PERSPECTIVE:
        found, _ = cv2.findHomography(cells, pixels, cv2.RANSAC, _OFF_PLANE_PIXELS)
        return None if found is None else np.asarray(found, dtype=np.float64)
    affine, _ = cv2.estimateAffine2D(cells, pixels, method=cv2.RANSAC, ransacReprojThreshold=_OFF_PLANE_PIXELS)
    return None if affine is None else np.vstack([affine, [0, 0, 1]])


def _plane(cells: Points, pixels: Points) -> NDArray[np.float64]:
    """Four markers or more give the perspective; fewer are too close together for it."""
    if len(cells) >= 4 * 3:
        found, _ = cv2.findHomography(cells, pixels, cv2.RANSAC, 8.0)
        if found is not None:
            return np.asarray(found, dtype=np.float64)
    ones = np.column_stack([cells, np.ones(len(cells))])
    solved, *_ = np.linalg.lstsq(ones, pixels, rcond=None)
    return np.vstack([solved.T, [0, 0, 1]])


def _pilots(samples: Floats, wanted: NDArray[np.bool_], *, search: int) -> tuple[Floats, Floats]:
    """Likeness and shift in cells of every wanted block's pilot."""
    likeness = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    shifts = np.zeros((ROWS, COLUMNS, 2), dtype=np.float32)
    margin, side = search * SAMPLES, PILOT * SAMPLES
    patterns = _patterns()
    for number, (row, column) in enumerate(field().pilot_blocks.tolist()):
        if not wanted[row, column]:
            continue
        top = (row * BLOCK + PILOT_AT) * SAMPLES - margin
        left = (column * BLOCK + PILOT_AT) * SAMPLES - margin
        patch = samples[top : top + side + 2 * margin, left : left + side + 2 * margin]
        answer = np.asarray(cv2.matchTemplate(patch, patterns[number], cv2.TM_CCOEFF_NORMED), dtype=np.float32)
        _, best, _, (x, y) = cv2.minMaxLoc(answer)
        likeness[row, column] = best if np.isfinite(best) else 0
        shifts[row, column] = (
            (x + _between(answer[y, :], x) - margin) / SAMPLES,
            (y + _between(answer[:, x], y) - margin) / SAMPLES,
        )
    return likeness, shifts


@cache
def _patterns() -> list[Floats]:
    """Every pilot as it should look, light above dark."""
    light = 1 - field().fixed.astype(np.float32)
    double = np.ones((SAMPLES, SAMPLES), dtype=np.float32)
    return [
        np.kron(
            light[
                row * BLOCK + PILOT_AT : row * BLOCK + PILOT_AT + PILOT,
                column * BLOCK + PILOT_AT : column * BLOCK + PILOT_AT + PILOT,
            ],
            double,
        ).astype(np.float32)
        for row, column in field().pilot_blocks.tolist()
    ]


def _between(line: Floats, at: int) -> float:
    """Where between samples the top of a parabola lies."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = line[at - 1 : at + 2].tolist()
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else float(min(max(0.5 * (before - after) / bend, -0.5), 0.5))


def _local_median(shifts: Floats, good: NDArray[np.bool_]) -> Floats:
    """Over 5 × 5 blocks, of the good ones."""
    known = np.where(good[..., None], shifts, np.nan)
    padded = np.pad(known, ((2, 2), (2, 2), (0, 0)), constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, (5, 5), axis=(0, 1)).reshape(ROWS, COLUMNS, 2, 25)
    counted = np.isfinite(around).sum(axis=3)
    ordered = np.sort(around, axis=3)  # NaN comes last
    at = np.maximum(counted - 1, 0) // 2
    middle = np.take_along_axis(ordered, at[..., None], axis=3)[..., 0]
    return np.asarray(np.where(counted > 0, middle, 0), dtype=np.float32)


def _smoothed(shifts: Floats, weights: Floats) -> Floats:
    """Known shifts averaged with their neighbours; unknown blocks take what lies nearest."""
    total = np.zeros_like(shifts)
    mass = np.zeros((ROWS, COLUMNS, 1), dtype=np.float32)
    for spread, trust in ((1.0, 1.0), (3.0, 1e-3), (12.0, 1e-7)):
        near = cv2.GaussianBlur(weights, (0, 0), spread, borderType=cv2.BORDER_CONSTANT)
        moved = cv2.GaussianBlur(shifts * weights[..., None], (0, 0), spread, borderType=cv2.BORDER_CONSTANT)
        total += trust * moved
        mass += trust * np.asarray(near)[..., None]
    return np.asarray(total / np.maximum(mass, 1e-20), dtype=np.float32)
