"""Deterministic CBOR of frozen types: one meaning, one encoding.

RFC 8949 section 4.2.1 (core deterministic encoding). Decoding is strict three times over: the bytes must be
well-formed, they must be the very bytes that encoding the decoded value gives back (which refuses duplicate keys,
indefinite lengths, long integers and trailing bytes), and the value must fit the type with no unknown field.
"""

from __future__ import annotations

from typing import Any, TypeVar

import cbor2
import msgspec

from madoguchi.wire.problems import MALFORMED

T = TypeVar("T")


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that crosses a wire."""


def encode_plain(value: object) -> bytes:
    """Encode CBOR-native values (int, str, bytes, bool, None, list, dict) deterministically."""
    return cbor2.dumps(value, canonical=True)


def decode_plain(raw: bytes) -> Any:
    """Decode deterministic CBOR into native values. Raises `wire.malformed`."""
    try:
        value = cbor2.loads(raw)
        again = cbor2.dumps(value, canonical=True)
    except (cbor2.CBORDecodeError, cbor2.CBOREncodeError, ValueError, TypeError, RecursionError) as failure:
        raise MALFORMED.error(f"not CBOR: {type(failure).__name__}") from None
    if again != raw:
        raise MALFORMED.error("not deterministic")
    return value


def encode(message: object) -> bytes:
    """Encode a message (or any msgspec-supported value) as deterministic CBOR."""
    return encode_plain(msgspec.to_builtins(message, builtin_types=(bytes,)))


def decode(raw: bytes, *, type: type[T]) -> T:  # noqa: A002 - the same keyword as msgspec's own decoders
    """Decode and check against `type`. Raises `wire.malformed`; the cause names the path, never the value."""
    value = decode_plain(raw)
    return from_plain(value, type=type)


def from_plain(value: object, *, type: type[T]) -> T:  # noqa: A002
    """Check decoded native values against `type`. Raises `wire.malformed`."""
    try:
        return msgspec.convert(value, type=type, strict=True, builtin_types=(bytes,))
    except msgspec.ValidationError as failure:
        # msgspec's message names types and the path of the field, but for enums and lengths it can quote the value.
        path = str(failure).rpartition(" - at ")[2] if " - at " in str(failure) else "the message"
        raise MALFORMED.error(f"wrong at {path}") from None
