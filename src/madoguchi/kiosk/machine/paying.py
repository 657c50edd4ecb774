"""Step 8 up to the money: asked → paid. Coins and e-money wait on one screen; whichever comes first is the one.

1. `paid` is on disk before a device may take anything in, and names the means.
2. Only a device that says for certain *nothing was taken* leads back to the payment, or ends the visit without money.
3. A result that nobody knows is asked for, for a limited time. Then all of it is owed, and a person must look.
"""

from __future__ import annotations

from dataclasses import replace

from madoguchi.kiosk.machine import events
from madoguchi.kiosk.machine.effects import (
    AcceptMoney,
    AskPayment,
    BeginCharge,
    CancelCharge,
    Effect,
    Print,
    RecordAsked,
    RecordDeclined,
    RecordPaid,
    RecordSending,
    ReturnEscrow,
    TakeMoney,
)
from madoguchi.kiosk.machine.printing import conclude_unknown
from madoguchi.kiosk.machine.reasons import Reason, reason_of
from madoguchi.kiosk.machine.states import (
    Asking,
    Paying,
    Preparing,
    Printing,
    Situation,
    Taking,
    Touching,
    Withdrawing,
)
from madoguchi.kiosk.machine.table import Step, give_up, on, to
from madoguchi.kiosk.money import Declined, Means
from madoguchi.kiosk.problems import NONSENSE, STOPPED_BY_RESIDENT, TIMED_OUT


@on(Preparing, events.PreflightPassed)
def ready(situation: Situation, stage: Preparing, event: events.PreflightPassed) -> Step:
    """Everything is there: ask for money. A certificate that is free of charge is asked for nothing."""
    total = stage.price.total_yen
    paying = Paying(stage.order, stage.price, emoney=event.emoney)
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
    return _paid(situation, stage, Means.COINS)


def _paid(situation: Situation, stage: Taking | Touching | Withdrawing | Asking, means: Means) -> Step:
    after = replace(situation, paid_by=means)
    return to(after, Printing(stage.order, stage.price), RecordSending(), Print(situation.session))


@on(Paying, events.PayByEmoney)
def pay_by_emoney(situation: Situation, stage: Paying, _event: events.PayByEmoney) -> Step:
    """The slot closes, and a coin that fell in at this very moment comes back; then the pad waits."""
    if not stage.offers_emoney:
        raise NONSENSE.error("no e-money now")
    total, attempt = stage.price.total_yen, stage.attempts + 1
    return to(
        situation,
        Touching(stage.order, stage.price, attempt),
        ReturnEscrow(),
        RecordPaid(total, Means.EMONEY, attempt),
        BeginCharge(situation.session, total, attempt),
    )


@on(Touching, events.Back)
def rather_coins(situation: Situation, stage: Touching, _event: events.Back) -> Step:
    """Coins after all; but perhaps the medium lies there already."""
    return _withdraw(situation, stage, None)


@on(Touching, events.Stop)
def stop_touching(situation: Situation, stage: Touching, _event: events.Stop) -> Step:
    """The visit ends, if nothing was taken."""
    return _withdraw(situation, stage, reason_of(STOPPED_BY_RESIDENT))


@on(Touching, events.TimedOut)
def nobody_touched(situation: Situation, stage: Touching, _event: events.TimedOut) -> Step:
    """The same."""
    return _withdraw(situation, stage, reason_of(TIMED_OUT))


def _withdraw(situation: Situation, stage: Touching, reason: Reason | None) -> Step:
    withdrawing = Withdrawing(stage.order, stage.price, stage.attempt, reason)
    return to(situation, withdrawing, CancelCharge(situation.session, stage.attempt))


@on(Touching, events.Charged)
@on(Withdrawing, events.Charged)
def charged(situation: Situation, stage: Touching | Withdrawing, event: events.Charged) -> Step:
    """Paid, even where somebody wanted to stop a moment too late."""
    if event.attempt != stage.attempt:
        return situation, ()
    return _paid(situation, stage, Means.EMONEY)


@on(Touching, events.ChargeDeclined)
@on(Withdrawing, events.ChargeDeclined)
def declined(situation: Situation, stage: Touching | Withdrawing, event: events.ChargeDeclined) -> Step:
    """Nothing was taken. Coins and, if it may be tried again, e-money."""
    if event.attempt != stage.attempt:
        return situation, ()
    reason = stage.reason if isinstance(stage, Withdrawing) else None
    return _not_taken(situation, stage, reason, event.why)


def _not_taken(
    situation: Situation, stage: Touching | Withdrawing | Asking, reason: Reason | None, why: Declined
) -> Step:
    if reason is not None:
        return give_up(situation, reason)
    paying = Paying(stage.order, stage.price, emoney=True, attempts=stage.attempt, declined=why)
    return to(situation, paying, RecordDeclined(), AcceptMoney(stage.price.total_yen))


@on(Touching, events.ChargeUnknown)
@on(Withdrawing, events.ChargeUnknown)
def charge_unknown(situation: Situation, stage: Touching | Withdrawing, event: events.ChargeUnknown) -> Step:
    """Neither paid nor not paid: ask."""
    if event.attempt != stage.attempt:
        return situation, ()
    reason = stage.reason if isinstance(stage, Withdrawing) else None
    return _ask(situation, stage, Means.EMONEY, stage.attempt, reason)


@on(Touching, events.Failed)
@on(Withdrawing, events.Failed)
def charge_failed(situation: Situation, stage: Touching | Withdrawing, event: events.Failed) -> Step:
    """Whatever failed, the device alone knows what it took."""
    return _ask(situation, stage, Means.EMONEY, stage.attempt, event.reason)


@on(Taking, events.Failed)
def taking_failed(situation: Situation, stage: Taking, event: events.Failed) -> Step:
    """The same of the coin mechanism."""
    return _ask(situation, stage, Means.COINS, 0, event.reason)


def _ask(
    situation: Situation,
    stage: Taking | Touching | Withdrawing,
    means: Means,
    attempt: int,
    reason: Reason | None,
) -> Step:
    asking = Asking(stage.order, stage.price, means, attempt, reason)
    return to(situation, asking, AskPayment(situation.session, means, attempt))


@on(Asking, events.PaymentFound)
def payment_found(situation: Situation, stage: Asking, event: events.PaymentFound) -> Step:
    """The device knows, or nobody does."""
    if event.attempt != stage.attempt:
        return situation, ()
    if event.taken is None:
        return conclude_unknown(situation, stage)
    if event.taken:
        return _paid(situation, stage, stage.means)
    return _not_taken(situation, stage, stage.reason, Declined.NEVER_BEGUN)


@on(Asking, events.Failed)
def asking_failed(situation: Situation, stage: Asking, _event: events.Failed) -> Step:
    """Nobody knows."""
    return conclude_unknown(situation, stage)
