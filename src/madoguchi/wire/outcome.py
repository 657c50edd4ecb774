"""After the money: the kiosk's outcome, the operator's entry beside it, the center's acknowledgement."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Digest, Epoch, TransactionId, WardCode, Yen
from madoguchi.wire.transaction import StatementBytes

SheetState = Literal["printed", "not_printed", "unknown"]
Result = Literal["printed", "partly_printed", "not_printed", "refused", "abandoned"]
ErasedHow = Literal["wiped", "process_ended", "never_opened", "printer_confirmed"]


class KioskCustody(Message, frozen=True, kw_only=True):
    """What the kiosk held in plain, and how it was erased. `held` is false when no seal was ever opened."""

    held: bool
    erased: ErasedHow


class Outcome(Message, frozen=True, kw_only=True):
    """What came of one transaction at the kiosk, signed by it: delivered until acknowledged, idempotent.

    Paid = printed + refunded + owed, always, in yen. A statement that does not balance cannot be made or read.
    `unknown` sheets (power cut while a sheet was in the machine) count as owed until a person has looked.
    """

    transaction: TransactionId
    ward: WardCode
    application_digest: Digest | None
    issuance_digest: Digest | None
    delivery_digest: Digest | None
    result: Result
    sheets: Annotated[tuple[SheetState, ...], Meta(max_length=200)]
    paid_yen: Yen
    printed_yen: Yen
    refunded_yen: Yen
    owed_yen: Yen
    claim: Annotated[str, Meta(max_length=40)] | None
    """The code on the slip under which what is owed is paid out."""
    custody: KioskCustody
    at: Epoch

    def __post_init__(self) -> None:
        """Refuse an outcome whose money does not balance (invariant 4)."""
        if self.paid_yen != self.printed_yen + self.refunded_yen + self.owed_yen:
            msg = "paid is not printed + refunded + owed"
            raise ValueError(msg)
        if (self.owed_yen > 0) != (self.claim is not None):
            msg = "what is owed has a claim, and nothing else has one"
            raise ValueError(msg)


class RelayEntry(Message, frozen=True, kw_only=True):
    """The operator's own count of an outcome that passed through its EC center."""

    transaction: TransactionId
    outcome_digest: Digest
    sheets_printed: Annotated[int, Meta(ge=0, le=200)]
    paid_yen: Yen
    refunded_yen: Yen
    owed_yen: Yen
    at: Epoch


class KioskOutcome(Message, frozen=True, kw_only=True):
    """Kiosk to ec: the signed outcome with the enrolment of the key that signed it."""

    enrolment: StatementBytes
    outcome: StatementBytes


class RelayedOutcome(Message, frozen=True, kw_only=True):
    """ec to center: the kiosk's outcome and the operator's entry beside it."""

    enrolment: StatementBytes
    outcome: StatementBytes
    relay: StatementBytes


class WardOutcome(Message, frozen=True, kw_only=True):
    """Center to issuer: how the ward's issuance ended at the kiosk, the whole chain behind it."""

    enrolment: StatementBytes
    outcome: StatementBytes
    relay: StatementBytes
    delivery: StatementBytes | None


class Acknowledgement(Message, frozen=True, kw_only=True):
    """The center has counted this outcome; the kiosk may forget it."""

    transaction: TransactionId
    outcome_digest: Digest
    at: Epoch
