"""COSE_Sign1 (RFC 9052) in the one form that is accepted here: signing, and verifying in numbered steps.

A statement is `[protected, {}, payload, signature]`, deterministic CBOR, untagged. Protected: ES256 and key id.
Payload: `[type, version, environment, [party, code, name], body]`, so that what it is and who says it come first and
are signed. The algorithm is fixed by the trust list (every row is ES256), never chosen by the message.

Verification:
 1. take the array apart (nothing of the payload is interpreted yet),
 2. find the key id's rows and keep those with the role of this type of statement, for this ward or operator,
 3. the row's period covers the time of verification,
 4. the signature verifies over the bytes received,
 5. parse: type, version, environment and signer are the expected ones,
 6. the body fits its type with no unknown field.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from cryptography.exceptions import InvalidSignature

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import epoch
from madoguchi.statement.keys import KeyRow, KeySource, PrivateKey, key_id, verify_es256
from madoguchi.statement.problems import (
    BAD_SIGNATURE,
    KEY_NOT_VALID_NOW,
    NOT_A_STATEMENT,
    OTHER_MEANING,
    UNKNOWN_KEY,
)
from madoguchi.statement.roles import Role
from madoguchi.wire.codec import decode_plain, encode, encode_plain, from_plain
from madoguchi.wire.identifiers import RawStatement, sha256

B = TypeVar("B")

_ALGORITHM, _KEY_ID, _ES256 = 1, 4, -7


@dataclass(frozen=True, slots=True)
class StatementType(Generic[B]):
    """A kind of statement: its name and version on the wire, the role its signer needs, the type of its body."""

    name: str
    version: int
    role: Role
    body: type[B]


@dataclass(frozen=True, slots=True)
class Statement(Generic[B]):
    """A verified statement. Only `verify` makes one from bytes; `digest` is how the next one names it."""

    body: B
    signer: KeyRow
    raw: RawStatement
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Whoever signs: one replica of one party, in one environment, with one key."""

    key: PrivateKey
    party: str
    code: str
    name: str
    environment: str

    @property
    def key_id(self) -> bytes:
        """The id under which the trust list knows this key."""
        return key_id(public_key=self.key.public_bytes(), environment=self.environment)

    def sign(self, kind: StatementType[B], body: B) -> RawStatement:
        """Sign a body as a statement of this kind."""
        protected = encode_plain({_ALGORITHM: _ES256, _KEY_ID: self.key_id})
        payload = encode_plain(
            [
                kind.name,
                kind.version,
                self.environment,
                [self.party, self.code, self.name],
                decode_plain(encode(body)),
            ]
        )
        signature = self.key.sign(_to_be_signed(protected, payload))
        return RawStatement(encode_plain([protected, {}, payload, signature]))


def verify(raw: bytes, kind: StatementType[B], *, keys: KeySource, code: str, at: datetime) -> Statement[B]:
    """Verify a statement by the six steps above; `code` is the ward or operator that must have said it.

    Raises the problems of `madoguchi.statement.problems`, or `wire.malformed` for a body that does not fit.
    """
    protected, payload, signature = _take_apart(raw)  # 1
    row = _row_for(protected, keys=keys, role=kind.role, code=code)  # 2
    if not row.not_before <= epoch(at) < row.not_after:  # 3
        raise KEY_NOT_VALID_NOW.error(f"role {kind.role}")
    try:  # 4
        verify_es256(public_key=row.public_key, signature=signature, data=_to_be_signed(protected, payload))
    except (InvalidSignature, ValueError):
        raise BAD_SIGNATURE.error(f"type {kind.name}") from None
    body = _body(payload, kind, row, environment=keys.environment)  # 5
    return Statement(from_plain(body, type=kind.body), row, RawStatement(bytes(raw)), sha256(raw))  # 6


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure of RFC 9052 section 4.4."""
    return encode_plain(["Signature1", protected, b"", payload])


def _take_apart(raw: bytes) -> tuple[bytes, bytes, bytes]:
    try:
        value = decode_plain(raw)
    except MadoguchiError as failure:
        raise NOT_A_STATEMENT.error(failure.cause) from None
    match value:
        case [bytes() as protected, {} as unprotected, bytes() as payload, bytes() as signature] if not unprotected:
            return protected, payload, signature
        case _:
            raise NOT_A_STATEMENT.error("not [bytes, {}, bytes, bytes]")


def _row_for(protected: bytes, *, keys: KeySource, role: Role, code: str) -> KeyRow:
    try:
        header = decode_plain(protected)
    except MadoguchiError as failure:
        raise NOT_A_STATEMENT.error(failure.cause) from None
    match header:
        case {1: -7, 4: bytes() as wanted} if len(header) == 2:  # noqa: PLR2004 - algorithm and key id, nothing else
            pass
        case _:
            raise NOT_A_STATEMENT.error("protected header")
    for row in keys.rows(wanted):
        if row.role is role and row.code == code:
            return row
    raise UNKNOWN_KEY.error(f"role {role} for {code}")


def _body(payload: bytes, kind: StatementType[Any], row: KeyRow, *, environment: str) -> object:
    try:
        value = decode_plain(payload)
    except MadoguchiError as failure:
        raise NOT_A_STATEMENT.error(failure.cause) from None
    expected = [kind.name, kind.version, environment, [row.party, row.code, row.name]]
    if not isinstance(value, list) or len(value) != len(expected) + 1 or value[:-1] != expected:
        raise OTHER_MEANING.error(f"expected {kind.name} v{kind.version} in {environment}")
    return value[-1]
