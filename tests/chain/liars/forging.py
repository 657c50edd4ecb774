"""Altering a statement as somebody would who does not hold the signer's key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from madoguchi.statement import Signer
from madoguchi.wire.codec import decode_plain, encode_plain


def forged(raw: bytes, change: Callable[[dict[str, Any]], None], *, own: Signer) -> bytes:
    """The statement with another body, under the signer's own key id, with a signature of ours."""
    protected, unprotected, payload, _signature = decode_plain(raw)
    said = decode_plain(payload)
    change(said[-1])
    payload = encode_plain(said)
    signature = own.key.sign(encode_plain(["Signature1", protected, b"", payload]))
    return encode_plain([protected, unprotected, payload, signature])


def altered(raw: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The statement with another body and the signature that it had."""
    protected, unprotected, payload, signature = decode_plain(raw)
    said = decode_plain(payload)
    change(said[-1])
    return encode_plain([protected, unprotected, encode_plain(said), signature])
