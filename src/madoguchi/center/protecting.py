"""Step 6: the marks beside the ward's PDF, never inside it, and the center's word over them.

1. Per sheet of the issuance a layer for the front and a back are made for the printer of this kiosk: けん制文字, on the
   back the sheet's paper number too, its sealed front as スクランブル画像, and 偽造防止検出画像.
2. The finished back is read again: its code and its scramble image must speak of this very paper number, and what is
   restored must be this very front. What the reader says counts, not what we meant to draw. A crossed back stops here
   (both in `marks`).
   A ward that gives no page description gets its page rendered, and the center signs that it did (`rendered`).
3. The delivery statement names the issuance and, per sheet, the keyed digests of its marks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from madoguchi.center.marks import Marks, marks_digest
from madoguchi.center.rendered import rendered
from madoguchi.paper.scramble.content import Front, SealedFront
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.statement import Signer, Statement
from madoguchi.statement.kinds import DELIVERY
from madoguchi.wire.transaction import Delivered, Delivery, Issuance, MarksDigest, Sheet, SheetMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """One issued certificate on its way to the kiosk: the ward's PDF untouched, the verified statement over it."""

    pdf: bytes = field(repr=False)
    page_description: bytes | None = field(repr=False)
    front_codes: tuple[bytes, ...] | None = field(repr=False)
    issuance: Statement[Issuance]
    secret: bytes = field(repr=False)
    operator: str
    kiosk: bytes
    """Whose kiosk will print it."""


Protect = Callable[[Protected], Awaitable[Delivered]]
"""The protecting step: makes marks and signs. A test process hands another one to `serve` to play a lying center."""


@dataclass(frozen=True, slots=True)
class Protector:
    """The real one."""

    marks: Marks
    signer: Signer
    clock: Clock

    async def __call__(self, certificate: Protected) -> Delivered:
        """Make the marks of every sheet, check them, sign the delivery. Raises `center.marks_failed`, `paper.*`."""
        issuance = certificate.issuance
        fronts = await self._fronts(certificate)
        marks = await self.marks.of_sheets(  # 1, 2
            issuance.body.sheets, fronts, operator=certificate.operator, kiosk=certificate.kiosk
        )
        delivery = Delivery(  # 3
            transaction=issuance.body.transaction,
            application_digest=issuance.body.application_digest,
            issuance_digest=issuance.digest,
            marks=tuple(
                digests_of(sheet, made, secret=certificate.secret)
                for sheet, made in zip(issuance.body.sheets, marks, strict=True)
            ),
            at=epoch(self.clock.now()),
        )
        signed = self.signer.sign(DELIVERY, delivery)
        return Delivered(pdf=certificate.pdf, issuance=issuance.raw, marks=marks, delivery=signed)

    async def _fronts(self, certificate: Protected) -> tuple[Front, ...]:
        """What each back will carry. Without a page description or without front codes: what the pages look like."""
        description, codes = certificate.page_description, certificate.front_codes
        if description is not None and codes is not None:
            return tuple(SealedFront(front_code=code, page_description=description) for code in codes)
        rasters = await self.marks.rasters(certificate.pdf)
        return rendered(certificate.issuance, rasters, codes, signer=self.signer, at=epoch(self.clock.now()))


def digests_of(sheet: Sheet, made: SheetMarks, *, secret: bytes) -> MarksDigest:
    """What the delivery statement says of one sheet."""
    return MarksDigest(
        paper_number=sheet.paper_number,
        front=None if made.front is None else marks_digest(made.front, side="front", secret=secret),
        back=marks_digest(made.back, side="back", secret=secret),
    )
