"""The words of one transaction, in the order in which they are spoken: open, transcript, apply, issue, deliver."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from madoguchi.wire.codec import Message
from madoguchi.wire.identifiers import (
    Challenge,
    Copies,
    Digest,
    Environment,
    Epoch,
    FiscalYear,
    KeyId,
    KindName,
    KioskId,
    Nonce,
    OperatorCode,
    PaperNumber,
    Secret,
    TransactionId,
    WardCode,
    Yen,
)
from madoguchi.wire.menu import Wording

HPKE_SUITE = "MLKEM768_X25519+HKDF_SHA256+AES_256_GCM"
TRANSCRIPT_LABEL = "madoguchi card transcript"

SealedBytes = Annotated[bytes, Meta(min_length=1, max_length=8_000_000)]
StatementBytes = Annotated[bytes, Meta(min_length=1, max_length=200_000)]
FrontCodeBytes = Annotated[bytes, Meta(min_length=1, max_length=480)]


class Enrolment(Message, frozen=True, kw_only=True):
    """The operator vouches for one kiosk's signing key. The kiosk id names no store: the ward sees this too."""

    kiosk: KioskId
    operator: OperatorCode
    public_key: Annotated[bytes, Meta(min_length=80, max_length=200, description="SubjectPublicKeyInfo, P-256")]
    not_before: Epoch
    not_after: Epoch


class SignedByKiosk(Message, frozen=True, kw_only=True):
    """A kiosk's statement with the enrolment that says whose key signed it."""

    enrolment: StatementBytes
    statement: StatementBytes


class OpenRequest(Message, frozen=True, kw_only=True):
    """Step 2: a kiosk asks for a transaction, before any card is set."""

    kiosk: KioskId
    operator: OperatorCode
    ward: WardCode
    nonce: Nonce


class Opened(Message, frozen=True, kw_only=True):
    """Step 2, the center's answer: a random id, a challenge, a duration, and the sealing key of the day."""

    request_digest: Digest
    transaction: TransactionId
    challenge: Challenge
    ward: WardCode
    operator: OperatorCode
    kiosk: KioskId
    lifetime_seconds: Annotated[int, Meta(ge=10, le=3600)]
    sealing_key_id: KeyId
    sealing_key: Annotated[bytes, Meta(min_length=1216, max_length=1216, description="ML-KEM-768 || X25519")]
    at: Epoch


class Transcript(Message, frozen=True, kw_only=True):
    """Step 3: what the card signs. Deterministic CBOR is length-prefixed throughout, so no two meanings collide."""

    label: Literal["madoguchi card transcript"]
    version: Literal[1]
    environment: Environment
    suite: Literal["MLKEM768_X25519+HKDF_SHA256+AES_256_GCM"]
    transaction: TransactionId
    challenge: Challenge
    ward: WardCode
    kind: KindName
    fiscal_year: FiscalYear
    copies: Copies
    fee_yen: Yen
    """The total that was shown: unit fee x copies."""
    operator: OperatorCode
    kiosk: KioskId
    kiosk_key_digest: Digest
    """SHA-256 of the kiosk's HPKE public key of this transaction alone."""


class Application(Message, frozen=True, kw_only=True):
    """Step 4: transcript, card certificate and signature, 32 random octets; signed by the kiosk, then sealed."""

    transcript: Annotated[bytes, Meta(min_length=1, max_length=2_000)]
    card_certificate: Annotated[bytes, Meta(min_length=1, max_length=4_000)]
    card_signature: Annotated[bytes, Meta(min_length=64, max_length=512)]
    secret: Secret
    kiosk_key: Annotated[bytes, Meta(min_length=1216, max_length=1216, description="ML-KEM-768 || X25519")]


class OpenedAnswer(Message, frozen=True, kw_only=True, tag="opened"):
    """The center's answer to an open request: a signed `Opened`."""

    opened: StatementBytes


class SealedMessage(Message, frozen=True, kw_only=True, tag="sealed"):
    """What ec relays and cannot read: the application to the center, or its answer to the kiosk."""

    transaction: TransactionId
    ciphertext: SealedBytes


class CardProof(Message, frozen=True, kw_only=True):
    """Everything that lets the ward see for itself who applied ; the center's word is not needed."""

    opened: StatementBytes
    enrolment: StatementBytes
    application: StatementBytes
    ocsp: Annotated[bytes, Meta(min_length=1, max_length=16_000)]


class IssueRequest(Message, frozen=True, kw_only=True):
    """Step 5: center to issuer. The issuer believes only the proof."""

    transaction: TransactionId
    proof: CardProof
    at: Epoch


class Sheet(Message, frozen=True, kw_only=True):
    """One sheet of paper: which copy, which page of how many, its number, the keyed digest of its front page."""

    copy: Copies
    page: Annotated[int, Meta(ge=1, le=20)]
    pages: Annotated[int, Meta(ge=1, le=20)]
    paper_number: PaperNumber
    page_digest: Digest


class Versions(Message, frozen=True, kw_only=True):
    """What the certificate was made from."""

    record: Annotated[int, Meta(ge=1)]
    layout: str
    menu: Annotated[int, Meta(ge=1)]
    program: str


class Issuance(Message, frozen=True, kw_only=True):
    """The ward's word: this paper belongs to that application. Every value is what the clerk read in the finished PDF.

    Digests are HMACs under the transaction's random octets, so that a kept statement lets nobody test a guess.
    """

    transaction: TransactionId
    application_digest: Digest
    ward: WardCode
    card_commitment: Digest
    kiosk_key_digest: Digest
    kind: KindName
    fiscal_year: FiscalYear
    copies: Copies
    fee_yen: Yen
    certificate_number: Annotated[str, Meta(min_length=1, max_length=40)]
    sheets: Annotated[tuple[Sheet, ...], Meta(min_length=1, max_length=200)]
    pdf_digest: Digest
    page_description_digest: Digest | None
    """None says that there is no page description: the front is another program's layout."""
    versions: Versions
    at: Epoch


class Refusal(Message, frozen=True, kw_only=True):
    """A signed refusal, from the ward or the center: one public reason, and what the resident can do next.

    `answers` is the digest of the statement that it answers (the open request or the application).
    """

    answers: Digest
    transaction: TransactionId | None
    reason: Literal["not_offered", "card", "ask_your_ward", "try_later", "not_accepted_here"]
    text: Wording
    contact: Wording | None
    at: Epoch


class Issued(Message, frozen=True, kw_only=True, tag="issued"):
    """Step 5, the issuer's answer: the PDF, its page description, the statement over both.

    The front codes are those of the sheets in their order: the center seals each into the back of its sheet.
    """

    pdf: Annotated[bytes, Meta(min_length=1, max_length=4_000_000)]
    page_description: Annotated[bytes, Meta(min_length=1, max_length=65_536)] | None
    """None when the front is another program's layout: the center renders the page. Never empty, never left out."""
    front_codes: Annotated[tuple[FrontCodeBytes, ...], Meta(min_length=1, max_length=200)] | None
    """None when the fronts bear no code, which only a front without a page description may."""
    issuance: StatementBytes


class Refused(Message, frozen=True, kw_only=True, tag="refused"):
    """A signed refusal in the place of a certificate."""

    refusal: StatementBytes


IssueAnswer = Issued | Refused


class SheetMarks(Message, frozen=True, kw_only=True):
    """The marks of one sheet, beside the ward's PDF: a layer for the front and a back, as one-page PDFs."""

    front: bytes | None
    back: Annotated[bytes, Meta(min_length=1, max_length=2_000_000)]


class MarksDigest(Message, frozen=True, kw_only=True):
    """Which marks belong to which sheet. HMACs under the transaction's random octets."""

    paper_number: PaperNumber
    front: Digest | None
    back: Digest


class Delivery(Message, frozen=True, kw_only=True):
    """Step 6: the center's word over the marks, chained to the issuance."""

    transaction: TransactionId
    application_digest: Digest
    issuance_digest: Digest
    marks: Annotated[tuple[MarksDigest, ...], Meta(min_length=1, max_length=200)]
    at: Epoch


class Rendering(Message, frozen=True, kw_only=True):
    """Step 6, sealed into a back whose front has no page description: the center rendered this page to this raster.

    Whoever restores the raster believes the center for the rendering, and the ward, through its issuance, for the page.
    """

    issuance_digest: Digest
    ward: WardCode
    kind: KindName
    fiscal_year: FiscalYear
    certificate_number: Annotated[str, Meta(min_length=1, max_length=40)]
    paper_number: PaperNumber
    page: Annotated[int, Meta(ge=1, le=20)]
    pages: Annotated[int, Meta(ge=1, le=20)]
    raster_digest: Digest
    """SHA-256 of the encoded raster."""
    at: Epoch


class Delivered(Message, frozen=True, kw_only=True, tag="delivered"):
    """What is sealed to the kiosk's key: the ward's PDF untouched, the marks beside it, both statements."""

    pdf: Annotated[bytes, Meta(min_length=1, max_length=4_000_000)]
    issuance: StatementBytes
    marks: tuple[SheetMarks, ...]
    delivery: StatementBytes


SealedAnswer = Delivered | Refused
"""What lies inside the seal that answers an application."""
OpenAnswer = OpenedAnswer | Refused
ApplyAnswer = SealedMessage | Refused
"""A refusal outside a seal is given only when the application could not be opened."""
