"""Sending: stops at once, packages in order, an empty delta as a heartbeat, for as long as the process lives."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from madoguchi.errors import MadoguchiError
from madoguchi.records.drop import package_name, write_dropped
from madoguchi.runtime import log
from madoguchi.runtime.caller import Caller, PeerRefused
from madoguchi.runtime.clock import JST, Clock
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.runtime.problems import BAD_ANSWER, CONFIG
from madoguchi.statement import Signer
from madoguchi.tax import outbox
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.outbox import Outgoing, Wish
from madoguchi.tax.problems import EMPTY_LEDGER
from madoguchi.wire.codec import decode
from madoguchi.wire.feed import FeedPackage, FeedReceipt, StopReceipt

SENT_PACKAGE = log.event("tax.package_sent", "sequence")
SENT_STOP = log.event("tax.stop_sent", "number")
NOT_SENT = log.event("tax.not_sent", "code", "cause", "place")

_PACKAGE_SECONDS = 120.0
_STOP_SECONDS = 10.0


class Sender:
    """Keeps the ward's issuing server informed. Any of its intakes will do: they share one database.

    Raises `runtime.config` when no intake is configured.
    """

    def __init__(self, config: TaxConfig, *, pool: Pool, caller: Caller, signer: Signer, clock: Clock) -> None:
        self._config = config
        self._pool = pool
        self._caller = caller
        self._signer = signer
        self._clock = clock
        self._intakes = [peer.url for peer in config.peers if peer.party == "intake" and peer.url]
        if not self._intakes:
            raise CONFIG.error("no intake with an address among the peers")
        self._turn = 0
        self._next_heartbeat = 0.0

    async def run(self) -> None:
        """Send for ever; whatever could not be sent is logged and tried again, at the next intake."""
        while True:
            taken = await self._guarded_look()
            self._turn += not taken
            await asyncio.sleep(self._config.watch_seconds if taken else self._config.retry_seconds)

    async def look(self) -> bool:
        """One look at the outbox: stops first, then packages. Whether everything that waited is taken.

        A new package is made when the ledger has changed, and as a heartbeat when it is due.
        """
        stops_taken = await self._send_stops()
        await self._send_packages()
        if await self._make_package():
            await self._send_packages()
        return stops_taken

    async def _guarded_look(self) -> bool:
        try:
            return await self.look()
        except MadoguchiError as failure:
            _not_sent(failure)
        except Exception as failure:  # the loop must live: without it the ward's data grows old unnoticed
            log.get_log().error(NOT_SENT, code=type(failure).__name__, place=log.place_of(failure))
        return False

    @property
    def _intake(self) -> str:
        return self._intakes[self._turn % len(self._intakes)]

    async def _send_stops(self) -> bool:
        """A stop that is refused waits and holds back no other: the next may name another person."""
        async with transaction(self._pool) as connection:
            waiting = await outbox.unsent_stops(connection)
        taken = 0
        for each in waiting:
            try:
                await self._caller.post(
                    self._intake, "/v1/feed/stops", each.body, answer=StopReceipt, timeout=_STOP_SECONDS
                )
            except PeerRefused as failure:
                _not_sent(failure)
                continue
            async with transaction(self._pool) as connection:
                await outbox.stop_acknowledged(connection, each.number)
            taken += 1
            log.get_log().info(SENT_STOP, number=each.number)
        return taken == len(waiting)

    async def _send_packages(self) -> None:
        async with transaction(self._pool) as connection:
            waiting = await outbox.unsent_packages(connection)
        for each in waiting:
            package = decode(each.body, type=FeedPackage)
            if self._config.drop_directory is not None:
                await drop(self._config.drop_directory, each, self._pool)
                continue
            receipt = await self._caller.post(
                self._intake, "/v1/feed/packages", package, answer=FeedReceipt, timeout=_PACKAGE_SECONDS
            )
            if receipt.sequence != each.number:
                raise BAD_ANSWER.error("a receipt for another package")
            async with transaction(self._pool) as connection:
                await outbox.package_acknowledged(connection, each.number)
            log.get_log().info(SENT_PACKAGE, sequence=each.number)

    async def _make_package(self) -> bool:
        """Whether a package was made; of an empty ledger there is nothing to tell."""
        async with transaction(self._pool) as connection:
            wish = Wish(content="snapshot") if await self._night_is_due(connection) else None
            if (
                wish is None
                and self._clock.monotonic() < self._next_heartbeat
                and not await outbox.is_behind(connection)
            ):
                return False
            try:
                await outbox.make_package(
                    connection, signer=self._signer, ward=self._config.ward, at=self._clock.now(), wish=wish
                )
            except MadoguchiError as failure:
                if failure.code != EMPTY_LEDGER.code:
                    raise
                return False
        self._next_heartbeat = self._clock.monotonic() + self._config.heartbeat_seconds
        return True

    async def _night_is_due(self, connection: Connection) -> bool:
        """Whether the hour of the nightly snapshot has come since the last one was made."""
        if self._config.nightly_at is None or not await outbox.has_packages(connection):
            return False
        now = self._clock.now().astimezone(JST)
        hour, minute = map(int, self._config.nightly_at.split(":"))
        due = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        due -= timedelta(days=int(due > now))
        last = await outbox.last_snapshot_at(connection)
        return last is None or last < due


async def drop(directory: Path, package: Outgoing, pool: Pool) -> None:
    """Write a package into a drop directory, and settle it: from there on it is the receiver's."""
    body = decode(package.body, type=FeedPackage)
    await asyncio.to_thread(
        write_dropped, directory, name=package_name(package.number), manifest=body.manifest, files=body.files
    )
    async with transaction(pool) as connection:
        await outbox.package_acknowledged(connection, package.number)
    log.get_log().info(SENT_PACKAGE, sequence=package.number)


def _not_sent(failure: MadoguchiError) -> None:
    cause = failure.cause if failure.cause.isascii() else ""
    log.get_log().warning(NOT_SENT, code=failure.code, cause=cause[: log.MAX_VALUE_CHARACTERS])
