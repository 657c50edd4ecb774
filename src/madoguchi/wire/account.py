"""What every party has counted, for reconciliation and the ward's desk. No personal data, ever."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import Digest, Epoch, FiscalYear, KindName, TransactionId, WardCode, Yen
from madoguchi.wire.lost import LostEnd, PoliceReceipt


class TransactionAccount(Message, frozen=True, kw_only=True):
    """One transaction as one party counted it."""

    transaction: TransactionId
    ward: WardCode
    state: str
    kind: KindName | None
    fiscal_year: FiscalYear | None
    sheets_issued: Annotated[int, Meta(ge=0)]
    sheets_printed: Annotated[int, Meta(ge=0)]
    paid_yen: Yen
    refunded_yen: Yen
    owed_yen: Yen
    refusal: str | None
    """At the ward the stable code inside it, elsewhere the public reason."""
    at: Epoch


class OpenCustody(Message, frozen=True, kw_only=True):
    """Plaintext that a process still holds: by which process, how old."""

    holder: str
    age_seconds: Annotated[int, Meta(ge=0)]


class CustodyAccount(Message, frozen=True, kw_only=True):
    """held = erased, always; what is open is shown with its age."""

    party: str
    held: Annotated[int, Meta(ge=0)]
    erased: dict[str, int]
    """By how: wiped, process_ended, never_opened, printer_confirmed."""
    open: tuple[OpenCustody, ...]


class FeedAge(Message, frozen=True, kw_only=True):
    """How old what the issuer knows is, and its limit, in seconds."""

    feed: Literal["tax", "jukinet"]
    age_seconds: Annotated[int, Meta(ge=0)] | None
    limit_seconds: Annotated[int, Meta(ge=1)]


class LostAccount(Message, frozen=True, kw_only=True):
    """At the center: paper of this ward that was left in a kiosk, by its transaction; no kiosk and no paper number."""

    transaction: TransactionId
    noticed_at: Epoch
    end: LostEnd | None
    """None: the store has not settled it."""
    receipt: PoliceReceipt | None
    ended_at: Epoch | None


class WithdrawnAccount(Message, frozen=True, kw_only=True):
    """At the ward: sheets of one transaction that were taken back on this day; no paper number."""

    transaction: TransactionId
    state: Literal["superseded", "revoked"]
    why: Literal["correction", "wrong_content", "wrong_person", "lost"]
    sheets: Annotated[int, Meta(ge=1)]
    at: Epoch
    """The last of them."""


class Account(Message, frozen=True, kw_only=True):
    """A party's account of one Japanese calendar day."""

    party: str
    day: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    transactions: tuple[TransactionAccount, ...]
    relayed: tuple[TransactionAccount, ...]
    """At the center: the same transactions as the operators counted them."""
    reported: tuple[TransactionAccount, ...]
    """At the center: the same transactions as the kiosks reported them."""
    custody: tuple[CustodyAccount, ...]
    feeds: tuple[FeedAge, ...]
    incidents: tuple[str, ...]
    lost: tuple[LostAccount, ...] = ()
    """At the center: what is open, and what was settled on this day."""
    withdrawn: tuple[WithdrawnAccount, ...] = ()
    """At the ward: papers that count no longer."""
    evidence_position: Annotated[int, Meta(ge=0)] | None
    evidence_hash: Digest | None
    """The end of the party's evidence log: whoever keeps these notices when entries are cut off."""
    at: Epoch
