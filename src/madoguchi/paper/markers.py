"""Square markers (ArUco, dictionary 4×4) found in a picture: for whatever of ours must be found on a sheet."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]

DICTIONARY: Final = cv2.aruco.DICT_4X4_50
_FINDING_SIDES: Final = (2000, 1200, 3200)
"""Longest side, in pixels, of the pictures in which markers are looked for, one after the other."""


def markers_in(grey: Grey, numbers: Container[int]) -> dict[int, Points]:
    """Number → four outer corners in pixels, shape (4, 2), of the first size at which any of these are found.

    Corners are upper left, upper right, lower right, lower left of the upright marker. Empty when there is none.
    """
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY))
    for factor in dict.fromkeys(min(1.0, side / max(grey.shape)) for side in _FINDING_SIDES):
        small = grey if factor == 1 else cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        corners, found, _ = detector.detectMarkers(small)
        places = {
            int(number): (np.asarray(corner[0], dtype=np.float64) + 0.5) / factor - 0.5
            for number, corner in zip([] if found is None else np.ravel(found), corners, strict=True)
            if int(number) in numbers
        }
        if places:
            return places
    return {}
