"""HPKE with MLKEM768_X25519, HKDF-SHA-256, AES-256-GCM: one suite per protocol version, no negotiation."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from madoguchi.seal.problems import DOES_NOT_OPEN
from madoguchi.wire.codec import encode_plain
from madoguchi.wire.identifiers import PROTOCOL_VERSION, sha256
from madoguchi.wire.transaction import HPKE_SUITE

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_MLKEM_PUBLIC = 1184
_X25519 = 32
_MLKEM_SEED = 64
_LENGTH = struct.Struct(">I")

MessageType = Literal["application", "answer"]
_BUCKET: dict[str, int] = {"application": 8 * 1024, "answer": 64 * 1024}
"""Octets to whose multiple a sealed body is padded, per type, so that a length tells ec little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Everything that a seal is bound to; sender and receiver must agree on all of it or the seal does not open."""

    environment: str
    direction: Literal["kiosk-to-center", "center-to-kiosk"]
    message_type: MessageType
    transaction: bytes
    prior: bytes
    """Digest of the statement that came before: the open answer, or the application."""
    sender_key_id: bytes
    """The kiosk's enrolled signing key; for the center's answers its sealing key of the day."""
    receiver_key_id: bytes

    def info(self) -> bytes:
        """HPKE `info`: deterministic CBOR, so length-prefixed throughout."""
        return encode_plain(
            [
                "madoguchi seal",
                PROTOCOL_VERSION,
                HPKE_SUITE,
                self.environment,
                self.direction,
                self.message_type,
                self.transaction,
                self.prior,
                self.sender_key_id,
                self.receiver_key_id,
            ]
        )


class SealingKey:
    """A receiver's key pair. A kiosk makes one per transaction, in memory only; the center one per day."""

    def __init__(self, private: MLKEM768X25519PrivateKey, *, public: bytes) -> None:
        self._private = private
        self.public = public

    @classmethod
    def generate(cls) -> SealingKey:
        """A fresh key pair."""
        return cls.from_seed(
            mlkem.MLKEM768PrivateKey.generate().private_bytes_raw()
            + x25519.X25519PrivateKey.generate().private_bytes_raw()
        )

    @classmethod
    def from_seed(cls, seed: bytes) -> SealingKey:
        """From the 96 octets of `seed` (ML-KEM seed || X25519): how replicas of the center share the key of the day."""
        if len(seed) != _MLKEM_SEED + _X25519:
            msg = "a sealing key seed has 96 octets"
            raise ValueError(msg)
        post_quantum = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED])
        classic = x25519.X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED:])
        public = post_quantum.public_key().public_bytes_raw() + classic.public_key().public_bytes_raw()
        return cls(MLKEM768X25519PrivateKey(post_quantum, classic), public=public)

    @property
    def key_id(self) -> bytes:
        """16 octets naming the public key."""
        return sealing_key_id(self.public)

    def open(self, ciphertext: bytes, *, purpose: Purpose) -> bytes:
        """Open a seal made for exactly this purpose. Raises `seal.does_not_open`, whatever is wrong."""
        return _unpad(self._decrypt(ciphertext, info=purpose.info(), what=purpose.message_type))

    def open_key(self, ciphertext: bytes, *, info: bytes) -> bytes:
        """Open what `seal_key` made for exactly this `info`. Raises `seal.does_not_open`, whatever is wrong."""
        return self._decrypt(ciphertext, info=info, what="key")

    def _decrypt(self, ciphertext: bytes, *, info: bytes, what: str) -> bytes:
        try:
            return _SUITE.decrypt(ciphertext, self._private, info=info)
        except (InvalidTag, ValueError):
            raise DOES_NOT_OPEN.error(what) from None


def sealing_key_id(public: bytes) -> bytes:
    """16 octets naming a sealing public key (ML-KEM-768 || X25519, 1216 octets)."""
    return sha256(public)[:16]


def seal(plaintext: bytes, *, receiver: bytes, purpose: Purpose) -> bytes:
    """Seal signed bytes to `receiver` (1216 octets) for one purpose, padded per type. Bad key: ValueError."""
    return seal_key(_pad(plaintext, bucket=_BUCKET[purpose.message_type]), receiver=receiver, info=purpose.info())


def seal_key(plaintext: bytes, *, receiver: bytes, info: bytes) -> bytes:
    """Seal as it is, unpadded: a key at rest, whose length says nothing. `info` names its purpose completely."""
    public = MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(receiver[:_MLKEM_PUBLIC]),
        x25519.X25519PublicKey.from_public_bytes(receiver[_MLKEM_PUBLIC:]),
    )
    return _SUITE.encrypt(plaintext, public, info=info)


def _pad(plaintext: bytes, *, bucket: int) -> bytes:
    whole = _LENGTH.size + len(plaintext)
    return b"".join((_LENGTH.pack(len(plaintext)), plaintext, bytes(-whole % bucket)))


def _unpad(padded: bytes) -> bytes:
    if len(padded) < _LENGTH.size:
        raise DOES_NOT_OPEN.error("padding")
    (length,) = _LENGTH.unpack_from(padded)
    body = padded[_LENGTH.size : _LENGTH.size + length]
    if len(body) != length or any(padded[_LENGTH.size + length :]):
        raise DOES_NOT_OPEN.error("padding")
    return body
