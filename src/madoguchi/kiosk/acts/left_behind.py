"""Acts around what is left in the machine, and the door."""

from __future__ import annotations

import secrets

from madoguchi.kiosk.acts.acting import Acts, act
from madoguchi.kiosk.lost import lost_property
from madoguchi.kiosk.machine import effects
from madoguchi.runtime import log

STAFF_CALLED = log.event("kiosk.staff_called", "thing")
LOST = log.event("kiosk.lost_property", "thing", "transaction", "sheets")

_ID_OCTETS = 16


@act(effects.RecordTaken)
async def record_taken(acts: Acts, _effect: effects.RecordTaken) -> None:
    """Nothing of anybody lies there any more."""
    await acts.parts.journal.run(lambda _: acts.parts.journal.taken())


@act(effects.CallStaff)
async def call_staff(_acts: Acts, effect: effects.CallStaff) -> None:
    """Screen and lamp show it by themselves; the log is what the operator watches."""
    log.get_log().warning(STAFF_CALLED, thing=effect.thing.value)


@act(effects.RecordLost)
async def record_lost(acts: Acts, effect: effects.RecordLost) -> None:
    """Signed and on disk, once for what lies there now; from there it is delivered like an outcome."""
    parts, thing = acts.parts, effect.thing
    lying = await parts.journal.run(lambda _: parts.journal.lying(thing))
    if lying is not None and lying.lost:
        return
    body, raw = lost_property(
        secrets.token_bytes(_ID_OCTETS), thing, lying=lying, identity=parts.identity, at=parts.clock.now()
    )
    await parts.journal.run(lambda _: parts.journal.lost(body, notice=raw))
    name = "" if body.transaction is None else body.transaction.hex()
    log.get_log().warning(LOST, thing=thing.value, transaction=name, sheets=len(body.papers))
    parts.deliverer.wake()


@act(effects.UnlockDoor)
async def unlock_door(acts: Acts, _effect: effects.UnlockDoor) -> None:
    """For whoever maintains the machine."""
    acts.parts.devices.door.unlock()


@act(effects.LockDoor)
async def lock_door(acts: Acts, _effect: effects.LockDoor) -> None:
    """Shut."""
    acts.parts.devices.door.lock()
