"""The OCSP responder (RFC 6960): one question in, one signed answer out; no database in here.

Answers are signed by a delegated responder per generation. Its P-256 key lives in the memory of this process alone and
its certificate for a day, so that a stolen one is soon worth nothing; `nocheck` is honest only with such a short life.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from madoguchi.card.profile import CertId, cert_id, ocsp_responder_builder, serial_text
from madoguchi.jpki.authority import Authority, Generation
from madoguchi.jpki.status import State, Status
from madoguchi.runtime.clock import Clock

ANSWER_LIFE: Final = timedelta(minutes=15)
DELEGATE_LIFE: Final = timedelta(days=1)
_BACKDATED: Final = timedelta(minutes=5)
"""A peer whose clock is a little behind must not meet a responder from the future."""
_MAX_NONCE_OCTETS: Final = 32

_HASHES: Final[tuple[hashes.HashAlgorithm, ...]] = (hashes.SHA256(), hashes.SHA1())  # noqa: S303 -- only names a CA
_STATES: Final = {
    State.GOOD: ocsp.OCSPCertStatus.GOOD,
    State.REVOKED: ocsp.OCSPCertStatus.REVOKED,
    State.UNKNOWN: ocsp.OCSPCertStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which certificate somebody asks about."""

    generation: str
    serial: str = field(repr=False)
    request: ocsp.OCSPRequest = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delegate:
    private_key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class RefusedQuestionError(Exception):
    """A question that gets one of OCSP's unsigned error answers."""

    def __init__(self, status: ocsp.OCSPResponseStatus) -> None:
        super().__init__(status.name)
        self.answer = ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)
        """DER to send back."""


class Responder:
    """Reads questions and signs answers for every generation of an authority."""

    def __init__(self, authority: Authority, *, clock: Clock) -> None:
        self._authority = authority
        self._clock = clock
        self._delegates: dict[str, _Delegate] = {}
        self._issuers = {
            (algorithm.name, cert_id(generation.certificate, algorithm)): generation.name
            for generation in authority.generations.values()
            for algorithm in _HASHES
        }

    def read(self, request_der: bytes) -> Question:
        """Understand a question.

        Raises `RefusedQuestionError`: malformedRequest, or unauthorized for an issuer that is not ours.
        """
        try:
            request = ocsp.load_der_ocsp_request(request_der)
            asked = CertId(issuer_name_hash=request.issuer_name_hash, issuer_key_hash=request.issuer_key_hash)
            generation = self._issuers.get((request.hash_algorithm.name, asked))
            serial = serial_text(request.serial_number)
            extensions = list(request.extensions)
        except (ValueError, TypeError, NotImplementedError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
            raise RefusedQuestionError(ocsp.OCSPResponseStatus.MALFORMED_REQUEST) from error
        if any(extension.critical for extension in extensions):
            raise RefusedQuestionError(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
        if generation is None:
            raise RefusedQuestionError(ocsp.OCSPResponseStatus.UNAUTHORIZED)
        return Question(generation=generation, serial=serial, request=request)

    def answer(self, question: Question, status: Status) -> bytes:
        """Sign what the registry says, as of now, good for 15 minutes."""
        now = _whole_seconds(self._clock.now())
        delegate = self._delegate(self._authority.generation(question.generation), now)
        request = question.request
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=request.issuer_name_hash,
            issuer_key_hash=request.issuer_key_hash,
            serial_number=request.serial_number,
            algorithm=request.hash_algorithm,
            cert_status=_STATES[status.state],
            this_update=now,
            next_update=now + ANSWER_LIFE,
            revocation_time=_whole_seconds(status.revoked_at) if status.revoked_at else None,
            revocation_reason=status.reason.flag if status.reason else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, delegate.certificate)
        builder = _with_nonce(builder.certificates([delegate.certificate]), request)
        return builder.sign(delegate.private_key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _delegate(self, generation: Generation, now: datetime) -> _Delegate:
        delegate = self._delegates.get(generation.name)
        if delegate is None or delegate.certificate.not_valid_after_utc - now < DELEGATE_LIFE / 2:
            delegate = _new_delegate(generation, now)
            self._delegates[generation.name] = delegate
        return delegate


def _whole_seconds(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _new_delegate(generation: Generation, now: datetime) -> _Delegate:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = ocsp_responder_builder(
        public_key=key.public_key(),
        ca=generation.certificate,
        serial=x509.random_serial_number(),
        not_before=now - _BACKDATED,
        lifetime=DELEGATE_LIFE,
    )
    return _Delegate(private_key=key, certificate=builder.sign(generation.private_key, hashes.SHA256()))


def _with_nonce(builder: ocsp.OCSPResponseBuilder, request: ocsp.OCSPRequest) -> ocsp.OCSPResponseBuilder:
    """Give the asker's nonce back (RFC 9654), if it is of a sane length."""
    for extension in request.extensions:
        if isinstance(extension.value, x509.OCSPNonce) and len(extension.value.nonce) <= _MAX_NONCE_OCTETS:
            return builder.add_extension(extension.value, critical=False)
    return builder
