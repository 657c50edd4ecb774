"""Steps 1 to 6 of the recipe: from the octets of a certificate to the holder of the card."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError

from madoguchi.card.algorithm import CardAlgorithm, algorithm_of
from madoguchi.card.profile import (
    MAX_CERTIFICATE_OCTETS,
    SUBJECT_ATTRIBUTES,
    USER_AUTHENTICATION_POLICY,
    environment_of,
    key_usage,
    serial_text,
)
from madoguchi.cardproof.parsing import PARSE_ERRORS
from madoguchi.cardproof.pinned import PinnedCa, PinnedCas
from madoguchi.cardproof.problems import (
    CERTIFICATE_EXPIRED,
    CERTIFICATE_KEY,
    CERTIFICATE_MALFORMED,
    CERTIFICATE_NOT_YET_VALID,
    CERTIFICATE_PATH,
    CERTIFICATE_PROFILE,
    ENVIRONMENT,
    ISSUER_UNKNOWN,
)
from madoguchi.errors import MadoguchiError
from madoguchi.wire.identifiers import Environment

ALLOWED_EXTENSIONS: Final = frozenset(
    {
        ExtensionOID.KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
    }
)
"""Nothing else, critical or not. No subjectAltName above all: there a signing certificate names its holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHolder:
    """Whose card it is: the pair (CA key, serial), never the serial alone, since generations share a name."""

    issuer: PinnedCa = field(repr=False)
    """The CA generation that signed the certificate."""
    serial: str = field(repr=False)
    """Upper-case hex, 1 to 40 digits. An identifier of a person: it goes into no log."""
    public_key: CertificatePublicKeyTypes = field(repr=False)
    algorithm: CardAlgorithm
    """How this card signs, from its certificate."""

    @property
    def ca_key_digest(self) -> bytes:
        """SHA-256 of the issuing CA's SubjectPublicKeyInfo, 32 octets."""
        return self.issuer.key_digest


def verify_card_certificate(certificate_der: bytes, *, pinned: PinnedCas, at: datetime) -> CardHolder:
    """Steps 1 to 6: verify a user-authentication certificate at the aware time `at`. Raises `cardproof.*`."""
    certificate = _read(certificate_der)
    issuer = _choose_issuer(certificate, pinned)
    _check_path(certificate, issuer, at.astimezone(UTC))
    _check_profile(certificate, pinned.environment)
    algorithm = _algorithm(certificate)
    return CardHolder(
        issuer=issuer,
        serial=_serial(certificate),
        public_key=certificate.public_key(),
        algorithm=algorithm,
    )


def _read(octets: bytes) -> x509.Certificate:
    """Step 1. Extensions are read here too, so that nothing later meets unread octets."""
    if len(octets) > MAX_CERTIFICATE_OCTETS:
        raise CERTIFICATE_MALFORMED.error(f"{len(octets)} octets")
    try:
        certificate = x509.load_der_x509_certificate(octets)
        _ = (certificate.extensions, certificate.public_key(), certificate.subject, certificate.issuer)
        serial_text(certificate.serial_number)
    except PARSE_ERRORS as error:
        raise CERTIFICATE_MALFORMED.error(type(error).__name__) from None
    if certificate.version is not x509.Version.v3:
        raise CERTIFICATE_MALFORMED.error("not version 3")
    return certificate


def _choose_issuer(certificate: x509.Certificate, pinned: PinnedCas) -> PinnedCa:
    """Step 2. By signature: names and key identifiers are only claims."""
    for ca in pinned.cas:
        try:
            certificate.verify_directly_issued_by(ca.certificate)
        except (*PARSE_ERRORS, InvalidSignature):
            continue
        return ca
    raise ISSUER_UNKNOWN.error(f"{len(pinned.cas)} pinned CAs of {pinned.environment}")


def _check_path(certificate: x509.Certificate, issuer: PinnedCa, at: datetime) -> None:
    """Step 3. The dates first, for a reason that a resident can act on; then the library's path validation."""
    if at < certificate.not_valid_before_utc:
        raise CERTIFICATE_NOT_YET_VALID.error()
    if at > certificate.not_valid_after_utc:
        raise CERTIFICATE_EXPIRED.error()
    policy = PolicyBuilder().time(at).store(Store([issuer.certificate])).max_chain_depth(0)
    policy = policy.extension_policies(ca_policy=_CA_POLICY, ee_policy=_CARD_POLICY)
    try:
        policy.build_client_verifier().verify(certificate, [])
    except VerificationError as error:
        raise CERTIFICATE_PATH.error(str(error).split(" (encountered", maxsplit=1)[0]) from None


# `permit_all` puts no constraint on an extension that is not named, but refuses every critical one that is not named.
_CARD_POLICY: Final = (
    ExtensionPolicy.permit_all()
    .require_present(x509.KeyUsage, Criticality.CRITICAL, None)
    .require_present(x509.CertificatePolicies, Criticality.CRITICAL, None)
    .require_present(x509.AuthorityKeyIdentifier, Criticality.NON_CRITICAL, None)
    .may_be_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .require_not_present(x509.SubjectAlternativeName)
)
_CA_POLICY: Final = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.CRITICAL, None)
    .require_present(x509.KeyUsage, Criticality.CRITICAL, None)
    .may_be_present(x509.CertificatePolicies, Criticality.AGNOSTIC, None)
)


def _check_profile(certificate: x509.Certificate, environment: Environment) -> None:
    """Step 4. What the library does not judge: the values, and what must not be there."""
    extensions = certificate.extensions
    surplus = {extension.oid for extension in extensions} - ALLOWED_EXTENSIONS
    _need(not surplus, "an extension outside the profile")
    _need(extensions.get_extension_for_class(x509.KeyUsage).value == _DIGITAL_SIGNATURE_ONLY, "key usage")
    policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
    _need([policy.policy_identifier for policy in policies] == [USER_AUTHENTICATION_POLICY], "policy")
    _need({name.oid for name in certificate.subject} <= SUBJECT_ATTRIBUTES, "the subject names somebody")
    for extension in extensions:
        if isinstance(extension.value, x509.BasicConstraints):
            _need(not extension.value.ca, "a CA is not a card")
        if isinstance(extension.value, x509.ExtendedKeyUsage):
            _need(list(extension.value) == [ExtendedKeyUsageOID.CLIENT_AUTH], "extended key usage")
    _check_environment(certificate, environment)


_DIGITAL_SIGNATURE_ONLY: Final = key_usage(digital_signature=True)


def _check_environment(certificate: x509.Certificate, environment: Environment) -> None:
    try:
        named = environment_of(certificate)
    except ValueError:
        raise ENVIRONMENT.error("the certificate names no environment that exists") from None
    if named is not environment:
        raise ENVIRONMENT.error(f"a card of {named} in {environment}")


def _algorithm(certificate: x509.Certificate) -> CardAlgorithm:
    """Step 5."""
    try:
        return algorithm_of(certificate.public_key())
    except MadoguchiError as error:
        raise CERTIFICATE_KEY.error(error.cause) from None


def _serial(certificate: x509.Certificate) -> str:
    """Step 6. Meaningful only beside the digest of the issuer's key."""
    return serial_text(certificate.serial_number)


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise CERTIFICATE_PROFILE.error(what)
