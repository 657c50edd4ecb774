"""The test vectors of docs/front-code.md: a key that signs nothing else, and codes that are right or not."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from madoguchi.paper.frontcode import FRONT_CODE
from madoguchi.paper.qr import PREFIX, encode_base45
from madoguchi.statement import Signer
from madoguchi.statement.keys import FileKey
from madoguchi.wire.codec import decode_plain, encode_plain
from tests.verify.papers import BODY

WARD = "131999"
KEY = FileKey(ec.derive_private_key(20261126, ec.SECP256R1()))
SIGNER = Signer(key=KEY, party="issuer", code=WARD, name="issuer-1", environment="test")


def vectors() -> Iterator[tuple[str, str, str]]:
    """Name, text and verdict of each."""
    body = msgspec.structs.replace(BODY, name="辻\U000e0102　花子")
    good = SIGNER.sign(FRONT_CODE, body)
    header, unprotected, payload, signature = decode_plain(good)
    yield "a code", _text(good), "signed"
    changed = payload.replace(b"2,760,000", b"2,160,000", 1)
    yield "an amount changed", _text(encode_plain([header, unprotected, changed, signature])), "not signed"
    # The same meaning with a longer head: not deterministic, so not this code.
    yield "another encoding", _text(b"\x98\x04" + good[1:]), "not signed"
    demo = Signer(key=KEY, party="issuer", code=WARD, name="issuer-1", environment="demo")
    yield "of another environment", _text(demo.sign(FRONT_CODE, body)), "not signed"
    yield "an octet after the end", _text(good + b"\x00"), "not signed"
    yield "a dangling symbol", _text(good)[:-1], "no code"


def _text(raw: bytes) -> str:
    return PREFIX + encode_base45(raw)
