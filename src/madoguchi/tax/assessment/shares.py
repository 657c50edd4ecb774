"""A pair of amounts: the ward's and the metropolis's."""

from __future__ import annotations

from msgspec import Struct


class Shares(Struct, frozen=True):
    """Two amounts in yen."""

    ward: int
    metropolitan: int

    @property
    def both(self) -> int:
        """The two together."""
        return self.ward + self.metropolitan


NOTHING = Shares(0, 0)
