"""The small words that every message is made of: identifiers, digests, codes."""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum
from typing import Annotated, NewType

from msgspec import Meta


class Environment(StrEnum):
    """Part of every key and every signature: a demo card never verifies in production."""

    DEMO = "demo"
    TEST = "test"
    PRODUCTION = "production"


PROTOCOL_VERSION = 1
"""One suite and one set of messages per protocol version; nothing is negotiated."""

TransactionId = Annotated[bytes, Meta(min_length=16, max_length=16, description="random 128-bit transaction id")]
KioskId = Annotated[bytes, Meta(min_length=16, max_length=16, description="opaque 128-bit kiosk id; names no store")]
PaperNumber = Annotated[bytes, Meta(min_length=16, max_length=16, description="random 128 bits, one per sheet")]
KeyId = Annotated[bytes, Meta(min_length=16, max_length=16, description="first 16 octets of a key's digest")]
Digest = Annotated[bytes, Meta(min_length=32, max_length=32, description="SHA-256 or HMAC-SHA-256")]
Nonce = Annotated[bytes, Meta(min_length=16, max_length=16, description="16 random octets")]
Secret = Annotated[bytes, Meta(min_length=32, max_length=32, description="the transaction's 32 random octets")]
Challenge = Annotated[bytes, Meta(min_length=32, max_length=32, description="32 random octets of the center")]
WardCode = Annotated[str, Meta(pattern="^[0-9]{6}$", description="全国地方公共団体コード, six digits")]
OperatorCode = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{1,30}$", description="store operator")]
KindName = Annotated[str, Meta(pattern="^[a-z][a-z_]{1,30}$", description="税証明書の種別, registered at the ward")]
FiscalYear = Annotated[int, Meta(ge=1990, le=2200, description="年度: Gregorian year in which April 1 falls")]
Copies = Annotated[int, Meta(ge=1, le=20)]
Yen = Annotated[int, Meta(ge=0, le=10_000_000)]
Epoch = Annotated[int, Meta(ge=0, le=2**40, description="Unix seconds")]

CENTER_CODE = "center"
"""The code under which the national center's keys stand in the trust list (it serves no single ward or operator)."""

RawStatement = NewType("RawStatement", bytes)
"""COSE_Sign1 bytes exactly as received: verified first, parsed after."""


def new_transaction_id() -> bytes:
    """A fresh transaction id: 128 random bits, never a time or a sequence."""
    return secrets.token_bytes(16)


def sha256(raw: bytes) -> bytes:
    """SHA-256 of the bytes: how one statement names the one before it."""
    return hashlib.sha256(raw).digest()
