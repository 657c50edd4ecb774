"""SHA256SUMS and its signature: in forms that sha256sum and openssl check on a machine that has nothing else yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from madoguchi.bundle.problems import NOT_MADE, NOT_TAKEN

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
_LINE: Final = re.compile(r"([0-9a-f]{64})  (.+)")
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


def sums_text(digests: Mapping[str, str]) -> bytes:
    """`sha256sum`'s own format, sorted by name."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def read_sums(text: bytes) -> dict[str, str]:
    """Name to digest. Raises `bundle.not_taken` for anything but what `sums_text` writes."""
    found: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise NOT_TAKEN.error(SUMS)
        found[match[2]] = match[1]
    if sums_text(found) != text:
        raise NOT_TAKEN.error(SUMS)
    return found


def sign(sums: bytes, *, key: Path) -> bytes:
    """ECDSA P-256 with SHA-256, DER: what `openssl dgst -sha256 -verify` reads. Raises `bundle.not_made`."""
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise NOT_MADE.error(f"{key.name}: {type(error).__name__}") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise NOT_MADE.error(f"{key.name} is not a private key on P-256")
    return private.sign(sums, _ALGORITHM)


def check(sums: bytes, signature: bytes, *, key: Path) -> None:
    """Raise `bundle.not_taken` unless the owner of this public key signed."""
    try:
        public = load_pem_public_key(key.read_bytes())
    except (OSError, ValueError) as error:
        raise NOT_TAKEN.error(f"{key.name}: {type(error).__name__}") from None
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise NOT_TAKEN.error(f"{key.name} is not a public key on P-256")
    try:
        public.verify(signature, sums, _ALGORITHM)
    except InvalidSignature:
        raise NOT_TAKEN.error(f"{SIGNATURE} is not by {key.name}") from None
