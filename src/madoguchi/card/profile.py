"""The profile of the user-authentication certificate (利用者証明用電子証明書) and of its CA.

End entity: opaque CN, none of the four basic facts (name, address, birth, sex), keyUsage critical with digitalSignature
only, certificatePolicies critical, authority key identifier, pointers to CRL and OCSP that are names and are never
fetched. All CA generations share one DN, so the issuer is chosen by signature.

A card that is not from production says so: the policy carries a user notice with its environment (RFC 5280 section
4.2.1.4), in the CA's certificate and in the card's. `cardproof` compares it with the environment of the pinned list.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes, CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from madoguchi.runtime.clock import JST
from madoguchi.wire.identifiers import Environment

USER_AUTHENTICATION_POLICY: Final = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
"""Policy of the user-authentication certificate (unconfirmed against an official publication)."""

ISSUER: Final = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "JPKI for user authentication"),
        x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Japan Agency for Local Authority Information Systems"),
    ]
)
"""One DN for every CA generation."""

SUBJECT_ATTRIBUTES: Final = frozenset({NameOID.COUNTRY_NAME, NameOID.COMMON_NAME})
"""What a subject may hold: a country and an opaque CN. A certificate that names somebody is not ours to receive."""

OCSP_NAME: Final = "http://ocsp.jpki.invalid/"
"""A name in a reserved domain (RFC 2606): a party is configured with its jpki, it never follows a certificate."""

MAX_CERTIFICATE_OCTETS: Final = 4000
"""More than any card's certificate has, and what a message may carry; beyond it is a broken or hostile card."""

SERIAL_OCTETS: Final = 20
"""RFC 5280 section 4.1.2.2."""
VALID_YEARS: Final = 5
_NOTICE: Final = "madoguchi environment: "


def serial_text(number: int) -> str:
    """A serial as text: upper-case hex, as many digits as it needs, at most 40."""
    if not 0 < number < 1 << (8 * SERIAL_OCTETS - 1):
        raise ValueError("not a serial number of RFC 5280")
    return f"{number:X}"


def serial_number(text: str) -> int:
    """The number of a serial text. Raises ValueError unless `serial_text` would write it the same way."""
    number = int(text, 16)
    if serial_text(number) != text:
        raise ValueError("not the canonical text of a serial")
    return number


def valid_until(*, issued: date, birth: date) -> datetime:
    """The end of the fifth birthday after the day of issue, in Japanese time.

    A person born on 29 February is taken to have the birthday on the 28th in other years.
    """
    first = issued.year + (0 if _birthday(birth, issued.year) > issued else 1)
    last_day = _birthday(birth, first + VALID_YEARS - 1)
    return datetime.combine(last_day, time(23, 59, 59), tzinfo=JST).astimezone(UTC)


def _birthday(birth: date, year: int) -> date:
    if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return birth.replace(year=year)


def policies(environment: Environment) -> x509.CertificatePolicies:
    """The one policy; outside production with the notice that names the environment."""
    notice = None if environment is Environment.PRODUCTION else [x509.UserNotice(None, f"{_NOTICE}{environment}")]
    return x509.CertificatePolicies([x509.PolicyInformation(USER_AUTHENTICATION_POLICY, notice)])


def environment_of(certificate: x509.Certificate) -> Environment:
    """The environment that a certificate (a card's or a CA's) names; without our notice it is production.

    Raises ValueError when it names an environment that does not exist, or two.
    """
    try:
        found = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return Environment.PRODUCTION
    notices = {
        qualifier.explicit_text.removeprefix(_NOTICE)
        for policy in found
        for qualifier in policy.policy_qualifiers or ()
        if isinstance(qualifier, x509.UserNotice) and qualifier.explicit_text
        if qualifier.explicit_text.startswith(_NOTICE)
    }
    if not notices:
        return Environment.PRODUCTION
    if len(notices) > 1:
        raise ValueError("two environments in one certificate")
    named = Environment(notices.pop())
    if named is Environment.PRODUCTION:
        raise ValueError("production is named by the absence of a notice")
    return named


@dataclass(frozen=True, slots=True, kw_only=True)
class CertId:
    """How OCSP names the issuer (RFC 6960 section 4.1.1)."""

    issuer_name_hash: bytes
    issuer_key_hash: bytes


def cert_id(ca: x509.Certificate, algorithm: hashes.HashAlgorithm) -> CertId:
    """The hashes of a CA's DN and of its key, the latter without tag, length and unused bits."""
    return CertId(
        issuer_name_hash=_digest(ca.subject.public_bytes(), algorithm),
        issuer_key_hash=_digest(_key_bits(ca.public_key()), algorithm),
    )


def _key_bits(key: CertificatePublicKeyTypes) -> bytes:
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    raise ValueError("neither an RSA nor an EC key")


def _digest(octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    hashing = hashes.Hash(algorithm)
    hashing.update(octets)
    return hashing.finalize()


def key_usage(*, digital_signature: bool = False, certificates_and_crls: bool = False) -> x509.KeyUsage:
    """A key usage with nothing but what is named."""
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates_and_crls,
        crl_sign=certificates_and_crls,
        encipher_only=False,
        decipher_only=False,
    )


def ca_builder(
    *,
    public_key: CertificateIssuerPublicKeyTypes,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    environment: Environment,
) -> x509.CertificateBuilder:
    """A CA generation, to be signed with its own key."""
    return (
        x509.CertificateBuilder(issuer_name=ISSUER, subject_name=ISSUER)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(certificates_and_crls=True), critical=True)
        .add_extension(policies(environment), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def user_authentication_builder(
    *,
    public_key: CertificatePublicKeyTypes,
    ca: x509.Certificate,
    common_name: str,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    environment: Environment,
) -> x509.CertificateBuilder:
    """A user-authentication certificate, to be signed with the CA's key. `common_name` is opaque."""
    authority_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    return (
        x509.CertificateBuilder(issuer_name=ISSUER, subject_name=subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(policies(environment), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False)
        .add_extension(_crl_pointer(), critical=False)
        .add_extension(_ocsp_pointer(), critical=False)
    )


def ocsp_responder_builder(
    *,
    public_key: CertificatePublicKeyTypes,
    ca: x509.Certificate,
    serial: int,
    not_before: datetime,
    lifetime: timedelta,
) -> x509.CertificateBuilder:
    """A delegated responder (RFC 6960 section 4.2.2.2), short-lived and therefore with nocheck."""
    authority_key = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    subject = x509.Name([*ISSUER, x509.NameAttribute(NameOID.COMMON_NAME, "OCSP responder")])
    return (
        x509.CertificateBuilder(issuer_name=ISSUER, subject_name=subject)
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_before + lifetime)
        .add_extension(key_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), critical=False)
        .add_extension(x509.OCSPNoCheck(), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False)
    )


def _crl_pointer() -> x509.CRLDistributionPoints:
    name = x509.DirectoryName(x509.Name([*ISSUER, x509.NameAttribute(NameOID.COMMON_NAME, "CRL")]))
    return x509.CRLDistributionPoints(
        [x509.DistributionPoint(full_name=[name], relative_name=None, reasons=None, crl_issuer=None)]
    )


def _ocsp_pointer() -> x509.AuthorityInformationAccess:
    name = x509.UniformResourceIdentifier(OCSP_NAME)
    return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, name)])
