"""The daily list of revoked certificates of one generation (RFC 5280 section 5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from madoguchi.card.profile import serial_number
from madoguchi.jpki.authority import Generation
from madoguchi.jpki.status import Reason
from madoguchi.runtime.clock import JST, epoch

CRL_LIFE: Final = timedelta(days=1, hours=1)
"""A day, and an hour to fetch the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked:
    """One line of the list."""

    serial: str = field(repr=False)
    revoked_at: datetime
    reason: Reason


def day_of(at: datetime) -> datetime:
    """The beginning of the Japanese day, in UTC: when the day's list is made as of."""
    return at.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def build_crl(generation: Generation, revoked: Iterable[Revoked], *, at: datetime) -> bytes:
    """Sign the list as of `at` (aware), good for `CRL_LIFE`. DER. Its number is the time, which only grows."""
    this_update = at.astimezone(UTC).replace(microsecond=0)
    authority_key = generation.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    # All lines at once: adding them one by one copies the list each time.
    builder = (
        x509.CertificateRevocationListBuilder(revoked_certificates=[_entry(line) for line in revoked])
        .issuer_name(generation.certificate.subject)
        .last_update(this_update)
        .next_update(this_update + CRL_LIFE)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(authority_key), critical=False)
        .add_extension(x509.CRLNumber(epoch(this_update)), critical=False)
    )
    return builder.sign(generation.private_key, hashes.SHA256()).public_bytes(Encoding.DER)


def _entry(line: Revoked) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(serial_number(line.serial))
        .revocation_date(line.revoked_at.astimezone(UTC).replace(microsecond=0))
    )
    # RFC 5280 section 5.3.1: the reason `unspecified` is said by saying nothing.
    if line.reason is not Reason.UNSPECIFIED:
        builder = builder.add_extension(x509.CRLReason(line.reason.flag), critical=False)
    return builder.build()
