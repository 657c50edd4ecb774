"""Pictures of a printed sheet, drawn by pdfium: for screens and for the demo's folder."""

from __future__ import annotations

import io
from typing import Final

import pypdfium2 as pdfium

from madoguchi.paper.problems import LAYING_REFUSED

MAX_DPI: Final = 600
_HAIR_LESS: Final = 1 - 1e-7
"""pdfium rounds a page's size up, and would stretch a page of whole dots by one of them."""


def page_png(pdf: bytes, *, page: int, dpi: int = 200) -> bytes:
    """One page as PNG; `page` counts from 1.

    Drawn near the dots of a printer and averaged: drawn coarsely at once, dots beat with pixels.

    Raises `paper.laying_refused` for what is not such a PDF.
    """
    if not 1 <= dpi <= MAX_DPI:
        msg = f"dpi outside 1..{MAX_DPI}"
        raise ValueError(msg)
    try:
        document = pdfium.PdfDocument(pdf)
    except pdfium.PdfiumError:
        raise LAYING_REFUSED.error("not a PDF") from None
    try:
        if not 1 <= page <= len(document):
            raise LAYING_REFUSED.error("no such page")
        finer = max(1, MAX_DPI // dpi)
        picture = document[page - 1].render(scale=finer * dpi / 72 * _HAIR_LESS).to_pil().reduce(finer)
        made = io.BytesIO()
        picture.save(made, format="PNG")
        return made.getvalue()
    finally:
        document.close()
