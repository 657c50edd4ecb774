"""How often anybody may check: a bucket of tokens per address, and one for everybody together."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from madoguchi.runtime.clock import Clock
from madoguchi.verify.config import LimitsSection
from madoguchi.verify.problems import TOO_MANY

_ADDRESSES: Final = 10_000
"""Remembered at once; the longest unused is forgotten first. An address stands in this memory only, never in a log."""


@dataclass(slots=True)
class _Bucket:
    """Tokens that come back with time."""

    tokens: float
    at: float

    def take(self, *, per_second: float, most: float, now: float) -> bool:
        self.tokens = min(most, self.tokens + (now - self.at) * per_second)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Rate:
    """Counts checks. For the event loop's thread alone."""

    def __init__(self, limits: LimitsSection, *, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._all = _Bucket(limits.all_per_minute, clock.monotonic())
        self._by_address: OrderedDict[str, _Bucket] = OrderedDict()

    def expect_room(self, request: Request) -> None:
        """Count one check. Raises `verify.too_many`."""
        limits, now = self._limits, self._clock.monotonic()
        address = self._address(request)
        bucket = self._by_address.pop(address, None) or _Bucket(limits.burst, now)
        self._by_address[address] = bucket
        if len(self._by_address) > _ADDRESSES:
            self._by_address.popitem(last=False)
        if not bucket.take(per_second=limits.per_minute / 60, most=limits.burst, now=now):
            raise TOO_MANY.error("one address")
        if not self._all.take(per_second=limits.all_per_minute / 60, most=limits.all_per_minute, now=now):
            raise TOO_MANY.error("all together")

    def _address(self, request: Request) -> str:
        header = self._limits.address_header
        told = request.headers.get(header, "") if header else ""
        return told or (request.client.host if request.client else "")
