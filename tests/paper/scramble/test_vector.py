"""The test vector of docs/scramble-image.md: what another program must make and read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from madoguchi.paper.scramble.content import SealedFront
from madoguchi.paper.scramble.drawing import draw
from madoguchi.paper.scramble.envelope import Envelope, Kind, seal
from madoguchi.paper.scramble.raster import Raster, RasterFront

DOCUMENT = Path(__file__).parents[3] / "docs" / "scramble-image.md"


def test_the_published_vector_of_a_raster() -> None:
    content = bytes.fromhex("834972656e646572696e67f6538619012c08084a6b38906020c1c3c60c004040")
    front = RasterFront.decode(content)
    assert (front.rendering, front.front_code, front.encode()) == (b"rendering", None, content)
    raster = Raster.decode(front.raster)
    assert raster.dpi == 300
    assert np.array_equal(raster.picture()[..., 0] == 0, np.eye(8) > 0)
    made = seal(content, kind=Kind.RASTER, paper_number=bytes(range(16)), most_strips=21)
    _published(content, made)


def test_the_published_vector() -> None:
    content = bytes.fromhex("824a66726f6e7420636f6465522b484c4f5548492d4e2eca2c28c9cccf0300")
    front = SealedFront(front_code=b"front code", page_description=b"page description")
    assert SealedFront.decode(content) == front
    made = seal(content, kind=Kind.PAGE_DESCRIPTION, paper_number=bytes(range(16)), most_strips=21)
    _published(content, made)


def _published(content: bytes, made: Envelope) -> None:
    published = DOCUMENT.read_text()
    for value in (
        content.hex(),
        made.header.encode().hex(),
        made.strips[0][:12].hex(),
        hashlib.sha256(made.strips[0]).hexdigest(),
        hashlib.sha256(np.packbits(draw(made)).tobytes()).hexdigest(),
    ):
        assert f"`{value}`" in published
