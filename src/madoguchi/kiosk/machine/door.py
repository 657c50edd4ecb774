"""The door: unlocked by an authorised key while nobody is served, and the end of everything when it opens otherwise.

What is in the machine when the door opens is settled like after a power cut: the memory is wiped at once, and the
journal says what is paid, printed, given back or owed (`recovery`). Nothing of an old transaction is printed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import LockDoor, LookAtMachine, RecordTaken, UnlockDoor, Wipe
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    Maintenance,
    Resting,
    Situation,
    Stage,
    Stopped,
)
from madoguchi.kiosk.machine.table import Step, on, rest, to
from madoguchi.kiosk.problems import DOOR_OPEN


@on(Resting, events.KeyTurned)
@on(Stopped, events.KeyTurned)
def key_turned(situation: Situation, _stage: Resting | Stopped, event: events.KeyTurned) -> Step:
    """Maintenance begins with an authorised key, and only while nobody is served."""
    if not event.authorised:
        return situation, ()
    return to(situation, Maintenance(), UnlockDoor())


@on(Maintenance, events.KeyTurned)
@on(Maintenance, events.DoorClosed)
def maintenance_ends(situation: Situation, _stage: Maintenance, event: events.KeyTurned | events.DoorClosed) -> Step:
    """The door is shut and locked again; the machine looks at itself before it serves."""
    if situation.door_open or (isinstance(event, events.KeyTurned) and not event.authorised):
        return situation, ()
    return rest(situation, LockDoor())


@on(Maintenance, events.TraySeen)
def tray_in_maintenance(situation: Situation, _stage: Maintenance, event: events.TraySeen) -> Step:
    """Whoever maintains it has taken the paper."""
    return situation, () if event.sheets else (RecordTaken(),)


def door_opened(situation: Situation, _stage: Stage, _event: events.DoorOpened) -> Step:
    """Whoever stands there: nothing stays in memory, the money is settled, and nobody is served."""
    after = replace(situation, stage=Stopped(reason_of(DOOR_OPEN)), session=b"", opened=False, paid_by=None)
    return after, (Wipe(), LookAtMachine())


for _kind in get_args(Stage):
    if _kind is not Maintenance:
        on(_kind, events.DoorOpened)(door_opened)


@on(Stopped, events.DoorClosed)
def door_closed(situation: Situation, _stage: Stopped, _event: events.DoorClosed) -> Step:
    """Perhaps it can serve again."""
    return situation, (LockDoor(), LookAtMachine())
