"""Pictures for a person: the restored front and the seen one beside each other, what differs framed in both."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np
from PIL import Image

from madoguchi.verify.comparison.redrawn import PER_MM, Grey

if TYPE_CHECKING:
    from madoguchi.verify.compare_command import Place

_COLOURS: Final = {"changed": (200, 0, 20), "marked": (0, 110, 60), "hidden": (150, 90, 0)}
_AROUND_MM: Final = 1.0
_WIDTH: Final = 5
_GAP: Final = 40


def side_by_side(restored: Grey, seen: Grey, places: Iterable[Place]) -> Grey:
    """RGB; restored left, seen right. Shape (height, 2 · width + gap, 3)."""
    pages = [np.repeat(page[..., None], 3, axis=2) for page in (restored, seen)]
    for place in places:
        near = tuple(int((each - _AROUND_MM) * PER_MM) for each in (place.left, place.top))
        far = tuple(int((each + _AROUND_MM) * PER_MM) for each in (place.left + place.width, place.top + place.height))
        for page in pages:
            cv2.rectangle(page, near, far, _COLOURS[place.kind], _WIDTH)
    gap = np.full((restored.shape[0], _GAP, 3), 90, dtype=np.uint8)
    return np.concatenate([pages[0], gap, pages[1]], axis=1)


def write_png(picture: Grey, file: Path) -> None:
    """Grey or RGB, readable by this user alone: it is somebody's certificate."""
    file.touch(mode=0o600)
    Image.fromarray(picture).save(file, "PNG")
