"""Acts of a payment by e-money, and of asking what became of one."""

from __future__ import annotations

import asyncio

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts.acting import Acts, VisitInHand, act
from madoguchi.kiosk.devices.emoney import Charge
from madoguchi.kiosk.devices.payment import Payment, expect_pad, tell_unknown, was_taken
from madoguchi.kiosk.machine import effects, events
from madoguchi.kiosk.money import Means
from madoguchi.runtime import log

CHARGED = log.event("kiosk.emoney_charged", "transaction", "slip")


@act(effects.BeginCharge)
async def begin_charge(acts: Acts, effect: effects.BeginCharge) -> None:
    """A device that fails in the middle has an unknown result, whatever it says."""
    visit = acts.expect_visit()
    pad, payment = expect_pad(acts.parts.devices), _emoney(visit, effect.attempt)
    session, attempt = effect.session, effect.attempt

    async def work() -> None:
        try:
            answer = await pad.charge(payment.reference, effect.yen)
        except MadoguchiError:
            acts.post(events.ChargeUnknown(session, attempt))
            return
        if isinstance(answer, Charge):
            log.get_log().info(CHARGED, transaction=payment.transaction.hex(), slip=answer.slip)
            acts.post(events.Charged(session, attempt))
        else:
            acts.post(events.ChargeDeclined(session, attempt, answer.why))

    visit.charging = acts.begin_work(visit, work())


@act(effects.CancelCharge)
async def cancel_charge(acts: Acts, effect: effects.CancelCharge) -> None:
    """The charge answers itself. One that does not, although it was told to let go, has an unknown result."""
    visit, devices = acts.expect_visit(), acts.parts.devices
    charging = visit.charging

    async def work() -> None:
        try:
            async with asyncio.timeout(devices.ask_seconds):
                await expect_pad(devices).cancel()
                if charging is not None:
                    await asyncio.wait((charging,))
                    return
        except (MadoguchiError, TimeoutError):
            pass
        acts.post(events.ChargeUnknown(effect.session, effect.attempt))

    acts.begin_work(visit, work())


@act(effects.RecordDeclined)
async def record_declined(acts: Acts, _effect: effects.RecordDeclined) -> None:
    """Before money is asked again."""
    transaction = acts.expect_visit().expect_transaction()
    await acts.parts.journal.run(lambda _: acts.parts.journal.declined(transaction))


@act(effects.AskPayment)
async def ask_payment(acts: Acts, effect: effects.AskPayment) -> None:
    """Nothing listens to the charge any more: only what the books say counts."""
    visit = acts.expect_visit()
    if visit.charging is not None:
        visit.charging.cancel()
    payment = Payment(transaction=visit.expect_transaction(), means=effect.means, attempt=effect.attempt)

    async def work() -> None:
        taken = await was_taken(acts.parts.devices, payment)
        acts.post(events.PaymentFound(effect.session, effect.attempt, taken))

    acts.begin_work(visit, work())


@act(effects.TellUnknown)
async def tell(acts: Acts, effect: effects.TellUnknown) -> None:
    """With the reference under which the device's books are read."""
    transaction = acts.expect_visit().expect_transaction()
    tell_unknown(Payment(transaction=transaction, means=effect.means, attempt=effect.attempt), "taking")


def _emoney(visit: VisitInHand, attempt: int) -> Payment:
    return Payment(transaction=visit.expect_transaction(), means=Means.EMONEY, attempt=attempt)
