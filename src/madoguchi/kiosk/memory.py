"""The memory of one visit: a key pair and 32 random octets made for it alone, and what it learns. Nothing is on disk.

It opens one seal, once, and it dies: after `wipe` there is no key, so a late answer cannot be opened by anybody. What
Python can overwrite (PIN, random octets) is overwritten, the rest is let go of; the promise is no durable trace and a
bounded life, not a wiped memory.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from madoguchi.card import Token
from madoguchi.cardproof import CardHolder
from madoguchi.cardproof.proof import card_commitment
from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.machine.states import Order
from madoguchi.kiosk.problems import ENDED, OPENED_TWICE
from madoguchi.seal import Purpose, SealingKey
from madoguchi.seal.hpke import sealing_key_id
from madoguchi.statement import Statement
from madoguchi.wire.identifiers import Environment, sha256
from madoguchi.wire.outcome import ErasedHow, KioskCustody
from madoguchi.wire.transaction import Application, Opened

_SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTransaction:
    """What the center's verified answer gave, and when it ends on this machine's monotonic clock."""

    statement: Statement[Opened] = field(repr=False)
    deadline: float

    @property
    def transaction(self) -> bytes:
        """The random 128-bit id."""
        return self.statement.body.transaction


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AppliedCard:
    """What the card contributed: its commitment, and the application that is signed and not yet sent."""

    commitment: bytes
    application: Application


class TransactionMemory:
    """One visit. Not safe for two threads; every use after `wipe` raises `kiosk.ended`."""

    def __init__(self, *, order: Order, environment: Environment) -> None:
        key = SealingKey.generate()
        self.order = order
        self.environment = environment
        self.public_key = key.public
        self.pin = bytearray()
        self.opened: OpenTransaction | None = None
        self.holder: CardHolder | None = None
        self.card_certificate: bytes | None = None
        self.applied: AppliedCard | None = None
        self.token = Token.PLASTIC
        """What lies on the reader, once it was read."""
        self.application_digest: bytes | None = None
        self.erased: ErasedHow | None = None
        self.held = False
        """Plaintext of a certificate has been in this process."""
        self._key: SealingKey | None = key
        self._secret = bytearray(secrets.token_bytes(_SECRET_OCTETS))

    @property
    def secret(self) -> bytes:
        """The 32 random octets. Raises `kiosk.ended`."""
        self.expect_alive()
        return bytes(self._secret)

    @property
    def public_key_digest(self) -> bytes:
        """SHA-256 of the one-time public key: what the card signs and the ward repeats."""
        return sha256(self.public_key)

    def expect_alive(self) -> None:
        """Raise `kiosk.ended` when this visit is over."""
        if self.erased is not None:
            raise ENDED.error()

    def expect_opened(self) -> OpenTransaction:
        """The open transaction. Raises `kiosk.ended`."""
        self.expect_alive()
        if self.opened is None:
            raise ENDED.error("never opened")
        return self.opened

    def remember_card(self, *, holder: CardHolder, certificate: bytes, token: Token) -> None:
        """The card or phone that lies on the reader."""
        self.expect_alive()
        self.token = token
        self.holder, self.card_certificate = holder, certificate

    def forget_card(self) -> None:
        """It was taken before it signed; the next may be another one."""
        self.wipe_pin()
        self.holder = self.card_certificate = None

    def keep_applied(self, applied: AppliedCard) -> None:
        """The signed application, unless the visit ended while the card was signing. Raises `kiosk.ended`."""
        self.applied = applied
        if self.erased is not None:
            self.applied = None
            raise ENDED.error()

    def commitment(self) -> bytes:
        """The commitment of the card that was read. Raises `kiosk.ended`."""
        if self.holder is None:
            raise ENDED.error("no card was read")
        return card_commitment(self.holder, secret=self.secret)

    def open_answer(self, ciphertext: bytes) -> bytes:
        """Open the one answer to the one application. The key is gone after this, whether it opened or not.

        The caller has journalled `held`. Raises `seal.does_not_open`, `kiosk.opened_twice`, `kiosk.ended`.
        """
        opened = self.expect_opened().statement.body
        if self.application_digest is None:
            raise ENDED.error("nothing was applied for")
        key, self._key = self._key, None
        if key is None:
            raise OPENED_TWICE.error()
        purpose = Purpose(
            environment=self.environment,
            direction="center-to-kiosk",
            message_type="answer",
            transaction=opened.transaction,
            prior=self.application_digest,
            sender_key_id=opened.sealing_key_id,
            receiver_key_id=sealing_key_id(self.public_key),
        )
        self.held = True  # before it is true: a wipe in another thread must not say that nothing was ever opened
        try:
            return key.open(ciphertext, purpose=purpose)
        except MadoguchiError:
            self.held = False
            raise

    def wipe_pin(self) -> None:
        """Overwrite the digits."""
        _overwrite(self.pin)
        self.pin.clear()

    def wipe(self, *, printed: bool = False) -> None:
        """End this visit; only what the outcome names (digests, no keys) stays. Doing it again changes nothing."""
        if self.erased is not None:
            return
        confirmed: ErasedHow = "printer_confirmed" if printed else "wiped"
        self.erased = confirmed if self.held else "never_opened"
        self._key = None
        _overwrite(self._secret)
        self.wipe_pin()
        self.holder = self.card_certificate = self.applied = None

    def custody(self) -> KioskCustody:
        """What was held and how it was erased; only after `wipe`."""
        if self.erased is None:
            msg = "a visit says how it was erased after it was"
            raise ValueError(msg)
        return KioskCustody(held=self.held, erased=self.erased)


def _overwrite(buffer: bytearray) -> None:
    buffer[:] = bytes(len(buffer))
