"""Step 8 after the money: sending → sheet k → outcome. Every record stands before the act that it announces."""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    Announce,
    Announcement,
    CancelJob,
    Conclude,
    Effect,
    PrepareRest,
    Print,
    PrintReceipt,
    PrintSlip,
    RecordRefunding,
    RecordSending,
    RecordSheet,
    RecordTaken,
    Refund,
    ReleaseSheet,
    ReturnEscrow,
    StopPreparing,
    TellUnknown,
    Wipe,
)
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    Asking,
    Cancelling,
    Collecting,
    Finished,
    Printing,
    Refunding,
    Refused,
    Repairing,
    Situation,
    Stage,
)
from madoguchi.kiosk.machine.table import Step, on, to
from madoguchi.kiosk.money import Means, Price, due, owed_until_known, result_of, sheets_after
from madoguchi.kiosk.problems import PAYMENT_UNKNOWN, PRINTER_FAILED
from madoguchi.wire.outcome import SheetState


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
    return to(
        situation,
        refunding,
        RecordRefunding(back, sheets),
        Refund(situation.session, back, situation.paid_by or Means.COINS),
    )


@on(Refunding, events.MoneyRefunded)
def refunded(situation: Situation, stage: Refunding, event: events.MoneyRefunded) -> Step:
    """What the mechanism could not give back is owed."""
    return _conclude(situation, stage.price, stage.sheets, refunded_yen=event.yen, job_gone=stage.job_gone)


@on(Refunding, events.Failed)
def refund_failed(situation: Situation, stage: Refunding, _event: events.Failed) -> Step:
    """All of it is owed."""
    return _conclude(situation, stage.price, stage.sheets, refunded_yen=0, job_gone=stage.job_gone)


def conclude_unknown(situation: Situation, stage: Asking) -> Step:
    """Nobody knows whether it was paid. Nothing is printed; all of it is owed until a person has looked."""
    sheets = sheets_after(stage.price.sheets, out=0, rest="not_printed")
    balance = owed_until_known(stage.price)
    escrow = (ReturnEscrow(),) if stage.means is Means.COINS else ()
    effects: tuple[Effect, ...] = (
        *escrow,
        Wipe(),
        TellUnknown(stage.means, stage.attempt),
        Conclude(result_of(sheets), sheets, balance),
        PrintSlip(situation.session, balance.owed_yen),
        Announce(Announcement.SORRY),
    )
    return to(replace(situation, opened=False, paid_by=None), Refused(reason_of(PAYMENT_UNKNOWN), balance), *effects)


def _conclude(
    situation: Situation, price: Price, sheets: tuple[SheetState, ...], *, refunded_yen: int, job_gone: bool
) -> Step:
    balance = due(price, sheets).settled(refunded_yen=refunded_yen)
    effects: list[Effect] = [Wipe(printed=job_gone), Conclude(result_of(sheets), sheets, balance)]
    if balance.owed_yen:
        effects.append(PrintSlip(situation.session, balance.owed_yen))
    collecting = Collecting(balance, printed="printed" in sheets or "unknown" in sheets, job_gone=job_gone)
    after = replace(situation, opened=False, paid_by=None)
    if situation.tray_sheets:
        return to(after, collecting, *effects, Announce(Announcement.TAKE_PAPER))
    return to(after, _last(collecting), *effects, *_goodbye(situation, collecting))


@on(Collecting, events.TraySeen)
def tray_seen(situation: Situation, stage: Collecting, event: events.TraySeen) -> Step:
    """The paper is in the resident's hand."""
    if event.sheets:
        return to(situation, stage)
    return to(situation, _last(stage), *_goodbye(situation, stage))


@on(Collecting, events.NoReceipt)
def no_slip(situation: Situation, stage: Collecting, _event: events.NoReceipt) -> Step:
    """The last screen will say so, and shows the code."""
    return to(situation, replace(stage, no_receipt=True))


@on(Finished, events.NoReceipt)
@on(Refused, events.NoReceipt)
def no_receipt(situation: Situation, stage: Finished | Refused, _event: events.NoReceipt) -> Step:
    """The screen says so."""
    return to(situation, replace(stage, no_receipt=True))


def _goodbye(situation: Situation, stage: Collecting) -> tuple[Effect, ...]:
    """The paper is taken: the receipt, and a word of thanks."""
    receipt = (PrintReceipt(situation.session, stage.balance),) if stage.balance.paid_yen else ()
    return (RecordTaken(), *receipt, Announce(_farewell(stage)))


def _last(stage: Collecting) -> Stage:
    if stage.printed:
        return Finished(stage.balance, stage.job_gone, stage.no_receipt)
    return Refused(reason_of(PRINTER_FAILED), stage.balance, stage.job_gone, stage.no_receipt)


def _farewell(stage: Collecting) -> Announcement:
    return Announcement.THANK_YOU if stage.printed and not stage.balance.owed_yen else Announcement.SORRY
