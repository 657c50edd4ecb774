"""Step 7: the clerk of this machine. Nothing is shown and nothing is printed that has not passed all of this.

The recipe, each step against this kiosk's own memory of the transaction, never against what a message says of itself:

 1. *It is in time.* The lifetime of the transaction, a duration on the monotonic clock, is not over.
 2. *Open the seal, once.* Bound to this transaction, this application and this kiosk's one-time key.
 3. *A refusal?* Signed by the ward or the center, and answering this very application; then it is their word.
 4. *The ward says so.* The issuance is signed with the role `issue` for the ward that the resident chose.
 5. *It speaks of this transaction*: id, application digest, digest of this kiosk's key, commitment of the card that
    this kiosk read, ward, kind, year, copies, fee. (Yokohama 2023: "the next print file" was taken.)
 6. *Its sheets are complete*: every page of every copy once, in order, each with a paper number of its own.
 7. *It is this PDF.* The document's digest, and the digest of each page, are those that the ward signed. Every page,
    every copy. (Tokushima 2023: page 2 of 3 was someone else's.)
 8. *The center says so.* The delivery is signed by the center and names this issuance.
 9. *Its marks are those of these sheets*: one digest per sheet, in order, front and back.
10. *Lay the marks* around the ward's pages. Only now there is a `CheckedJob`, which prints once.
"""

from __future__ import annotations

import hmac
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import pikepdf

from madoguchi.certificate.pages import document_digest, page_digests
from madoguchi.kiosk.machine.states import Order
from madoguchi.kiosk.memory import TransactionMemory
from madoguchi.kiosk.problems import OTHER_PAPER, OTHER_TRANSACTION, PRINTED_TWICE, TIMED_OUT
from madoguchi.kiosk.refusing import verify_refusal
from madoguchi.runtime.clock import Clock
from madoguchi.statement import KeySource, Statement, verify
from madoguchi.statement.kinds import DELIVERY, ISSUANCE
from madoguchi.wire.codec import decode
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.transaction import (
    Delivered,
    Delivery,
    Issuance,
    MarksDigest,
    Refused,
    SealedAnswer,
    SealedMessage,
    Sheet,
    SheetMarks,
)

LayOut = Callable[[bytes, tuple[SheetMarks, ...]], bytes]
"""`paper.lay_out`: the ward's pages with the center's marks around them, front and back of each sheet in turn."""

_MARKS_FRONT, _MARKS_BACK = b"madoguchi marks front", b"madoguchi marks back"
_ONLY_HERE = object()
_SIDES: Final = 2


class CheckedJob:
    """The right to print each sheet of one checked paper, once. Only `check_answer` makes one."""

    def __init__(self, document: bytes, *, issuance: Statement[Issuance], delivery_digest: bytes, by: object) -> None:
        if by is not _ONLY_HERE:
            msg = "a checked job comes from check_answer alone"
            raise TypeError(msg)
        self._document: bytes | None = document
        self._jobs = 0
        self.papers = tuple(sheet.paper_number for sheet in issuance.body.sheets)
        self.issuance_digest = issuance.digest
        self.delivery_digest = delivery_digest
        self.fee_yen = issuance.body.fee_yen
        self.copies = issuance.body.copies
        self.sheets = len(issuance.body.sheets)

    @property
    def pages(self) -> int:
        """Sheets of one copy."""
        return self.sheets // self.copies

    def redeem(self) -> bytes:
        """The document, for the printer. Raises `kiosk.printed_twice` the second time."""
        if self._document is None or self._jobs:
            raise PRINTED_TWICE.error()
        self._jobs = 1
        return self._document

    def redeem_rest(self, *, after: int) -> bytes:
        """The same checked sheets without the first `after`, which are out; once, after a first job that stopped.

        Raises `kiosk.printed_twice` before that job, a second time, or where nothing is missing.
        """
        if self._document is None or self._jobs != 1 or not 0 <= after < self.sheets:
            raise PRINTED_TWICE.error("no rest to print")
        self._jobs = 2
        return self._document if after == 0 else _without_first(self._document, after)

    def drop(self) -> None:
        """Let go of the document; it can never be printed."""
        self._document = None


def _without_first(document: bytes, sheets: int) -> bytes:
    """The pages of the other sheets, as they are."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        del pdf.pages[: sheets * _SIDES]
        made = io.BytesIO()
        pdf.save(made)
    return made.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """What the recipe needs besides the memory: whose signatures count, the time, and how marks are laid."""

    keys: KeySource
    clock: Clock
    lay_out: LayOut


def check_answer(message: SealedMessage, *, memory: TransactionMemory, by: Checker) -> CheckedJob:
    """Follow the recipe. Raises `RefusedBySignature` for a signed refusal, else `kiosk.*`, `seal.*`, `statement.*`."""
    opened = memory.expect_opened()
    if by.clock.monotonic() >= opened.deadline:  # 1
        raise TIMED_OUT.error("the answer came after the lifetime")
    _same(message.transaction, opened.transaction, "transaction of the sealed message")
    answer = _decoded(memory.open_answer(message.ciphertext))  # 2
    at = by.clock.now()
    if isinstance(answer, Refused):  # 3
        raise verify_refusal(answer, memory=memory, keys=by.keys, at=at)
    issuance = check_issuance(answer.issuance, memory=memory, keys=by.keys, at=at)
    check_document(answer.pdf, issuance.body.sheets, issuance.body.pdf_digest, secret=memory.secret)
    delivery = check_delivery(answer, issuance, memory=memory, keys=by.keys, at=at)
    document = by.lay_out(answer.pdf, answer.marks)  # 10
    memory.expect_alive()
    return CheckedJob(document, issuance=issuance, delivery_digest=delivery.digest, by=_ONLY_HERE)


def _decoded(plaintext: bytes) -> SealedAnswer:
    union = cast("type[SealedAnswer]", SealedAnswer)  # a union is no `type` to mypy
    return decode(plaintext, type=union)


def check_issuance(raw: bytes, *, memory: TransactionMemory, keys: KeySource, at: datetime) -> Statement[Issuance]:
    """Steps 4 to 6."""
    order = memory.order
    issuance = verify(raw, ISSUANCE, keys=keys, code=order.menu.ward, at=at)  # 4
    _check_belongs_here(issuance.body, memory=memory)  # 5
    _check_sheets(issuance.body.sheets, copies=order.copies)  # 6
    return issuance


def _check_belongs_here(body: Issuance, *, memory: TransactionMemory) -> None:
    order: Order = memory.order
    expected = {
        "transaction": memory.expect_opened().transaction,
        "application_digest": memory.application_digest,
        "kiosk_key_digest": memory.public_key_digest,
        "card_commitment": memory.commitment(),
        "ward": order.menu.ward,
        "kind": order.kind.kind,
        "fiscal_year": order.year.fiscal_year,
        "copies": order.copies,
        "fee_yen": order.total_yen,
    }
    for name, value in expected.items():
        _same(getattr(body, name), value, name)


def _check_sheets(sheets: Sequence[Sheet], *, copies: int) -> None:
    pages = sheets[0].pages
    wanted = [(copy, page, pages) for copy in range(1, copies + 1) for page in range(1, pages + 1)]
    if [(sheet.copy, sheet.page, sheet.pages) for sheet in sheets] != wanted:
        raise OTHER_PAPER.error(f"{len(sheets)} sheets are not {copies} copies of {pages} pages in order")
    if len({sheet.paper_number for sheet in sheets}) != len(sheets):
        raise OTHER_PAPER.error("a paper number comes twice")


def check_document(pdf: bytes, sheets: Sequence[Sheet], pdf_digest: bytes, *, secret: bytes) -> None:
    """Step 7. This kiosk hashes the bytes itself; nobody's word is taken for it."""
    if not hmac.compare_digest(document_digest(pdf, secret=secret), pdf_digest):
        raise OTHER_PAPER.error("document digest")
    found = page_digests(pdf, secret=secret)
    if len(found) != len(sheets):
        raise OTHER_PAPER.error(f"{len(found)} pages for {len(sheets)} sheets")
    for number, (digest, sheet) in enumerate(zip(found, sheets, strict=True), start=1):
        if not hmac.compare_digest(digest, sheet.page_digest):
            raise OTHER_PAPER.error(f"digest of page {number}")


def check_delivery(
    answer: Delivered,
    issuance: Statement[Issuance],
    *,
    memory: TransactionMemory,
    keys: KeySource,
    at: datetime,
) -> Statement[Delivery]:
    """Steps 8 and 9."""
    delivery = verify(answer.delivery, DELIVERY, keys=keys, code=CENTER_CODE, at=at)  # 8
    _same(delivery.body.transaction, memory.expect_opened().transaction, "transaction of the delivery")
    _same(delivery.body.application_digest, memory.application_digest, "application_digest of the delivery")
    _same(delivery.body.issuance_digest, issuance.digest, "issuance_digest")
    sheets = issuance.body.sheets  # 9
    if not len(sheets) == len(answer.marks) == len(delivery.body.marks):
        raise OTHER_PAPER.error("marks for another number of sheets")
    for number, (sheet, marks, signed) in enumerate(
        zip(sheets, answer.marks, delivery.body.marks, strict=True), start=1
    ):
        if marks_digest(marks, sheet.paper_number, secret=memory.secret) != signed:
            raise OTHER_PAPER.error(f"marks of sheet {number}")
    return delivery


def marks_digest(marks: SheetMarks, paper_number: bytes, *, secret: bytes) -> MarksDigest:
    """What the center signs for one sheet: HMACs under the transaction's random octets."""
    return MarksDigest(
        paper_number=paper_number,
        front=None if marks.front is None else hmac.digest(secret, _MARKS_FRONT + marks.front, "sha256"),
        back=hmac.digest(secret, _MARKS_BACK + marks.back, "sha256"),
    )


def _same(found: object, expected: object, name: str) -> None:
    if found != expected or expected is None:
        raise OTHER_TRANSACTION.error(name)
