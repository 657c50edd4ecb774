"""What the tax system sends: packages, all or nothing, and stop notices, at once.

A snapshot becomes a generation of its own and is switched in by one short transaction; who is not in it is forgotten. A
delta holds the people that changed, each with all rows, which replace what was there; an empty one says that nothing
changed until it was made. Whatever is wrong leaves what was in force as it was, and opens an incident.

A stop notice takes effect with its commit, which waits for the issues that have read before it (`store.visible`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.feed_rows import Package
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.problems import FEED_GAP, FEED_OTHER_WARD, FEED_TIME, STOP_OUT_OF_ORDER
from madoguchi.issuer.secrets_at_rest import Pseudonyms
from madoguchi.issuer.store.cells import Material
from madoguchi.issuer.store.generations import Replaces, Written, alone_loading, clear, merge, other, write_beside
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import material_for
from madoguchi.issuer.store.problems import FEED_BUSY
from madoguchi.issuer.store.visible import Slot, before_commit, slot_in_force
from madoguchi.issuer.trusted import TrustSource
from madoguchi.records.package import Sources
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.statement import Statement, verify
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.wire.feed import FeedManifest, FeedPackage, FeedReceipt, StopNotice, StopReceipt

SKEW: Final = timedelta(seconds=60)
"""A sender whose clock is more than a minute ahead is refused."""

Keeps = Callable[[Connection, datetime], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSecrets:
    """The ward's keys that taking in needs."""

    kek_file: Path
    index_key: bytes = field(repr=False)
    pseudonyms: Pseudonyms

    @property
    def index(self) -> BlindIndex:
        """The keyed index of persons."""
        return BlindIndex(self.index_key)


class FeedTaker:
    """Takes what the tax system of this ward sends."""

    def __init__(
        self,
        *,
        pool: Pool,
        ward: str,
        trust: TrustSource,
        secrets: FeedSecrets,
        keeps: Keeps,
        clock: Clock,
        workers: int,
    ) -> None:
        """`keeps` says from which fiscal year on rows are taken in (`store.retention`).

        `workers` is how many processes read and seal a large package.
        """
        self._pool = pool
        self._ward = ward
        self._trust = trust
        self._secrets = secrets
        self._keeps = keeps
        self._clock = clock
        self._workers = workers

    async def package(self, package: FeedPackage) -> FeedReceipt:
        """As `take`, for a package from the wire."""
        return await self.take(package.manifest, package.files)

    async def take(self, manifest: bytes, files: Sources) -> FeedReceipt:
        """Apply one package. Raises `issuer.feed_*` or `statement.*`, and then nothing has changed.

        A package that is in force already, byte for byte, is confirmed again.
        """
        try:
            return await self._take(manifest, files)
        except MadoguchiError as refused:
            if refused.code == FEED_BUSY.code:
                raise
            async with transaction(self._pool) as connection:
                at = self._clock.now()
                await incident(connection, refused.code, at=at, detail=refused.cause)
                await note(connection, "feed.refused", {"code": refused.code}, at=at)
            raise

    async def _take(self, raw: bytes, files: Sources) -> FeedReceipt:
        now = self._clock.now()
        manifest = verify(raw, FEED_MANIFEST, keys=self._trust.current().keys, code=self._ward, at=now)
        body = manifest.body
        if body.ward != self._ward:
            raise FEED_OTHER_WARD.error()
        created = datetime.fromtimestamp(body.created_at, UTC)
        if created > now + SKEW:
            raise FEED_TIME.error("created in the future")
        package = Package(manifest=body, files=files, workers=self._workers)
        async with alone_loading(self._pool) as connection:
            if not await _in_force_already(connection, manifest, created=created):
                await self._apply(connection, manifest, package, created=created)
        return FeedReceipt(sequence=body.sequence, at=epoch(self._clock.now()))

    async def _apply(
        self, connection: Connection, manifest: Statement[FeedManifest], package: Package, *, created: datetime
    ) -> None:
        """Written beside, checked to its end, and then in force by a transaction of its own."""
        body = manifest.body
        material, slot = await self._material(connection, body), await slot_in_force(connection)
        written = await write_beside(connection, lambda: package.sealed(material), slot=other(slot))
        in_force = other(slot) if body.is_whole else slot
        async with connection.transaction():
            if not body.is_whole:
                years = None if body.every_year else tuple(body.fiscal_years)
                await merge(connection, replaces=Replaces(everybody=body.content == "snapshot", years=years), slot=slot)
            await self._in_force(connection, manifest, written, created=created, slot=in_force)
        await clear(connection, other(in_force))

    async def _material(self, connection: Connection, body: FeedManifest) -> Material:
        """Keys are committed before a row is sealed under them: whoever meets one finds it in the table.

        Those made for a package that is refused stay, and the next one finds them.
        """
        now = self._clock.now()
        async with connection.transaction():
            oldest = await self._keeps(connection, now)
            return await material_for(
                connection,
                years=[year for year in body.fiscal_years if year >= oldest],
                kek_file=self._secrets.kek_file,
                index=self._secrets.index_key,
                at=now,
            )

    async def _in_force(
        self,
        connection: Connection,
        manifest: Statement[FeedManifest],
        written: Written,
        *,
        created: datetime,
        slot: Slot,
    ) -> None:
        """The last steps before the commit: from then on every issue reads this generation."""
        body, now = manifest.body, self._clock.now()
        await connection.execute(
            "UPDATE feeds SET sequence = %s, digest = %s, as_of = %s, applied_at = %s, slot = %s WHERE feed = 'tax'",
            (body.sequence, manifest.digest, created, now, slot),
        )
        evidence = {
            "sequence": body.sequence,
            "content": body.content,
            "every_year": body.every_year,
            "manifest": manifest.digest,
            "persons": written.persons,
            "records": written.records,
        }
        await before_commit(connection)
        await note(connection, "feed.applied", evidence, at=now)

    async def stop(self, raw: bytes) -> StopReceipt:
        """Put a stop in force, or lift it: committed when this returns. Raises `statement.*` or `issuer.stop_*`."""
        now = self._clock.now()
        notice = verify(raw, STOP_NOTICE, keys=self._trust.current().keys, code=self._ward, at=now)
        if notice.body.ward != self._ward:
            raise FEED_OTHER_WARD.error()
        if datetime.fromtimestamp(notice.body.at, UTC) > now + SKEW:
            raise FEED_TIME.error("a notice of the future")
        async with transaction(self._pool) as connection:
            if await _put_stop(connection, notice, person=self._secrets.index.person(notice.body.addressee_number)):
                period, pseudonym = self._secrets.pseudonyms.of(notice.body.addressee_number, at=now)
                body = {
                    "notice": notice.digest,
                    "stop": notice.body.stop,
                    "stopped": notice.body.stopped,
                    "period": period,
                    "person": pseudonym,
                }
                await before_commit(connection)
                await note(connection, "person.stop", body, at=now)
        return StopReceipt(at=epoch(now))


async def _in_force_already(connection: Connection, manifest: Statement[FeedManifest], *, created: datetime) -> bool:
    """Look at the order; nobody else applies a package meanwhile. Raises `issuer.feed_gap` or `issuer.feed_time`."""
    cursor = await connection.execute("SELECT sequence, digest, as_of FROM feeds WHERE feed = 'tax'")
    feed = await cursor.fetchone()
    if feed is None:
        raise FEED_GAP.error("no state of the feed")
    body = manifest.body
    if body.sequence == feed["sequence"] and manifest.digest == feed["digest"]:
        return True
    follows = body.sequence > feed["sequence"] if body.is_whole else body.sequence == feed["sequence"] + 1
    if not follows or (feed["digest"] is None and not body.is_whole):
        raise FEED_GAP.error(f"{body.content} {body.sequence} after {feed['sequence']}")
    if feed["as_of"] is not None and created < feed["as_of"]:
        raise FEED_TIME.error("created before what is in force")
    return False


async def _put_stop(connection: Connection, notice: Statement[StopNotice], *, person: bytes) -> bool:
    """Whether the notice changed anything. An older one never overtakes a newer one; in the same second a stop wins."""
    body = notice.body
    cursor = await connection.execute(
        "SELECT stopped, notice_at, notice_digest FROM stops WHERE person = %s AND stop = %s FOR UPDATE",
        (person, body.stop),
    )
    there = await cursor.fetchone()
    if there is not None:
        if there["notice_digest"] == notice.digest:
            return False
        newer = body.at > there["notice_at"] or (body.at == there["notice_at"] and body.stopped)
        if not newer:
            raise STOP_OUT_OF_ORDER.error(f"{there['notice_at'] - body.at} s older")
    await connection.execute(
        "INSERT INTO stops (person, stop, stopped, notice_at, notice_digest) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (person, stop) DO UPDATE SET stopped = excluded.stopped,"
        " notice_at = excluded.notice_at, notice_digest = excluded.notice_digest, applied_at = clock_timestamp()",
        (person, body.stop, body.stopped, body.at, notice.digest),
    )
    return True
