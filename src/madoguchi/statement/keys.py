"""Signing keys and the public rows that say what each is good for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from madoguchi.statement.roles import Role

_COORDINATE = 32
"""Octets of one P-256 integer: COSE signatures are r || s (RFC 9053 section 2.1)."""


def key_id(*, public_key: bytes, environment: str) -> bytes:
    """16 octets naming a key: digest of environment and SubjectPublicKeyInfo; no key serves two environments."""
    return hashlib.sha256(environment.encode() + b"\x00" + public_key).digest()[:16]


class PrivateKey(Protocol):
    """Something that signs with ES256: a key in a file, or one behind PKCS#11."""

    def sign(self, data: bytes) -> bytes:
        """ECDSA P-256 with SHA-256 over `data`, as r || s (64 octets)."""
        ...

    def public_bytes(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        ...


class FileKey:
    """A P-256 key held in this process; signatures are deterministic (RFC 6979)."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(key.curve, ec.SECP256R1):
            msg = "a signing key is P-256"
            raise TypeError(msg)
        self._key = key

    @classmethod
    def generate(cls) -> FileKey:
        """A fresh key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, path: Path) -> FileKey:
        """Read an unencrypted PKCS#8 PEM file (mode 0600). Raises ValueError or OSError."""
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            msg = "a signing key is P-256"
            raise TypeError(msg)
        return cls(key)

    def save(self, path: Path) -> None:
        """Write as PKCS#8 PEM, readable by the owner alone."""
        path.touch(mode=0o600)
        path.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`, as r || s."""
        der = self._key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        r, s = decode_dss_signature(der)
        return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")

    def public_bytes(self) -> bytes:
        """SubjectPublicKeyInfo, DER."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key with one role for one ward or operator, for a period (Unix seconds, not_before <= t < not_after)."""

    party: str
    code: str
    name: str
    role: Role
    key_id: bytes
    public_key: bytes
    not_before: int
    not_after: int


class KeySource(Protocol):
    """Where keys are looked up: the trust list, or the enrolment of one kiosk."""

    @property
    def environment(self) -> str:
        """The environment that every statement of these keys must name."""
        ...

    def rows(self, key_id: bytes) -> tuple[KeyRow, ...]:
        """Every row of that key id; empty when there is none."""
        ...


@lru_cache(maxsize=4096)
def _load_public(public_key: bytes) -> ec.EllipticCurvePublicKey:
    key = serialization.load_der_public_key(public_key)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    msg = "not a P-256 key"
    raise ValueError(msg)


def verify_es256(*, public_key: bytes, signature: bytes, data: bytes) -> None:
    """Verify r || s over `data`. Raises `InvalidSignature` or `ValueError`."""
    key = _load_public(public_key)
    if len(signature) != 2 * _COORDINATE:
        msg = "an ES256 signature has 64 octets"
        raise ValueError(msg)
    r, s = (int.from_bytes(part, "big") for part in (signature[:_COORDINATE], signature[_COORDINATE:]))
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
