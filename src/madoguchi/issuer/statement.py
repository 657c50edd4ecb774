"""Signing: the issuance statement, from a redeemed release and nothing else; refusals; the menu."""

from __future__ import annotations

from datetime import datetime

from madoguchi import __version__
from madoguchi.cardproof.proof import ProvenApplication
from madoguchi.errors import PublicReason
from madoguchi.issuer.clerk import Reading, Redeemed
from madoguchi.issuer.config import WardSection
from madoguchi.issuer.public_text import PUBLIC_TEXT
from madoguchi.runtime.clock import epoch
from madoguchi.statement import Signer
from madoguchi.statement.kinds import ISSUANCE, REFUSAL
from madoguchi.wire.identifiers import RawStatement
from madoguchi.wire.menu import Wording
from madoguchi.wire.transaction import Issuance, Refusal, Sheet, Versions

_WITH_CONTACT = frozenset({PublicReason.ASK_YOUR_WARD, PublicReason.CARD})


def sign_issuance(
    redeemed: Redeemed, *, signer: Signer, proven: ProvenApplication, menu_revision: int, at: datetime
) -> RawStatement:
    """Sign what the clerk read; `redeemed` is used up. Raises `issuer.release_spent` the second time."""
    reading = redeemed.take()
    return signer.sign(ISSUANCE, issuance_of(reading, proven=proven, menu_revision=menu_revision, at=at))


def issuance_of(reading: Reading, *, proven: ProvenApplication, menu_revision: int, at: datetime) -> Issuance:
    """The ward's word: what was read, tied to the application that the card signed."""
    transcript = proven.transcript
    return Issuance(
        transaction=reading.transaction,
        application_digest=proven.application.digest,
        ward=transcript.ward,
        card_commitment=proven.card_commitment,
        kiosk_key_digest=transcript.kiosk_key_digest,
        kind=reading.kind,
        fiscal_year=reading.fiscal_year,
        copies=reading.copies,
        fee_yen=transcript.fee_yen,
        certificate_number=reading.certificate_number,
        sheets=tuple(
            Sheet(
                copy=sheet.copy,
                page=sheet.page,
                pages=sheet.pages,
                paper_number=sheet.paper_number,
                page_digest=sheet.page_digest,
            )
            for sheet in reading.sheets
        ),
        pdf_digest=reading.pdf_digest,
        page_description_digest=reading.page_description_digest,
        versions=Versions(
            record=reading.record_version, layout=reading.layout, menu=menu_revision, program=__version__
        ),
        at=epoch(at),
    )


def sign_refusal(
    reason: PublicReason,
    *,
    signer: Signer,
    ward: WardSection,
    answers: bytes,
    transaction: bytes,
    at: datetime,
) -> RawStatement:
    """Sign one of the five public reasons. `answers` is the digest of the application's statement."""
    text = PUBLIC_TEXT[reason]
    body = Refusal(
        answers=answers,
        transaction=transaction,
        reason=reason.value,
        text=Wording(ja=text.ja, en=text.en),
        contact=ward.contact if reason in _WITH_CONTACT else None,
        at=epoch(at),
    )
    return signer.sign(REFUSAL, body)
