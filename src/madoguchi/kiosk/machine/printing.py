"""Step 8: asked → paid → sending → sheet k → outcome. Every record stands before the act that it announces."""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    AcceptMoney,
    Announce,
    Announcement,
    CancelJob,
    Conclude,
    Effect,
    PrepareRest,
    Print,
    PrintSlip,
    RecordAsked,
    RecordPaid,
    RecordRefunding,
    RecordSending,
    RecordSheet,
    RecordTaken,
    Refund,
    ReleaseSheet,
    StopPreparing,
    TakeMoney,
    Wipe,
)
from madoguchi.kiosk.machine.states import (
    Cancelling,
    Collecting,
    Finished,
    Paying,
    Preparing,
    Printing,
    Refunding,
    Refused,
    Repairing,
    Situation,
    Stage,
    Taking,
    reason_of,
)
from madoguchi.kiosk.machine.table import Step, on, to
from madoguchi.kiosk.money import Price, due, result_of, sheets_after
from madoguchi.kiosk.problems import PRINTER_FAILED
from madoguchi.wire.outcome import SheetState


@on(Preparing, events.PreflightPassed)
def ready(situation: Situation, stage: Preparing, _event: events.PreflightPassed) -> Step:
    """Everything is there: ask for money. A certificate that is free of charge is asked for nothing."""
    total = stage.price.total_yen
    paying = Paying(stage.order, stage.price)
    if not total:
        return _take(situation, paying, RecordAsked(stage.price))
    return to(situation, paying, RecordAsked(stage.price), AcceptMoney(total))


@on(Paying, events.MoneyIn)
def money_in(situation: Situation, stage: Paying, event: events.MoneyIn) -> Step:
    """Until the price is covered it lies in escrow and is the resident's."""
    paying = replace(stage, inserted_yen=event.inserted_yen)
    if event.inserted_yen < stage.price.total_yen:
        return to(situation, paying)
    return _take(situation, paying)


def _take(situation: Situation, stage: Paying, *before: Effect) -> Step:
    total = stage.price.total_yen
    taking = Taking(stage.order, stage.price, stage.inserted_yen)
    return to(situation, taking, *before, RecordPaid(total), TakeMoney(situation.session, total))


@on(Taking, events.MoneyTaken)
def money_taken(situation: Situation, stage: Taking, _event: events.MoneyTaken) -> Step:
    """From here on there is only paper, refund or debt."""
    return to(situation, Printing(stage.order, stage.price), RecordSending(), Print(situation.session))


@on(Printing, events.SheetStarts)
def sheet_starts(situation: Situation, stage: Printing, event: events.SheetStarts) -> Step:
    """Sheet `number` is next; those before it are out. A sheet out of turn is not released."""
    if event.number != stage.current + 1 or event.number > stage.price.sheets:
        return situation, ()
    printing = replace(stage, out=stage.current, current=event.number)
    return to(situation, printing, RecordSheet(event.number), ReleaseSheet(event.number))


@on(Printing, events.JobCompleted)
def job_completed(situation: Situation, stage: Printing, _event: events.JobCompleted) -> Step:
    """Every sheet is out and the printer holds nothing."""
    sheets = sheets_after(stage.price.sheets, out=stage.price.sheets, rest="printed")
    return _conclude(situation, stage.price, sheets, refunded_yen=0, job_gone=True)


@on(Printing, events.JobFailed)
@on(Printing, events.Failed)
@on(Printing, events.TimedOut)
def job_failed(situation: Situation, stage: Printing, _event: object) -> Step:
    """A job that did not complete is seen cancelled before anything else."""
    cancel = CancelJob(situation.session, stage.price.sheets, stage.out, stage.before, stage.again)
    return to(situation, Cancelling(stage.order, stage.price, stage.out, stage.before, stage.again), cancel)


@on(Cancelling, events.Failed)
def cancelling_failed(situation: Situation, stage: Cancelling, _event: events.Failed) -> Step:
    """The printer does not even answer: what was not seen out is not known."""
    return _settle(situation, stage, sheets_after(stage.price.sheets, out=stage.out, rest="unknown"), gone=False)


@on(Cancelling, events.JobGone)
def job_gone(situation: Situation, stage: Cancelling, event: events.JobGone) -> Step:
    """What came out is known, or known to be unknown. Sheets that are surely missing may be printed once more."""
    missing = event.sheets.count("not_printed")
    certain = event.gone and "unknown" not in event.sheets
    if missing and certain and not stage.again:
        repairing = Repairing(stage.order, stage.price, len(event.sheets) - missing)
        return to(situation, repairing, PrepareRest(situation.session, missing))
    return _settle(situation, stage, event.sheets, gone=event.gone)


@on(Repairing, events.RestReady)
def print_rest(situation: Situation, stage: Repairing, _event: events.RestReady) -> Step:
    """Only what is missing, within the same transaction, out of the memory in which it was checked."""
    printing = Printing(stage.order, stage.price, stage.out, stage.out, before=stage.out, again=True)
    return to(situation, printing, RecordSending(stage.out), Print(situation.session, stage.out, again=True))


@on(Repairing, events.RestNotReady)
@on(Repairing, events.Failed)
@on(Repairing, events.TimedOut)
@on(Repairing, events.Stop)
def not_repaired(situation: Situation, stage: Repairing, _event: object) -> Step:
    """Nobody put it right in time, or the resident would rather have the money."""
    sheets = sheets_after(stage.price.sheets, out=stage.out, rest="not_printed")
    after, effects = _settle(situation, stage, sheets, gone=True)
    return after, (StopPreparing(), *effects)


def _settle(situation: Situation, stage: Cancelling | Repairing, sheets: tuple[SheetState, ...], *, gone: bool) -> Step:
    owing = due(stage.price, sheets)
    if not owing.refund_yen:
        return _conclude(situation, stage.price, sheets, refunded_yen=0, job_gone=gone)
    back = owing.refund_yen
    refunding = Refunding(stage.order, stage.price, sheets, gone)
    return to(situation, refunding, RecordRefunding(back, sheets), Refund(situation.session, back))


@on(Refunding, events.MoneyRefunded)
def refunded(situation: Situation, stage: Refunding, event: events.MoneyRefunded) -> Step:
    """What the mechanism could not give back is owed."""
    return _conclude(situation, stage.price, stage.sheets, refunded_yen=event.yen, job_gone=stage.job_gone)


@on(Refunding, events.Failed)
def refund_failed(situation: Situation, stage: Refunding, _event: events.Failed) -> Step:
    """All of it is owed."""
    return _conclude(situation, stage.price, stage.sheets, refunded_yen=0, job_gone=stage.job_gone)


def _conclude(
    situation: Situation, price: Price, sheets: tuple[SheetState, ...], *, refunded_yen: int, job_gone: bool
) -> Step:
    balance = due(price, sheets).settled(refunded_yen=refunded_yen)
    effects: list[Effect] = [Wipe(printed=job_gone), Conclude(result_of(sheets), sheets, balance)]
    if balance.owed_yen:
        effects.append(PrintSlip(balance.owed_yen))
    collecting = Collecting(balance, printed="printed" in sheets or "unknown" in sheets, job_gone=job_gone)
    after = replace(situation, opened=False)
    if situation.tray_sheets:
        return to(after, collecting, *effects, Announce(Announcement.TAKE_PAPER))
    return to(after, _last(collecting), *effects, RecordTaken(), Announce(_farewell(collecting)))


@on(Collecting, events.TraySeen)
def tray_seen(situation: Situation, stage: Collecting, event: events.TraySeen) -> Step:
    """The paper is in the resident's hand."""
    if event.sheets:
        return to(situation, stage)
    return to(situation, _last(stage), RecordTaken(), Announce(_farewell(stage)))


def _last(stage: Collecting) -> Stage:
    if stage.printed:
        return Finished(stage.balance, stage.job_gone)
    return Refused(reason_of(PRINTER_FAILED), stage.balance, stage.job_gone)


def _farewell(stage: Collecting) -> Announcement:
    return Announcement.THANK_YOU if stage.printed and not stage.balance.owed_yen else Announcement.SORRY
