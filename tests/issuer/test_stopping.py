"""Issuing stops by itself, at every replica, until a person clears it. A single wrong value stops one record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

import msgspec
import psycopg
import pytest

from madoguchi import evidence
from madoguchi.card import VirtualCard
from madoguchi.errors import MadoguchiError
from madoguchi.issuer.composing import Composed, MakesCertificates, Order
from madoguchi.issuer.config import ClerkSection, FeedLimits
from madoguchi.issuer.endpoints import Service
from madoguchi.issuer.stopping import clear_alarm
from madoguchi.records import Resident
from madoguchi.runtime.database import transaction
from madoguchi.wire.transaction import Issued
from tests.issuer.world import CLEARED, HANAKO, TARO, Replica, World, bent, of

STOPPED_WITHIN_SECONDS = 1.0
OTHERS = tuple(
    msgspec.structs.replace(TARO, addressee_number=number) for number in ("0000000033", "0000000041", "0000000058")
)


class Liar:
    """A composer that errs from the moment it is told to, for these people."""

    def __init__(self) -> None:
        self.bend: Callable[[MakesCertificates, Order], Composed] | None = None

    def __call__(self, real: MakesCertificates, order: Order) -> Composed:
        if self.bend is None or order.person.addressee_number == HANAKO.addressee_number:
            return real.compose(order)
        return self.bend(real, order)


def another_person(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(of(order, HANAKO))


def wrong_digit(real: MakesCertificates, order: Order) -> Composed:
    return real.compose(replace(order, record=msgspec.structs.replace(order.record, total_income=2_760_001)))


class Ward:
    """Two replicas, one of which has a composer that may err; HANAKO is always composed rightly."""

    def __init__(self, world: World, replicas: list[Replica], cards: dict[str, VirtualCard], liar: Liar) -> None:
        self.world = world
        self.replicas = replicas
        self.cards = cards
        self.liar = liar

    @classmethod
    async def open(cls, world: World) -> Ward:
        liar = Liar()
        limits = FeedLimits(tax_seconds=3600)
        replicas = [
            await world.replica("issuer-1", make_composer=bent(liar), feeds=limits),
            await world.replica("issuer-2", feeds=limits),
        ]
        people: tuple[Resident, ...] = (HANAKO, TARO, *OTHERS)
        cards = {each.addressee_number: world.kit.card() for each in people}
        await world.open(replicas[0], *people, cards=cards)
        return cls(world, replicas, cards, liar)

    async def ask(self, replica: Replica, person: Resident) -> str:
        """`issued`, or the code of the refusal."""
        visit = self.world.street.visit(self.cards[person.addressee_number])
        answer = await replica.issue(visit.request)
        return "issued" if isinstance(answer, Issued) else await self.world.refusal_of(visit)

    async def readiness(self) -> list[str]:
        """What `/ready` of each replica says."""
        found = []
        for each in self.replicas:
            service = Service(each.parts, outcomes=each.outcomes)
            try:
                await service.ready()
                found.append("ready")
            except MadoguchiError as error:
                found.append(error.code)
        return found

    def revoke_evidence(self, *, give: bool = False) -> None:
        assert self.world.database.owner_url is not None
        with psycopg.connect(self.world.database.owner_url) as connection:
            role = connection.info.user.removesuffix("_owner")
            words = f"GRANT INSERT ON evidence TO {role}" if give else f"REVOKE INSERT ON evidence FROM {role}"
            connection.execute(words.encode())


async def finds_another_person(ward: Ward) -> None:
    ward.liar.bend = another_person
    assert await ward.ask(ward.replicas[0], TARO) == "issuer.clerk_stopped"


async def finds_three_wrong_values(ward: Ward) -> None:
    ward.liar.bend = wrong_digit
    for number, person in enumerate(OTHERS):
        assert await ward.readiness() == ["ready", "ready"], number
        assert await ward.ask(ward.replicas[0], person) == "issuer.clerk_stopped"


async def cannot_write_evidence(ward: Ward) -> None:
    ward.revoke_evidence()
    assert await ward.ask(ward.replicas[0], TARO) == "issuer.evidence_unwritable"


async def loses_the_tax_feed(ward: Ward) -> None:
    ward.world.clock.advance(seconds=ward.replicas[0].parts.config.feeds.tax_seconds + 1)
    await ward.replicas[0].intake.registry.pull()


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (finds_another_person, "issuer.alarm"),
        (finds_three_wrong_values, "issuer.alarm"),
        (cannot_write_evidence, "issuer.alarm"),
        (loses_the_tax_feed, "issuer.tax_feed_old"),
    ],
)
async def test_every_replica_stops_within_a_second(
    world: World, cause: Callable[[Ward], Awaitable[None]], code: str
) -> None:
    ward = await Ward.open(world)
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == ["issued", "issued"]
    await cause(ward)
    began = time.monotonic()
    papers = len(await world.all("SELECT FROM papers"))
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == [code, code]
    assert await ward.readiness() == [code, code]
    assert time.monotonic() - began < STOPPED_WITHIN_SECONDS
    assert len(await world.all("SELECT FROM papers")) == papers


@pytest.mark.parametrize("cause", [finds_another_person, cannot_write_evidence])
async def test_an_alarm_stays_until_a_person_clears_it(world: World, cause: Callable[[Ward], Awaitable[None]]) -> None:
    ward = await Ward.open(world)
    await cause(ward)
    ward.liar.bend = None
    ward.revoke_evidence(give=True)
    for each in ward.replicas:
        await each.parts.loose_ends.tie()
    world.clock.advance(seconds=30)
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == ["issuer.alarm"] * 2, "nothing clears itself"
    async with transaction(world.pool) as connection:
        assert await clear_alarm(connection, CLEARED, settings=ClerkSection(), at=world.clock.now())
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == ["issued", "issued"]
    assert (await world.incidents()).count("issuer.alarm") == 1


async def test_a_single_wrong_value_stops_that_record_only(world: World) -> None:
    ward = await Ward.open(world)
    ward.liar.bend = wrong_digit
    assert await ward.ask(ward.replicas[0], TARO) == "issuer.clerk_stopped"
    ward.liar.bend = None
    assert [await ward.ask(each, TARO) for each in ward.replicas] == ["issuer.record_suspended"] * 2
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == ["issued", "issued"]
    assert await ward.readiness() == ["ready", "ready"]


async def test_a_clerk_who_cannot_write_evidence_still_stops_everybody(world: World) -> None:
    """Another person's page and no evidence: the alarm first, the finding when it can be written."""
    ward = await Ward.open(world)
    ward.revoke_evidence()
    await finds_another_person(ward)
    assert [await ward.ask(each, HANAKO) for each in ward.replicas] == ["issuer.alarm"] * 2
    assert await world.all("SELECT FROM suspensions") == []
    ward.revoke_evidence(give=True)
    await asyncio.gather(*(each.parts.loose_ends.tie() for each in ward.replicas))
    assert await world.all("SELECT person FROM suspensions") == [
        {"person": world.kit.index.person(TARO.addressee_number)}
    ]
    assert "issuer.clerk_person" in await world.incidents()


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (psycopg.errors.DiskFull(), "issuer.evidence_unwritable"),
        (psycopg.errors.InsufficientPrivilege(), "issuer.evidence_unwritable"),
        (psycopg.errors.RaiseException(), "issuer.evidence_unwritable"),
        (psycopg.errors.AdminShutdown(), "runtime.database_unavailable"),
        (psycopg.errors.QueryCanceled(), "runtime.database_unavailable"),
        (psycopg.errors.SerializationFailure(), "runtime.database_unavailable"),
        (psycopg.OperationalError("the connection is lost"), "runtime.database_unavailable"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
async def test_what_time_mends_is_no_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch, failure: psycopg.Error, code: str
) -> None:
    """A log that cannot be written stops everybody; a server that went away for a moment does not."""
    ward = await Ward.open(world)

    async def fail(*_arguments: object, **_named: object) -> bytes:
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "append", fail)
        assert await ward.ask(ward.replicas[0], HANAKO) == code
    stopped = code == "issuer.evidence_unwritable"
    assert await ward.ask(ward.replicas[1], HANAKO) == ("issuer.alarm" if stopped else "issued")
