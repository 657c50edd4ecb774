"""Step 1: no card yet. Everything here is public, so stopping simply ends it."""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import ClearPrinter, LookAtMachine, Open, RecordTaken, Wipe
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    ChoosingKind,
    ChoosingWard,
    ChoosingYear,
    Clearing,
    Confirming,
    Finished,
    Offer,
    Opening,
    Order,
    Refused,
    Resting,
    Situation,
    Stopped,
)
from madoguchi.kiosk.machine.table import Step, on, rest, to
from madoguchi.kiosk.problems import CARD_LEFT, NO_MENU, NONSENSE, PRINTER_HOLDS_A_JOB, TRAY_NOT_FREE

_Choosing = ChoosingWard | ChoosingKind | ChoosingYear | Confirming


@on(Resting, events.Begin)
def begin(situation: Situation, _stage: Resting, event: events.Begin) -> Step:
    """Somebody touched. Nobody is served while something of somebody else lies in the machine."""
    if situation.card_in:
        raise CARD_LEFT.error()
    if situation.tray_sheets:
        raise TRAY_NOT_FREE.error()
    if not event.offers:
        raise NO_MENU.error()
    fresh = replace(situation, session=event.session, opened=False)
    return to(fresh, Clearing(event.offers), RecordTaken(), ClearPrinter(event.session))


@on(Clearing, events.PrinterClear)
def cleared(situation: Situation, stage: Clearing, _event: events.PrinterClear) -> Step:
    """The printer holds nothing of anybody."""
    return to(situation, ChoosingWard(stage.offers))


@on(Clearing, events.Failed)
def not_cleared(situation: Situation, _stage: Clearing, event: events.Failed) -> Step:
    """The printer still holds a job: nobody is served."""
    return replace(situation, stage=Stopped(event.reason), session=b""), (Wipe(),)


@on(ChoosingWard, events.Choose)
def choose_ward(situation: Situation, stage: ChoosingWard, event: events.Choose) -> Step:
    """A municipality."""
    for offer in stage.offers:
        if offer.menu.ward == event.value:
            return to(situation, ChoosingKind(stage.offers, offer))
    raise _not_shown("municipality")


@on(ChoosingKind, events.Choose)
def choose_kind(situation: Situation, stage: ChoosingKind, event: events.Choose) -> Step:
    """A kind of certificate that the ward offers now."""
    for kind in stage.offer.menu.kinds:
        if kind.kind == event.value and is_open(stage.offer) and kind.years:
            return to(situation, ChoosingYear(stage.offers, stage.offer, kind))
    raise _not_shown("kind")


@on(ChoosingYear, events.Choose)
def choose_year(situation: Situation, stage: ChoosingYear, event: events.Choose) -> Step:
    """A fiscal year of that kind; one copy until more are asked for."""
    for year in stage.kind.years:
        if year.fiscal_year == event.value:
            order = Order(menu=stage.offer.menu, kind=stage.kind, year=year, copies=1)
            return to(situation, Confirming(stage.offers, stage.offer, order))
    raise _not_shown("year")


@on(Confirming, events.Choose)
def choose_copies(situation: Situation, stage: Confirming, event: events.Choose) -> Step:
    """How many."""
    copies = event.value
    if not isinstance(copies, int) or not 1 <= copies <= stage.order.kind.max_copies:
        raise _not_shown("copies")
    return to(situation, replace(stage, order=replace(stage.order, copies=copies)))


@on(Confirming, events.Confirm)
def confirm(situation: Situation, stage: Confirming, _event: events.Confirm) -> Step:
    """Everything chosen is right: step 2 begins."""
    return to(situation, Opening(stage.order), Open(situation.session, stage.order))


@on(ChoosingKind, events.Back)
def back_to_ward(situation: Situation, stage: ChoosingKind, _event: events.Back) -> Step:
    """One screen back."""
    return to(situation, ChoosingWard(stage.offers))


@on(ChoosingYear, events.Back)
def back_to_kind(situation: Situation, stage: ChoosingYear, _event: events.Back) -> Step:
    """One screen back."""
    return to(situation, ChoosingKind(stage.offers, stage.offer))


@on(Confirming, events.Back)
def back_to_year(situation: Situation, stage: Confirming, _event: events.Back) -> Step:
    """One screen back."""
    return to(situation, ChoosingYear(stage.offers, stage.offer, stage.order.kind))


@on(ChoosingWard, events.Back)
@on(ChoosingWard, events.Stop)
@on(ChoosingKind, events.Stop)
@on(ChoosingYear, events.Stop)
@on(Confirming, events.Stop)
@on(ChoosingWard, events.TimedOut)
@on(ChoosingKind, events.TimedOut)
@on(ChoosingYear, events.TimedOut)
@on(Confirming, events.TimedOut)
def stop_choosing(situation: Situation, _stage: _Choosing, _event: object) -> Step:
    """Nothing was opened and nothing is kept."""
    return rest(situation, Wipe())


@on(Finished, events.Finish)
@on(Finished, events.TimedOut)
@on(Refused, events.Finish)
@on(Refused, events.Stop)
@on(Refused, events.TimedOut)
def leave(situation: Situation, stage: Finished | Refused, _event: object) -> Step:
    """The last screen goes away. A printer job that was not seen gone puts the machine out of service."""
    after, effects = rest(situation, Wipe())
    if not stage.job_gone:
        return replace(after, stage=Stopped(reason_of(PRINTER_HOLDS_A_JOB))), effects
    return after, effects


@on(Resting, events.OutOfOrder)
@on(Stopped, events.OutOfOrder)
def out_of_order(situation: Situation, _stage: Resting | Stopped, event: events.OutOfOrder) -> Step:
    """Nobody can be served until somebody looked again."""
    return to(situation, Stopped(event.reason))


@on(Stopped, events.Healthy)
def healthy(situation: Situation, _stage: Stopped, _event: events.Healthy) -> Step:
    """Served again, unless the door was opened meanwhile."""
    return (situation, ()) if situation.door_open else rest(situation)


@on(Stopped, events.TraySeen)
def tray_of_a_stopped_machine(situation: Situation, _stage: Stopped, event: events.TraySeen) -> Step:
    """Paper of an earlier life may have lain there; whoever took it, it lies there no more."""
    return situation, (LookAtMachine(),) if event.sheets else (RecordTaken(), LookAtMachine())


@on(Resting, events.CardPut)
@on(Resting, events.CardTaken)
@on(Resting, events.TraySeen)
@on(Stopped, events.CardTaken)
def look_again(situation: Situation, _stage: Resting | Stopped, _event: object) -> Step:
    """Something changed while nobody is served: a machine with something in it may not be able to serve."""
    return situation, (LookAtMachine(),)


def is_open(offer: Offer) -> bool:
    """The ward issues at this moment."""
    return offer.closed is None


def _not_shown(what: str) -> Exception:
    return NONSENSE.error(f"a {what} that is not on the screen")
