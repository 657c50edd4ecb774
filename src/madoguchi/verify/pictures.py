"""What a receiver uploads: a photo, a scan or a PDF, turned into pictures within limits."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pypdfium2
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.verify.problems import UNREADABLE

MAX_PIXELS = 60_000_000
"""A 600 dpi A4 scan has 35 million; a decompression bomb has more."""
MAX_PAGES = 20
"""Of a PDF; a code on a later page is not looked for."""
_SCALE = 300 / 72
"""Pixels per point: pages are drawn at 300 dpi."""
_PDF = b"%PDF-"


def pictures(upload: bytes) -> Iterator[Image.Image]:
    """Every page of the upload as a grey picture. Raises `verify.unreadable`."""
    if upload[:1024].lstrip().startswith(_PDF):
        yield from _pages(upload)
    else:
        yield _picture(upload)


def _picture(upload: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(upload), formats=("PNG", "JPEG", "TIFF")) as opened:
            return _small_enough(opened).convert("L")
    except MadoguchiError:
        raise
    except Exception as failure:  # on hostile bytes a decoder raises anything: struct.error, IndexError, SyntaxError
        raise UNREADABLE.error(type(failure).__name__) from None


def _small_enough(opened: Image.Image) -> Image.Image:
    """Nothing is decoded yet: the size stands in the header."""
    if opened.width * opened.height > MAX_PIXELS:
        raise UNREADABLE.error("too many pixels")
    return opened


def _pages(upload: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(upload)
    except pypdfium2.PdfiumError as failure:
        raise UNREADABLE.error(type(failure).__name__) from None
    with document:
        for number in range(min(len(document), MAX_PAGES)):
            try:
                page = document[number]
                width, height = (side * _SCALE for side in page.get_size())
                if width * height > MAX_PIXELS:
                    raise UNREADABLE.error("a page larger than any paper")
                yield page.render(scale=_SCALE, grayscale=True).to_pil().convert("L")
            except pypdfium2.PdfiumError as failure:
                raise UNREADABLE.error(type(failure).__name__) from None
