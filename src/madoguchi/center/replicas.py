"""Calling one of several replicas of a party, at most once.

The one exception to "nothing is tried twice": when not a byte can have reached a replica (its connection was refused),
the next one is asked. As soon as a byte may have been sent, its answer, or the lack of one, stands.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import TypeVar

from madoguchi.runtime.caller import CallError

Answer = TypeVar("Answer")


class Replicas:
    """The addresses of one party's replicas, taken in turn."""

    def __init__(self, urls: Sequence[str]) -> None:
        if not urls:
            msg = "a party has at least one replica"
            raise ValueError(msg)
        self._urls = tuple(urls)
        self._turn = count()

    async def ask(self, call: Callable[[str], Awaitable[Answer]]) -> Answer:
        """Call `call(url)` on the next replica. Raises what the last call raised."""
        first = next(self._turn)
        for step in range(len(self._urls)):
            try:
                return await call(self._urls[(first + step) % len(self._urls)])
            except CallError as error:
                if error.sent or step + 1 == len(self._urls):
                    raise
        raise AssertionError
