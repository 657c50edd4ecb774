"""Steps 7 to 11 of the recipe: the certificate authority says that this very certificate is good, now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from madoguchi.card.profile import cert_id, serial_number
from madoguchi.cardproof.holder import CardHolder
from madoguchi.cardproof.parsing import PARSE_ERRORS
from madoguchi.cardproof.pinned import PinnedCa, key_digest
from madoguchi.cardproof.problems import (
    OCSP_FUTURE,
    OCSP_MALFORMED,
    OCSP_OLD,
    OCSP_OTHER_CERTIFICATE,
    OCSP_REFUSED,
    OCSP_SIGNER,
    REVOKED,
    UNKNOWN,
)

MAX_OCSP_OCTETS: Final = 16384
MAX_AGE: Final = timedelta(minutes=15)
"""The authority refreshes every 15 minutes; older than that says nothing about now."""
MAX_SKEW: Final = timedelta(seconds=60)
"""A party whose clock is a minute off its peers refuses."""

_CERT_ID_HASHES: Final = (hashes.SHA256, hashes.SHA1)  # SHA-1 only names the issuer; the signature binds the answer.
_MIN_RSA_BITS: Final = 2048
_RSA: Final = SignatureAlgorithmOID.RSA_WITH_SHA256
_ECDSA: Final = SignatureAlgorithmOID.ECDSA_WITH_SHA256


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodStatus:
    """The authority's word that a certificate is good."""

    this_update: datetime
    next_update: datetime


def ocsp_request(holder: CardHolder) -> bytes:
    """The question to the authority about this card's certificate, DER."""
    named = cert_id(holder.issuer.certificate, hashes.SHA256())
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        named.issuer_name_hash, named.issuer_key_hash, serial_number(holder.serial), hashes.SHA256()
    )
    return builder.build().public_bytes(Encoding.DER)


def verify_ocsp(response_der: bytes, *, holder: CardHolder, at: datetime, max_age: timedelta = MAX_AGE) -> GoodStatus:
    """Steps 7 to 11: verify an OCSP answer about this holder's certificate at the aware time `at`.

    The issuer is the one that step 2 found. Raises `cardproof.*`; revoked and unknown have codes of their own.
    """
    answer = _read(response_der)
    _check_certificate(answer, holder)
    _check_signer(answer, holder.issuer, at.astimezone(UTC))
    status = _check_age(answer, at=at.astimezone(UTC), max_age=max_age)
    _check_status(answer)
    return status


def _read(octets: bytes) -> ocsp.OCSPResponse:
    """Step 7."""
    if len(octets) > MAX_OCSP_OCTETS:
        raise OCSP_MALFORMED.error(f"{len(octets)} octets")
    try:
        answer = ocsp.load_der_ocsp_response(octets)
        if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise OCSP_REFUSED.error(answer.response_status.name)
        _touch(answer)
    except PARSE_ERRORS as error:
        raise OCSP_MALFORMED.error(type(error).__name__) from None
    return answer


def _touch(answer: ocsp.OCSPResponse) -> None:
    """Read every lazy part once; a part that cannot be read is a malformed answer."""
    if len(list(answer.responses)) != 1:
        raise ValueError("one single response is expected")
    _ = (answer.certificate_status, answer.hash_algorithm, answer.serial_number)
    _ = (answer.this_update_utc, answer.next_update_utc, answer.responder_name, answer.responder_key_hash)
    if len(answer.certificates) > 1:
        raise ValueError("one responder certificate is expected")
    for certificate in answer.certificates:
        _ = (certificate.extensions, certificate.public_key())
    if any(extension.critical for extension in (*answer.extensions, *answer.single_extensions)):
        raise ValueError("a critical extension")


def _check_certificate(answer: ocsp.OCSPResponse, holder: CardHolder) -> None:
    """Step 8. Issuer name, issuer key and serial, all three."""
    if not isinstance(answer.hash_algorithm, _CERT_ID_HASHES):
        raise OCSP_OTHER_CERTIFICATE.error("hash algorithm of certID")
    expected = cert_id(holder.issuer.certificate, answer.hash_algorithm)
    same_issuer = (answer.issuer_name_hash, answer.issuer_key_hash) == (
        expected.issuer_name_hash,
        expected.issuer_key_hash,
    )
    if not same_issuer:
        raise OCSP_OTHER_CERTIFICATE.error("another issuer")
    if answer.serial_number != serial_number(holder.serial):
        raise OCSP_OTHER_CERTIFICATE.error("another serial")


def _check_signer(answer: ocsp.OCSPResponse, issuer: PinnedCa, at: datetime) -> None:
    """Step 9. The CA itself, or a responder that this CA generation delegated (RFC 6960 section 4.2.2.2)."""
    signer = issuer.certificate
    if answer.certificates and key_digest(answer.certificates[0]) != issuer.key_digest:
        signer = answer.certificates[0]
        _check_delegation(signer, issuer, at)
    if not _is_named_by(answer, signer):
        raise OCSP_SIGNER.error("the responder id names another key")
    try:
        _check_signature(answer, signer.public_key())
    except InvalidSignature:
        raise OCSP_SIGNER.error("the signature does not verify") from None


def _check_delegation(responder: x509.Certificate, issuer: PinnedCa, at: datetime) -> None:
    try:
        responder.verify_directly_issued_by(issuer.certificate)
    except (*PARSE_ERRORS, InvalidSignature):
        raise OCSP_SIGNER.error("a responder of another CA generation") from None
    if not responder.not_valid_before_utc <= at <= responder.not_valid_after_utc:
        raise OCSP_SIGNER.error("the responder's certificate is not valid now")
    extensions = {extension.oid: extension for extension in responder.extensions}
    values = [extension.value for extension in extensions.values()]
    if x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]) not in values:
        raise OCSP_SIGNER.error("the certificate does not delegate OCSP signing")
    # Nobody asks about the responder itself, so it must say that nobody needs to; its life is short.
    if x509.OCSPNoCheck() not in values:
        raise OCSP_SIGNER.error("the responder's certificate lacks nocheck")
    known = (x509.KeyUsage, x509.ExtendedKeyUsage)
    if any(extension.critical and not isinstance(extension.value, known) for extension in extensions.values()):
        raise OCSP_SIGNER.error("the responder's certificate has a critical extension that we do not know")


def _is_named_by(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if answer.responder_key_hash is not None:
        return answer.responder_key_hash == x509.SubjectKeyIdentifier.from_public_key(signer.public_key()).digest
    return answer.responder_name == signer.subject


def _check_signature(answer: ocsp.OCSPResponse, key: CertificatePublicKeyTypes) -> None:
    """RSA (2048 bits or more) or ECDSA P-256, each with SHA-256. Raises `InvalidSignature`."""
    named = answer.signature_algorithm_oid
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _MIN_RSA_BITS and named == _RSA:
        key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) and named == _ECDSA:
        key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    else:
        raise InvalidSignature


def _check_age(answer: ocsp.OCSPResponse, *, at: datetime, max_age: timedelta) -> GoodStatus:
    """Step 10. producedAt says when it was signed, thisUpdate as of when it is true: that is what matters."""
    this_update, next_update = answer.this_update_utc, answer.next_update_utc
    if this_update - at > MAX_SKEW:
        raise OCSP_FUTURE.error(f"{(this_update - at).total_seconds():.0f} s ahead")
    if at - this_update > max_age:
        raise OCSP_OLD.error(f"{(at - this_update).total_seconds():.0f} s old")
    if next_update is None or at > next_update:
        raise OCSP_OLD.error("past nextUpdate")
    return GoodStatus(this_update=this_update, next_update=next_update)


def _check_status(answer: ocsp.OCSPResponse) -> None:
    """Step 11. Last, so that a refusal for the person's reason comes only from the authority's own, fresh word."""
    if answer.certificate_status is ocsp.OCSPCertStatus.REVOKED:
        raise REVOKED.error()
    if answer.certificate_status is not ocsp.OCSPCertStatus.GOOD:
        raise UNKNOWN.error()
