"""The certificate authority of the cards: two CA generations under one name, and what they issue.

A CA is renewed years before it ends, so two generations are alive at once; both may give out the same serial number.
Whoever names a certificate names the pair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from madoguchi.card.algorithm import RSA_BITS
from madoguchi.card.profile import (
    ca_builder,
    environment_of,
    serial_number,
    user_authentication_builder,
)
from madoguchi.card.token import Token
from madoguchi.card.virtual import CardContents, VirtualCard
from madoguchi.jpki.problems import FILES_UNUSABLE, GENERATION_UNKNOWN, SERIAL_MALFORMED
from madoguchi.wire.identifiers import Environment

GENERATIONS: Final = ("g1", "g2")
_STARTS: Final = {"g1": timedelta(days=-5 * 365), "g2": timedelta(days=-365)}
"""When a generation began, seen from the day it is made: the older one is in the middle of its life."""
_CA_LIFE: Final = timedelta(days=11 * 365)
_PUBLIC_EXPONENT: Final = 65537


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One CA generation: its key and its self-signed certificate."""

    name: str
    private_key: rsa.RSAPrivateKey = field(repr=False)
    certificate: x509.Certificate = field(repr=False)

    @property
    def certificate_der(self) -> bytes:
        """What is pinned in a trust list."""
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """All generations of one environment."""

    environment: Environment
    generations: Mapping[str, Generation] = field(repr=False)

    def generation(self, name: str) -> Generation:
        """One generation. Raises `jpki.generation_unknown`."""
        found = self.generations.get(name)
        if found is None:
            raise GENERATION_UNKNOWN.error()
        return found

    def issue_certificate(
        self,
        generation: str,
        *,
        public_key: CertificatePublicKeyTypes,
        serial: str,
        not_before: datetime,
        not_after: datetime,
    ) -> bytes:
        """Issue a user-authentication certificate (DER) with a given serial. Raises `jpki.*`."""
        issuer = self.generation(generation)
        builder = user_authentication_builder(
            public_key=public_key,
            ca=issuer.certificate,
            common_name=_opaque_name(public_key),
            serial=_serial_number(serial),
            not_before=not_before,
            not_after=not_after,
            environment=self.environment,
        )
        return builder.sign(issuer.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def new_rsa_key() -> rsa.RSAPrivateKey:
    """An RSA-2048 key, as cards and card CAs have today. About 0.1 s."""
    return rsa.generate_private_key(public_exponent=_PUBLIC_EXPONENT, key_size=RSA_BITS)


def create_authority(*, environment: Environment, at: datetime) -> Authority:
    """Make both generations anew."""
    made = {name: _create_generation(name, environment=environment, at=at) for name in GENERATIONS}
    return Authority(environment=environment, generations=made)


def _create_generation(name: str, *, environment: Environment, at: datetime) -> Generation:
    key = new_rsa_key()
    start = at.astimezone(UTC).replace(microsecond=0) + _STARTS[name]
    builder = ca_builder(
        public_key=key.public_key(),
        serial=x509.random_serial_number(),
        not_before=start,
        not_after=start + _CA_LIFE,
        environment=environment,
    )
    return Generation(name=name, private_key=key, certificate=builder.sign(key, hashes.SHA256()))


def save_authority(authority: Authority, directory: Path) -> None:
    """Write `<generation>.key.pem` (owner only) and `<generation>.ca.pem` into a directory of the authority's own."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for generation in authority.generations.values():
        key = generation.private_key.private_bytes(
            Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path = directory / f"{generation.name}.key.pem"
        path.touch(mode=0o600)
        path.write_bytes(key)
        (directory / f"{generation.name}.ca.pem").write_bytes(generation.certificate.public_bytes(Encoding.PEM))


def load_authority(directory: Path) -> Authority:
    """Read what `save_authority` wrote. Raises `jpki.files_unusable`."""
    try:
        generations = {name: _load_generation(directory, name) for name in GENERATIONS}
        environments = {environment_of(generation.certificate) for generation in generations.values()}
    except (OSError, ValueError, TypeError) as error:
        raise FILES_UNUSABLE.error(type(error).__name__) from error
    if len(environments) != 1:
        raise FILES_UNUSABLE.error("the generations are of different environments")
    return Authority(environment=environments.pop(), generations=generations)


def _load_generation(directory: Path, name: str) -> Generation:
    key = serialization.load_pem_private_key((directory / f"{name}.key.pem").read_bytes(), password=None)
    certificate = x509.load_pem_x509_certificate((directory / f"{name}.ca.pem").read_bytes())
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        raise ValueError("key and certificate do not belong together")
    return Generation(name=name, private_key=key, certificate=certificate)


def make_card(
    authority: Authority,
    *,
    generation: str,
    serial: str,
    not_before: datetime,
    not_after: datetime,
    pin: str,
    private_key: rsa.RSAPrivateKey | None = None,
    token: Token = Token.PLASTIC,
) -> VirtualCard:
    """Personalise a virtual card: a key (a new one unless given), a certificate with this serial, and a PIN."""
    key = private_key or new_rsa_key()
    certificate = authority.issue_certificate(
        generation, public_key=key.public_key(), serial=serial, not_before=not_before, not_after=not_after
    )
    contents = CardContents(
        private_key=key,
        certificate=certificate,
        ca_certificate=authority.generation(generation).certificate_der,
        pin=pin.encode("ascii"),
        token=token,
    )
    return VirtualCard(contents)


def _opaque_name(public_key: CertificatePublicKeyTypes) -> str:
    """A name that says nothing: derived from the key, so that it is stable and belongs to nobody else."""
    octets = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(b"madoguchi jpki common name" + octets).hexdigest()[:24].upper()


def _serial_number(text: str) -> int:
    try:
        return serial_number(text)
    except ValueError:
        raise SERIAL_MALFORMED.error() from None
