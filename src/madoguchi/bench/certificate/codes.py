"""Squares that were drawn beforehand, where only placing them is measured."""

from __future__ import annotations

from madoguchi.paper.qr import Modules


class Codes:
    """Drawn squares by front code: what an engine is given, so that only placing them is its affair."""

    def __init__(self) -> None:
        self.drawn: dict[bytes, Modules] = {}

    def __call__(self, code: bytes) -> Modules:
        """The square of a code that was drawn before. KeyError for any other."""
        return self.drawn[code]
