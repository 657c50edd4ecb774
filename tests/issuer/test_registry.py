"""The register's history as the issuing server sees it: the register's own functions behind the line of the world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date

import pytest

from madoguchi.card import VirtualCard
from madoguchi.issuer.config import FeedLimits
from madoguchi.jukinet import certificates, registry
from madoguchi.jukinet.certificates import Certificate
from madoguchi.records import CaGeneration, CardSerial, Medium, SerialStatus
from madoguchi.runtime.caller import CallError
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Connection, Pool, connect, transaction
from madoguchi.runtime.problems import UNREACHABLE
from madoguchi.statement.kinds import SERIAL_ANSWER, SERIAL_PAGE
from madoguchi.wire.codec import encode
from madoguchi.wire.feed import SerialAnswer, SerialPage, SerialQuestion
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.transaction import Issued
from tests.conftest import MakeDatabase
from tests.issuer.world import HANAKO, TARO, Jukinet, Replica, World

WHO = HANAKO.addressee_number


class RealRegister(Jukinet):
    """The register with its own database; only the TLS line is left out."""

    pool: Pool

    async def page(self, *, after: int) -> bytes:
        if self.down:
            raise CallError(UNREACHABLE, cause="by hand", sent=False)
        async with transaction(self.pool) as connection:
            entries, position, complete = await registry.page(connection, after=after)
        body = SerialPage(
            ward=self.kit.ward, entries=entries, position=position, complete=complete, at=epoch(self.clock.now())
        )
        return self.signer.sign(SERIAL_PAGE, body)

    async def question(self, question: SerialQuestion) -> bytes:
        if self.down:
            raise CallError(UNREACHABLE, cause="by hand", sent=False)
        self.asked.append(question)
        async with transaction(self.pool) as connection:
            entry = await registry.find(connection, ca_key_digest=question.ca_key_digest, serial=question.serial)
        body = SerialAnswer(
            ward=self.kit.ward,
            question_digest=sha256(encode(question)),
            entry=entry,
            at=epoch(self.clock.now()),
        )
        return self.signer.sign(SERIAL_ANSWER, body)


@dataclass
class Register:
    """A ward with a real register; Hanako and Taro have tax data."""

    world: World
    line: RealRegister
    replica: Replica

    async def change(self, work: Callable[[Connection], Awaitable[object]], *, pull: bool = True) -> None:
        """One transaction of the register, and the issuing server's next look."""
        async with transaction(self.line.pool) as connection:
            await work(connection)
        if pull:
            await self.replica.intake.registry.pull()

    async def card(
        self,
        *,
        medium: certificates.Medium = "card",
        who: str = WHO,
        pull: bool = True,
        serial: str | None = None,
        ca: str = "g1",
    ) -> VirtualCard:
        """A new certificate of somebody, entered."""
        card = self.world.kit.card(serial=serial, generation=ca)
        new = self.certificate(card, medium=medium)
        await self.change(lambda connection: certificates.issue(connection, who, new), pull=pull)
        return card

    def certificate(self, card: VirtualCard, *, medium: certificates.Medium = "card") -> Certificate:
        entry = self.world.kit.entry(card, HANAKO)
        return Certificate(
            ca_key_digest=entry.ca_key_digest,
            serial=entry.serial,
            medium=medium,
            valid_from=date(2026, 1, 1),
            valid_until=date(2030, 1, 1),
        )

    async def says(self, card: VirtualCard) -> str:
        """`issued`, or the code with which the ward refuses."""
        visit = self.world.street.visit(card)
        answer = await self.replica.issue(visit.request)
        return "issued" if isinstance(answer, Issued) else await self.world.refusal_of(visit)


@pytest.fixture
async def register(world: World, make_database: MakeDatabase) -> AsyncIterator[Register]:
    line = RealRegister(world.kit, world.clock)
    world.jukinet = line
    async with connect(Database(url=make_database("jukinet").url)) as line.pool:
        replica = await world.replica(feeds=FeedLimits(tax_seconds=10**7, jukinet_seconds=600))
        await world.open(replica, HANAKO, TARO)
        yield Register(world, line, replica)


async def test_card_and_phone_both_work(register: Register) -> None:
    card, phone = await register.card(), await register.card(medium="phone")
    assert [await register.says(each) for each in (card, phone)] == ["issued", "issued"]


async def test_after_a_renewal_the_old_certificate_is_superseded(register: Register) -> None:
    old, phone = await register.card(), await register.card(medium="phone")
    new = register.world.kit.card()
    await register.change(lambda connection: certificates.renew(connection, WHO, register.certificate(new)))
    assert [await register.says(each) for each in (old, new, phone)] == ["issuer.serial_superseded", "issued", "issued"]


@pytest.mark.parametrize("event", ["lost", "returned"])
async def test_a_lost_or_returned_card_is_revoked_and_the_phone_goes_on(
    register: Register, event: certificates.End
) -> None:
    card, phone = await register.card(), await register.card(medium="phone")
    await register.change(lambda connection: certificates.end(connection, WHO, medium="card", event=event))
    assert [await register.says(each) for each in (card, phone)] == ["issuer.serial_revoked", "issued"]


async def test_death_revokes_all(register: Register) -> None:
    held = [await register.card(), await register.card(medium="phone")]
    neighbour = await register.card(who=TARO.addressee_number)
    await register.change(lambda connection: certificates.die(connection, WHO))
    assert [await register.says(each) for each in held] == ["issuer.serial_revoked"] * 2
    assert await register.says(neighbour) == "issued"


async def test_a_new_card_works_at_once(register: Register) -> None:
    """Real kiosks wait for the next day; here the register is asked on the spot."""
    card = await register.card(pull=False)
    assert await register.says(card) == "issued"
    assert len(register.line.asked) == 1
    assert await register.says(card) == "issued"
    assert len(register.line.asked) == 1, "known from then on"


async def test_an_outage_known_cards_go_on_within_the_limit_and_unknown_ones_are_refused(register: Register) -> None:
    known, unknown = await register.card(), await register.card(pull=False)
    register.line.down = True
    register.world.clock.advance(seconds=600)
    assert await register.says(known) == "issued"
    assert await register.says(unknown) == "issuer.registry_unreachable"
    register.world.clock.advance(seconds=1)
    assert [await register.says(each) for each in (known, unknown)] == ["issuer.jukinet_feed_old"] * 2
    register.line.down = False
    await register.replica.intake.registry.pull()
    assert [await register.says(each) for each in (known, unknown)] == ["issued", "issued"]


async def test_one_serial_of_two_generations_is_two_keys(register: Register) -> None:
    first = await register.card(serial="1A2B", ca="g1")
    second = await register.card(serial="1A2B", ca="g2", who=TARO.addressee_number)
    await register.change(lambda connection: certificates.end(connection, WHO, medium="card", event="lost"))
    assert [await register.says(each) for each in (first, second)] == ["issuer.serial_revoked", "issued"]


async def test_a_certificate_that_changes_its_owner_is_ambiguous(register: Register) -> None:
    card = await register.card()
    own = register.certificate(card)
    moved, digests = _given_to_taro(own), {"g1": own.ca_key_digest}
    await register.change(lambda connection: registry.enter(connection, [moved], digests=digests))
    assert await register.says(card) == "issuer.serial_ambiguous"
    assert "issuer.serial_ambiguous" in await register.world.incidents()


def _given_to_taro(certificate: Certificate) -> CardSerial:
    """How an export lists it after somebody mistyped a number."""
    return CardSerial(
        addressee_number=TARO.addressee_number,
        ca_generation=CaGeneration.G1,
        serial=certificate.serial,
        medium=Medium.CARD,
        status=SerialStatus.VALID,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
    )
