"""The table of transitions, and the few moves that many of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    Announce,
    Announcement,
    Conclude,
    Effect,
    LookAtMachine,
    ResetCard,
    ReturnEscrow,
    Wipe,
)
from madoguchi.kiosk.machine.reasons import Reason, reason_of
from madoguchi.kiosk.machine.states import (
    Asking,
    CardForgotten,
    ConfirmingOnPhone,
    EnteringPin,
    Paying,
    ReadingCard,
    Refused,
    Resting,
    Situation,
    Stage,
    Taking,
    outcome_before_money,
)
from madoguchi.kiosk.money import NOTHING_PAID
from madoguchi.kiosk.problems import NONSENSE

Step = tuple[Situation, tuple[Effect, ...]]
Handler = Callable[[Situation, Any, Any], Step]
H = TypeVar("H", bound=Callable[..., Step])

_TABLE: dict[tuple[type, type], Handler] = {}
_TOUCHES = events.Touch.__args__
_OF_A_SESSION = (*events.Result.__args__, events.TimedOut)


def on(stage: type, event: type) -> Callable[[H], H]:
    """Enter a handler into the table. Two for one pair is a programming error."""

    def enter(handler: H) -> H:
        if (stage, event) in _TABLE:
            msg = f"two transitions for {stage.__name__} on {event.__name__}"
            raise ValueError(msg)
        _TABLE[stage, event] = handler
        return handler

    return enter


def step(situation: Situation, event: events.Event) -> Step:
    """One step. Raises `kiosk.nonsense` for a touch that the present screen does not know."""
    if isinstance(event, _OF_A_SESSION) and (event.session != situation.session or not situation.session):
        return situation, ()
    situation = _sensed(situation, event)
    handler = _TABLE.get((type(situation.stage), type(event)))
    if handler is not None:
        return handler(situation, situation.stage, event)
    if isinstance(event, _TOUCHES):
        raise NONSENSE.error(f"{type(event).__name__} on {type(situation.stage).__name__}")
    return situation, ()


def can_fail(stage: Stage) -> bool:
    """Whether a failure of some effect leads anywhere from this stage; where a visit has ended it does not."""
    return (type(stage), events.Failed) in _TABLE


def _sensed(situation: Situation, event: events.Event) -> Situation:
    """Sensors speak whatever the stage is."""
    match event:
        case events.CardPut():
            return replace(situation, card_in=True, phone_in=False)
        case events.CardTaken():
            return replace(
                situation, card_in=False, phone_in=False, calls=situation.calls if situation.tray_sheets else 0
            )
        case events.TraySeen(sheets):
            return replace(situation, tray_sheets=sheets, calls=situation.calls if sheets else 0)
        case events.DoorOpened():
            return replace(situation, door_open=True)
        case events.DoorClosed():
            return replace(situation, door_open=False)
        case _:
            return situation


def to(situation: Situation, stage: Stage, *effects: Effect) -> Step:
    """Go to another stage of the same visit."""
    return replace(situation, stage=stage), effects


def take_back(situation: Situation) -> Announcement:
    """What to call for while a card or a phone lies there."""
    return Announcement.TAKE_PHONE if situation.phone_in else Announcement.TAKE_CARD


def rest(situation: Situation, *effects: Effect) -> Step:
    """Nobody is served any more: nothing of the visit remains but what the sensors see."""
    stage: Stage = CardForgotten() if situation.card_in else Resting()
    after = replace(situation, stage=stage, session=b"", opened=False, paid_by=None)
    calling = (Announce(take_back(situation)),) if situation.card_in else (LookAtMachine(),)
    return after, (*effects, *calling)


def give_up(situation: Situation, reason: Reason, *, refused: bool = False) -> Step:
    """End a visit in which nothing was paid: give back what lies in the machine, wipe, tell the center, say why.

    The key dies here. A late answer to this visit cannot be opened any more.
    """
    effects: list[Effect] = []
    if isinstance(situation.stage, Paying | Taking | Asking):
        effects.append(ReturnEscrow())
    if isinstance(situation.stage, ReadingCard | EnteringPin | ConfirmingOnPhone):
        effects.append(ResetCard())
    effects.append(Wipe())
    if situation.opened:
        effects.append(Conclude(outcome_before_money(refused=refused), (), NOTHING_PAID))
    effects.append(Announce(take_back(situation) if situation.card_in else Announcement.SORRY))
    return replace(situation, stage=Refused(reason), opened=False), tuple(effects)


def failed(situation: Situation, _stage: Stage, event: events.Failed) -> Step:
    """Some work before money failed."""
    return give_up(situation, event.reason, refused=event.refused)


def because(problem: Any) -> Reason:
    """The reason of a problem of the catalogue."""
    return reason_of(problem)
