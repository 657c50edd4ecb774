"""What the ward answers, and what becomes of it: refused, bent, crossed, late, or killed in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from madoguchi.center.housekeeping import settle_dead
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.center.protecting import Protect, Protected
from madoguchi.center.transactions import find
from madoguchi.certificate.pages import document_digest
from madoguchi.paper.back import BackMaker
from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.scramble.content import SealedFront
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import ISSUANCE
from madoguchi.wire.transaction import (
    Delivered,
    Issuance,
    IssueAnswer,
    Issued,
    Refused,
)
from tests.center.conftest import Steps
from tests.center.states import custody_of, state
from tests.center.stub_lines import StubLines, center, make_pdf
from tests.center.world import OPERATOR, Kiosk, World, refusal_of

Bend = Callable[[Issued, Issuance, StubLines], IssueAnswer]


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
    assert issued.front_codes
    code = verify(issued.front_codes[0], FRONT_CODE, keys=stub.world.keys, code=body.ward, at=stub.clock.now()).body
    return msgspec.structs.replace(issued, front_codes=(stub.issuer.sign(FRONT_CODE, code),))


def _page_twice(issued: Issued, body: Issuance, stub: StubLines) -> IssueAnswer:
    twice = (body.sheets[0], msgspec.structs.replace(body.sheets[0], paper_number=bytes(16)))
    return _resigned({"sheets": twice})(issued, body, stub)


def _silently_without_description(issued: Issued, _body: Issuance, _stub: StubLines) -> IssueAnswer:
    return msgspec.structs.replace(issued, page_description=None)


def _without_codes(issued: Issued, _body: Issuance, _stub: StubLines) -> IssueAnswer:
    return msgspec.structs.replace(issued, front_codes=None)


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
        _silently_without_description,
        _without_codes,
        _resigned({"page_description_digest": None}),
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
