"""Opening: who may, for which ward, and that every answer is signed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from madoguchi.center.opening import open_transaction
from madoguchi.center.parts import Parts
from madoguchi.runtime.clock import epoch
from madoguchi.statement import Signer
from madoguchi.statement.kinds import ENROLMENT
from madoguchi.wire.identifiers import sha256
from madoguchi.wire.menu import ServiceHours
from madoguchi.wire.transaction import Enrolment, Opened, OpenedAnswer, Refused, SignedByKiosk
from tests.center.conftest import Steps
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, OTHER_OPERATOR, Kiosk, World, body_of, refusal_of


async def refused(one: Parts, request: SignedByKiosk, world: World, *, operator: str = OPERATOR) -> str:
    answer = await open_transaction(one, request, operator=operator)
    assert isinstance(answer, Refused)
    body = refusal_of(world, answer)
    assert body.answers == sha256(request.statement)
    assert body.transaction is None
    return body.reason


async def test_the_answer_is_bound_to_the_request(one: Parts, kiosk: Kiosk) -> None:
    request = kiosk.request()
    answer = await open_transaction(one, request, operator=OPERATOR)
    assert isinstance(answer, OpenedAnswer)
    opened = kiosk.visit(answer.opened).opened.body
    assert opened.request_digest == sha256(request.statement)
    assert (opened.kiosk, opened.operator, opened.ward) == (kiosk.id, OPERATOR, kiosk.world.ward)
    assert opened.lifetime_seconds == one.config.lifetimes.opened


async def test_ids_and_challenges_are_never_alike(one: Parts, steps: Steps) -> None:
    visits = [await steps.open(one) for _ in range(8)]
    assert len({visit.transaction for visit in visits}) == 8
    assert len({visit.opened.body.challenge for visit in visits}) == 8


async def test_both_replicas_share_the_sealing_key_of_the_day(one: Parts, two: Parts, steps: Steps) -> None:
    first, second = await asyncio.gather(steps.open(one), steps.open(two))
    assert first.opened.body.sealing_key == second.opened.body.sealing_key


async def test_a_repeated_request_opens_nothing(one: Parts, two: Parts, kiosk: Kiosk, world: World) -> None:
    request = kiosk.request()
    assert isinstance(await open_transaction(one, request, operator=OPERATOR), OpenedAnswer)
    assert await refused(two, request, world) == "try_later"


async def test_a_forged_enrolment(one: Parts, kiosk: Kiosk, world: World) -> None:
    own = body_of(kiosk.enrolment, Enrolment)
    forger = Signer(
        key=kiosk.signer.key, party="operator", code=OPERATOR, name="enrolment", environment=world.plan.environment
    )
    request = msgspec.structs.replace(kiosk.request(), enrolment=forger.sign(ENROLMENT, own))
    assert await refused(one, request, world) == "try_later"


async def test_a_kiosk_of_another_operator(one: Parts, world: World) -> None:
    other = Kiosk(world, name="kiosk-2", operator=OTHER_OPERATOR)
    assert await refused(one, other.request(), world, operator=OPERATOR) == "try_later"
    assert isinstance(await open_transaction(one, other.request(), operator=OTHER_OPERATOR), OpenedAnswer)


@pytest.mark.parametrize("change", [{"operator": OTHER_OPERATOR}, {"kiosk": bytes(16)}], ids=str)
async def test_a_request_that_speaks_of_another(one: Parts, kiosk: Kiosk, world: World, change: dict[str, Any]) -> None:
    assert await refused(one, kiosk.request(**change), world) == "not_accepted_here"


async def test_a_ward_that_does_not_take_part(one: Parts, kiosk: Kiosk, world: World) -> None:
    assert await refused(one, kiosk.request(ward="131113"), world) == "not_accepted_here"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"open": False}, "not_offered"),
        ({"hours": ServiceHours(opens_minute=0, closes_minute=1, closed_days=())}, "not_offered"),
        ({"operators": (OTHER_OPERATOR,)}, "not_accepted_here"),
        ({"ward": "131113"}, "try_later"),
        ({"issued_at": epoch(datetime.now(UTC) - timedelta(hours=2))}, "try_later"),
    ],
    ids=["closed", "out of hours", "another store's", "another ward's", "expired"],
)
async def test_what_the_wards_menu_says(
    one: Parts, kiosk: Kiosk, world: World, lines: StubLines, change: dict[str, Any], reason: str
) -> None:
    lines.menu_body = world.menu(**change)
    assert await refused(one, kiosk.request(), world) == reason


async def test_no_menu_no_transaction(one: Parts, kiosk: Kiosk, world: World, lines: StubLines) -> None:
    lines.ward_down = True
    assert await refused(one, kiosk.request(), world) == "try_later"


async def test_a_menu_of_before_is_kept_while_the_ward_is_silent(one: Parts, kiosk: Kiosk, lines: StubLines) -> None:
    raw = await one.menus.raw(kiosk.world.ward)
    lines.ward_down = True
    assert await one.menus.raw(kiosk.world.ward) == raw


async def test_an_older_menu_does_not_replace_a_newer(one: Parts, world: World, lines: StubLines) -> None:
    raw = await one.menus.raw(world.ward)
    lines.menu_body = world.menu(revision=2)
    with pytest.raises(Exception, match="menu_unknown"):
        await one.menus.refresh(world.ward)
    assert await one.menus.raw(world.ward) == raw


async def test_bytes_that_are_no_statement(one: Parts, kiosk: Kiosk, world: World) -> None:
    assert await refused(one, SignedByKiosk(enrolment=b"\x80", statement=b"\x80"), world) == "try_later"


async def test_the_opening_is_in_the_table(one: Parts, steps: Steps) -> None:
    visit = await steps.open(one)
    assert body_of(visit.opened.raw, Opened).transaction == visit.transaction
