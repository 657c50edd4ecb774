"""Calling one of several replicas of a party, at most once.

The one exception to "nothing is tried twice": when not a byte can have reached a replica (its connection was refused),
the next one is asked. As soon as a byte may have been sent, its answer, or the lack of one, stands.

A replica that said that it does not serve now (503: a stranger, a clock that is off, a database away) is asked last for
some seconds. That repeats nothing: it only is another one's turn next time.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Final, TypeVar

from madoguchi.runtime.caller import CallError, PeerRefused

Answer = TypeVar("Answer")
LAST_SECONDS: Final = 5.0
_NOT_SERVING: Final = 503


class Replicas:
    """The addresses of one party's replicas, taken in turn."""

    def __init__(self, urls: Sequence[str], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        if not urls:
            msg = "a party has at least one replica"
            raise ValueError(msg)
        self._urls = tuple(urls)
        self._turn = count()
        self._monotonic = monotonic
        self._not_serving_until = dict.fromkeys(self._urls, float("-inf"))

    async def ask(self, call: Callable[[str], Awaitable[Answer]]) -> Answer:
        """Call `call(url)` on the next replica. Raises what the last call raised."""
        order = self._order()
        for step, url in enumerate(order, start=1):
            try:
                return await call(url)
            except CallError as error:
                if isinstance(error, PeerRefused) and error.status == _NOT_SERVING:
                    self._not_serving_until[url] = self._monotonic() + LAST_SECONDS
                if error.sent or step == len(order):
                    raise
        raise AssertionError

    def _order(self) -> list[str]:
        first, now = next(self._turn) % len(self._urls), self._monotonic()
        in_turn = self._urls[first:] + self._urls[:first]
        return sorted(in_turn, key=lambda url: self._not_serving_until[url] > now)
