"""Pictures for a person: the restored front and the seen one, what differs framed and numbered in both."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.verify.comparison.redrawn import PER_MM, Grey
from madoguchi.verify.scans.seen import Place, PlaceKind, SeenPictures

_COLOURS: Final = {PlaceKind.CHANGED: (200, 0, 20), PlaceKind.MARKED: (0, 110, 60), PlaceKind.HIDDEN: (150, 90, 0)}
_AROUND_MM: Final = 1.0
_WIDTH: Final = 5
_CLOSE_MM: Final = (14.0, 4.0)
"""What a close-up shows around a place, across and down."""
_MOST_CLOSE: Final = 6
_GAP: Final = 12
_QUALITY: Final = 80
_QUICK: Final = 1
"""Of PNG's nine levels: the default makes a page a sixth smaller, and the visitor waits for it."""

Colour = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""


def pictures_of(restored: Grey, seen: Grey | None, places: Sequence[Place]) -> SeenPictures:
    """All pictures of one comparison; without a seen front, of the restored one alone."""
    return SeenPictures(
        restored=_encoded(restored, "PNG", compress_level=_QUICK),
        restored_marked=_halved(_framed(restored, places)),
        seen_marked=None if seen is None else _halved(_framed(seen, places)),
        close=() if seen is None else tuple(_close_ups(restored, seen, places)),
    )


def _framed(page: Grey, places: Sequence[Place], *, numbered: bool = True) -> Colour:
    picture = np.repeat(page[..., None], 3, axis=2)
    for number, place in enumerate(places, start=1):
        near = tuple(int((each - _AROUND_MM) * PER_MM) for each in (place.left, place.top))
        far = tuple(int((each + _AROUND_MM) * PER_MM) for each in (place.left + place.width, place.top + place.height))
        colour = _COLOURS[place.kind]
        cv2.rectangle(picture, near, far, colour, _WIDTH)
        if numbered:
            cv2.putText(picture, str(number), (near[0], near[1] - 10), cv2.FONT_HERSHEY_SIMPLEX, 1.6, colour, _WIDTH)
    return picture


def _close_ups(restored: Grey, seen: Grey, places: Sequence[Place]) -> Iterator[bytes]:
    """The restored place above the seen one."""
    changed = [place for place in places if place.kind is PlaceKind.CHANGED][:_MOST_CLOSE]
    for place in changed:
        across, down = _CLOSE_MM
        left, top = max(0, int((place.left - across) * PER_MM)), max(0, int((place.top - down) * PER_MM))
        right = int((place.left + place.width + across) * PER_MM)
        bottom = int((place.top + place.height + down) * PER_MM)
        pages = [_framed(page, (place,), numbered=False)[top:bottom, left:right] for page in (restored, seen)]
        gap = np.full((_GAP, pages[0].shape[1], 3), 90, dtype=np.uint8)
        yield _encoded(np.concatenate([pages[0], gap, pages[1]], axis=0), "PNG", compress_level=_QUICK)


def _halved(picture: Colour) -> bytes:
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return _encoded(np.asarray(small, dtype=np.uint8), "JPEG", quality=_QUALITY)


def _encoded(picture: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    Image.fromarray(picture).save(held, kind, **options)
    return held.getvalue()
