"""Outcomes: counted once, acknowledged as often as asked, told to the ward until it has heard."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from madoguchi import evidence
from madoguchi.center.applying import apply
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.center.ward_queue import backoff, tell_wards
from madoguchi.errors import MadoguchiError, PublicReason
from madoguchi.runtime.answers import ProblemAnswer
from madoguchi.runtime.caller import PeerRefused
from madoguchi.runtime.database import transaction
from madoguchi.statement import verify
from madoguchi.statement.kinds import ACKNOWLEDGEMENT
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.outcome import KioskCustody, Outcome, WardOutcome
from madoguchi.wire.transaction import Delivered
from tests.center.conftest import Steps
from tests.center.states import state
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, OTHER_OPERATOR, Kiosk, Visit, World, body_of


async def delivered_visit(one: Parts, steps: Steps, kiosk: Kiosk) -> tuple[Visit, Delivered]:
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await steps.apply(one, visit, copies=2))
    assert isinstance(delivered, Delivered)
    return visit, delivered


async def incidents_of(parts: Parts, visit: Visit) -> list[str]:
    async with transaction(parts.pool) as connection:
        cursor = await connection.execute("SELECT code FROM incidents WHERE transaction = %s", (visit.transaction,))
        return [row["code"] for row in await cursor.fetchall()]


async def test_the_whole_chain_is_counted_once(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World, lines: StubLines
) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    outcome = kiosk.outcome(visit, delivered)
    answers = await asyncio.gather(
        *(take_outcome((one, two)[n % 2], kiosk.relayed(outcome), operator=OPERATOR) for n in range(10))
    )
    for raw in answers:
        said = verify(raw, ACKNOWLEDGEMENT, keys=world.keys, code=CENTER_CODE, at=one.clock.now()).body
        assert (said.transaction, said.outcome_digest) == (visit.transaction, sha256(outcome))
    assert await state(one, visit) == "settled"
    assert await incidents_of(one, visit) == []
    async with transaction(one.pool) as connection:
        await evidence.check(connection)
        told = [entry async for entry in evidence.entries(connection) if entry.body["transaction"] == visit.transaction]
    assert [entry.event for entry in told] == ["certificate.delivered", "outcome.counted"]


async def test_a_second_different_outcome_is_an_incident(one: Parts, steps: Steps, kiosk: Kiosk) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    first = kiosk.relayed(kiosk.outcome(visit, delivered))
    await take_outcome(one, first, operator=OPERATOR)
    other = kiosk.relayed(
        kiosk.outcome(
            visit, delivered, result="not_printed", sheets=("not_printed",) * 2, printed_yen=0, refunded_yen=600
        )
    )
    with pytest.raises(MadoguchiError, match="outcome_conflict"):
        await take_outcome(one, other, operator=OPERATOR)
    assert await incidents_of(one, visit) == ["center.outcome_conflict"]
    await take_outcome(one, first, operator=OPERATOR)


@pytest.mark.parametrize(
    "change",
    [{"paid_yen": 0}, {"sheets_printed": 1}, {"outcome_digest": bytes(32)}, {"transaction": bytes(16)}],
    ids=str,
)
async def test_kiosk_and_operator_must_agree(one: Parts, steps: Steps, kiosk: Kiosk, change: dict[str, Any]) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    with pytest.raises(MadoguchiError, match="outcome_does_not_fit"):
        await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered), **change), operator=OPERATOR)
    assert await state(one, visit) == "delivered"


async def test_an_outcome_of_another_kiosk(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    other = Kiosk(world, name="kiosk-3")
    with pytest.raises(MadoguchiError, match="other_kiosk"):
        await take_outcome(one, other.relayed(other.outcome(visit, delivered)), operator=OPERATOR)


async def test_an_outcome_through_another_operator(one: Parts, steps: Steps, kiosk: Kiosk) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    with pytest.raises(MadoguchiError, match="statement"):
        await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered)), operator=OTHER_OPERATOR)


async def test_an_outcome_of_no_transaction(one: Parts, steps: Steps, kiosk: Kiosk) -> None:
    visit, _ = await delivered_visit(one, steps, kiosk)
    with pytest.raises(MadoguchiError, match="unknown_transaction"):
        await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, transaction=bytes(16))), operator=OPERATOR)


@pytest.mark.parametrize(
    "change",
    [
        {"issuance_digest": bytes(32)},
        {"delivery_digest": bytes(32)},
        {"application_digest": bytes(32)},
        {"sheets": ("printed",), "paid_yen": 300, "printed_yen": 300},
    ],
    ids=str,
)
async def test_an_outcome_that_cannot_be_is_kept_and_is_an_incident(
    one: Parts, steps: Steps, kiosk: Kiosk, change: dict[str, Any]
) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered, **change)), operator=OPERATOR)
    assert await incidents_of(one, visit) == ["center.outcome_contradicts"]


async def test_paper_without_a_delivery_is_an_incident(one: Parts, steps: Steps, kiosk: Kiosk) -> None:
    visit = await steps.open(one)
    printed = kiosk.outcome(
        visit,
        sheets=("printed",),
        paid_yen=300,
        printed_yen=300,
        custody=KioskCustody(held=True, erased="printer_confirmed"),
    )
    await take_outcome(one, kiosk.relayed(printed), operator=OPERATOR)
    assert await incidents_of(one, visit) == ["center.outcome_contradicts"]


async def test_a_kiosk_that_reports_an_application_that_never_came(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World
) -> None:
    visit = await steps.open(one)
    message = kiosk.apply(visit, world.card())
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit)), operator=OPERATOR)
    assert await incidents_of(one, visit) == []
    assert await state(one, visit) == "settled"
    late = await apply(one, message, operator=OPERATOR)
    assert type(late).__name__ == "Refused"


async def test_the_ward_is_told_until_it_has_heard(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines
) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    raw = kiosk.outcome(visit, delivered)
    lines.outcomes_down = True
    await take_outcome(one, kiosk.relayed(raw), operator=OPERATOR)
    await _due_now(one)
    await tell_all(one)
    lines.outcomes_down = False
    await _due_now(one)
    await tell_all(one, two)
    mine = [told for told in lines.told if told.outcome == raw]
    assert len(mine) == 1
    assert mine[0].delivery == delivered.delivery
    await _due_now(one)
    await tell_all(one)
    assert len([told for told in lines.told if told.outcome == raw]) == 1


async def tell_all(*parts: Parts) -> None:
    """Until nothing is due: the database is shared with other tests' outcomes, and a batch is small."""
    while any(await asyncio.gather(*(tell_wards(one) for one in parts))):
        pass


async def _due_now(parts: Parts) -> None:
    async with transaction(parts.pool) as connection:
        await connection.execute("UPDATE ward_queue SET next_at = clock_timestamp() WHERE done_at IS NULL")


async def test_a_ward_that_was_never_asked_is_not_told(
    one: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines
) -> None:
    visit = await steps.open(one)
    raw = kiosk.outcome(visit)
    await take_outcome(one, kiosk.relayed(raw), operator=OPERATOR)
    await tell_all(one)
    assert raw not in [told.outcome for told in lines.told]


def test_backoff_grows_to_five_minutes() -> None:
    assert [backoff(n) for n in (1, 2, 3, 9, 10, 1000)] == [1, 2, 4, 256, 300, 300]


async def test_a_changed_body_does_not_verify(one: Parts, steps: Steps, kiosk: Kiosk) -> None:
    visit, delivered = await delivered_visit(one, steps, kiosk)
    told = kiosk.relayed(kiosk.outcome(visit, delivered))
    forged = msgspec.structs.replace(told, outcome=told.outcome[:-1] + bytes([told.outcome[-1] ^ 1]))
    with pytest.raises(MadoguchiError, match="bad_signature"):
        await take_outcome(one, forged, operator=OPERATOR)


async def test_an_outcome_that_the_ward_never_heard_of_ends(
    one: Parts, steps: Steps, kiosk: Kiosk, lines: StubLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request to issue was lost on the line: the ward knows no such transaction, now and for minutes."""
    visit = await steps.open(one)
    lines.ward_down = True
    await steps.apply(one, visit)
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit)), operator=OPERATOR)
    asked = 0

    async def unknown(_ward: str, outcome: WardOutcome) -> None:
        nonlocal asked
        asked += body_of(outcome.outcome, Outcome).transaction == visit.transaction
        answer = ProblemAnswer(code="issuer.unknown_transaction", public_reason=PublicReason.TRY_LATER, request_id="0")
        raise PeerRefused(answer, status=404)

    monkeypatch.setattr(StubLines, "outcome", lambda _self, ward, outcome: unknown(ward, outcome))
    for _ in range(12):
        await _due_now(one)
        await tell_all(one)
    assert asked == 9
