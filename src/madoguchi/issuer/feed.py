"""What the tax system sends: packages, all or nothing, and stop notices, at once.

A package is applied in one transaction or not at all; whatever is wrong leaves what was in force as it was, and opens
an incident. A snapshot is the whole truth: who is not in it is forgotten. A delta holds the people that changed, each
with all rows, which replace what was there; an empty one says that nothing changed until it was made.

A stop notice takes effect with its commit. It locks the person's row, as the last transaction of an issuance does, so
that one of the two comes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.feed_rows import SealedPackage, SealedPerson, SealedYear, read_package
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.problems import FEED_GAP, FEED_OTHER_WARD, FEED_TIME, STOP_OUT_OF_ORDER
from madoguchi.issuer.secrets_at_rest import ColumnKey, Pseudonyms
from madoguchi.issuer.trusted import TrustSource
from madoguchi.records.package import Sources
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.statement import Statement, verify
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.wire.feed import FeedManifest, FeedPackage, FeedReceipt, StopNotice, StopReceipt

SKEW: Final = timedelta(seconds=60)
"""A sender whose clock is more than a minute ahead is refused."""
_BATCH: Final = 2000

T = TypeVar("T")


class FeedTaker:
    """Takes what the tax system of this ward sends."""

    def __init__(
        self, *, pool: Pool, ward: str, trust: TrustSource, columns: ColumnKey, pseudonyms: Pseudonyms, clock: Clock
    ) -> None:
        self._pool = pool
        self._ward = ward
        self._trust = trust
        self._columns = columns
        self._pseudonyms = pseudonyms
        self._clock = clock

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
        sealed = await asyncio.to_thread(read_package, body, files, key=self._columns)
        async with transaction(self._pool) as connection:
            return await self._apply(connection, manifest, sealed, created=created)

    async def _apply(
        self, connection: Connection, manifest: Statement[FeedManifest], sealed: SealedPackage, *, created: datetime
    ) -> FeedReceipt:
        body, now = manifest.body, self._clock.now()
        receipt = FeedReceipt(sequence=body.sequence, at=epoch(now))
        if await _in_force_already(connection, manifest, created=created):
            return receipt
        await _write(connection, body, sealed)
        await connection.execute(
            "UPDATE feeds SET sequence = %s, digest = %s, as_of = %s, applied_at = %s WHERE feed = 'tax'",
            (body.sequence, manifest.digest, created, now),
        )
        evidence = {
            "sequence": body.sequence,
            "content": body.content,
            "manifest": manifest.digest,
            "persons": len(sealed.persons),
            "records": len(sealed.records),
        }
        await note(connection, "feed.applied", evidence, at=now)
        return receipt

    async def stop(self, raw: bytes) -> StopReceipt:
        """Put a stop in force, or lift it: committed when this returns. Raises `statement.*` or `issuer.stop_*`."""
        now = self._clock.now()
        notice = verify(raw, STOP_NOTICE, keys=self._trust.current().keys, code=self._ward, at=now)
        if notice.body.ward != self._ward:
            raise FEED_OTHER_WARD.error()
        if datetime.fromtimestamp(notice.body.at, UTC) > now + SKEW:
            raise FEED_TIME.error("a notice of the future")
        async with transaction(self._pool) as connection:
            await connection.execute(
                "SELECT FROM persons WHERE addressee_number = %s FOR UPDATE", (notice.body.addressee_number,)
            )
            if await _put_stop(connection, notice):
                period, pseudonym = self._pseudonyms.of(notice.body.addressee_number, at=now)
                body = {
                    "notice": notice.digest,
                    "stop": notice.body.stop,
                    "stopped": notice.body.stopped,
                    "period": period,
                    "person": pseudonym,
                }
                await note(connection, "person.stop", body, at=now)
        return StopReceipt(at=epoch(now))


async def _in_force_already(connection: Connection, manifest: Statement[FeedManifest], *, created: datetime) -> bool:
    """Lock the feed and look at the order. Raises `issuer.feed_gap` or `issuer.feed_time`."""
    cursor = await connection.execute("SELECT sequence, digest, as_of FROM feeds WHERE feed = 'tax' FOR UPDATE")
    feed = await cursor.fetchone()
    if feed is None:
        raise FEED_GAP.error("no state of the feed")
    body = manifest.body
    if body.sequence == feed["sequence"] and manifest.digest == feed["digest"]:
        return True
    follows = body.sequence > feed["sequence"] if body.content == "snapshot" else body.sequence == feed["sequence"] + 1
    if not follows or (feed["digest"] is None and body.content == "delta"):
        raise FEED_GAP.error(f"{body.content} {body.sequence} after {feed['sequence']}")
    if feed["as_of"] is not None and created < feed["as_of"]:
        raise FEED_TIME.error("created before what is in force")
    return False


async def _write(connection: Connection, body: FeedManifest, sealed: SealedPackage) -> None:
    """Persons first: their rows are locked before anything of theirs changes, as an issuance locks them."""
    for persons in _batches(sealed.persons):
        await _write_persons(connection, persons, sequence=body.sequence)
    for table, rows in (("records", sealed.records), ("instalments", sealed.instalments)):
        for years in _batches(rows):
            await connection.execute(_WRITE_YEARS[table], (body.sequence, *_columns_of(years)))
    for forget in _FORGET if body.content == "snapshot" else _REPLACED:
        whose = sorted(row.addressee_number for row in sealed.persons)
        await connection.execute(forget, {"sequence": body.sequence, "whose": whose})


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


async def _write_persons(connection: Connection, rows: Sequence[SealedPerson], *, sequence: int) -> None:
    await connection.execute(
        "INSERT INTO persons (addressee_number, suppression, removal, removal_date, sealed, feed_sequence)"
        " SELECT *, %s::bigint FROM unnest(%s::text[], %s::boolean[], %s::text[], %s::date[], %s::bytea[])"
        " ON CONFLICT (addressee_number) DO UPDATE SET suppression = excluded.suppression,"
        " removal = excluded.removal, removal_date = excluded.removal_date, sealed = excluded.sealed,"
        " feed_sequence = excluded.feed_sequence, version = nextval('record_versions')",
        (
            sequence,
            [row.addressee_number for row in rows],
            [row.suppression for row in rows],
            [row.removal for row in rows],
            [row.removal_date for row in rows],
            [row.sealed for row in rows],
        ),
    )


def _columns_of(rows: Sequence[SealedYear]) -> tuple[list[str], list[int], list[bytes]]:
    return [row.addressee_number for row in rows], [row.fiscal_year for row in rows], [row.sealed for row in rows]


_WRITE_YEARS: Final = {
    table: f"INSERT INTO {table} (addressee_number, fiscal_year, sealed, feed_sequence)"  # noqa: S608 - our own names
    " SELECT *, %s::bigint FROM unnest(%s::text[], %s::integer[], %s::bytea[])"
    " ON CONFLICT (addressee_number, fiscal_year) DO UPDATE SET sealed = excluded.sealed,"
    " feed_sequence = excluded.feed_sequence"
    for table in ("records", "instalments")
}
_FORGET: Final = tuple(
    f"DELETE FROM {table} WHERE feed_sequence <> %(sequence)s"  # noqa: S608 - our own names
    for table in ("instalments", "records", "persons")
)
_REPLACED: Final = tuple(
    f"DELETE FROM {table} WHERE feed_sequence <> %(sequence)s"  # noqa: S608 - our own names
    " AND addressee_number = ANY(%(whose)s)"
    for table in ("instalments", "records")
)
"""What a person no longer has, after a snapshot and after a delta."""


async def _put_stop(connection: Connection, notice: Statement[StopNotice]) -> bool:
    """Whether the notice changed anything. An older one never overtakes a newer one; in the same second a stop wins."""
    body = notice.body
    cursor = await connection.execute(
        "SELECT stopped, notice_at, notice_digest FROM stops WHERE addressee_number = %s AND stop = %s FOR UPDATE",
        (body.addressee_number, body.stop),
    )
    there = await cursor.fetchone()
    if there is not None:
        if there["notice_digest"] == notice.digest:
            return False
        newer = body.at > there["notice_at"] or (body.at == there["notice_at"] and body.stopped)
        if not newer:
            raise STOP_OUT_OF_ORDER.error(f"{there['notice_at'] - body.at} s older")
    await connection.execute(
        "INSERT INTO stops (addressee_number, stop, stopped, notice_at, notice_digest) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (addressee_number, stop) DO UPDATE SET stopped = excluded.stopped,"
        " notice_at = excluded.notice_at, notice_digest = excluded.notice_digest, applied_at = clock_timestamp()",
        (body.addressee_number, body.stop, body.stopped, body.at, notice.digest),
    )
    return True
