"""What a clerk enters: ledger, stop and package together, once, by the rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from madoguchi.deployment.identities import Identities
from madoguchi.errors import MadoguchiError
from madoguchi.records import Collection, Removal, TaxStatus
from madoguchi.records.package import PackageRecords, read_package
from madoguchi.runtime.database import Pool, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import FEED_MANIFEST, STOP_NOTICE
from madoguchi.tax import ledger, outbox
from madoguchi.tax.desk import Desk, Term
from madoguchi.tax.outbox import Wish
from madoguchi.wire.codec import decode
from madoguchi.wire.feed import FeedManifest, FeedPackage
from tests.sites import PLAN, signer_of, trust_of
from tests.tax.conftest import export

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
WARD = PLAN.ward.code
ONE, TWO = "0000000001", "0000000002"
FIRST = Term(addressee_number=ONE, fiscal_year=2026, collection=Collection.ORDINARY, instalment=1)

T = TypeVar("T")


class Office:
    """The tax section with a ledger of two people, and what waits to go out."""

    def __init__(self, pool: Pool, identities: Identities) -> None:
        self.pool = pool
        self.signer = signer_of(identities, "tax-1", code=WARD)
        self.keys = trust_of(identities)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        async with transaction(self.pool) as connection:
            yield Desk(connection, signer=self.signer, ward=WARD, at=AT)

    async def act(self, act: Callable[[Desk], Awaitable[T]]) -> T:
        async with self.desk() as desk:
            return await act(desk)

    async def send(self, wish: Wish | None = None) -> int:
        async with transaction(self.pool) as connection:
            return await outbox.make_package(connection, signer=self.signer, ward=WARD, at=AT, wish=wish)

    async def waiting(self) -> list[tuple[FeedManifest, PackageRecords]]:
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            packages = [decode(each.body, type=FeedPackage) for each in await outbox.unsent_packages(connection)]
        made = []
        for package in packages:
            manifest = verify(package.manifest, FEED_MANIFEST, keys=self.keys, code=WARD, at=now).body
            made.append((manifest, read_package(manifest, package.files)))
        return made

    async def newest(self) -> PackageRecords:
        manifest, records = (await self.waiting())[-1]
        assert manifest.content == "delta"
        assert [each.addressee_number for each in records.residents] == [ONE]
        return records

    async def stops(self) -> list[tuple[str, bool]]:
        now = datetime.now(UTC)
        async with transaction(self.pool) as connection:
            waiting = await outbox.unsent_stops(connection)
        found = [verify(each.body, STOP_NOTICE, keys=self.keys, code=WARD, at=now).body for each in waiting]
        return [(each.stop, each.stopped) for each in found]


@pytest.fixture
async def office(pool: Pool, site_identities: Identities) -> Office:
    made = Office(pool, site_identities)
    async with transaction(pool) as connection:
        await ledger.load(connection, export(1, 2, years=(2025, 2026)))
        # As the rules of 2026 write it: nobody of a kind that the year knows is 0.
        record = await ledger.tax(connection, ONE, 2026)
        await ledger.put_tax(connection, replace(record, specific_relatives=0))
    await made.send()
    return made


async def test_moving_out_stops_at_once_and_goes_out_with_the_person(office: Office) -> None:
    def move(desk: Desk) -> Awaitable[bool]:
        return desk.remove(ONE, Removal.MOVED_OUT, on=date(2026, 11, 20), address="架空県見本市1番地")

    assert await office.act(move)
    assert await office.stops() == [("removal", True)]
    (someone,) = (await office.newest()).residents
    assert (someone.removal, someone.removal_date, someone.address) == (
        Removal.MOVED_OUT,
        date(2026, 11, 20),
        "架空県見本市1番地",
    )
    assert not await office.act(move)
    assert len(await office.stops()) == 1


async def test_a_death_and_a_removal_that_was_an_error(office: Office) -> None:
    assert await office.act(lambda desk: desk.remove(ONE, Removal.DIED, on=date(2026, 11, 20)))
    assert await office.act(lambda desk: desk.take_back(ONE))
    assert not await office.act(lambda desk: desk.take_back(ONE))
    assert await office.stops() == [("removal", True), ("removal", False)]
    assert (await office.newest()).residents[0].removal is None


async def test_the_stop_of_a_correction_ends_with_the_last_year(office: Office) -> None:
    for year in (2025, 2026):
        assert await office.act(lambda desk, year=year: desk.correct(ONE, year, ended=False))  # type: ignore[misc]
    assert not await office.act(lambda desk: desk.correct(ONE, 2026, ended=False))
    assert {each.status for each in (await office.newest()).taxes} == {TaxStatus.UNDER_CORRECTION}
    assert await office.act(lambda desk: desk.correct(ONE, 2025, ended=True))
    assert await office.stops() == [("correction", True), ("correction", True)]
    assert await office.act(lambda desk: desk.correct(ONE, 2026, ended=True))
    assert (await office.stops())[-1] == ("correction", False)
    assert {each.status for each in (await office.newest()).taxes} == {TaxStatus.DECLARED}


async def test_an_amendment_goes_on_to_the_tax_and_the_instalments(office: Office) -> None:
    # 4,500,000: income 1,125,000 x 3.2 - 440,000 = 3,160,000; base 3,160,000 - 1,030,000 = 2,130,000
    # ward 127,800 - 1,500 = 126,300; metropolitan 85,200 - 1,000 = 84,200; and 5,000
    made = await office.act(lambda desk: desk.amend(ONE, 2026, {"employment_revenue": 4_500_000}, remarks="更正"))
    assert (made.total_income, made.tax_base, made.annual_tax) == (3_160_000, 2_130_000, 215_500)
    records = await office.newest()
    assert made in records.taxes
    assert made.remarks == "更正"
    terms = [each for each in records.instalments if each.fiscal_year == 2026]
    assert [(each.instalment, each.due_date, each.amount_due) for each in terms] == [
        (1, date(2026, 6, 30), 175_500),
        (5, date(2026, 12, 31), 40_000),
    ]
    before = len(await office.waiting())
    assert await office.act(lambda desk: desk.amend(ONE, 2026, {"employment_revenue": 4_500_000})) == made
    assert len(await office.waiting()) == before


async def test_less_tax_makes_an_overpayment_that_is_given_back(office: Office) -> None:
    made = await office.act(lambda desk: desk.amend(ONE, 2026, {"employment_revenue": 2_000_000}))
    (term,) = [each for each in (await office.newest()).instalments if each.fiscal_year == 2026]
    assert (term.amount_due, term.amount_paid) == (made.annual_tax, 100_000)
    over = 100_000 - term.amount_due
    assert over > 0
    with pytest.raises(MadoguchiError, match=r"tax\.not_overpaid"):
        await office.act(lambda desk: desk.refund(FIRST, over + 1))
    await office.act(lambda desk: desk.refund(FIRST, over))
    assert (await office.newest()).instalments[-1].amount_refunded == over


async def test_a_receipt_is_posted_once(office: Office) -> None:
    def pay(desk: Desk) -> Awaitable[bool]:
        return desk.pay(FIRST, 75_500, on=date(2026, 11, 24), receipt="R-1")

    assert [await office.act(pay), await office.act(pay)] == [True, False]
    (term,) = [each for each in (await office.newest()).instalments if each.fiscal_year == 2026]
    assert (term.amount_paid, term.paid_on) == (175_500, date(2026, 11, 24))
    with pytest.raises(MadoguchiError, match=r"tax\.receipt_taken"):
        await office.act(lambda desk: desk.pay(FIRST, 1, on=date(2026, 11, 24), receipt="R-1"))


WRONG: dict[str, tuple[str, Callable[[Desk], Awaitable[Any]]]] = {
    "nobody": ("no_such_person", lambda desk: desk.remove("0000000009", Removal.DIED, on=date(2026, 1, 1))),
    "no year": ("no_such_year", lambda desk: desk.amend(ONE, 2020, {"employment_revenue": 1})),
    "an item that follows": ("not_amendable", lambda desk: desk.amend(ONE, 2026, {"annual_tax": 0})),
    "no instalment": (
        "no_such_instalment",
        lambda desk: desk.pay(
            Term(addressee_number=ONE, fiscal_year=2026, collection=Collection.SPECIAL, instalment=1),
            5,
            on=date(2026, 1, 1),
        ),
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_entry_changes_nothing(office: Office, name: str) -> None:
    code, act = WRONG[name]
    before = await office.waiting()
    with pytest.raises(MadoguchiError, match=rf"^tax\.{code}"):
        await office.act(act)
    assert await office.waiting() == before
    assert await office.stops() == []


async def test_an_undeclared_year_is_not_amended(pool: Pool, site_identities: Identities) -> None:
    office = Office(pool, site_identities)
    records = export(1)
    undeclared = replace(records.taxes[0], status=TaxStatus.UNDECLARED)
    async with transaction(pool) as connection:
        await ledger.load(connection, export(1))
        await ledger.put_tax(connection, undeclared)
    with pytest.raises(MadoguchiError, match=r"tax\.not_assessed"):
        await office.act(lambda desk: desk.amend(ONE, 2026, {"employment_revenue": 1}))


# Packages on demand


async def test_a_snapshot_of_one_year_says_nothing_of_the_others(office: Office) -> None:
    await office.act(lambda desk: desk.suppress(TWO, suppressed=True))
    assert await office.send(Wish(content="snapshot", year=2025)) == 2
    manifest, records = (await office.waiting())[-1]
    assert (manifest.content, manifest.every_year, manifest.fiscal_years) == ("snapshot", False, (2025,))
    assert records.years == (2025,)
    assert len(records.taxes) == len(records.instalments) == 2
    assert len(records.residents) == 2
    assert await office.send() == 3
    manifest, records = (await office.waiting())[-1]
    assert (manifest.content, manifest.every_year) == ("delta", True)
    assert [each.addressee_number for each in records.residents] == [TWO]
    assert [each.sequence for each, _ in await office.waiting()] == [1, 2, 3]


async def test_a_snapshot_on_demand_makes_the_ones_before_it_needless(office: Office) -> None:
    assert await office.send(Wish(content="delta")) == 2
    assert await office.send(Wish(content="snapshot")) == 3
    assert [(each.sequence, each.is_whole) for each, _ in await office.waiting()] == [(3, True)]


@pytest.mark.parametrize("wish", [Wish(content="delta"), Wish(content="snapshot", year=2026)])
async def test_what_builds_on_a_snapshot_does_not_come_first(
    pool: Pool, site_identities: Identities, wish: Wish
) -> None:
    office = Office(pool, site_identities)
    async with transaction(pool) as connection:
        await ledger.load(connection, export(1))
    with pytest.raises(MadoguchiError, match=r"tax\.no_snapshot_yet"):
        await office.send(wish)
    assert await office.act(lambda desk: desk.remove(ONE, Removal.DIED, on=date(2026, 1, 1)))
    assert await office.waiting() == []
