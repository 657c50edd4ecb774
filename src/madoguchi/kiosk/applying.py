"""Steps 2 to 4: open, let the card sign, apply. Each at most once; a lost answer is a refusal and costs nothing."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from madoguchi.card import CardDialect
from madoguchi.cardproof import verify_card_certificate, verify_card_signature
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.memory import AppliedCard, OpenTransaction, TransactionMemory
from madoguchi.kiosk.problems import CARD_NOT_ACCEPTED, ENDED, OTHER_TRANSACTION, TIMED_OUT
from madoguchi.kiosk.refusing import verify_open_refusal, verify_unsealed_refusal
from madoguchi.kiosk.trusting import Trust, check_clock
from madoguchi.runtime.clock import Clock
from madoguchi.seal import Purpose, seal
from madoguchi.seal.hpke import sealing_key_id
from madoguchi.statement import Signer, Statement, verify
from madoguchi.statement.kinds import APPLICATION, OPEN_REQUEST, OPENED
from madoguchi.wire.codec import encode
from madoguchi.wire.identifiers import CENTER_CODE, Environment, sha256
from madoguchi.wire.transaction import (
    Application,
    Opened,
    OpenRequest,
    Refused,
    SealedMessage,
    SignedByKiosk,
    Transcript,
)

_NONCE_OCTETS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who this kiosk is: its enrolled key and what the operator said about it."""

    kiosk: bytes
    operator: str
    environment: Environment
    signer: Signer
    enrolment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Speaks for the kiosk in steps 2 to 4."""

    identity: Identity
    line: Line
    trust: Trust
    clock: Clock
    whole_seconds: float
    """This kiosk's own limit; the center's lifetime can only shorten it."""

    async def open(self, memory: TransactionMemory) -> OpenTransaction:
        """Step 2. Raises `RefusedBySignature`, `kiosk.*`, `statement.*`, `runtime.*`."""
        began = self.clock.monotonic()  # before the request leaves: the center's lifetime cannot have begun earlier
        request = OpenRequest(
            kiosk=self.identity.kiosk,
            operator=self.identity.operator,
            ward=memory.order.menu.ward,
            nonce=secrets.token_bytes(_NONCE_OCTETS),
        )
        raw = self.identity.signer.sign(OPEN_REQUEST, request)
        answer = await self.line.open(SignedByKiosk(enrolment=self.identity.enrolment, statement=raw))
        keys, at = self.trust.keys(), self.clock.now()
        if isinstance(answer, Refused):
            raise verify_open_refusal(answer, request_digest=sha256(raw), keys=keys, at=at)
        opened = verify(answer.opened, OPENED, keys=keys, code=CENTER_CODE, at=at)
        self._check_opened(opened, request, request_digest=sha256(raw))
        seconds = min(opened.body.lifetime_seconds, self.whole_seconds)
        return OpenTransaction(statement=opened, deadline=began + seconds)

    def _check_opened(self, opened: Statement[Opened], request: OpenRequest, *, request_digest: bytes) -> None:
        body = opened.body
        for name, found, expected in (
            ("request_digest", body.request_digest, request_digest),
            ("ward", body.ward, request.ward),
            ("operator", body.operator, request.operator),
            ("kiosk", body.kiosk, request.kiosk),
            ("sealing_key_id", body.sealing_key_id, sealing_key_id(body.sealing_key)),
        ):
            if found != expected:
                raise OTHER_TRANSACTION.error(f"{name} of the open answer")
        check_clock(body.at, clock=self.clock)

    def read_card(self, memory: TransactionMemory, card: CardDialect) -> int | None:
        """What it is, then the counter, then the certificate, which a pinned CA must have signed.

        Returns the PIN tries left; None for a phone that has no PIN.

        Blocking. Raises `card.*`, `cardproof.*`, `kiosk.*`.
        """
        token = card.token()
        tries = card.tries_left() if token.asks_pin else None
        certificate = card.read_certificate()
        holder = verify_card_certificate(certificate, pinned=self.trust.pinned(), at=self.clock.now())
        memory.remember_card(holder=holder, certificate=certificate, token=token)
        return tries

    def sign_with_card(self, memory: TransactionMemory, card: CardDialect) -> None:
        """Step 3: present the PIN once where there is one, let it sign the transcript, and reset it in any case.

        Blocking: a phone waits for its holder. Raises `card.pin_wrong` (`PinWrongError`), `card.pin_locked`,
        `card.not_confirmed`, `card.*`, `kiosk.card_not_accepted`.
        """
        opened = memory.expect_opened()
        try:
            if card.token() is not memory.token:
                raise CARD_NOT_ACCEPTED.error("another kind of token than the one that was read")
            if memory.token.asks_pin:
                card.verify_pin(memory.pin)
            # The card that signs is the card that was read: the certificate is compared after the PIN is accepted.
            if memory.holder is None or card.read_certificate() != memory.card_certificate:
                raise CARD_NOT_ACCEPTED.error("another card than the one that was read")
            transcript = encode(self.transcript(memory, opened.statement.body))
            signature = card.sign(sha256(transcript))
        finally:
            memory.wipe_pin()
            card.reset()
        verify_card_signature(holder=memory.holder, transcript=transcript, signature=signature)
        application = Application(
            transcript=transcript,
            card_certificate=memory.card_certificate,
            card_signature=signature,
            secret=memory.secret,
            kiosk_key=memory.public_key,
        )
        memory.keep_applied(AppliedCard(commitment=memory.commitment(), application=application))

    def transcript(self, memory: TransactionMemory, opened: Opened) -> Transcript:
        """What the card signs: this application at this kiosk in this transaction, and nothing else."""
        order = memory.order
        return Transcript(
            label="madoguchi card transcript",
            version=1,
            environment=memory.environment,
            suite="MLKEM768_X25519+HKDF_SHA256+AES_256_GCM",
            transaction=opened.transaction,
            challenge=opened.challenge,
            ward=order.menu.ward,
            kind=order.kind.kind,
            fiscal_year=order.year.fiscal_year,
            copies=order.copies,
            fee_yen=order.total_yen,
            operator=self.identity.operator,
            kiosk=self.identity.kiosk,
            kiosk_key_digest=memory.public_key_digest,
        )

    def make_application(self, memory: TransactionMemory) -> SealedMessage:
        """Step 4: sign, then seal to the center. Only once: the application is let go of here. Raises `kiosk.ended`."""
        opened = memory.expect_opened().statement.body
        applied, memory.applied = memory.applied, None
        if applied is None:
            raise ENDED.error("no signed application, or it was sent before")
        statement = self.identity.signer.sign(APPLICATION, applied.application)
        memory.application_digest = sha256(statement)
        purpose = Purpose(
            environment=memory.environment,
            direction="kiosk-to-center",
            message_type="application",
            transaction=opened.transaction,
            prior=memory.expect_opened().statement.digest,
            sender_key_id=self.identity.signer.key_id,
            receiver_key_id=opened.sealing_key_id,
        )
        signed = encode(SignedByKiosk(enrolment=self.identity.enrolment, statement=statement))
        ciphertext = seal(signed, receiver=opened.sealing_key, purpose=purpose)
        return SealedMessage(transaction=opened.transaction, ciphertext=ciphertext)

    async def apply(self, memory: TransactionMemory, message: SealedMessage) -> SealedMessage:
        """Send it, once, and wait for the sealed answer until the transaction's lifetime ends.

        Raises `RefusedBySignature` for a refusal outside a seal, `kiosk.timed_out`, `statement.*`, `runtime.*`.
        """
        opened = memory.expect_opened()
        left = opened.deadline - self.clock.monotonic()
        try:
            async with asyncio.timeout(left):
                answer = await self.line.apply(message)
        except TimeoutError:
            raise TIMED_OUT.error("no answer within the lifetime") from None
        if isinstance(answer, Refused):
            digests = (memory.application_digest, opened.statement.body.request_digest, sha256(message.ciphertext))
            raise verify_unsealed_refusal(
                answer,
                answers=tuple(digest for digest in digests if digest is not None),
                transaction=opened.transaction,
                keys=self.trust.keys(),
                at=self.clock.now(),
            )
        return answer
