"""How a card signs: a property of the key in its certificate, never of a message.

The cards of today sign with RSA-2048 and SHA-256; the next generation is planned with ECDSA P-384 and SHA-384. It will
be one more row here and one more dialect; nothing else names an algorithm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from madoguchi.card.problems import ALGORITHM

RSA_BITS: Final = 2048
SHA256_DIGEST_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""DER of a DigestInfo up to the digest (RFC 8017 section 9.2, note 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAlgorithm:
    """One way in which cards sign."""

    name: str
    hash: hashes.HashAlgorithm
    signature_octets: int
    check: Callable[[CertificatePublicKeyTypes, bytes, bytes], None]
    """(public key, signature, message); raises `InvalidSignature`."""

    def digest(self, message: bytes) -> bytes:
        """What the card is asked to sign for `message`."""
        hashing = hashes.Hash(self.hash)
        hashing.update(message)
        return hashing.finalize()


def _check_rsa_sha256(key: CertificatePublicKeyTypes, signature: bytes, message: bytes) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidSignature
    key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


RSA_2048_SHA256: Final = CardAlgorithm(
    name="RSA-2048 PKCS#1 v1.5 SHA-256",
    hash=hashes.SHA256(),
    signature_octets=RSA_BITS // 8,
    check=_check_rsa_sha256,
)


def algorithm_of(key: CertificatePublicKeyTypes) -> CardAlgorithm:
    """The algorithm that a card with this public key signs with. Raises `card.algorithm` for any other key."""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size == RSA_BITS and key.public_numbers().e == 65537:  # noqa: PLR2004
        return RSA_2048_SHA256
    raise ALGORITHM.error(f"key {type(key).__name__}, {getattr(key, 'key_size', '?')} bits")


def algorithm_of_certificate(certificate_der: bytes) -> CardAlgorithm:
    """The algorithm of a certificate just read from a card, not yet verified. Raises `card.algorithm`."""
    try:
        key = x509.load_der_x509_certificate(certificate_der).public_key()
    except (ValueError, TypeError) as error:
        raise ALGORITHM.error("the certificate cannot be read") from error
    return algorithm_of(key)
