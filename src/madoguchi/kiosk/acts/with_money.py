"""Acts of step 8: preflight, money, printing, outcome."""

from __future__ import annotations

from contextlib import aclosing

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts.acting import Acts, VisitInHand, act
from madoguchi.kiosk.devices import (
    Printer,
    clear_printer,
    expect_ready,
    job_name,
    take_ticket,
    wait_until_ready,
)
from madoguchi.kiosk.devices.payment import Payment, give_back
from madoguchi.kiosk.machine import effects, events
from madoguchi.kiosk.money import sheets_after
from madoguchi.kiosk.outcomes import Ending, record_outcome
from madoguchi.kiosk.problems import (
    ENDED,
    MONEY_FAILED,
    NO_CHANGE,
    NO_PAPER,
    PRINTER_FAILED,
    PRINTER_HOLDS_A_JOB,
    PRINTER_JAMMED,
    TRAY_NOT_FREE,
)
from madoguchi.runtime import log
from madoguchi.wire.outcome import SheetState

PRINTING_STOPPED = log.event("kiosk.printing_stopped", "transaction", "code", "cause")


@act(effects.Preflight)
async def preflight(acts: Acts, effect: effects.Preflight) -> None:
    """Everything that the job needs is there, or no money is asked."""
    visit = acts.expect_visit()
    devices = acts.parts.devices

    async def work() -> None:
        state = await clear_printer(devices.printer)
        if state.jammed:
            raise PRINTER_JAMMED.error()
        if state.sheets < effect.price.sheets:
            raise NO_PAPER.error(f"{state.sheets} of {effect.price.sheets} sheets")
        expect_ready(state)
        if devices.tray.sheets():
            raise TRAY_NOT_FREE.error()
        if effect.price.total_yen and not devices.money.can_change():
            raise NO_CHANGE.error()
        emoney = devices.emoney is not None and devices.emoney.ready()
        acts.post(events.PreflightPassed(effect.session, emoney))

    acts.begin_work(visit, work())


@act(effects.RecordAsked)
async def record_asked(acts: Acts, effect: effects.RecordAsked) -> None:
    """With the claim code, so that whatever happens from here on, what is owed can be claimed."""
    visit = acts.expect_visit()
    transaction, job = visit.expect_transaction(), visit.job
    if job is None or (job.fee_yen, job.sheets) != (effect.price.total_yen, effect.price.sheets):
        raise ENDED.error("no checked job of this price")
    await acts.parts.journal.run(
        lambda _: acts.parts.journal.asked(
            transaction,
            price=effect.price,
            claim=visit.claim,
            issuance_digest=job.issuance_digest,
            delivery_digest=job.delivery_digest,
        )
    )


@act(effects.AcceptMoney)
async def accept_money(acts: Acts, effect: effects.AcceptMoney) -> None:
    """The slot opens."""
    await acts.parts.devices.money.accept(effect.yen)


@act(effects.ReturnEscrow)
async def return_escrow(acts: Acts, _effect: effects.ReturnEscrow) -> None:
    """The slot closes, everything comes back."""
    await acts.parts.devices.money.return_escrow()


@act(effects.RecordPaid)
async def record_paid(acts: Acts, effect: effects.RecordPaid) -> None:
    """Before it is taken in."""
    visit = acts.expect_visit()
    visit.money_began = acts.parts.clock.monotonic()
    visit.means, visit.attempt = effect.means, effect.attempt
    transaction = visit.expect_transaction()
    await acts.parts.journal.run(
        lambda _: acts.parts.journal.paid(transaction, yen=effect.yen, means=effect.means, attempt=effect.attempt)
    )


@act(effects.TakeMoney)
async def take_money(acts: Acts, effect: effects.TakeMoney) -> None:
    """A mechanism that fails in the middle is asked what it did."""
    visit = acts.expect_visit()
    money, ticket = acts.parts.devices.money, take_ticket(visit.expect_transaction())
    visit.change_yen = max(0, money.escrow_yen() - effect.yen)

    async def work() -> None:
        try:
            taken = await money.take(ticket, effect.yen)
        except MadoguchiError:
            taken = await money.took(ticket)
        if not taken:
            raise MONEY_FAILED.error()
        acts.post(events.MoneyTaken(effect.session))

    acts.begin_work(visit, work())


@act(effects.RecordSending)
async def record_sending(acts: Acts, effect: effects.RecordSending) -> None:
    """Before the job is sent."""
    transaction = acts.expect_visit().expect_transaction()
    await acts.parts.journal.run(lambda _: acts.parts.journal.sending(transaction, before=effect.before))


@act(effects.RecordSheet)
async def record_sheet(acts: Acts, effect: effects.RecordSheet) -> None:
    """Before the sheet, with its paper number, in case it is left behind."""
    visit = acts.expect_visit()
    transaction = visit.expect_transaction()
    if visit.job is None:
        raise ENDED.error("no checked job")
    paper = visit.job.papers[effect.number - 1]
    visit.papers[effect.number - 1 :] = [paper]
    await acts.parts.journal.run(lambda _: acts.parts.journal.sheet(transaction, effect.number, paper=paper))


@act(effects.ReleaseSheet)
async def release_sheet(acts: Acts, effect: effects.ReleaseSheet) -> None:
    """The sheet that the journal knows of may be printed."""
    acts.expect_visit().released_sheet = effect.number


@act(effects.Print)
async def print_job(acts: Acts, effect: effects.Print) -> None:
    """Redeem the checked job, or what is missing of it, and send it as one job."""
    visit = acts.expect_visit()
    if visit.job is None:
        raise ENDED.error("no checked job")
    visit.printing = acts.begin_work(visit, _print(acts, visit, effect))


async def _print(acts: Acts, visit: VisitInHand, effect: effects.Print) -> None:
    session = effect.session
    try:
        await _print_sheets(acts, visit, effect)
    except MadoguchiError as error:
        name = visit.expect_transaction().hex()
        log.get_log().error(PRINTING_STOPPED, transaction=name, code=error.code, cause=error.cause[:100])
        acts.post(events.JobFailed(session))
    else:
        acts.post(events.JobCompleted(session))


async def _print_sheets(acts: Acts, visit: VisitInHand, effect: effects.Print) -> None:
    printer, job = acts.parts.devices.printer, visit.job
    if job is None:
        raise ENDED.error("no checked job")
    name = job_name(visit.expect_transaction(), again=effect.again)
    await _expect_empty(printer, when="before the job")
    document = job.redeem_rest(after=effect.before) if effect.again else job.redeem()
    async with aclosing(printer.run(name, document, sheets=job.sheets - effect.before)) as numbers:
        async for counted in numbers:
            number = effect.before + counted
            await acts.post_and_wait(events.SheetStarts(effect.session, number))
            if visit.released_sheet != number:
                raise PRINTER_FAILED.error(f"sheet {number} was not released")
    await _expect_empty(printer, when="after completion")


async def _expect_empty(printer: Printer, *, when: str) -> None:
    state = await printer.look()
    if state.jobs or not state.idle:
        raise PRINTER_HOLDS_A_JOB.error(when)


@act(effects.CancelJob)
async def cancel_job(acts: Acts, effect: effects.CancelJob) -> None:
    """Stop listening, cancel, see it gone, and ask the printer what came out."""
    visit = acts.expect_visit()
    if visit.printing is not None:
        visit.printing.cancel()

    async def work() -> None:
        printer, name = acts.parts.devices.printer, job_name(visit.expect_transaction(), again=effect.again)
        gone = True
        try:
            await clear_printer(printer)
        except MadoguchiError:
            gone = False
        out = await printer.recall(name)
        sheets = _known(effect, out, gone=gone)
        acts.post(events.JobGone(effect.session, sheets, gone))

    acts.begin_work(visit, work())


def _known(effect: effects.CancelJob, recalled: int | None, *, gone: bool) -> tuple[SheetState, ...]:
    """Sheets that are out, and what is known of the rest: nothing, as long as a job may still be in there."""
    out = min(max(effect.before + (recalled or 0), effect.out), effect.sheets)
    certain = gone and recalled is not None
    return sheets_after(effect.sheets, out=out, rest="not_printed" if certain else "unknown")


@act(effects.PrepareRest)
async def prepare_rest(acts: Acts, effect: effects.PrepareRest) -> None:
    """Look at the printer until a person has put it right; the limit of the stage ends it."""
    visit = acts.expect_visit()

    async def work() -> None:
        try:
            await wait_until_ready(acts.parts.devices.printer, sheets=effect.sheets)
        except MadoguchiError:
            acts.post(events.RestNotReady(effect.session))
        else:
            acts.post(events.RestReady(effect.session))

    visit.preparing = acts.begin_work(visit, work())


@act(effects.StopPreparing)
async def stop_preparing(acts: Acts, _effect: effects.StopPreparing) -> None:
    """Its answer would come too late."""
    preparing = acts.expect_visit().preparing
    if preparing is not None:
        preparing.cancel()


@act(effects.RecordRefunding)
async def record_refunding(acts: Acts, effect: effects.RecordRefunding) -> None:
    """Before it is given."""
    transaction = acts.expect_visit().expect_transaction()
    await acts.parts.journal.run(
        lambda _: acts.parts.journal.refunding(transaction, yen=effect.yen, sheets=effect.sheets)
    )


@act(effects.Refund)
async def refund(acts: Acts, effect: effects.Refund) -> None:
    """What cannot be given is owed."""
    visit = acts.expect_visit()
    payment = Payment(transaction=visit.expect_transaction(), means=effect.means, attempt=visit.attempt)

    async def work() -> None:
        given = await give_back(acts.parts.devices, payment, effect.yen)
        acts.post(events.MoneyRefunded(effect.session, given))

    acts.begin_work(visit, work())


@act(effects.Conclude)
async def conclude(acts: Acts, effect: effects.Conclude) -> None:
    """Sign, put on disk, deliver."""
    visit, parts = acts.expect_visit(), acts.parts
    ending = Ending(
        result=effect.result,
        sheets=effect.sheets,
        balance=effect.balance,
        claim=visit.claim,
        custody=visit.memory.custody(),
    )
    visit.papers = [paper for paper, state in zip(visit.papers, effect.sheets, strict=False) if state == "printed"]
    parts.deliverer.concluded(visit.expect_transaction())
    await record_outcome(visit.chain(), ending, journal=parts.journal, identity=parts.identity, clock=parts.clock)
    if visit.money_began is not None:
        acts.tell_step("pay and print", number=8, since=visit.money_began)
    parts.deliverer.wake()
