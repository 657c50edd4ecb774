"""What an earlier life of this process left behind. It never prints: an old transaction is settled in money only.

1. The printer's queue is emptied and seen empty; before that nothing is refunded and nobody is served.
2. What lies in escrow was never taken in: it goes back. A pad that waits for e-money lets go.
3. Per unfinished transaction: not paid → nothing is due. Whether it was paid the device says, by our ticket or
   reference; when it does not say in time, all of it is owed and the operator is told. Paid → the sheets that are known
   to be out are earned, those known not to be out are refunded, those nobody knows of are owed until a person looks.
4. A refund is journalled and given under the same ticket as before, so that it is never given twice. What cannot be
   given is owed, with the claim code that was journalled before the money was asked, on a slip.
5. The outcome is signed and delivered like any other. Plaintext died with the process: `process_ended`.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.applying import Identity
from madoguchi.kiosk.devices import Devices, clear_printer, job_name, slip_for
from madoguchi.kiosk.devices.payment import Payment, give_back, tell_unknown, was_taken
from madoguchi.kiosk.journal import KioskJournal, Visit
from madoguchi.kiosk.money import NOTHING_PAID, Balance, due, owed_until_known, result_of, sheets_after
from madoguchi.kiosk.outcomes import Chain, Ending, record_outcome
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock
from madoguchi.wire.outcome import ErasedHow, KioskCustody, Result, SheetState

SETTLED = log.event("kiosk.settled", "transaction", "stage", "result", "paid", "printed", "refunded", "owed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How one transaction was settled."""

    transaction: bytes
    sheets: tuple[SheetState, ...]
    balance: Balance


@dataclass(slots=True, kw_only=True)
class Recovery:
    """Settles what is unfinished. May be run again at any time while nobody is served: it is idempotent."""

    journal: KioskJournal
    devices: Devices
    identity: Identity
    clock: Clock
    earlier_life: bool = True
    """What is unfinished at the first run belongs to a process known dead; later to this one, which has wiped it."""
    settled: tuple[Settled, ...] = ()
    """The last that were settled."""

    async def settle(self) -> int:
        """How many transactions were settled. Raises `kiosk.printer_holds_a_job`, `runtime.journal`."""
        await clear_printer(self.devices.printer)  # 1
        await self.devices.money.return_escrow()  # 2
        if self.devices.emoney is not None:
            with suppress(MadoguchiError):  # whether it let go shows when it is asked
                await self.devices.emoney.cancel()
        if not self.devices.tray.sheets():  # whoever took the paper while nobody looked
            await self.journal.run(lambda _: self.journal.taken())
        visits = await self.journal.run(lambda _: self.journal.unfinished())
        made = tuple([await self._settle(visit) for visit in visits])
        self.settled = made or self.settled
        self.earlier_life = False
        return len(visits)

    async def _settle(self, visit: Visit) -> Settled:
        result, sheets, balance = await self._judge(visit)
        how: ErasedHow = "process_ended" if self.earlier_life else "wiped"
        custody = KioskCustody(held=visit.held, erased=how if visit.held else "never_opened")
        ending = Ending(result=result, sheets=sheets, balance=balance, claim=visit.claim, custody=custody)
        await record_outcome(_chain(visit), ending, journal=self.journal, identity=self.identity, clock=self.clock)
        if balance.owed_yen and visit.claim is not None:
            slip = slip_for(claim=visit.claim, yen=balance.owed_yen, transaction=visit.transaction, at=self.clock.now())
            with suppress(MadoguchiError):  # without paper the operator has it from the outcome
                await self.devices.receipts.print_slip(slip)
        log.get_log().warning(
            SETTLED,
            transaction=visit.transaction.hex(),
            stage=visit.stage,
            result=result,
            paid=balance.paid_yen,
            printed=balance.printed_yen,
            refunded=balance.refunded_yen,
            owed=balance.owed_yen,
        )
        return Settled(transaction=visit.transaction, sheets=sheets, balance=balance)

    async def _judge(self, visit: Visit) -> tuple[Result, tuple[SheetState, ...], Balance]:
        """Step 3 and 4."""
        payment = Payment(transaction=visit.transaction, means=visit.means, attempt=visit.attempt)
        paid = await self._was_paid(visit, payment)
        if paid is None:
            tell_unknown(payment, "taking")
            return (
                "not_printed",
                sheets_after(visit.price.sheets, out=0, rest="not_printed"),
                owed_until_known(visit.price),
            )
        if not paid:
            return "abandoned", (), NOTHING_PAID
        sheets = await self._sheets(visit)
        owing = due(visit.price, sheets)
        refunded = 0
        if owing.refund_yen:
            await self.journal.run(
                lambda _: self.journal.refunding(visit.transaction, yen=owing.refund_yen, sheets=sheets)
            )
            refunded = await give_back(self.devices, payment, owing.refund_yen)
        return result_of(sheets), sheets, owing.settled(refunded_yen=refunded)

    async def _was_paid(self, visit: Visit, payment: Payment) -> bool | None:
        if visit.stage in {"opened", "applied", "held", "asked"}:
            return False
        if visit.stage == "paid":  # the record stands before the act: only the mechanism knows whether it acted
            return await was_taken(self.devices, payment)
        return True

    async def _sheets(self, visit: Visit) -> tuple[SheetState, ...]:
        total = visit.price.sheets
        if visit.sheets:
            return visit.sheets
        if visit.stage == "paid":
            return sheets_after(total, out=0, rest="not_printed")
        known_out = max(visit.sheet - 1, visit.before)
        recalled = await self.devices.printer.recall(job_name(visit.transaction, again=visit.again))
        if recalled is None:
            return sheets_after(total, out=known_out, rest="unknown")
        out = min(max(visit.before + recalled, known_out), total)
        return sheets_after(total, out=out, rest="not_printed")


def _chain(visit: Visit) -> Chain:
    return Chain(
        transaction=visit.transaction,
        ward=visit.ward,
        application_digest=visit.application_digest,
        issuance_digest=visit.issuance_digest,
        delivery_digest=visit.delivery_digest,
    )
