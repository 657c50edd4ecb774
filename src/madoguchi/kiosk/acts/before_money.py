"""Acts of steps 1 to 7, and the end of a visit."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from madoguchi.card import JpkiCard, PinWrongError
from madoguchi.card.problems import PIN_LOCKED
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts.acting import Acts, VisitInHand, act
from madoguchi.kiosk.applying import Applicant
from madoguchi.kiosk.checking import check_answer
from madoguchi.kiosk.devices import clear_printer, expect_ready
from madoguchi.kiosk.machine import effects, events
from madoguchi.kiosk.memory import TransactionMemory
from madoguchi.kiosk.problems import CARD_NOT_ACCEPTED, ENDED, PHONE_LEFT, TRAY_NOT_FREE
from madoguchi.wire.menu import Wording
from madoguchi.wire.transaction import SealedMessage

_SET_AGAIN = frozenset({"card.unknown", "card.token_unknown", "card.answer", CARD_NOT_ACCEPTED.code})
"""What another try, or another card, may put right. Everything else ends the visit."""


@act(effects.ClearPrinter)
async def clear(acts: Acts, effect: effects.ClearPrinter) -> None:
    """Beside, because a printer may take its time."""

    async def work() -> None:
        acts.parts.devices.reader.check()
        expect_ready(await clear_printer(acts.parts.devices.printer))
        if acts.parts.devices.tray.sheets():
            raise TRAY_NOT_FREE.error()
        acts.post(events.PrinterClear(effect.session))

    acts.chosen_since = acts.parts.clock.monotonic()
    acts.begin_other_work(effect.session, work())


@act(effects.Open)
async def open_transaction(acts: Acts, effect: effects.Open) -> None:
    """Step 2: a memory, and one question."""
    memory = TransactionMemory(order=effect.order, environment=acts.parts.identity.environment)
    visit = acts.begin_visit(effect.session, memory)

    async def work() -> None:
        memory.opened = await acts.parts.applicant.open(memory)
        acts.post(events.TransactionOpened(effect.session))

    acts.begin_work(visit, work())


@act(effects.RecordOpened)
async def record_opened(acts: Acts, _effect: effects.RecordOpened) -> None:
    """The same id twice is refused by the journal."""
    visit = acts.expect_visit()
    transaction = visit.memory.expect_opened().transaction
    ward = visit.memory.order.menu.ward
    await acts.parts.journal.run(lambda _: acts.parts.journal.opened(transaction, ward=ward))
    visit.transaction = transaction
    acts.parts.tell("choose", number=1, transaction=transaction, seconds=visit.began - acts.chosen_since)
    acts.tell_step("open", number=2, since=visit.began)


@act(effects.ReadCard)
async def read_card(acts: Acts, effect: effects.ReadCard) -> None:
    """In a thread: APDUs block."""
    visit = acts.expect_visit()

    async def work() -> None:
        try:
            card = JpkiCard(acts.parts.devices.reader.transport())
            tries = await asyncio.to_thread(acts.parts.applicant.read_card, visit.memory, card)
        except MadoguchiError as error:
            if error.code not in _SET_AGAIN:
                raise
            text = error.problem.resident
            acts.post(events.CardUnreadable(effect.session, Wording(ja=text.ja, en=text.en)))
        else:
            acts.post(_card_read(effect.session, tries, acts))

    acts.begin_work(visit, work())


def _card_read(session: bytes, tries: int | None, acts: Acts) -> events.Result:
    if tries is None:
        return events.PhoneRead(session)
    if tries:
        return events.CardRead(session, tries, acts.expect_visit().memory.token.is_phone)
    return acts.failure(session, PIN_LOCKED.error("before the PIN was asked"))


@act(effects.KeepDigit)
async def keep_digit(acts: Acts, effect: effects.KeepDigit) -> None:
    """One ASCII digit."""
    acts.expect_visit().memory.pin.append(ord("0") + effect.digit)


@act(effects.DropDigit)
async def drop_digit(acts: Acts, _effect: effects.DropDigit) -> None:
    """Overwrite, then shorten."""
    pin = acts.expect_visit().memory.pin
    pin[-1] = 0
    del pin[-1]


@act(effects.DropPin)
async def drop_pin(acts: Acts, _effect: effects.DropPin) -> None:
    """Overwrite all."""
    acts.expect_visit().memory.wipe_pin()


@act(effects.SignTranscript)
async def sign_transcript(acts: Acts, effect: effects.SignTranscript) -> None:
    """Step 3, in a thread. A wrong PIN is asked again by the resident only."""
    visit = acts.expect_visit()
    applicant: Applicant = acts.parts.applicant

    async def work() -> None:
        began = acts.parts.clock.monotonic()
        try:
            card = JpkiCard(acts.parts.devices.reader.transport())
            await asyncio.to_thread(applicant.sign_with_card, visit.memory, card)
        except PinWrongError as wrong:
            acts.post(events.PinWrong(effect.session, wrong.tries_left))
        except MadoguchiError as error:
            if visit.memory.token.is_phone and error.code == CARD_NOT_ACCEPTED.code:
                raise PHONE_LEFT.error(error.cause) from None
            raise
        else:
            acts.tell_step("card", number=3, since=began)
            acts.post(events.CardSigned(effect.session))

    acts.begin_work(visit, work())


@act(effects.ResetCard)
async def reset_card(acts: Acts, _effect: effects.ResetCard) -> None:
    """A card that has left needs no reset."""
    await acts.parts.devices.reader.release()


@act(effects.Apply)
async def apply(acts: Acts, effect: effects.Apply) -> None:
    """Steps 4 to 7. The journal knows of the application before it leaves."""
    visit = acts.expect_visit()
    began = acts.parts.clock.monotonic()
    message = acts.parts.applicant.make_application(visit.memory)
    digest = visit.application_digest = visit.memory.application_digest
    if digest is None:
        raise ENDED.error("no application")
    transaction = visit.expect_transaction()
    await acts.parts.journal.run(lambda _: acts.parts.journal.applied(transaction, application_digest=digest))
    acts.begin_work(visit, _apply_and_check(acts, visit, message, began=began, session=effect.session))


async def _apply_and_check(
    acts: Acts, visit: VisitInHand, message: SealedMessage, *, began: float, session: bytes
) -> None:
    answer = await acts.parts.applicant.apply(visit.memory, message)
    acts.tell_step("apply", number=4, since=began)
    acts.post(events.AnswerArrived(session))
    arrived = acts.parts.clock.monotonic()
    transaction = visit.expect_transaction()
    # `held` is on disk before any plaintext is in this process (invariant 5).
    await acts.parts.journal.run(lambda _: acts.parts.journal.held(transaction))
    checker = acts.parts.checker()
    loop = asyncio.get_running_loop()
    visit.checking = loop.run_in_executor(None, lambda: check_answer(answer, memory=visit.memory, by=checker))
    job = await asyncio.shield(visit.checking)
    visit.job = job
    visit.issuance_digest, visit.delivery_digest = job.issuance_digest, job.delivery_digest
    acts.tell_step("check", number=7, since=arrived)
    acts.post(events.PaperChecked(session, job.pages))


@act(effects.Wipe)
async def wipe(acts: Acts, effect: effects.Wipe) -> None:
    """Key and data go; work that still runs for this visit is stopped and waited for, so that nothing comes back."""
    visit = acts.visit
    if visit is None:
        return
    visit.memory.wipe(printed=effect.printed)
    for task in list(visit.work):
        task.cancel()
    if visit.checking is not None:
        with suppress(Exception):
            await visit.checking  # a thread cannot be stopped; it fails by itself, because the secret is gone
        visit.checking = None
    if visit.job is not None:
        visit.job.drop()
        visit.job = None


@act(effects.Announce)
async def announce(acts: Acts, effect: effects.Announce) -> None:
    """Voice."""
    acts.parts.devices.voice.say(effect.what)


@act(effects.LookAtMachine)
async def look(acts: Acts, _effect: effects.LookAtMachine) -> None:
    """Beside."""
    acts.look()
