"""Nothing forgotten: what a resident leaves in the machine is called for, ever more urgently, until it is gone.

1. Every few seconds (`Timeouts.remind`) by voice, screen and lamp; nothing else goes on meanwhile.
2. After `STAFF_AFTER` calls the staff of the store are called.
3. After `LOST_AFTER` calls nobody is called any more: it is lost property, on record for store, operator and ward.
   The machine still serves nobody until it is gone.
"""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    Announce,
    Announcement,
    CallStaff,
    RecordLost,
    RecordTaken,
)
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    CardForgotten,
    Collecting,
    Finished,
    PaperForgotten,
    Refused,
    Resting,
    ReturningCard,
    Situation,
    Stage,
    Stopped,
    Thing,
)
from madoguchi.kiosk.machine.table import Step, on, rest, take_back, to
from madoguchi.kiosk.problems import PRINTER_HOLDS_A_JOB

STAFF_AFTER = 12
"""Calls before the staff are called: one minute at 5 seconds."""
LOST_AFTER = 60
"""Calls before it is lost property: five minutes at 5 seconds."""

_PAPER = (Collecting, PaperForgotten, Stopped)
_CARD = (Resting, ReturningCard, CardForgotten, Refused, Finished, Stopped)


def left_behind(situation: Situation) -> Thing | None:
    """What lies in the machine and is somebody's who should take it now."""
    if situation.tray_sheets and isinstance(situation.stage, _PAPER):
        return Thing.PAPER
    if situation.card_in and isinstance(situation.stage, _CARD):
        return Thing.CARD
    return None


def is_calling(situation: Situation) -> bool:
    """Whether somebody is to be called again in a few seconds."""
    return left_behind(situation) is not None and situation.calls < LOST_AFTER


def staff_called(situation: Situation) -> bool:
    """Whether it has lain there so long that the staff of the store must see to it."""
    return left_behind(situation) is not None and situation.calls >= STAFF_AFTER


def remind(situation: Situation, stage: Stage, _event: events.Remind) -> Step:
    """Call once more."""
    thing = left_behind(situation)
    if thing is None or not is_calling(situation):
        return situation, ()
    called = replace(situation, calls=situation.calls + 1)
    if isinstance(stage, Resting):
        called = replace(called, stage=CardForgotten())
    if called.calls == LOST_AFTER:
        return _lost(called, thing)
    if called.calls == STAFF_AFTER:
        return called, (CallStaff(thing), Announce(Announcement.CALL_STAFF))
    # From then on every other call is for the staff.
    for_staff = called.calls > STAFF_AFTER and called.calls % 2 == 0
    return called, (Announce(Announcement.CALL_STAFF if for_staff else _call(called, thing)),)


def _call(situation: Situation, thing: Thing) -> Announcement:
    return Announcement.TAKE_PAPER if thing is Thing.PAPER else take_back(situation)


def _lost(situation: Situation, thing: Thing) -> Step:
    """The owner is gone. A visit that has only its paper left here is over."""
    if isinstance(situation.stage, Collecting):
        after = replace(situation, stage=PaperForgotten(situation.stage.job_gone), session=b"", paid_by=None)
        return after, (RecordLost(thing),)
    return situation, (RecordLost(thing),)


for _kind in {*_PAPER, *_CARD}:
    on(_kind, events.Remind)(remind)


@on(CardForgotten, events.CardTaken)
def card_fetched(situation: Situation, _stage: CardForgotten, _event: events.CardTaken) -> Step:
    """The slot is free again."""
    return rest(situation)


@on(PaperForgotten, events.TraySeen)
def paper_fetched(situation: Situation, stage: PaperForgotten, event: events.TraySeen) -> Step:
    """The store has taken it. A printer job that was not seen gone puts the machine out of service."""
    if event.sheets:
        return situation, ()
    if not stage.job_gone:
        return to(situation, Stopped(reason_of(PRINTER_HOLDS_A_JOB)), RecordTaken())
    return rest(situation, RecordTaken())
