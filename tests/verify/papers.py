"""Codes, photos and files as a receiver of a paper might send them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import msgspec
from PIL import Image

from madoguchi.deployment.identities import Identities
from madoguchi.paper.frontcode import FRONT_CODE, FrontCode
from madoguchi.paper.qr import PREFIX, draw_code, encode_base45
from tests.sites import PLAN, signer_of

WARD = PLAN.ward.code
PAPER = bytes(range(16))
BODY = FrontCode(
    kind="taxation",
    fiscal_year=2026,
    certificate_number="R8-000001",
    paper_number=PAPER,
    page=1,
    pages=1,
    issued_on="令和8年11月23日",
    title="特別区民税・都民税課税証明書",
    name="窓口 花子",
    birth_date="昭和55年2月29日",
    amounts=("2,760,000", "2,760,000", "175,500"),
    description_digest=bytes(16),
)


def signed(identities: Identities, *, ward: str = WARD, key_file: str = "front-code.key", **changes: Any) -> bytes:
    """A front code of the ward's first issuer."""
    signer = signer_of(identities, "issuer-1", code=ward, key_file=key_file)
    return signer.sign(FRONT_CODE, msgspec.structs.replace(BODY, **changes))


def as_text(raw: bytes) -> str:
    return PREFIX + encode_base45(raw)


def as_picture(raw: bytes, *, scale: int = 6, turned: float = 0) -> Image.Image:
    """A photo: the code on grey paper, turned by so many degrees."""
    code = draw_code(raw)
    square = Image.frombytes("L", (code.side, code.side), code.pixels).resize(
        (code.side * scale,) * 2, Image.Resampling.NEAREST
    )
    paper = Image.new("L", (square.width * 2, square.height * 2), 230)
    paper.paste(square, (square.width // 2, square.height // 3))
    return paper.rotate(turned, expand=True, fillcolor=230)


def as_file(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    held = io.BytesIO()
    picture.save(held, kind, **options)
    return held.getvalue()


def as_pdf(pages: Sequence[Image.Image]) -> bytes:
    return as_file(pages[0], "PDF", save_all=True, append_images=list(pages[1:]), resolution=150)


BLANK = Image.new("L", (600, 800), 255)
