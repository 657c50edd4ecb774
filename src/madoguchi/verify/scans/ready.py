"""What the process that looks loads once, so that each look begins with it in memory. Imported there only."""

from __future__ import annotations

from functools import cache

import cv2

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.fonts import FontSet
from madoguchi.runtime.fonts import find_fonts

cv2.setNumThreads(1)


@cache
def composer() -> Composer:
    """The ward's own composer, which draws a restored front again."""
    return Composer(FontSet(find_fonts()))


composer()
