"""The marks of one sheet: its back, and the reading of that back by another way than it was made."""

from __future__ import annotations

import hmac
from typing import Literal

from madoguchi.center.problems import MARKS_FAILED
from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import make_back, read_back


def back_of(paper_number: bytes) -> bytes:
    """The back of the sheet with this number, a one-page PDF. Raises `paper.*`."""
    return make_back(paper_number)


def check_back(back: bytes, *, paper_number: bytes) -> None:
    """The finished back, decoded as a receiver would, speaks of this number. Raises `center.marks_failed`."""
    try:
        found = read_back(back)
    except MadoguchiError as failure:
        raise MARKS_FAILED.error(failure.code) from failure
    if found != paper_number:
        raise MARKS_FAILED.error("the back speaks of another sheet")


def marks_digest(mark: bytes, *, side: Literal["front", "back"], secret: bytes) -> bytes:
    """HMAC-SHA-256 of a mark's very bytes under the transaction's random octets."""
    return hmac.digest(secret, b"madoguchi marks " + side.encode() + mark, "sha256")
