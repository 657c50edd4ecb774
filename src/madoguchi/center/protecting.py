"""Step 6: the marks beside the ward's PDF, never inside it, and the center's word over them.

1. Per sheet of the issuance a back is made, with the sheet's paper number in it.
2. The finished back is read again, and must speak of this very paper number: what the reader says counts, not what we
   meant to draw. A crossed back stops here.
3. The delivery statement names the issuance and, per sheet, the keyed digests of its marks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from madoguchi.center.marks import back_of, check_back, marks_digest
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.statement import Signer, Statement
from madoguchi.statement.kinds import DELIVERY
from madoguchi.wire.transaction import Delivered, Delivery, Issuance, MarksDigest, SheetMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """One issued certificate on its way to the kiosk: the ward's PDF untouched, the verified statement over it."""

    pdf: bytes = field(repr=False)
    page_description: bytes = field(repr=False)
    issuance: Statement[Issuance]
    secret: bytes = field(repr=False)


Protect = Callable[[Protected, Signer, Clock], Awaitable[Delivered]]
"""The protecting step: makes marks and signs. A test process hands another one to `serve` to play a lying center."""


async def protect(certificate: Protected, signer: Signer, clock: Clock) -> Delivered:
    """Make the marks of every sheet, check them, sign the delivery statement. Raises `center.marks_failed`, `paper.*`."""
    issuance = certificate.issuance
    marks = await asyncio.to_thread(_marks, issuance.body)
    delivery = Delivery(
        transaction=issuance.body.transaction,
        application_digest=issuance.body.application_digest,
        issuance_digest=issuance.digest,
        marks=tuple(
            MarksDigest(
                paper_number=sheet.paper_number,
                front=None if made.front is None else marks_digest(made.front, side="front", secret=certificate.secret),
                back=marks_digest(made.back, side="back", secret=certificate.secret),
            )
            for sheet, made in zip(issuance.body.sheets, marks, strict=True)
        ),
        at=epoch(clock.now()),
    )
    return Delivered(
        pdf=certificate.pdf, issuance=issuance.raw, marks=marks, delivery=signer.sign(DELIVERY, delivery)
    )


def _marks(issuance: Issuance) -> tuple[SheetMarks, ...]:
    made = []
    for sheet in issuance.sheets:
        back = back_of(sheet.paper_number)  # 1
        check_back(back, paper_number=sheet.paper_number)  # 2
        made.append(SheetMarks(front=None, back=back))
    return tuple(made)
