"""What the document's colours mean: sRGB, as an output intent (ISO 19005-2, 6.2.3)."""

from __future__ import annotations

from functools import cache
from typing import Final

from PIL import ImageCms

_DATE: Final = slice(24, 36)
"""When the profile was made (ICC.1:2010, 7.2.8): the same for ever, because equal papers have equal bytes."""
_FIXED_DATE: Final = bytes.fromhex("07e4 0001 0001 0000 0000 0000")
_ID: Final = slice(84, 100)
"""An MD5 of the profile; zero is "not calculated" (7.2.18)."""


@cache
def srgb_profile() -> bytes:
    """An ICC profile of sRGB, as littleCMS writes one."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_DATE] = _FIXED_DATE
    made[_ID] = bytes(16)
    return bytes(made)
