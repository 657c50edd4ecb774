"""The intake's wire contract: the tax system of the ward sends, nobody else."""

from __future__ import annotations

from typing import Final

from madoguchi.issuer.feed import FeedTaker
from madoguchi.issuer.problems import (
    FEED_CONTENT,
    FEED_GAP,
    FEED_OTHER_WARD,
    FEED_ROWS,
    FEED_TIME,
    STOP_OUT_OF_ORDER,
)
from madoguchi.issuer.store.problems import FEED_BROKEN_OFF, FEED_BUSY
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.wire.feed import FeedPackage, FeedReceipt, StopReceipt

MAX_PACKAGE_BYTES: Final = 512 * 1024 * 1024
"""A snapshot of a large ward: a hundred thousand residents over eight years are some 200 MB."""
_TAX: Final = frozenset({"tax"})


class Service:
    """The handlers of one intake."""

    def __init__(self, feed: FeedTaker) -> None:
        self._feed = feed

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every route of the intake."""
        return (
            Endpoint(
                method="POST",
                path="/v1/feed/packages",
                handler=self._package,
                callers=_TAX,
                summary="Take a package, all or nothing",
                request=FeedPackage,
                answer=FeedReceipt,
                max_bytes=MAX_PACKAGE_BYTES,
                problems=(
                    FEED_OTHER_WARD,
                    FEED_GAP,
                    FEED_CONTENT,
                    FEED_ROWS,
                    FEED_TIME,
                    FEED_BUSY,
                    FEED_BROKEN_OFF,
                ),
            ),
            Endpoint(
                method="POST",
                path="/v1/feed/stops",
                handler=self._stop,
                callers=_TAX,
                summary="Put a stop in force, or lift it",
                request=bytes,
                answer=StopReceipt,
                problems=(FEED_OTHER_WARD, FEED_TIME, STOP_OUT_OF_ORDER),
            ),
        )

    async def _package(self, call: Call[FeedPackage]) -> FeedReceipt:
        return await self._feed.package(call.body)

    async def _stop(self, call: Call[bytes]) -> StopReceipt:
        return await self._feed.stop(call.body)
