"""Certificates and OCSP answers of any shape, for what must be refused."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from madoguchi.card.profile import ISSUER, cert_id, key_usage, policies, serial_number
from madoguchi.cardproof import PinnedCas
from madoguchi.errors import MadoguchiError
from madoguchi.jpki.authority import Authority, Generation
from madoguchi.wire.identifiers import Environment
from tests.jpki.authorities import NOW, SERIAL, authority, card_key

Extension = tuple[x509.ExtensionType, bool]
SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pinned(of: Authority | None = None) -> PinnedCas:
    """The pinned list of the demo environment (or of another authority)."""
    source = of or authority()
    certificates = [generation.certificate_der for generation in source.generations.values()]
    return PinnedCas.load(certificates, environment=source.environment)


def right_extensions(generation: Generation, environment: Environment = Environment.DEMO) -> dict[str, Extension]:
    """What the profile demands, to be changed one by one."""
    key_identifier = generation.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return {
        "key_usage": (key_usage(digital_signature=True), True),
        "policies": (policies(environment), True),
        "authority": (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_identifier), False),
    }


def certificate(
    *,
    generation: Generation | None = None,
    changes: dict[str, Extension | None] | None = None,
    subject: Sequence[tuple[x509.ObjectIdentifier, str]] = ((NameOID.COMMON_NAME, "A1B2"),),
    key: Any = None,
    signed_by: rsa.RSAPrivateKey | None = None,
    issuer: x509.Name = ISSUER,
    serial: str = SERIAL,
    not_before: datetime = NOW - timedelta(days=1),
    not_after: datetime = NOW + timedelta(days=1),
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
) -> bytes:
    """A certificate like a card's, with changes (None leaves an extension out)."""
    of = generation or authority().generation("g1")
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    builder = (
        x509.CertificateBuilder(issuer_name=issuer, subject_name=name)
        .public_key((key or card_key()).public_key())
        .serial_number(serial_number(serial))
        .not_valid_before(not_before)
        .not_valid_after(not_after)
    )
    for extension in (right_extensions(of) | (changes or {})).values():
        if extension is not None:
            builder = builder.add_extension(extension[0], critical=extension[1])
    return builder.sign(signed_by or of.private_key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def responder(
    generation: Generation,
    *,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.OCSP_SIGNING,
    nocheck: bool = True,
    not_before: datetime = NOW - timedelta(hours=1),
    surplus: Extension | None = None,
    key: SigningKey | None = None,
) -> tuple[SigningKey, x509.Certificate]:
    """A delegated responder of a generation."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder(issuer_name=ISSUER, subject_name=ISSUER)
        .public_key(own.public_key())
        .serial_number(7)
        .not_valid_before(not_before)
        .not_valid_after(not_before + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    )
    if nocheck:
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    if surplus:
        builder = builder.add_extension(surplus[0], critical=surplus[1])
    return own, builder.sign(generation.private_key, hashes.SHA256())


def answer(
    *,
    about: Generation | None = None,
    serial: str = SERIAL,
    signer: tuple[SigningKey, x509.Certificate] | None = None,
    embed: bool = True,
    by_name: bool = False,
    this_update: datetime = NOW,
    next_update: datetime | None = NOW + timedelta(minutes=15),
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    algorithm: hashes.HashAlgorithm | None = None,
    named: x509.Certificate | None = None,
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
    extension: Extension | None = None,
) -> bytes:
    """An OCSP answer; by default a good one about the usual card, signed by a delegated responder of its generation."""
    generation = about or authority().generation("g1")
    key, own_certificate = signer or responder(generation)
    naming = algorithm or hashes.SHA256()
    issuer = cert_id(generation.certificate, naming)
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=issuer.issuer_name_hash,
        issuer_key_hash=issuer.issuer_key_hash,
        serial_number=serial_number(serial),
        algorithm=naming,
        cert_status=status,
        this_update=this_update,
        next_update=next_update,
        revocation_time=this_update if revoked else None,
        revocation_reason=None,
    )
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(encoding, named or own_certificate)
    if embed:
        builder = builder.certificates([own_certificate])
    if extension:
        builder = builder.add_extension(extension[0], critical=extension[1])
    return builder.sign(key, digest or hashes.SHA256()).public_bytes(Encoding.DER)


def code_of(act: Any) -> str:
    """The code with which `act` is refused."""
    with pytest.raises(MadoguchiError) as refused:
        act()
    return refused.value.code
