"""Lost property (遺失物): what a resident left in a kiosk, from the kiosk to its operator, and from there to the ward.

The kiosk names its paper numbers to its own operator, who must hand the paper to the police. The center, and through it
the ward, hear of the transaction alone: neither the store nor the number of a paper crosses that line.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Digest, Epoch, KioskId, OperatorCode, PaperNumber, TransactionId, WardCode
from madoguchi.wire.transaction import StatementBytes

LostId = Annotated[bytes, Meta(min_length=16, max_length=16, description="random 128-bit id of a lost thing")]
LostThing = Literal["card", "paper"]
LostEnd = Literal["police", "returned"]
"""Handed to the police against a receipt (拾得物件預り書), or given back to whoever came for it."""
PoliceReceipt = Annotated[str, Meta(pattern="^[0-9A-Za-z-]{1,40}$", description="number of the 拾得物件預り書")]


class LostProperty(Message, frozen=True, kw_only=True):
    """The kiosk's notice, signed by it: something lay in the machine for minutes and nobody came. It names nobody."""

    id: LostId
    kiosk: KioskId
    operator: OperatorCode
    thing: LostThing
    transaction: TransactionId | None
    """Of a paper, where it is known; never of a card."""
    ward: WardCode | None
    papers: Annotated[tuple[PaperNumber, ...], Meta(max_length=200)]
    """Sheets that came out and may lie there; the number is printed on each."""
    noticed_at: Epoch


class KioskLostProperty(Message, frozen=True, kw_only=True):
    """Kiosk to ec: the signed notice with the enrolment of the key that signed it."""

    enrolment: StatementBytes
    lost: StatementBytes


class LostEntry(Message, frozen=True, kw_only=True):
    """The operator's word to center and ward about a paper of theirs: when it is found, and when it is settled."""

    id: LostId
    transaction: TransactionId
    ward: WardCode
    noticed_at: Epoch
    end: LostEnd | None
    """None: open."""
    receipt: PoliceReceipt | None
    ended_at: Epoch | None
    at: Epoch

    def __post_init__(self) -> None:
        """Refuse an entry that is half settled."""
        if (self.end is None) != (self.ended_at is None):
            msg = "what has ended has a time"
            raise ValueError(msg)
        if (self.end == "police") != (self.receipt is not None):
            msg = "what the police have has a receipt, and nothing else has one"
            raise ValueError(msg)


class LostNoted(Message, frozen=True, kw_only=True):
    """Whoever signs this has the statement of that digest on disk; the sender may let go of it."""

    id: LostId
    statement_digest: Digest
    at: Epoch
