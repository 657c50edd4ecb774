"""The whole proof: opened, enrolment, application, transcript, card, one chain (steps 13 to 19, around 1 to 12).

13. *The center opened* this transaction: its signed answer names id, challenge, ward, operator and kiosk.
14. *The operator enrolled* the kiosk's key.
15. *The kiosk signed* the application under that key.
16. *The transcript is one of ours*: canonical bytes, this protocol version, suite and environment.
17. *The transcript follows from the opening*: id, challenge, ward, operator and kiosk are the same, and the kiosk's
    one-time key is the one whose digest the card will have signed.
18. *The card* is a resident's (steps 1 to 6), and *signed this transcript* (step 12).
19. *It is not revoked* (steps 7 to 11).

The center follows 13 to 18 before it asks the authority, the issuer all of them, believing nobody about who applied.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from madoguchi.cardproof.holder import CardHolder, verify_card_certificate
from madoguchi.cardproof.ocsp import verify_ocsp
from madoguchi.cardproof.pinned import PinnedCas
from madoguchi.cardproof.problems import OTHER_TRANSACTION
from madoguchi.cardproof.signature import verify_card_signature
from madoguchi.statement import EnrolledKiosk, Statement, verify, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import APPLICATION, OPENED
from madoguchi.trust import TrustList
from madoguchi.wire.codec import decode
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.transaction import Application, CardProof, Opened, Transcript

_COMMITMENT_LABEL = b"madoguchi card commitment"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenApplication:
    """An application whose every link was verified: who applied (the card's pair), for what, at which kiosk."""

    opened: Statement[Opened]
    kiosk: EnrolledKiosk
    application: Statement[Application] = field(repr=False)
    transcript: Transcript
    holder: CardHolder = field(repr=False)

    @property
    def secret(self) -> bytes:
        """The transaction's 32 random octets; they die with the data."""
        return self.application.body.secret

    @property
    def card_commitment(self) -> bytes:
        """The keyed digest under which the card is named in the ward's statement."""
        return card_commitment(self.holder, secret=self.secret)


def card_commitment(holder: CardHolder, *, secret: bytes) -> bytes:
    """HMAC-SHA-256 of the card's pair under the transaction's random octets: nobody can test a guessed serial later."""
    message = b"".join((_COMMITMENT_LABEL, holder.ca_key_digest, holder.serial.encode("ascii")))
    return hmac.digest(secret, message, "sha256")


def verify_card_proof(
    proof: CardProof, *, keys: TrustList, pinned: PinnedCas, ward: str, at: datetime
) -> ProvenApplication:
    """Steps 13 to 19, for the ward `ward`. Raises `statement.*`, `cardproof.*` or `wire.malformed`."""
    opened = verify(proof.opened, OPENED, keys=keys, code=CENTER_CODE, at=at)  # 13
    if opened.body.ward != ward:
        raise OTHER_TRANSACTION.error("opened for another ward")
    proven = verify_application(
        proof.application, opened=opened, enrolment=proof.enrolment, keys=keys, pinned=pinned, at=at
    )
    verify_ocsp(proof.ocsp, holder=proven.holder, at=at)  # 19
    return proven


def verify_application(
    raw: bytes,
    *,
    opened: Statement[Opened],
    enrolment: bytes,
    keys: TrustList,
    pinned: PinnedCas,
    at: datetime,
) -> ProvenApplication:
    """Steps 14 to 18: everything but revocation. `opened` is the verified opening of this transaction."""
    kiosk = verify_enrolment(enrolment, keys=keys, operator=opened.body.operator, at=at)  # 14
    application = verify_by_kiosk(raw, APPLICATION, kiosk=kiosk, at=at)  # 15
    transcript = decode(application.body.transcript, type=Transcript)  # 16
    _check_follows(transcript, opened.body, application.body, kiosk, environment=keys.environment)  # 17
    holder = verify_card_certificate(application.body.card_certificate, pinned=pinned, at=at)  # 18
    verify_card_signature(
        holder=holder, transcript=application.body.transcript, signature=application.body.card_signature
    )
    return ProvenApplication(opened=opened, kiosk=kiosk, application=application, transcript=transcript, holder=holder)


def _check_follows(
    transcript: Transcript, opened: Opened, application: Application, kiosk: EnrolledKiosk, *, environment: str
) -> None:
    pairs = {
        "environment": (transcript.environment, environment),
        "transaction": (transcript.transaction, opened.transaction),
        "challenge": (transcript.challenge, opened.challenge),
        "ward": (transcript.ward, opened.ward),
        "operator": (transcript.operator, opened.operator),
        "kiosk": (transcript.kiosk, opened.kiosk),
        "enrolled kiosk": (kiosk.enrolment.body.kiosk, opened.kiosk),
        "kiosk key": (transcript.kiosk_key_digest, sha256(application.kiosk_key)),
    }
    for what, (found, expected) in pairs.items():
        if found != expected:
            raise OTHER_TRANSACTION.error(what)
