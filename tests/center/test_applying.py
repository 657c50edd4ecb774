"""From the sealed application to the sealed answer, at two replicas of one center."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from madoguchi.center.applying import apply
from madoguchi.center.housekeeping import settle_dead
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.center.protecting import Protect, Protected
from madoguchi.center.transactions import find
from madoguchi.certificate.pages import document_digest
from madoguchi.jpki.authority import create_authority, make_card
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import State
from madoguchi.paper.back import BackMaker
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.runtime.clock import FrozenClock
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import APPLICATION, DELIVERY, ISSUANCE
from madoguchi.wire.identifiers import CENTER_CODE, Environment, sha256
from madoguchi.wire.transaction import (
    Application,
    Delivered,
    Issuance,
    IssueAnswer,
    Issued,
    Refused,
    SealedMessage,
    SignedByKiosk,
)
from tests.center.conftest import Steps, TimeMachine
from tests.center.world import (
    OPERATOR,
    OTHER_OPERATOR,
    PIN,
    Kiosk,
    StubLines,
    Visit,
    World,
    body_of,
    center,
    make_pdf,
    refusal_of,
)

Bend = Callable[[Issued, Issuance, StubLines], IssueAnswer]


async def state(parts: Parts, visit: Visit) -> str:
    async with transaction(parts.pool) as connection:
        row = await find(connection, visit.transaction, operator=OPERATOR)
    assert row is not None
    return row.state


async def custody_of(parts: Parts, visit: Visit) -> str | None:
    async with transaction(parts.pool) as connection:
        cursor = await connection.execute("SELECT how FROM custody WHERE transaction = %s", (visit.transaction,))
        found = await cursor.fetchone()
    assert found is not None
    return found["how"]  # type: ignore[no-any-return]


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


async def test_the_wards_refusal_is_passed_on_as_the_ward_signed_it(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    lines.bend = lambda _issued, body, stub: stub.refusal(answers=body.application_digest, transaction=body.transaction)
    visit = await steps.open(one)
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert refusal_of(world, refused, code=world.ward).reason == "ask_your_ward"
    assert await state(one, visit) == "refused"


def _resigned(change: dict[str, Any]) -> Bend:
    def bend(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
        signed = stub.issuer.sign(ISSUANCE, msgspec.structs.replace(body, **change))
        return msgspec.structs.replace(issued, issuance=signed)

    return bend


def _another_key(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
    other = stub.world.signer("center-1", party="center", code=stub.world.ward)
    return msgspec.structs.replace(issued, issuance=other.sign(ISSUANCE, body))


def _another_pdf(issued: Issued, _body: Issuance, _stub: StubLines) -> IssueAnswer:
    return msgspec.structs.replace(issued, pdf=make_pdf(1) + b"% more")


def _another_description(issued: Issued, _body: Issuance, _stub: StubLines) -> IssueAnswer:
    return msgspec.structs.replace(issued, page_description=b"another")


def _no_front_code(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
    code = stub.front_code(body, body.sheets[0], issued.page_description)
    return msgspec.structs.replace(issued, front_codes=(code, code))


def _another_front_code(change: dict[str, Any]) -> Bend:
    def bend(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
        code = stub.front_code(body, body.sheets[0], issued.page_description, **change)
        return msgspec.structs.replace(issued, front_codes=(code,))

    return bend


def _front_code_signed_by_another_key(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
    code = verify(issued.front_codes[0], FRONT_CODE, keys=stub.world.keys, code=body.ward, at=stub.clock.now()).body
    return msgspec.structs.replace(issued, front_codes=(stub.issuer.sign(FRONT_CODE, code),))


def _page_twice(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
    twice = (body.sheets[0], msgspec.structs.replace(body.sheets[0], paper_number=bytes(16)))
    return _resigned({"sheets": twice})(issued, body, stub)


def _refusal_of_another(_issued: Issued, _body: Issuance, stub: StubLines) -> IssueAnswer:
    return stub.refusal(answers=bytes(32), transaction=bytes(16))


@pytest.mark.parametrize(
    "bend",
    [
        _resigned({"transaction": bytes(16)}),
        _resigned({"application_digest": bytes(32)}),
        _resigned({"card_commitment": bytes(32)}),
        _resigned({"kiosk_key_digest": bytes(32)}),
        _resigned({"kind": "payment"}),
        _resigned({"fiscal_year": 2025}),
        _resigned({"copies": 2}),
        _resigned({"fee_yen": 0}),
        _resigned({"ward": "139999"}),
        _resigned({"pdf_digest": bytes(32)}),
        _resigned({"at": 0}),
        _another_key,
        _another_pdf,
        _another_description,
        _no_front_code,
        _another_front_code({"paper_number": bytes(16)}),
        _another_front_code({"page": 2, "pages": 2}),
        _another_front_code({"kind": "payment"}),
        _another_front_code({"fiscal_year": 2020}),
        _another_front_code({"certificate_number": "R8-0000000001"}),
        _another_front_code({"description_digest": bytes(16)}),
        _front_code_signed_by_another_key,
        _page_twice,
        _refusal_of_another,
    ],
)
async def test_an_answer_of_the_ward_that_does_not_fit(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines, bend: Bend
) -> None:
    lines.bend = bend
    visit = await steps.open(one)
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert refusal_of(world, refused).reason == "try_later"
    assert (await state(one, visit), await custody_of(one, visit)) == ("refused", "wiped")
    async with transaction(one.pool) as connection:
        cursor = await connection.execute("SELECT code FROM incidents WHERE transaction = %s", (visit.transaction,))
        assert [row["code"] for row in await cursor.fetchall()] == ["center.issuance_does_not_fit"]


async def test_the_ward_does_not_answer(one: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines) -> None:
    visit = await steps.open(one)
    lines.ward_down = True
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert refusal_of(world, refused).contact is not None
    assert await state(one, visit) == "refused"


async def test_the_kiosk_gave_up_meanwhile(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines
) -> None:
    """A late answer is not even made: the outcome came first, and the issuance is on record as undelivered."""
    visit = await steps.open(one)

    async def report() -> None:
        await take_outcome(two, kiosk.relayed(kiosk.outcome(visit)), operator=OPERATOR)

    lines.on_issue = report
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert (await state(one, visit), await custody_of(one, visit)) == ("settled", "wiped")
    async with transaction(one.pool) as connection:
        row = await find(connection, visit.transaction, operator=OPERATOR)
    assert row is not None
    assert row.issuance_digest is not None
    assert row.delivery is None


async def test_a_crossed_back_is_not_delivered(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = BackMaker.back
    monkeypatch.setattr(BackMaker, "back", lambda self, _number, front: made(self, bytes(15) + b"\x01", front))
    visit = await steps.open(one)
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert await state(one, visit) == "refused"


async def test_a_back_with_another_front_is_not_delivered(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, others = BackMaker.back, SealedFront(front_code=b"another", page_description=b"layout and values")
    monkeypatch.setattr(BackMaker, "back", lambda self, number, _front: made(self, number, others))
    visit = await steps.open(one)
    refused = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(refused, Refused)
    assert await state(one, visit) == "refused"


async def test_an_unexpected_fault_leaves_a_resolved_transaction(one: Parts, steps: Steps, lines: StubLines) -> None:
    async def fault() -> None:
        raise RuntimeError

    lines.on_issue = fault
    visit = await steps.open(one)
    with pytest.raises(RuntimeError):
        await steps.apply(one, visit)
    assert (await state(one, visit), await custody_of(one, visit)) == ("failed", "wiped")


async def test_a_killed_replica_leaves_a_resolvable_transaction(
    one: Parts, steps: Steps, lines: StubLines, world: World, pool: Pool, database: Database
) -> None:
    """Cancelled where the ward is asked, as SIGKILL would; the next life of the same name settles it."""
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.sleep(60)

    lines.on_issue = hang
    visit = await steps.open(one)
    task = asyncio.create_task(steps.apply(one, visit))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await state(one, visit), await custody_of(one, visit)) == ("applying", None)
    await settle_dead(center(world, "center-1", pool=pool, database=database, lines=lines))
    assert (await state(one, visit), await custody_of(one, visit)) == ("failed", "process_ended")


async def test_a_lying_protect_step_gives_the_other_paper(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, pool: Pool, database: Database, lines: StubLines
) -> None:
    """The step can be replaced by a test process without test code in the program; the kiosk has to notice."""

    def lying(real: Protect) -> Protect:
        async def swap(certificate: Protected) -> Delivered:
            return msgspec.structs.replace(await real(certificate), pdf=make_pdf(9))

        return swap

    bent = center(world, "center-1", pool=pool, database=database, lines=lines, make_protect=lying)
    visit = await steps.open(bent)
    delivered = kiosk.open(visit, await steps.apply(bent, visit))
    assert isinstance(delivered, Delivered)
    issuance = verify(delivered.issuance, ISSUANCE, keys=world.keys, code=world.ward, at=one.clock.now()).body
    assert document_digest(delivered.pdf, secret=visit.secret) != issuance.pdf_digest
