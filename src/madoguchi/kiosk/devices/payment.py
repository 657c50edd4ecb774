"""What a device is asked about money, whichever it is: was it taken, and give it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.emoney import Charge, EmoneyDevice
from madoguchi.kiosk.devices.kinds import Devices, refund_ticket, take_ticket
from madoguchi.kiosk.money import Means
from madoguchi.kiosk.problems import EMONEY_FAILED, PAYMENT_UNKNOWN
from madoguchi.runtime import log

UNKNOWN = log.event("kiosk.payment_unknown", "transaction", "code", "reference", "what")

_PAUSE_SECONDS = 0.25

A = TypeVar("A")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Which payment of which transaction."""

    transaction: bytes
    means: Means
    attempt: int = 0

    @property
    def reference(self) -> bytes:
        """Under which an e-money device books it; another one for every attempt."""
        return self.transaction + b"charge" + bytes([self.attempt])


async def was_taken(devices: Devices, payment: Payment) -> bool | None:
    """Ask until the device says, for `devices.ask_seconds` at most; None: it did not say.

    A pad that still waits lets go first, so that what it says stays so.
    """
    if payment.means is Means.COINS:
        return await _asked(lambda: devices.money.took(take_ticket(payment.transaction)), devices.ask_seconds)

    async def ask() -> bool:
        pad = expect_pad(devices)
        await pad.cancel()
        return isinstance(await pad.query(payment.reference), Charge)

    return await _asked(ask, devices.ask_seconds)


async def give_back(devices: Devices, payment: Payment, yen: int) -> int:
    """Give money back the way it came; what was given back for certain. The rest is owed."""
    if payment.means is Means.COINS:
        return await devices.money.refund(refund_ticket(payment.transaction), yen)
    pad = expect_pad(devices)
    try:
        async with asyncio.timeout(devices.ask_seconds):
            return await pad.reverse(payment.reference, yen)
    except (MadoguchiError, TimeoutError):
        given = await _asked(lambda: pad.reversed_yen(payment.reference), devices.ask_seconds)
    if given is None:
        tell_unknown(payment, "reversal")
    return given or 0


def tell_unknown(payment: Payment, what: Literal["taking", "reversal"]) -> None:
    """A person must look into the device's books: the operator watches the log for this."""
    reference = payment.reference.hex() if payment.means is Means.EMONEY else ""
    name, code = payment.transaction.hex(), PAYMENT_UNKNOWN.code
    log.get_log().error(UNKNOWN, transaction=name, code=code, reference=reference, what=what)


def expect_pad(devices: Devices) -> EmoneyDevice:
    """The e-money device. Raises `kiosk.emoney_failed` where there is none."""
    if devices.emoney is None:
        raise EMONEY_FAILED.error("this machine has no e-money device any more")
    return devices.emoney


async def _asked(ask: Callable[[], Awaitable[A]], seconds: float) -> A | None:
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    return await ask()
                except MadoguchiError:
                    await asyncio.sleep(_PAUSE_SECONDS)
    except TimeoutError:
        return None
