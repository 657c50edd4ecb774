"""From the machine's situation to what the page shows: public data only, nothing about the person."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatch
from typing import Any

from madoguchi.kiosk.devices.kinds import LampState
from madoguchi.kiosk.machine import left_behind, reasons, staff_called, states
from madoguchi.kiosk.money import Balance
from madoguchi.kiosk.page import screens
from madoguchi.kiosk.page.screens import ScreenData, Words
from madoguchi.kiosk.problems import MAINTENANCE
from madoguchi.wire.menu import Wording

_WORKING = (
    states.Opening,
    states.ReadingCard,
    states.Signing,
    states.Applying,
    states.Preparing,
    states.Taking,
    states.Withdrawing,
    states.Asking,
    states.Printing,
    states.Cancelling,
    states.Refunding,
)


def lamp_of(situation: states.Situation) -> LampState:
    """Calling while something of the resident's lies in the machine and should not."""
    if staff_called(situation):
        return LampState.STAFF
    if left_behind(situation) is not None or isinstance(situation.stage, states.ReturningCard):
        return LampState.CALLING
    return LampState.WORKING if isinstance(situation.stage, _WORKING) else LampState.OFF


def screen_data(
    situation: states.Situation, *, transaction: str | None, claim: str | None, shuffled_pin_pad: bool = False
) -> ScreenData:
    """The screen of a situation. `claim` is shown only where something is owed.

    `shuffled_pin_pad`: this machine shuffles the digits for everybody.
    """
    stage = situation.stage
    match stage:
        case states.Refused():
            return _refusal(stage, transaction=transaction, claim=claim)
        case states.Finished():
            money = _money(stage.balance, claim)
            return screens.Done(
                paid_yen=money.paid_yen,
                refunded_yen=money.refunded_yen,
                owed_yen=money.owed_yen,
                claim_code=money.claim_code,
                no_receipt=stage.no_receipt,
            )
        case states.Collecting() | states.PaperForgotten():
            return screens.TakePaper(sheets=situation.tray_sheets, staff=staff_called(situation))
        case states.ReturningCard() | states.CardForgotten():
            return screens.CardBack(staff=staff_called(situation), phone=situation.phone_in)
        case states.EnteringPin() | states.Signing():
            return _pin(stage, shuffled=shuffled_pin_pad)
        case _:
            return _screen(stage)


@singledispatch
def _screen(stage: Any) -> ScreenData:
    msg = f"no screen for {type(stage).__name__}"
    raise TypeError(msg)


def _shows(*kinds: type) -> Callable[[Callable[[Any], ScreenData]], Callable[[Any], ScreenData]]:
    def enter(function: Callable[[Any], ScreenData]) -> Callable[[Any], ScreenData]:
        for kind in kinds:
            _screen.register(kind, function)
        return function

    return enter


@_shows(states.Resting, states.Clearing)
def _start(_stage: states.Resting | states.Clearing) -> ScreenData:
    return screens.Start()


@_shows(states.ChoosingWard)
def _municipality(stage: states.ChoosingWard) -> ScreenData:
    menus = [offer.menu for offer in stage.offers]
    options = [screens.MunicipalityOption(code=menu.ward, name=_words(menu.ward_name)) for menu in menus]
    return screens.Municipality(options=tuple(options))


@_shows(states.ChoosingKind)
def _kind(stage: states.ChoosingKind) -> ScreenData:
    closed = stage.offer.closed
    return screens.Kind(
        municipality=_words(stage.offer.menu.ward_name),
        options=tuple(
            screens.KindOption(
                kind=kind.kind,
                title=_words(kind.title),
                fee_yen=kind.fee_yen,
                offered=closed is None and bool(kind.years),
                note=None if closed is None else _words(closed),
            )
            for kind in stage.offer.menu.kinds
        ),
    )


@_shows(states.ChoosingYear)
def _year(stage: states.ChoosingYear) -> ScreenData:
    return screens.Year(
        kind=_words(stage.kind.title),
        options=tuple(
            screens.YearOption(fiscal_year=year.fiscal_year, label=_words(year.label), income=_words(year.income_label))
            for year in stage.kind.years
        ),
    )


@_shows(states.Confirming, states.Opening)
def _check(stage: states.Confirming | states.Opening) -> ScreenData:
    order = stage.order
    return screens.Check(
        municipality=_words(order.menu.ward_name),
        kind=_words(order.kind.title),
        year=_words(order.year.label),
        income=_words(order.year.income_label),
        copies=order.copies,
        maximum=order.kind.max_copies,
        fee_yen=order.kind.fee_yen,
        total_yen=order.total_yen,
    )


@_shows(states.AwaitingCard)
def _card(stage: states.AwaitingCard) -> ScreenData:
    return screens.Card(problem=None if stage.problem is None else _words(stage.problem))


@_shows(states.ReadingCard)
def _reading(_stage: states.ReadingCard) -> ScreenData:
    return screens.Card()


def _pin(stage: states.EnteringPin | states.Signing, *, shuffled: bool) -> ScreenData:
    if isinstance(stage, states.Signing):
        return screens.Pin(digits_entered=states.PIN_DIGITS, tries_left=stage.tries_left, always_shuffled=shuffled)
    return screens.Pin(
        digits_entered=stage.digits, tries_left=stage.tries_left, wrong=stage.wrong, always_shuffled=shuffled
    )


@_shows(states.ConfirmingOnPhone)
def _phone(_stage: states.ConfirmingOnPhone) -> ScreenData:
    return screens.Phone()


@_shows(states.Applying)
def _waiting(stage: states.Applying) -> ScreenData:
    # Between the two nothing can be known here: the answer is one sealed message.
    return screens.Waiting(stage=screens.Stage.CHECKING if stage.checking else screens.Stage.APPLYING)


@_shows(states.Offering, states.Preparing)
def _amount(stage: states.Offering | states.Preparing) -> ScreenData:
    price = stage.price
    return screens.Amount(copies=price.copies, sheets=price.sheets, total_yen=price.total_yen)


@_shows(states.Taking)
def _taking(stage: states.Taking) -> ScreenData:
    return screens.Payment(due_yen=stage.price.total_yen, inserted_yen=stage.inserted_yen)


@_shows(states.Paying)
def _payment(stage: states.Paying) -> ScreenData:
    return screens.Payment(
        due_yen=stage.price.total_yen,
        inserted_yen=stage.inserted_yen,
        emoney=screens.Emoney.OFFERED if stage.offers_emoney else screens.Emoney.NONE,
        declined=None if stage.declined is None else stage.declined.value,
    )


@_shows(states.Touching)
def _touching(stage: states.Touching) -> ScreenData:
    return screens.Payment(due_yen=stage.price.total_yen, inserted_yen=0, emoney=screens.Emoney.TOUCH)


@_shows(states.Withdrawing, states.Asking)
def _asking(stage: states.Withdrawing | states.Asking) -> ScreenData:
    return screens.Payment(due_yen=stage.price.total_yen, inserted_yen=0, emoney=screens.Emoney.WAIT)


@_shows(states.Printing, states.Cancelling)
def _printing(stage: states.Printing | states.Cancelling) -> ScreenData:
    return screens.Printing(printed=stage.out, total=stage.price.sheets)


@_shows(states.Repairing)
def _repairing(stage: states.Repairing) -> ScreenData:
    return screens.Printing(printed=stage.out, total=stage.price.sheets, stopped=True)


@_shows(states.Maintenance)
def _maintenance(_stage: states.Maintenance) -> ScreenData:
    return screens.OutOfService(reason=_words(reasons.reason_of(MAINTENANCE).title))


@_shows(states.Refunding)
def _refunding(stage: states.Refunding) -> ScreenData:
    return screens.Printing(printed=stage.sheets.count("printed"), total=len(stage.sheets))


@_shows(states.Stopped)
def _stopped(stage: states.Stopped) -> ScreenData:
    return screens.OutOfService(reason=_words(stage.reason.title))


def _refusal(stage: states.Refused, *, transaction: str | None, claim: str | None) -> ScreenData:
    reason = stage.reason
    return screens.Refusal(
        title=_words(reason.title),
        next_step=_words(reason.next_step),
        code=reason.code,
        transaction=transaction,
        contact=None if reason.contact is None else _words(reason.contact),
        no_receipt=stage.no_receipt,
        money=_money(stage.balance, claim) if stage.balance.paid_yen else None,
    )


def _money(balance: Balance, claim: str | None) -> screens.Money:
    return screens.Money(
        paid_yen=balance.paid_yen,
        refunded_yen=balance.refunded_yen,
        owed_yen=balance.owed_yen,
        claim_code=claim if balance.owed_yen else None,
    )


def _words(wording: Wording) -> Words:
    return Words(ja=wording.ja, en=wording.en)
