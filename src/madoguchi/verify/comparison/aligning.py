"""A photo or scan of a front laid over the front that was drawn again, pixel over pixel.

1. Points that look alike in both pictures say how the plane of the paper lies.
2. Patches with ink in them are looked for near their places, and the paper is bent as they say: rollers and hands
   leave no sheet plane.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from madoguchi.verify.comparison.redrawn import Grey
from madoguchi.verify.problems import NOT_ALIGNED

Points = NDArray[np.float32]
Matrix = NDArray[np.float64]

_LOOKED_AT: Final = 1000
"""Longest side, in pixels, of the pictures in which points are looked for."""
_POINTS: Final = 2000
_RATIO: Final = 0.8
"""Lowe 2004: the best match must be so much nearer than the second."""
_LEAST_POINTS: Final = 25
_OFF_PLANE: Final = 8.0
"""Pixels off the plane at which a point still belongs to it: bent paper is that far off its middle plane."""
_GRID: Final = 16
"""Pixels between the nodes of the map from front to scan; between them it is straight."""
_HALF: Final = 40
"""Half the side of a patch, in pixels."""
_ROUNDS: Final = ((24, 128), (10, 64), (4, 64))
"""Of each round: how far patches are looked for, and how far they lie apart, in pixels."""
_LIKENESS: Final = 0.55
_EDGES: Final = 6.0
"""Of neighbours in a patch, in levels a pixel, from which it says where it is in that direction: a rule alone says
nothing of where along the rule it was found."""
_JUMP: Final = 3.0
"""Pixels between a patch and the middle of its neighbours: more is a mistake."""
_NEAR, _FAR, _FAR_WEIGHT = 1.2, 4.0, 0.02
"""How far around, in patches, what is found counts; and further out, where nothing near was found."""


def align(scan: Grey, front: Grey) -> Grey:
    """The scan in the frame of `front`. Raises `verify.not_aligned` when too little of it is seen."""
    plane = _plane(front, scan)
    scan, plane = _no_finer_than(front, scan, plane)
    bent = _Bent(scan, front.shape, plane)
    soft = np.asarray(cv2.GaussianBlur(front, (0, 0), 1.5), dtype=np.uint8)
    told = tuple(_steps(soft, axis) >= _EDGES**2 for axis in (1, 0))
    for search, step in _ROUNDS:
        found = _found(bent.seen(), soft, told, search=search, step=step)
        bent.correct(found, start=_HALF + search, step=step)
    return bent.seen()


def _resized(picture: Grey, factor: float) -> Grey:
    if factor >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _plane(front: Grey, scan: Grey) -> Matrix:
    """From pixels of the front to pixels of the scan."""
    small, little = (_LOOKED_AT / max(picture.shape) for picture in (front, scan))
    finder = cv2.SIFT.create(nfeatures=_POINTS)
    at_front, like_front = finder.detectAndCompute(_resized(front, small), None)
    at_scan, like_scan = finder.detectAndCompute(_resized(scan, little), None)
    if like_front is None or like_scan is None or min(len(at_front), len(at_scan)) < _LEAST_POINTS:
        raise NOT_ALIGNED.error("no points")
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(like_front, like_scan, k=2)
    good = [best for best, second in pairs if best.distance < _RATIO * second.distance]
    if len(good) < _LEAST_POINTS:
        raise NOT_ALIGNED.error(f"{len(good)} points")
    here = np.array([at_front[each.queryIdx].pt for each in good]) / min(small, 1)
    there = np.array([at_scan[each.trainIdx].pt for each in good]) / min(little, 1)
    plane, within = cv2.findHomography(here, there, cv2.RANSAC, _OFF_PLANE / min(little, 1), maxIters=5000)
    if plane is None or int(within.sum()) < _LEAST_POINTS:
        raise NOT_ALIGNED.error("no plane")
    return np.asarray(plane, dtype=np.float64)


def _no_finer_than(front: Grey, scan: Grey, plane: Matrix) -> tuple[Grey, Matrix]:
    """A scan of about the front's own resolution: a finer one is averaged, which takes noise out of it."""
    height, width = front.shape
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], dtype=np.float64)
    seen = cv2.contourArea(cv2.perspectiveTransform(corners, plane)[0].astype(np.float32))
    small = _resized(scan, float(np.sqrt(width * height / max(seen, 1.0))))
    exact = (small.shape[1] / scan.shape[1], small.shape[0] / scan.shape[0], 1.0)
    return small, np.diag(exact) @ plane


class _Bent:
    """The scan seen in the front's frame: a plane, and how far the paper is off it."""

    def __init__(self, scan: Grey, shape: tuple[int, ...], plane: Matrix) -> None:
        self._scan = scan
        self._shape = shape[:2]
        self._plane = plane
        rows, columns = (side // _GRID + 2 for side in self._shape)
        down, across = np.mgrid[0:rows, 0:columns].astype(np.float32) * _GRID
        self._nodes = np.stack([across, down], axis=-1)
        self._off = np.zeros_like(self._nodes)

    def seen(self) -> Grey:
        """What lies in the front's frame now."""
        places = cv2.perspectiveTransform((self._nodes + self._off).reshape(1, -1, 2).astype(np.float64), self._plane)
        grid = places.reshape(self._nodes.shape).astype(np.float32)
        height, width = self._shape
        finer = np.array([[1 / _GRID, 0, 0], [0, 1 / _GRID, 0]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        maps = [
            cv2.warpAffine(np.ascontiguousarray(grid[..., axis]), finer, (width, height), flags=how) for axis in (0, 1)
        ]
        found = cv2.remap(self._scan, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, dtype=np.uint8)

    def correct(self, found: Points, *, start: int, step: int) -> None:
        """`found`: how far each patch is still off, NaN where it was not found; the first stands at `start`."""
        smooth = _smooth(found)
        at = (self._nodes - start) / step
        across, down = (np.ascontiguousarray(at[..., axis]) for axis in (0, 1))
        self._off += cv2.remap(smooth, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _found(seen: Grey, front: Grey, told: tuple[NDArray[np.bool_], ...], *, search: int, step: int) -> Points:
    """Shape (rows, columns, 2): how far every patch of the front is off in what is seen.

    `told`: for each pixel, whether the patch around it says where it is across, and down.
    """
    edge = _HALF + search
    rows, columns = (range(edge, side - edge, step) for side in front.shape)
    found = np.full((len(rows), len(columns), 2), np.nan, dtype=np.float32)
    for i, y in enumerate(rows):
        for j, x in enumerate(columns):
            across_says, down_says = (one[y, x] for one in told)
            if not (across_says or down_says):
                continue
            patch = front[y - _HALF : y + _HALF, x - _HALF : x + _HALF]
            likeness = cv2.matchTemplate(seen[y - edge : y + edge, x - edge : x + edge], patch, cv2.TM_CCOEFF_NORMED)
            _, best, _, (across, down) = cv2.minMaxLoc(likeness)
            if best >= _LIKENESS and across_says:
                found[i, j, 0] = across + _top(likeness[down], across) - search
            if best >= _LIKENESS and down_says:
                found[i, j, 1] = down + _top(likeness[:, across], down) - search
    return found


def _steps(picture: Grey, axis: int) -> NDArray[np.float32]:
    """Mean square of the differences of neighbours along an axis, in the patch around each pixel."""
    steps = np.zeros_like(picture)
    if axis:
        cv2.absdiff(picture[:, 1:], picture[:, :-1], dst=steps[:, :-1])
    else:
        cv2.absdiff(picture[1:], picture[:-1], dst=steps[:-1])
    return np.asarray(cv2.sqrBoxFilter(steps, cv2.CV_32F, (2 * _HALF, 2 * _HALF)), dtype=np.float32)


def _top(values: NDArray[Any], at: int) -> float:
    """How far from `at`, between its neighbours, the top of a parabola lies."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, here, after = (float(each) for each in values[at - 1 : at + 2])
    bend = before - 2 * here + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend


def _smooth(found: Points) -> Points:
    """Without mistakes, and filled where nothing was found from what was found around."""
    return np.stack([_smooth_one(found[..., axis]) for axis in (0, 1)], axis=-1)


def _smooth_one(found: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        known = np.abs(found - _middle(found)) <= _JUMP  # not a number is not known
    weights = known.astype(np.float32)
    values = np.where(known, found, 0).astype(np.float32)
    near, far = (cv2.GaussianBlur(weights, (0, 0), width) for width in (_NEAR, _FAR))
    total = near + _FAR_WEIGHT * far + 1e-6
    summed = cv2.GaussianBlur(values, (0, 0), _NEAR) + _FAR_WEIGHT * cv2.GaussianBlur(values, (0, 0), _FAR)
    return np.asarray(summed / total, dtype=np.float32)


def _middle(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the 25 around each; 0 where none is known."""
    padded = np.pad(values, 2, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).reshape(*values.shape, 25)
    empty = np.isnan(around).all(axis=-1, keepdims=True)
    return np.nanmedian(np.where(empty, 0, around), axis=-1).astype(np.float32)
