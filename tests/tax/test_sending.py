"""Sending over real mutual TLS to a ward that answers, refuses, is silent, or loses its answer on the way."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from madoguchi.deployment.configs import Site
from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError, Problem
from madoguchi.issuer.problems import FEED_ROWS, STOP_OUT_OF_ORDER
from madoguchi.records import Collection
from madoguchi.records.drop import open_dropped, package_name, waiting
from madoguchi.records.package import read_package
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.database import Pool, transaction
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.runtime.problems import INTERNAL
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.statement import verify
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.tax import ledger, outbox
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.desk import Desk, Term
from madoguchi.tax.sending import Sender
from madoguchi.wire.feed import FeedPackage, FeedReceipt, StopReceipt
from tests.sites import PLAN, answering, config_of, signer_of, small_site, trust_of
from tests.tax.conftest import export

WARD = PLAN.ward.code
ONE, TWO = "0000000001", "0000000002"


class Ward:
    """An issuing server that only takes; what it refuses, or takes without saying so, is up to the test."""

    def __init__(self, identities: Identities) -> None:
        self.keys = trust_of(identities)
        self.taken: list[str] = []
        self.taken_any = asyncio.Event()
        self.bodies: list[FeedPackage] = []
        self.refuse_packages: Problem | None = None
        self.refuse_stop_of: str | None = None
        self.lose_answers = 0
        self.bend = 0

    async def package(self, call: Call[FeedPackage]) -> FeedReceipt:
        manifest = verify(call.body.manifest, FEED_MANIFEST, keys=self.keys, code=WARD, at=datetime.now(UTC)).body
        self.bodies.append(call.body)
        if self.refuse_packages is not None:
            raise self.refuse_packages.error()
        self._lose()
        self.taken.append(f"{manifest.content} {manifest.sequence}")
        self.taken_any.set()
        return FeedReceipt(sequence=manifest.sequence + self.bend, at=5)

    async def stop(self, call: Call[bytes]) -> StopReceipt:
        notice = verify(call.body, STOP_NOTICE, keys=self.keys, code=WARD, at=datetime.now(UTC)).body
        if notice.addressee_number == self.refuse_stop_of:
            raise STOP_OUT_OF_ORDER.error()
        self._lose()
        self.taken.append(f"stop {notice.addressee_number}")
        return StopReceipt(at=5)

    def _lose(self) -> None:
        if self.lose_answers:
            self.lose_answers -= 1
            raise INTERNAL.error()

    def endpoints(self) -> tuple[Endpoint, ...]:
        tax = frozenset({"tax"})
        return (
            Endpoint(
                method="POST",
                path="/v1/feed/packages",
                handler=self.package,
                callers=tax,
                request=FeedPackage,
                answer=FeedReceipt,
                summary="take",
            ),
            Endpoint(
                method="POST",
                path="/v1/feed/stops",
                handler=self.stop,
                callers=tax,
                request=bytes,
                answer=StopReceipt,
                summary="stop",
            ),
        )


class Office:
    """The tax system with its sender, and the wards it sends to."""

    def __init__(self, site: Site, pool: Pool) -> None:
        self.site, self.pool = site, pool
        self.config = config_of(site, "tax-1", TaxConfig)
        self.signer = signer_of(site.identities, "tax-1", code=WARD)
        self.clock = FrozenClock(datetime.now(UTC))
        self.ward = Ward(site.identities)
        self.caller = Caller(self.config)

    def sender(self, **changes: object) -> Sender:
        config = msgspec.structs.replace(self.config, **changes)
        return Sender(config, pool=self.pool, caller=self.caller, signer=self.signer, clock=self.clock)

    async def load(self, *numbers: int) -> None:
        async with transaction(self.pool) as connection:
            await ledger.load(connection, export(*numbers))

    async def stop(self, number: str) -> None:
        async with transaction(self.pool) as connection:
            await ledger.suppress(connection, number, suppressed=True)
            await outbox.make_stop(
                connection,
                number,
                stop="suppression",
                stopped=True,
                signer=self.signer,
                ward=WARD,
                at=self.clock.now(),
            )


@pytest.fixture
async def office(
    site_identities: Identities, database: PartyDatabase, pool: Pool, tmp_path: Path, lines: io.StringIO
) -> AsyncIterator[Office]:
    with small_site(site_identities, tmp_path, databases={"tax": database}) as site:
        made = Office(site, pool)
        async with made.caller:
            yield made


async def test_stops_go_first_and_changes_at_once(office: Office) -> None:
    sender = office.sender()
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        assert await sender.look()
        assert office.ward.taken == []  # nothing is known of anybody yet
        await office.load(1, 2)
        assert await sender.look()
        await office.stop(ONE)
        assert await sender.look()
        assert await sender.look()
        assert office.ward.taken == ["snapshot 1", f"stop {ONE}", "delta 2"]


async def test_an_empty_delta_is_the_heartbeat(office: Office) -> None:
    await office.load(1)
    sender = office.sender(heartbeat_seconds=60.0)
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        await sender.look()
        office.clock.advance(seconds=59)
        await sender.look()
        assert office.ward.taken == ["snapshot 1"]
        office.clock.advance(seconds=1)
        await sender.look()
    assert office.ward.taken == ["snapshot 1", "delta 2"]


async def test_after_a_lost_answer_the_same_bytes_go_again(office: Office) -> None:
    await office.load(1)
    office.ward.lose_answers = 1
    sender = office.sender()
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        with pytest.raises(MadoguchiError):
            await sender.look()
        assert await sender.look()
    first, second = office.ward.bodies
    assert first == second
    assert office.ward.taken == ["snapshot 1"]


async def test_a_refused_stop_holds_back_no_other(office: Office) -> None:
    await office.load(1, 2)
    for number in (ONE, TWO):
        await office.stop(number)
    office.ward.refuse_stop_of = ONE
    sender = office.sender()
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        assert not await sender.look()
        assert office.ward.taken == [f"stop {TWO}", "snapshot 1"]
        office.ward.refuse_stop_of = None
        assert await sender.look()
    assert office.ward.taken[-1] == f"stop {ONE}"


async def test_a_refused_package_holds_back_no_stop_and_a_new_export_heals_it(office: Office) -> None:
    await office.load(1, 2)
    office.ward.refuse_packages = FEED_ROWS
    sender = office.sender()
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        with pytest.raises(MadoguchiError):
            await sender.look()
        await office.stop(ONE)
        with pytest.raises(MadoguchiError):
            await sender.look()
        assert office.ward.taken == [f"stop {ONE}"]
        office.ward.refuse_packages = None
        await office.load(1)
        await sender.look()
    assert office.ward.taken == [f"stop {ONE}", "snapshot 1", "snapshot 2"]


async def test_a_receipt_for_another_package_is_none(office: Office) -> None:
    await office.load(1)
    office.ward.bend = 1
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        with pytest.raises(MadoguchiError, match=r"runtime\.bad_answer"):
            await office.sender().look()
    async with transaction(office.pool) as connection:
        assert len(await outbox.unsent_packages(connection)) == 1


async def test_the_loop_goes_on_to_the_other_intake_and_lives_through_anything(
    office: Office, lines: io.StringIO
) -> None:
    await office.load(1)
    sender = office.sender(watch_seconds=0.01, retry_seconds=0.01)
    real, failures = sender.look, [ZeroDivisionError()]

    async def look() -> bool:
        if failures:
            raise failures.pop()
        return await real()

    sender.look = look  # type: ignore[method-assign]
    async with answering(office.site, {"intake-2": office.ward.endpoints()}):  # intake-1 is down
        running = asyncio.create_task(sender.run())
        await asyncio.wait_for(office.ward.taken_any.wait(), 10)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert office.ward.taken[0] == "snapshot 1"
    told = lines.getvalue()
    assert "ZeroDivisionError" in told
    assert ONE not in told


def test_without_an_intake_nothing_begins(office: Office) -> None:
    with pytest.raises(MadoguchiError, match=r"runtime\.config"):
        office.sender(peers=())


async def test_everything_goes_out_whole_once_a_night(office: Office) -> None:
    await office.load(1)
    office.clock = FrozenClock(datetime(2026, 11, 25, 16, 0, tzinfo=UTC))  # 01:00 in Japan
    sender = office.sender(nightly_at="02:00", heartbeat_seconds=600.0)
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        await sender.look()
        office.clock.advance(seconds=59 * 60)
        await sender.look()
        assert office.ward.taken == ["snapshot 1", "delta 2"]
        office.clock.advance(seconds=60)
        await sender.look()
        await sender.look()
        assert office.ward.taken == ["snapshot 1", "delta 2", "snapshot 3"]
        office.clock.advance(seconds=24 * 3600)
        await sender.look()
    assert office.ward.taken[-1] == "snapshot 4"


async def test_a_night_that_was_slept_through_is_made_up_for(office: Office) -> None:
    await office.load(1)
    office.clock = FrozenClock(datetime(2026, 11, 25, 16, 0, tzinfo=UTC))
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        await office.sender(nightly_at="02:00").look()
        office.clock.advance(seconds=30 * 3600)
        await office.sender(nightly_at="02:00").look()
    assert office.ward.taken == ["snapshot 1", "snapshot 2"]


async def test_packages_are_dropped_and_stops_pushed_all_the_same(office: Office, tmp_path: Path) -> None:
    await office.load(1)
    directory = tmp_path / "drop"
    directory.mkdir()
    sender = office.sender(drop_directory=directory)
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        await sender.look()
        await office.stop(ONE)
        await sender.look()
    assert office.ward.taken == [f"stop {ONE}"]
    assert [path.name for path in waiting(directory)] == [package_name(1), package_name(2)]
    found = open_dropped(directory / package_name(1))
    manifest = verify(found.manifest, FEED_MANIFEST, keys=office.ward.keys, code=WARD, at=datetime.now(UTC)).body
    assert len(read_package(manifest, found.files).residents) == 1
    async with transaction(office.pool) as connection:
        assert await outbox.unsent_packages(connection) == []


async def test_a_single_person_is_at_the_ward_within_a_second(office: Office) -> None:
    await office.load(1, 2)
    sender = office.sender(watch_seconds=0.2)
    async with answering(office.site, {"intake-1": office.ward.endpoints()}):
        running = asyncio.create_task(sender.run())
        await asyncio.wait_for(office.ward.taken_any.wait(), 10)
        office.ward.taken_any.clear()
        began = time.monotonic()
        async with transaction(office.pool) as connection:
            desk = Desk(connection, signer=office.signer, ward=WARD, at=office.clock.now())
            term = Term(addressee_number=ONE, fiscal_year=2026, collection=Collection.ORDINARY, instalment=1)
            await desk.pay(term, 75_500, on=date(2026, 11, 25))
        await asyncio.wait_for(office.ward.taken_any.wait(), 10)
        elapsed = time.monotonic() - began
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert office.ward.taken[-1].startswith("delta")
    assert office.ward.bodies[-1].files["residents.csv"].count(b"\n") == 2
    assert elapsed < 1.0
