"""The outbox: a snapshot, then deltas, in order, kept until the issuing server has them; stops at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.records.package import PackageRecords, read_package
from madoguchi.runtime.database import Pool, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.tax import ledger, outbox
from madoguchi.wire.codec import decode
from madoguchi.wire.feed import FeedManifest, FeedPackage, StopNotice
from tests.sites import PLAN, signer_of, trust_of
from tests.tax.conftest import export

AT = datetime.now(UTC)
WARD = PLAN.ward.code
ONE = "0000000001"


class Desk:
    """What a clerk of the tax section and the sender do, each in a transaction of its own."""

    def __init__(self, pool: Pool, identities: Identities) -> None:
        self.pool = pool
        self.signer = signer_of(identities, "tax-1", code=WARD)
        self.keys = trust_of(identities)

    async def load(self, *numbers: int) -> None:
        async with transaction(self.pool) as connection:
            await ledger.load(connection, export(*numbers))

    async def package(self) -> int:
        async with transaction(self.pool) as connection:
            return await outbox.make_package(connection, signer=self.signer, ward=WARD, at=AT)

    async def stop(self, number: str = ONE, *, stopped: bool = True, at: datetime = AT) -> None:
        async with transaction(self.pool) as connection:
            await ledger.suppress(connection, number, suppressed=stopped)
            await outbox.make_stop(
                connection, number, stop="suppression", stopped=stopped, signer=self.signer, ward=WARD, at=at
            )

    async def behind(self) -> bool:
        async with transaction(self.pool) as connection:
            return await outbox.is_behind(connection)

    async def packages(self) -> list[tuple[FeedManifest, PackageRecords]]:
        """What waits, believed and read as the issuing server does."""
        async with transaction(self.pool) as connection:
            waiting = [decode(each.body, type=FeedPackage) for each in await outbox.unsent_packages(connection)]
        made = []
        for package in waiting:
            manifest = verify(package.manifest, FEED_MANIFEST, keys=self.keys, code=WARD, at=AT).body
            made.append((manifest, read_package(manifest, package.files)))
        return made

    async def stops(self) -> list[StopNotice]:
        async with transaction(self.pool) as connection:
            waiting = await outbox.unsent_stops(connection)
        return [verify(each.body, STOP_NOTICE, keys=self.keys, code=WARD, at=AT).body for each in waiting]

    async def acknowledge(self, number: int) -> None:
        async with transaction(self.pool) as connection:
            await outbox.package_acknowledged(connection, number)


@pytest.fixture
def desk(pool: Pool, site_identities: Identities) -> Desk:
    return Desk(pool, site_identities)


def people(records: PackageRecords) -> list[str]:
    return [each.addressee_number[-1] for each in records.residents]


async def test_of_an_empty_ledger_there_is_nothing_to_tell(desk: Desk) -> None:
    with pytest.raises(MadoguchiError, match=r"tax\.empty_ledger"):
        await desk.package()
    assert not await desk.behind()
    assert await desk.packages() == []


async def test_first_everything_then_what_changed_then_a_heartbeat(desk: Desk) -> None:
    await desk.load(1, 2)
    assert await desk.behind()
    assert await desk.package() == 1
    assert not await desk.behind()
    await desk.stop()
    assert await desk.behind()
    assert [await desk.package(), await desk.package()] == [2, 3]
    found = await desk.packages()
    assert [(manifest.sequence, manifest.content) for manifest, _ in found] == [
        (1, "snapshot"),
        (2, "delta"),
        (3, "delta"),
    ]
    assert [people(records) for _, records in found] == [["1", "2"], ["1"], []]
    assert [each.residents[0].suppression for _, each in found[:2]] == [False, True]
    assert {manifest.ward for manifest, _ in found} == {WARD}


async def test_whoever_is_gone_from_a_new_export_is_gone_at_the_ward(desk: Desk) -> None:
    await desk.load(1, 2)
    await desk.package()
    await desk.load(2)
    assert await desk.behind()
    await desk.package()
    ((manifest, records),) = await desk.packages()  # the snapshot says it all: the first is not sent any more
    assert (manifest.sequence, manifest.content, people(records)) == (2, "snapshot", ["2"])
    await desk.package()
    assert [(each.sequence, each.content) for each, _ in await desk.packages()] == [(2, "snapshot"), (3, "delta")]


async def test_what_is_acknowledged_goes_with_all_before_it(desk: Desk, pool: Pool) -> None:
    await desk.load(1)
    for _ in range(3):
        await desk.package()
    await desk.acknowledge(2)
    assert [manifest.sequence for manifest, _ in await desk.packages()] == [3]
    await desk.acknowledge(2)  # once more, after an answer that was lost
    async with transaction(pool) as connection:
        cursor = await connection.execute("SELECT count(*) AS kept FROM packages WHERE package IS NOT NULL")
        assert await cursor.fetchone() == {"kept": 1}


async def test_makers_at_once_make_one_sequence(desk: Desk) -> None:
    await desk.load(1)
    assert sorted(await asyncio.gather(*(desk.package() for _ in range(4)))) == [1, 2, 3, 4]


async def test_a_stop_is_in_the_ledger_and_the_outbox_or_in_neither(desk: Desk) -> None:
    await desk.load(1)
    await desk.stop()
    (notice,) = await desk.stops()
    assert (notice.addressee_number, notice.stop, notice.stopped) == (ONE, "suppression", True)
    with pytest.raises(MadoguchiError, match=r"tax\.no_such_person"):
        await desk.stop("0000000009")
    assert len(await desk.stops()) == 1


async def test_a_failure_after_the_ledger_takes_the_stop_back(desk: Desk, pool: Pool) -> None:
    await desk.load(1)

    async def stop_with_a_word_nobody_knows() -> None:
        async with transaction(pool) as connection:
            await ledger.suppress(connection, ONE, suppressed=True)
            await connection.execute("INSERT INTO stops (addressee_number, stop, notice_at) VALUES ('1', 'never', 0)")

    with pytest.raises(psycopg.errors.CheckViolation):
        await stop_with_a_word_nobody_knows()
    await desk.package()
    ((_, records),) = await desk.packages()
    assert not records.residents[0].suppression


async def test_of_two_notices_in_one_second_the_later_one_is_later(desk: Desk) -> None:
    await desk.load(1, 2)
    await desk.stop(at=AT)
    await desk.stop(stopped=False, at=AT)
    await desk.stop(at=AT - timedelta(seconds=5))  # the clock was set back
    await desk.stop("0000000002", at=AT)
    seconds = int(AT.timestamp())
    assert [(each.at - seconds, each.stopped) for each in await desk.stops()] == [
        (0, True),
        (1, False),
        (2, True),
        (0, True),
    ]


async def test_acknowledged_stops_are_not_sent_again(desk: Desk, pool: Pool) -> None:
    await desk.load(1, 2)
    await desk.stop()
    await desk.stop("0000000002")
    async with transaction(pool) as connection:
        first, _second = await outbox.unsent_stops(connection)
        await outbox.stop_acknowledged(connection, first.number)
    assert [each.addressee_number for each in await desk.stops()] == ["0000000002"]
