"""The pinned CAs of the cards: all that decides who is a resident's card.

They come from the trust list of one environment. The CA file on a card is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from madoguchi.card.profile import ISSUER, environment_of
from madoguchi.cardproof.parsing import PARSE_ERRORS
from madoguchi.cardproof.problems import ENVIRONMENT
from madoguchi.wire.identifiers import Environment


def key_digest(certificate: x509.Certificate) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo: which CA generation this is, whatever its name says."""
    hashing = hashes.Hash(hashes.SHA256())
    hashing.update(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return hashing.finalize()


@dataclass(frozen=True, slots=True)
class PinnedCa:
    """One CA generation."""

    certificate: x509.Certificate
    key_digest: bytes
    """32 octets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedCas:
    """The CA generations of one environment. Make it with `load`."""

    environment: Environment
    cas: tuple[PinnedCa, ...] = field(repr=False)

    @classmethod
    def load(cls, certificates: Iterable[bytes], *, environment: Environment) -> PinnedCas:
        """Pin CA certificates (DER).

        Raises `cardproof.environment` for a CA of another environment (a demo CA cannot be pinned in production, even
        by mistake), and ValueError for an empty list, a certificate that is no card CA, or a key that comes twice.
        """
        cas = tuple(_pin(certificate, environment) for certificate in certificates)
        if not cas or len({ca.key_digest for ca in cas}) != len(cas):
            raise ValueError("no card CA, or one key twice")
        return cls(environment=environment, cas=cas)


def _pin(octets: bytes, environment: Environment) -> PinnedCa:
    try:
        certificate = x509.load_der_x509_certificate(octets)
        named = environment_of(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(certificate)
    except (*PARSE_ERRORS, x509.ExtensionNotFound, InvalidSignature) as error:
        raise ValueError("not a self-signed CA certificate") from error
    if certificate.subject != ISSUER or not constraints.ca:
        raise ValueError("not a CA of the cards")
    if named is not environment:
        raise ENVIRONMENT.error(f"a CA of {named} in the pinned list of {environment}")
    return PinnedCa(certificate=certificate, key_digest=key_digest(certificate))
