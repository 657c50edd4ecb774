"""A paper that was left in a kiosk, as the center keeps it for the ward's desk."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from madoguchi import evidence
from madoguchi.center.accounts import account
from madoguchi.center.lost import take_lost
from madoguchi.center.parts import Parts
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import JST, epoch
from madoguchi.runtime.database import transaction
from madoguchi.statement import Signer, verify
from madoguchi.statement.kinds import LOST_COUNTED, LOST_ENTRY
from madoguchi.wire.account import LostAccount
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.lost import LostEntry
from tests.center.conftest import Steps
from tests.center.test_outcomes import delivered_visit
from tests.center.world import OPERATOR, OTHER_OPERATOR, Kiosk, Visit, World


def entry(visit: Visit, world: World, parts: Parts, **changes: Any) -> LostEntry:
    now = epoch(parts.clock.now())
    opened = LostEntry(
        id=sha256(visit.transaction)[:16],
        transaction=visit.transaction,
        ward=world.ward,
        noticed_at=now - 60,
        end=None,
        receipt=None,
        ended_at=None,
        at=now,
    )
    return msgspec.structs.replace(opened, **changes)


def ec_of(world: World, operator: str = OPERATOR) -> Signer:
    return world.signer(f"ec-{operator}", party="ec", code=operator)


async def lost_of(parts: Parts, visit: Visit, world: World) -> tuple[LostAccount, ...]:
    day = parts.clock.now().astimezone(JST).date()
    lost = (await account(parts, ward=world.ward, day=day)).lost
    return tuple(each for each in lost if each.transaction == visit.transaction)


async def test_open_then_settled_as_often_as_it_is_told(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World
) -> None:
    visit, _ = await delivered_visit(one, steps, kiosk)
    opened = ec_of(world).sign(LOST_ENTRY, entry(visit, world, one))
    for parts in (one, two, one):
        raw = await take_lost(parts, opened, operator=OPERATOR)
        said = verify(raw, LOST_COUNTED, keys=world.keys, code=CENTER_CODE, at=one.clock.now()).body
        assert (said.id, said.statement_digest) == (sha256(visit.transaction)[:16], sha256(opened))
    (lost,) = await lost_of(one, visit, world)
    assert (lost.transaction, lost.end, lost.receipt) == (visit.transaction, None, None)
    ends = {"end": "police", "receipt": "A-1", "ended_at": epoch(one.clock.now())}
    settled = ec_of(world).sign(LOST_ENTRY, entry(visit, world, one, **ends))
    for raw in (settled, settled, opened):  # the opening entry may come late
        await take_lost(two, raw, operator=OPERATOR)
    (lost,) = await lost_of(one, visit, world)
    assert (lost.end, lost.receipt) == ("police", "A-1")
    async with transaction(one.pool) as connection:
        told = [each async for each in evidence.entries(connection) if each.event == "lost_property.told"]
    assert [each.body["state"] for each in told if each.body["transaction"] == visit.transaction] == ["open", "police"]


async def test_what_contradicts_is_refused(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    visit, _ = await delivered_visit(one, steps, kiosk)
    ends = {"end": "returned", "ended_at": epoch(one.clock.now())}
    await take_lost(one, ec_of(world).sign(LOST_ENTRY, entry(visit, world, one, **ends)), operator=OPERATOR)
    for changes in ({"end": "police", "receipt": "1", "ended_at": 6}, {"ward": "131130"}):
        lie = ec_of(world).sign(LOST_ENTRY, entry(visit, world, one, **changes))
        with pytest.raises(MadoguchiError, match=r"center\.lost_does_not_fit"):
            await take_lost(one, lie, operator=OPERATOR)
    (lost,) = await lost_of(one, visit, world)
    assert lost.end == "returned"


async def test_only_of_this_operators_transactions(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    visit, _ = await delivered_visit(one, steps, kiosk)
    other = ec_of(world, OTHER_OPERATOR).sign(LOST_ENTRY, entry(visit, world, one))
    with pytest.raises(MadoguchiError, match=r"center\.unknown_transaction"):
        await take_lost(one, other, operator=OTHER_OPERATOR)
    with pytest.raises(MadoguchiError, match=r"statement\."):
        await take_lost(one, other, operator=OPERATOR)
    unknown = ec_of(world).sign(LOST_ENTRY, entry(visit, world, one, transaction=bytes(16)))
    with pytest.raises(MadoguchiError, match=r"center\.unknown_transaction"):
        await take_lost(one, unknown, operator=OPERATOR)
    assert await lost_of(one, visit, world) == ()
