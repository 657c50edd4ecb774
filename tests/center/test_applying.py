"""From the sealed application to the sealed answer, at two replicas of one center."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from madoguchi.center.applying import apply
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.jpki.authority import create_authority, make_card
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import State
from madoguchi.runtime.clock import FrozenClock
from madoguchi.statement import verify
from madoguchi.statement.kinds import APPLICATION, DELIVERY, ISSUANCE
from madoguchi.wire.identifiers import CENTER_CODE, Environment, sha256
from madoguchi.wire.transaction import (
    Application,
    Delivered,
    Refused,
    SealedMessage,
    SignedByKiosk,
)
from tests.center.conftest import Steps, TimeMachine
from tests.center.states import custody_of, state
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, OTHER_OPERATOR, PIN, Kiosk, World, body_of, refusal_of


@pytest.mark.parametrize("copies", [1, 3])
async def test_opened_at_one_replica_applied_at_the_other(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines, copies: int
) -> None:
    lines.pages = 2
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await steps.apply(two, visit, copies=copies))
    assert isinstance(delivered, Delivered)
    at = two.clock.now()
    issuance = verify(delivered.issuance, ISSUANCE, keys=world.keys, code=world.ward, at=at)
    delivery = verify(delivered.delivery, DELIVERY, keys=world.keys, code=CENTER_CODE, at=at).body
    assert delivery.issuance_digest == issuance.digest
    assert [m.paper_number for m in delivery.marks] == [s.paper_number for s in issuance.body.sheets]
    assert len(delivered.marks) == 2 * copies
    assert await state(one, visit) == "delivered"
    assert await custody_of(one, visit) == "wiped"
    assert lines.issued == [visit.transaction]


async def test_a_replayed_application_is_refused_at_both(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    visit = await steps.open(one)
    await steps.apply(one, visit)
    assert visit.message is not None
    for parts in (one, two):
        again = await apply(parts, visit.message, operator=OPERATOR)
        assert isinstance(again, Refused)
        assert refusal_of(world, again).transaction == visit.transaction
    assert lines.issued == [visit.transaction]


async def test_fifty_at_once_exactly_one(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    visit = await steps.open(one)
    message = kiosk.apply(visit, world.card())
    answers = await asyncio.gather(*(apply((one, two)[number % 2], message, operator=OPERATOR) for number in range(50)))
    sealed = [answer for answer in answers if isinstance(answer, SealedMessage)]
    assert len(sealed) == 1
    assert isinstance(kiosk.open(visit, sealed[0]), Delivered)
    assert lines.issued == [visit.transaction]


async def test_after_the_deadline(
    one: Parts, steps: Steps, world: World, lines: StubLines, time_machine: TimeMachine
) -> None:
    visit = await steps.open(one)
    time_machine.age(visit.transaction, seconds=one.config.lifetimes.opened + 1)
    answer = await steps.apply(one, visit)
    assert isinstance(answer, Refused)
    assert refusal_of(world, answer).reason == "try_later"
    assert lines.issued == []


async def test_two_applications_of_one_card_at_once(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    card = world.card()
    visits = [await steps.open(one) for _ in range(6)]
    messages = [kiosk.apply(visit, card) for visit in visits]
    answers = await asyncio.gather(
        *(apply((one, two)[n % 2], message, operator=OPERATOR) for n, message in enumerate(messages))
    )
    opened = [kiosk.open(visit, answer) for visit, answer in zip(visits, answers, strict=True)]
    assert sum(isinstance(answer, Delivered) for answer in opened) == 1
    reasons = {refusal_of(world, answer).reason for answer in opened if isinstance(answer, Refused)}
    assert reasons == {"card"}
    assert len(lines.issued) == 1


async def test_a_card_is_free_again_after_its_outcome(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    card = world.card()
    first = await steps.open(one)
    delivered = kiosk.open(first, await apply(one, kiosk.apply(first, card), operator=OPERATOR))
    assert isinstance(delivered, Delivered)
    second = await steps.open(one)
    busy = kiosk.open(second, await apply(one, kiosk.apply(second, card), operator=OPERATOR))
    assert isinstance(busy, Refused)
    await take_outcome(one, kiosk.relayed(kiosk.outcome(first, delivered)), operator=OPERATOR)
    third = await steps.open(one)
    assert isinstance(kiosk.open(third, await apply(one, kiosk.apply(third, card), operator=OPERATOR)), Delivered)


async def test_a_card_is_free_again_when_no_outcome_comes(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, time_machine: TimeMachine
) -> None:
    card = world.card()
    first = await steps.open(one)
    await apply(one, kiosk.apply(first, card), operator=OPERATOR)
    time_machine.age(first.transaction, seconds=one.config.lifetimes.delivered + 1)
    second = await steps.open(one)
    assert isinstance(kiosk.open(second, await apply(one, kiosk.apply(second, card), operator=OPERATOR)), Delivered)
    assert await state(one, first) == "undelivered"


async def test_one_serial_of_two_generations_is_two_cards(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    old, new = sorted(world.identities.authority.generations)
    visits = [await steps.open(one) for _ in range(2)]
    cards = [world.card(generation=name, serial="7B") for name in (old, new)]
    answers = [
        kiosk.open(visit, await apply(one, kiosk.apply(visit, card), operator=OPERATOR))
        for visit, card in zip(visits, cards, strict=True)
    ]
    assert all(isinstance(answer, Delivered) for answer in answers)


@pytest.mark.parametrize(
    ("status", "down", "reason"),
    [(State.REVOKED, False, "card"), (State.UNKNOWN, False, "card"), (State.GOOD, True, "try_later")],
)
async def test_the_card_authority_does_not_say_good(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines, status: State, down: bool, reason: str
) -> None:
    lines.status, lines.ocsp_down = status, down
    visit = await steps.open(one)
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    body = refusal_of(world, refused)
    assert visit.application is not None
    assert (body.reason, body.answers, body.transaction) == (reason, sha256(visit.application), visit.transaction)
    assert lines.issued == []
    assert (await state(one, visit), await custody_of(one, visit)) == ("refused", "wiped")


async def test_an_old_ocsp_answer(one: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines) -> None:
    lines.responder = Responder(
        lines.world.identities.authority, clock=FrozenClock(datetime.now(UTC) - timedelta(minutes=16))
    )
    visit = await steps.open(one)
    assert isinstance(kiosk.open(visit, await steps.apply(one, visit)), Refused)
    assert lines.issued == []


async def test_a_card_of_a_foreign_authority(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    at = datetime.now(UTC)
    stranger = make_card(
        create_authority(environment=Environment.TEST, at=at),
        generation=min(world.identities.authority.generations),
        serial="1A",
        not_before=at - timedelta(days=1),
        not_after=at + timedelta(days=1),
        pin=PIN,
        private_key=world.card_key,
    )
    visit = await steps.open(one)
    refused = kiosk.open(visit, await apply(one, kiosk.apply(visit, stranger), operator=OPERATOR))
    assert isinstance(refused, Refused)
    assert refusal_of(world, refused).reason == "card"
    assert lines.issued == []


async def test_another_operators_ec_brings_the_application(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    visit = await steps.open(one)
    message = kiosk.apply(visit, world.card())
    assert isinstance(await apply(one, message, operator=OTHER_OPERATOR), Refused)
    assert lines.issued == []
    assert isinstance(await apply(one, message, operator=OPERATOR), SealedMessage)


async def test_a_seal_of_another_transaction_does_not_open(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    crossed, visit = await steps.open(one), await steps.open(one)
    message = kiosk.apply(crossed, world.card())
    answer = await apply(one, msgspec.structs.replace(message, transaction=visit.transaction), operator=OPERATOR)
    assert isinstance(answer, Refused)
    assert lines.issued == []
    assert (await state(one, visit), await custody_of(one, visit)) == ("refused", "never_opened")


async def test_another_kiosk_of_the_operator_applies(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    visit = await steps.open(one)
    other = Kiosk(world, name="kiosk-3")
    assert isinstance(await apply(one, other.apply(visit, world.card()), operator=OPERATOR), Refused)
    assert lines.issued == []


@pytest.mark.parametrize(
    "changes",
    [{"challenge": bytes(32)}, {"kiosk_key_digest": bytes(32)}, {"ward": "139999"}, {"environment": "demo"}],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_transcript_that_does_not_follow(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines, changes: dict[str, Any]
) -> None:
    visit = await steps.open(one)
    refused = kiosk.open(visit, await apply(one, kiosk.apply(visit, world.card(), **changes), operator=OPERATOR))
    assert isinstance(refused, Refused)
    assert lines.issued == []


async def test_a_card_signature_of_another_transaction(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    """The replayed card signature: transcript, certificate and signature of the last visit, under a fresh opening."""
    card = world.card()
    before = await steps.open(one)
    kiosk.apply(before, card)
    visit = await steps.open(one)
    kiosk.apply(visit, card)
    assert before.application is not None
    assert visit.application is not None
    stale = body_of(before.application, Application)
    fresh = msgspec.structs.replace(body_of(visit.application, Application), transcript=stale.transcript)
    visit.application = kiosk.signer.sign(
        APPLICATION, msgspec.structs.replace(fresh, card_signature=stale.card_signature)
    )
    message = kiosk.seal(visit, SignedByKiosk(enrolment=kiosk.enrolment, statement=visit.application))
    assert isinstance(kiosk.open(visit, await apply(one, message, operator=OPERATOR)), Refused)
    assert lines.issued == []
