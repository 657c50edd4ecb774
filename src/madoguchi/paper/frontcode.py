"""The signed front code: what any phone can check against the ward's signature, without a network.

A COSE_Sign1 statement of the ward (role `front_code`) whose body is a short array, drawn as a QR.
`docs/front-code.md` describes it byte by byte. It proves that the ward issued this content; it does not prove that
this sheet is the original.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.problems import FRONT_CODE_MALFORMED
from madoguchi.paper.qr import read_code
from madoguchi.statement.cose import StatementType
from madoguchi.statement.roles import Role
from madoguchi.wire.codec import decode_plain, from_plain
from madoguchi.wire.identifiers import FiscalYear, KindName, PaperNumber

MAX_OCTETS: Final = 480
"""Version 17 of a QR at error correction M holds 489 octets in Base45 after the prefix."""

DIGEST_OCTETS: Final = 16
"""Finding another description of a digest that the ward has signed takes 2^128 tries; 32 octets would cost the square
a version."""

Printed = Annotated[str, Meta(min_length=1, max_length=200)]


class FrontCode(msgspec.Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """What the code repeats of the front, as printed. Environment, ward and signer are in the statement around it.

    An array on the wire, in the order of these fields: names of fields would cost a third of the square.
    """

    kind: KindName
    fiscal_year: FiscalYear
    certificate_number: Annotated[str, Meta(min_length=1, max_length=40)]
    paper_number: PaperNumber
    page: Annotated[int, Meta(ge=1, le=20)]
    pages: Annotated[int, Meta(ge=1, le=20)]
    issued_on: Printed
    """令和8年11月23日, as printed."""
    title: Printed
    name: Printed
    birth_date: Printed
    amounts: Annotated[tuple[Printed, ...], Meta(max_length=8)]
    """The main amounts in the kind's order (`docs/front-code.md`), as printed: 3,658,400 or △1,234 or ＊ or －."""
    description_digest: Annotated[bytes, Meta(min_length=DIGEST_OCTETS, max_length=DIGEST_OCTETS)] | None
    """`description_digest` of the page description: what the scramble image restores is the ward's to the last word.
    None when the front has no page description."""


FRONT_CODE: Final = StatementType("front_code", 1, Role.FRONT_CODE, FrontCode)
"""Sign with `Signer.sign(FRONT_CODE, body)`, check with `statement.verify(raw, FRONT_CODE, …)`."""


class UnverifiedFrontCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a code claims before its signature is checked: only for finding the key and for saying why it failed."""

    environment: str
    ward: str
    body: FrontCode


def description_digest(page_description: bytes) -> bytes:
    """What the front code says of the page description: the first half of its SHA-256."""
    return hashlib.sha256(page_description).digest()[:DIGEST_OCTETS]


def read_front_code(image: Image.Image | NDArray[np.uint8]) -> bytes:
    """The statement's bytes from a picture or scan of a front, in any rotation, from 200 dpi.

    Raises `paper.front_code_unreadable`.
    """
    return read_code(image)


def parse_unverified(raw: bytes) -> UnverifiedFrontCode:
    """Look into a code without checking its signature. Raises `paper.front_code_malformed`; never trust the result."""
    if len(raw) > MAX_OCTETS:
        raise FRONT_CODE_MALFORMED.error("too long")
    try:
        match decode_plain(raw):
            case [bytes(), {}, bytes() as payload, bytes()]:
                return _claimed(decode_plain(payload))
            case _:
                raise FRONT_CODE_MALFORMED.error("not a statement")
    except MadoguchiError as failure:
        raise FRONT_CODE_MALFORMED.error(failure.cause) from None


def _claimed(payload: object) -> UnverifiedFrontCode:
    match payload:
        case [FRONT_CODE.name, FRONT_CODE.version, str() as environment, [str(), str() as ward, str()], body]:
            return UnverifiedFrontCode(environment=environment, ward=ward, body=from_plain(body, type=FrontCode))
        case _:
            raise FRONT_CODE_MALFORMED.error("another kind of statement")
