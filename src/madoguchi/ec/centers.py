"""The center's replicas, as this EC center sees them: probed, taken in turn, asked at most once.

Nothing is ever repeated after a byte may have been sent. When a connection was refused before that, the next healthy
replica is asked; otherwise the missing answer stands, and costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from madoguchi.ec.config import Limits
from madoguchi.ec.problems import CENTER_DOWN
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.caller import Caller, CallError
from madoguchi.runtime.endpoint import Health

Answer = TypeVar("Answer")

_IMPATIENT_SECONDS = 0.25
"""Between two probes while no replica answers: kiosks are waiting."""
CHANGED = log.event("ec.center_changed", "url", "healthy")


class Centers:
    """Which replicas are healthy, and whose turn it is."""

    def __init__(self, urls: Sequence[str], *, caller: Caller, limits: Limits) -> None:
        self._urls = tuple(urls)
        self._caller = caller
        self._limits = limits
        self._healthy: tuple[str, ...] = ()
        self._turn = 0

    @property
    def healthy(self) -> tuple[str, ...]:
        """The replicas whose last probe answered."""
        return self._healthy

    async def ask(self, call: Callable[[str], Awaitable[Answer]]) -> Answer:
        """`call(url)` on the next healthy replica. Raises `ec.center_down`; nothing is repeated once it was sent."""
        urls, self._turn = self._healthy, self._turn + 1
        if not urls:
            raise CENTER_DOWN.error("no replica answered its last probe")
        for step in range(len(urls)):
            try:
                return await call(urls[(self._turn + step) % len(urls)])
            except CallError as failure:
                if failure.sent or step + 1 == len(urls):
                    raise CENTER_DOWN.error(f"{failure.code} {failure.cause}"[:150]) from failure
        raise AssertionError

    async def probe(self) -> None:
        """Ask every replica whether it is ready."""
        answered = await asyncio.gather(*(self._ready(url) for url in self._urls))
        now = tuple(url for url, ready in zip(self._urls, answered, strict=True) if ready)
        for url in set(now) ^ set(self._healthy):
            log.get_log().info(CHANGED, url=url, healthy=url in now)
        self._healthy = now

    async def keep_probing(self) -> None:
        """Runs until cancelled."""
        while True:
            await self.probe()
            await asyncio.sleep(self._limits.probe if self._healthy else min(self._limits.probe, _IMPATIENT_SECONDS))

    async def _ready(self, url: str) -> bool:
        try:
            await self._caller.get(url, "/ready", answer=Health, timeout=self._limits.probe_answer)
        except MadoguchiError:
            return False
        return True
