"""Acts of the receipt printer. Neither paper is worth a visit: what did not come out is told on the screen."""

from __future__ import annotations

from collections.abc import Awaitable

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.acts.acting import Acts, act
from madoguchi.kiosk.devices import Receipt, slip_for
from madoguchi.kiosk.devices.receipts import minute_of
from madoguchi.kiosk.machine import effects, events
from madoguchi.paper.number import paper_number_text
from madoguchi.runtime import log

NOT_PRINTED = log.event("kiosk.no_receipt", "transaction", "code", "cause")


@act(effects.PrintSlip)
async def print_slip(acts: Acts, effect: effects.PrintSlip) -> None:
    """The claim code in the resident's hand."""
    visit, parts = acts.expect_visit(), acts.parts
    transaction = visit.expect_transaction()
    slip = slip_for(claim=visit.claim, yen=effect.yen, transaction=transaction, at=parts.clock.now())
    await _or_tell(acts, effect.session, parts.devices.receipts.print_slip(slip))


@act(effects.PrintReceipt)
async def print_receipt(acts: Acts, effect: effects.PrintReceipt) -> None:
    """After the paper was taken, so that both are in one hand."""
    visit, parts = acts.expect_visit(), acts.parts
    order = visit.memory.order
    receipt = Receipt(
        transaction=visit.expect_transaction().hex(),
        at=minute_of(parts.clock.now()),
        kind=order.kind.title,
        copies=order.copies,
        balance=effect.balance,
        means=visit.means,
        change_yen=visit.change_yen,
        papers=tuple(map(paper_number_text, visit.papers)),
    )
    await _or_tell(acts, effect.session, parts.devices.receipts.print_receipt(receipt))


async def _or_tell(acts: Acts, session: bytes, printing: Awaitable[None]) -> None:
    try:
        await printing
    except MadoguchiError as error:
        name = acts.expect_visit().expect_transaction().hex()
        log.get_log().warning(NOT_PRINTED, transaction=name, code=error.code, cause=error.cause[:100])
        acts.post(events.NoReceipt(session))
