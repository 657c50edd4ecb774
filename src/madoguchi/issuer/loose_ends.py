"""What could not be written because the database was away: tried again every second until it is.

A process that dies with loose ends leaves them to its successor (`serve.settle_dead`); nothing here is the only truth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from madoguchi.runtime import log

Work = Callable[[], Awaitable[None]]

_EVERY_SECONDS: Final = 1.0
TIED = log.event("issuer.loose_end_tied", "what", "transaction")
STILL_LOOSE = log.event("issuer.loose_ends", "number", "kind", "place")


class LooseEnds:
    """Of one process. Every piece of work must be safe to do twice: whether a lost commit happened is unknown."""

    def __init__(self) -> None:
        self._work: dict[tuple[str, bytes], Work] = {}

    def __len__(self) -> int:
        return len(self._work)

    def wait_for(self, what: str) -> bool:
        """Whether there is work of this kind."""
        return any(kind == what for kind, _ in self._work)

    def add(self, what: str, transaction: bytes, work: Work) -> None:
        """Do `work` when the database is back. `what` is a static word for the log."""
        self._work[what, transaction] = work

    async def tie(self) -> None:
        """Try each once; what fails again stays."""
        for key, work in list(self._work.items()):
            try:
                await work()
            except Exception as error:  # the others may succeed: a full disk still has room for some
                place = log.place_of(error)
                log.get_log().warning(STILL_LOOSE, number=len(self._work), kind=type(error).__name__, place=place)
            else:
                del self._work[key]
                log.get_log().info(TIED, what=key[0], transaction=key[1].hex())

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.tie()
