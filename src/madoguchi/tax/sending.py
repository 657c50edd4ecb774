"""Sending: stops at once, packages in order, an empty delta as a heartbeat, for as long as the process lives."""

from __future__ import annotations

import asyncio

from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Pool, transaction
from madoguchi.statement import Signer
from madoguchi.tax import outbox
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.problems import EMPTY_LEDGER
from madoguchi.wire.codec import decode
from madoguchi.wire.feed import FeedPackage, FeedReceipt, StopReceipt

SENT_PACKAGE = log.event("tax.package_sent", "sequence")
SENT_STOP = log.event("tax.stop_sent", "number")
NOT_SENT = log.event("tax.not_sent", "code")

_PACKAGE_SECONDS = 120.0
_STOP_SECONDS = 10.0


class Sender:
    """Keeps the ward's issuers informed. Any one replica will do: they share one database."""

    def __init__(self, config: TaxConfig, *, pool: Pool, caller: Caller, signer: Signer, clock: Clock) -> None:
        self._config = config
        self._pool = pool
        self._caller = caller
        self._signer = signer
        self._clock = clock
        self._issuers = [peer.url for peer in config.peers if peer.party == "issuer" and peer.url]
        self._turn = 0
        self._next_package = 0.0

    async def run(self) -> None:
        """Send for ever; a failure is logged and tried again at the next look."""
        while True:
            try:
                await self.look()
            except MadoguchiError as failure:
                if failure.code != EMPTY_LEDGER.code:
                    log.get_log().warning(NOT_SENT, code=failure.code)
                self._turn += 1
            await asyncio.sleep(self._config.watch_seconds)

    async def look(self) -> None:
        """One look at the outbox: stops first, then packages, then the heartbeat when it is due."""
        await self._send_stops()
        await self._send_packages()
        if self._clock.monotonic() >= self._next_package:
            async with transaction(self._pool) as connection:
                await outbox.make_package(connection, signer=self._signer, ward=self._config.ward, at=self._clock.now())
            self._next_package = self._clock.monotonic() + self._config.heartbeat_seconds
            await self._send_packages()

    @property
    def _issuer(self) -> str:
        return self._issuers[self._turn % len(self._issuers)]

    async def _send_stops(self) -> None:
        async with transaction(self._pool) as connection:
            waiting = await outbox.unsent_stops(connection)
        for each in waiting:
            await self._caller.post(
                self._issuer, "/v1/feed/stops", each.body, answer=StopReceipt, timeout=_STOP_SECONDS
            )
            async with transaction(self._pool) as connection:
                await outbox.stop_acknowledged(connection, each.number)
            log.get_log().info(SENT_STOP, number=each.number)

    async def _send_packages(self) -> None:
        async with transaction(self._pool) as connection:
            waiting = await outbox.unsent_packages(connection)
        for each in waiting:
            package = decode(each.body, type=FeedPackage)
            await self._caller.post(
                self._issuer, "/v1/feed/packages", package, answer=FeedReceipt, timeout=_PACKAGE_SECONDS
            )
            async with transaction(self._pool) as connection:
                await outbox.package_acknowledged(connection, each.number)
            log.get_log().info(SENT_PACKAGE, sequence=each.number)
