"""Steps 2 to 7: open, card, PIN, card back, apply, check. Nothing is paid yet, so every doubt just ends it."""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    Announce,
    Apply,
    DropDigit,
    DropPin,
    KeepDigit,
    Preflight,
    ReadCard,
    RecordOpened,
    ResetCard,
    SignTranscript,
)
from madoguchi.kiosk.machine.reasons import reason_of
from madoguchi.kiosk.machine.states import (
    PIN_DIGITS,
    Applying,
    AwaitingCard,
    ConfirmingOnPhone,
    EnteringPin,
    Offering,
    Opening,
    Paying,
    Preparing,
    ReadingCard,
    ReturningCard,
    Signing,
    Situation,
    Stage,
)
from madoguchi.kiosk.machine.table import Step, failed, give_up, on, take_back, to
from madoguchi.kiosk.money import Price
from madoguchi.kiosk.problems import NONSENSE, STOPPED_BY_RESIDENT, TIMED_OUT

_BEFORE_MONEY = (
    Opening,
    AwaitingCard,
    ReadingCard,
    EnteringPin,
    Signing,
    ConfirmingOnPhone,
    ReturningCard,
    Applying,
    Offering,
    Preparing,
    Paying,
)
_RESIDENT_MAY_STOP = (
    Opening,
    AwaitingCard,
    ReadingCard,
    EnteringPin,
    ConfirmingOnPhone,
    ReturningCard,
    Applying,
    Offering,
    Paying,
)


def _stopped(situation: Situation, _stage: Stage, _event: events.Stop) -> Step:
    return give_up(situation, reason_of(STOPPED_BY_RESIDENT))


def _timed_out(situation: Situation, _stage: Stage, _event: events.TimedOut) -> Step:
    return give_up(situation, reason_of(TIMED_OUT))


for _kind in _BEFORE_MONEY:
    on(_kind, events.Failed)(failed)
    on(_kind, events.TimedOut)(_timed_out)
for _kind in _RESIDENT_MAY_STOP:
    on(_kind, events.Stop)(_stopped)


@on(Opening, events.TransactionOpened)
def opened(situation: Situation, stage: Opening, _event: events.TransactionOpened) -> Step:
    """Step 2 is done. A card that was set too early is read at once."""
    known = replace(situation, opened=True)
    if situation.card_in:
        return to(known, ReadingCard(stage.order), RecordOpened(), ReadCard(situation.session))
    return to(known, AwaitingCard(stage.order), RecordOpened())


@on(AwaitingCard, events.CardPut)
def card_put(situation: Situation, stage: AwaitingCard, _event: events.CardPut) -> Step:
    """Step 3 begins."""
    return to(situation, ReadingCard(stage.order), ReadCard(situation.session))


@on(ReadingCard, events.CardRead)
def card_read(situation: Situation, stage: ReadingCard, event: events.CardRead) -> Step:
    """The counter is known before a PIN is asked."""
    known = replace(situation, phone_in=event.phone and situation.card_in)
    return to(known, EnteringPin(stage.order, event.tries_left))


@on(ReadingCard, events.PhoneRead)
def phone_read(situation: Situation, stage: ReadingCard, _event: events.PhoneRead) -> Step:
    """No PIN pad: it signs as soon as its holder confirms. Taken away or refused, the signing fails by itself."""
    known = replace(situation, phone_in=situation.card_in)
    return to(known, ConfirmingOnPhone(stage.order), SignTranscript(situation.session))


@on(ReadingCard, events.CardUnreadable)
def card_unreadable(situation: Situation, stage: ReadingCard, event: events.CardUnreadable) -> Step:
    """It must be taken and set again."""
    return to(situation, AwaitingCard(stage.order, event.why), ResetCard())


@on(ReadingCard, events.CardTaken)
@on(EnteringPin, events.CardTaken)
def card_pulled(situation: Situation, stage: ReadingCard | EnteringPin, _event: events.CardTaken) -> Step:
    """Taken too early. Digits entered for it are wiped; the next card may be another one."""
    return to(situation, AwaitingCard(stage.order), DropPin())


@on(EnteringPin, events.Digit)
def digit(situation: Situation, stage: EnteringPin, event: events.Digit) -> Step:
    """Counted here, kept in the memory of the visit."""
    if stage.digits >= PIN_DIGITS:
        raise NONSENSE.error("a fifth digit")
    return to(situation, EnteringPin(stage.order, stage.tries_left, stage.digits + 1), KeepDigit(event.digit))


@on(EnteringPin, events.Erase)
def erase(situation: Situation, stage: EnteringPin, _event: events.Erase) -> Step:
    """Take the last digit back."""
    if not stage.digits:
        raise NONSENSE.error("no digit to erase")
    return to(situation, EnteringPin(stage.order, stage.tries_left, stage.digits - 1), DropDigit())


@on(EnteringPin, events.Confirm)
def present_pin(situation: Situation, stage: EnteringPin, _event: events.Confirm) -> Step:
    """Presented once. Nothing presents a PIN by itself again."""
    if stage.digits != PIN_DIGITS:
        raise NONSENSE.error("not four digits")
    return to(situation, Signing(stage.order, stage.tries_left), SignTranscript(situation.session))


@on(Signing, events.PinWrong)
def pin_wrong(situation: Situation, stage: Signing, event: events.PinWrong) -> Step:
    """Ask again, saying how many tries are left."""
    if not situation.card_in:
        return to(situation, AwaitingCard(stage.order), DropPin())
    return to(situation, EnteringPin(stage.order, event.tries_left, wrong=True), DropPin())


@on(Signing, events.CardSigned)
@on(ConfirmingOnPhone, events.CardSigned)
def card_signed(situation: Situation, stage: Signing | ConfirmingOnPhone, _event: events.CardSigned) -> Step:
    """One signature, then the card goes back into the resident's hand."""
    if not situation.card_in:
        return _apply(situation, stage)
    return to(situation, ReturningCard(stage.order), Announce(take_back(situation)))


@on(ReturningCard, events.CardTaken)
def card_returned(situation: Situation, stage: ReturningCard, _event: events.CardTaken) -> Step:
    """Only now the application leaves."""
    return _apply(situation, stage)


@on(Applying, events.AnswerArrived)
def answer_arrived(situation: Situation, stage: Applying, _event: events.AnswerArrived) -> Step:
    """It is being checked."""
    return to(situation, Applying(stage.order, checking=True))


@on(Applying, events.PaperChecked)
def paper_checked(situation: Situation, stage: Applying, event: events.PaperChecked) -> Step:
    """Only from a checked paper there is an amount."""
    order = stage.order
    price = Price(fee_yen=order.kind.fee_yen, copies=order.copies, pages=event.pages)
    return to(situation, Offering(order, price))


@on(Offering, events.Pay)
def pay(situation: Situation, stage: Offering, _event: events.Pay) -> Step:
    """Look at everything that the job needs before a coin is asked."""
    return to(situation, Preparing(stage.order, stage.price), Preflight(situation.session, stage.price))


def _apply(situation: Situation, stage: Signing | ConfirmingOnPhone | ReturningCard) -> Step:
    return to(situation, Applying(stage.order), Apply(situation.session))
