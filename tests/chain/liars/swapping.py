"""Two visits at once, each of which is given what belongs to the other."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")

_WAIT_SECONDS = 8.0


class Exchange(Generic[T]):
    """The first who gives waits for the second; both go home with the other's."""

    def __init__(self) -> None:
        self._first: tuple[T, asyncio.Future[T]] | None = None

    async def give(self, mine: T) -> T:
        """The other's. Raises TimeoutError when nobody else comes."""
        if self._first is None:
            waiting: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            self._first = (mine, waiting)
            async with asyncio.timeout(_WAIT_SECONDS):
                return await waiting
        theirs, waiting = self._first
        self._first = None
        waiting.set_result(mine)
        return theirs
