"""Kiosk and center in one: applications as the ward receives them, each signed by a card of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from madoguchi.bench.feed.ward import BenchWard
from madoguchi.card import JpkiCard, VirtualCard
from madoguchi.cardproof import PinnedCas, ocsp_request, verify_card_certificate
from madoguchi.cardproof.holder import CardHolder
from madoguchi.deployment.identities import ENROLMENT_FILE
from madoguchi.deployment.ward_settings import FEE_YEN
from madoguchi.issuer.case import Pair
from madoguchi.jpki.authority import make_card, new_rsa_key
from madoguchi.jpki.ocsp import Responder
from madoguchi.jpki.status import State, Status
from madoguchi.runtime.clock import SystemClock, epoch
from madoguchi.statement.kinds import APPLICATION, ISSUE_REQUEST, OPENED
from madoguchi.wire.codec import encode
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.transaction import Application, CardProof, IssueRequest, Opened, Transcript

FISCAL_YEAR: Final = 2026
_PIN: Final = "1234"
_KIOSK: Final = "kiosk-1"
_KEY_OCTETS: Final = 1216
"""Of the kiosk's one-time key, and of the center's: the ward has neither."""
_LIFETIME_SECONDS: Final = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """A resident with a card."""

    number: str = field(repr=False)
    """宛名番号."""
    card: VirtualCard = field(repr=False)
    holder: CardHolder = field(repr=False)

    @property
    def pair(self) -> Pair:
        """As the registry lists the card."""
        return Pair(ca_key_digest=self.holder.ca_key_digest, serial=self.holder.serial)


class Street:
    """Where residents apply."""

    def __init__(self, ward: BenchWard) -> None:
        self._ward = ward
        self._clock = SystemClock()
        self._operator = ward.plan.operators[0]
        self._center = ward.signer("center-1", party="center", code=CENTER_CODE)
        self._kiosk_id = ward.identities.kiosk_ids[_KIOSK]
        self._kiosk = ward.signer(_KIOSK, party="kiosk", code=self._kiosk_id.hex(), shown=self._operator)
        self._enrolment = (ward.directory / "pki" / _KIOSK / ENROLMENT_FILE).read_bytes()
        self._responder = Responder(ward.identities.authority, clock=self._clock)
        authority = ward.identities.authority.generation("g1").certificate_der
        self._pinned = PinnedCas.load([authority], environment=ward.plan.environment)

    def applicant(self, number: str, *, key: rsa.RSAPrivateKey) -> Applicant:
        """Give a resident a card. Making a card's key takes long, so all of them have the same one."""
        now = self._clock.now()
        card = make_card(
            self._ward.identities.authority,
            generation="g1",
            serial=f"{secrets.randbits(150) | 1:X}",
            not_before=now - timedelta(days=100),
            not_after=now + timedelta(days=1000),
            pin=_PIN,
            private_key=key,
        )
        holder = verify_card_certificate(card.certificate, pinned=self._pinned, at=now)
        return Applicant(number=number, card=card, holder=holder)

    def request(self, who: Applicant) -> bytes:
        """One application for this year's taxation certificate, as the center forwards it."""
        name, key, challenge = secrets.token_bytes(16), secrets.token_bytes(_KEY_OCTETS), secrets.token_bytes(32)
        at = epoch(self._clock.now())
        opened = self._center.sign(
            OPENED,
            Opened(
                request_digest=secrets.token_bytes(32),
                transaction=name,
                challenge=challenge,
                ward=self._ward.code,
                operator=self._operator,
                kiosk=self._kiosk_id,
                lifetime_seconds=_LIFETIME_SECONDS,
                sealing_key_id=bytes(16),
                sealing_key=bytes(_KEY_OCTETS),
                at=at,
            ),
        )
        application = self._kiosk.sign(APPLICATION, self._application(who, name, key, challenge))
        answered = self._responder.answer(self._responder.read(ocsp_request(who.holder)), Status(state=State.GOOD))
        proof = CardProof(opened=opened, enrolment=self._enrolment, application=application, ocsp=answered)
        return self._center.sign(ISSUE_REQUEST, IssueRequest(transaction=name, proof=proof, at=at))

    def _application(self, who: Applicant, name: bytes, key: bytes, challenge: bytes) -> Application:
        raw = encode(
            Transcript(
                label="madoguchi card transcript",
                version=1,
                environment=self._ward.plan.environment,
                suite="MLKEM768_X25519+HKDF_SHA256+AES_256_GCM",
                transaction=name,
                challenge=challenge,
                ward=self._ward.code,
                kind="taxation",
                fiscal_year=FISCAL_YEAR,
                copies=1,
                fee_yen=FEE_YEN,
                operator=self._operator,
                kiosk=self._kiosk_id,
                kiosk_key_digest=sha256(key),
            )
        )
        dialect = JpkiCard(who.card)
        dialect.verify_pin(bytearray(_PIN.encode()))
        return Application(
            transcript=raw,
            card_certificate=dialect.read_certificate(),
            card_signature=dialect.sign(sha256(raw)),
            secret=secrets.token_bytes(32),
            kiosk_key=key,
        )


def applicants(street: Street, numbers: list[str]) -> list[Applicant]:
    """A card for each of these residents."""
    key = new_rsa_key()
    return [street.applicant(number, key=key) for number in numbers]
