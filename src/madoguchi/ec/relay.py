"""Relaying: bytes in, the same bytes out. What is sealed stays sealed, and what is signed is not touched.

- Open: the enrolment must be of this operator, and of the kiosk to which the TLS certificate of the call is bound; the
  center verifies all the rest.
- Apply: sealed; ec sees the transaction's id and a length that was padded.
- Trust list and menus: bytes with a short life here. They are signed, with a life of their own, and verified by the
  kiosk; a stale or forged one is refused there.
"""

from __future__ import annotations

from typing import Any, Protocol, cast

from madoguchi.ec.centers import Centers
from madoguchi.ec.config import EcConfig
from madoguchi.ec.kiosks import Kiosks
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import Peer
from madoguchi.wire.transaction import ApplyAnswer, OpenAnswer, SealedMessage, SignedByKiosk


class Relay(Protocol):
    """What stands between kiosks and center; a test process hands another one to `serve` to play a lying ec."""

    async def open(self, request: SignedByKiosk, *, kiosk: Peer) -> OpenAnswer:
        """Relay an open request."""
        ...

    async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
        """Relay a sealed application."""
        ...

    async def fetch(self, path: str) -> bytes:
        """Raw statement bytes from the center."""
        ...


class HonestRelay:
    """The real one."""

    def __init__(self, config: EcConfig, *, caller: Caller, centers: Centers, kiosks: Kiosks, clock: Clock) -> None:
        self._limits = config.limits
        self._caller = caller
        self._centers = centers
        self._kiosks = kiosks
        self._clock = clock
        self._kept: dict[str, tuple[float, bytes]] = {}

    async def open(self, request: SignedByKiosk, *, kiosk: Peer) -> OpenAnswer:
        """Once, to one replica. Raises `ec.*`, `statement.*`."""
        self._kiosks.enrolled(request.enrolment, kiosk=kiosk)
        answered = await self._centers.ask(
            lambda url: self._caller.post(
                url, "/v1/open", request, answer=cast("Any", OpenAnswer), timeout=self._limits.open
            )
        )
        return cast("OpenAnswer", answered)

    async def apply(self, message: SealedMessage, *, kiosk: Peer) -> ApplyAnswer:
        """Once, to one replica, whichever opened it: the center's truth is in its database. Raises `ec.*`."""
        self._kiosks.bound(kiosk)
        answered = await self._centers.ask(
            lambda url: self._caller.post(
                url, "/v1/apply", message, answer=cast("Any", ApplyAnswer), timeout=self._limits.apply
            )
        )
        return cast("ApplyAnswer", answered)

    async def fetch(self, path: str) -> bytes:
        """The center's bytes, at most `limits.cache` seconds old. Raises `ec.center_down`."""
        now = self._clock.monotonic()
        kept = self._kept.get(path)
        if kept is not None and now - kept[0] < self._limits.cache:
            return kept[1]
        raw = await self._centers.ask(lambda url: self._caller.get(url, path, answer=bytes, timeout=self._limits.fetch))
        self._kept[path] = (now, raw)
        return raw
