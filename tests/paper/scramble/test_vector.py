"""The test vector of docs/scramble-image.md: what another program must make and read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.drawing import draw
from madoguchi.paper.scramble.envelope import Kind, seal

DOCUMENT = Path(__file__).parents[3] / "docs" / "scramble-image.md"


def test_the_published_vector() -> None:
    content = bytes.fromhex("824a66726f6e7420636f6465522b484c4f5548492d4e2eca2c28c9cccf0300")
    front = SealedFront(front_code=b"front code", page_description=b"page description")
    assert SealedFront.decode(content) == front
    made = seal(content, kind=Kind.PAGE_DESCRIPTION, paper_number=bytes(range(16)), most_strips=21)
    published = DOCUMENT.read_text()
    for value in (
        content.hex(),
        made.header.encode().hex(),
        made.strips[0][:12].hex(),
        hashlib.sha256(made.strips[0]).hexdigest(),
        hashlib.sha256(np.packbits(draw(made)).tobytes()).hexdigest(),
    ):
        assert f"`{value}`" in published
