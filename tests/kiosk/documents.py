"""Documents to print, which are no certificates."""

from __future__ import annotations

import io
from functools import cache

import pikepdf


@cache
def pdf_of(pages: int, text: str = "page") -> bytes:
    """An A4 document whose pages differ."""
    made = io.BytesIO()
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for number in range(1, pages + 1):
            page = pdf.add_blank_page(page_size=(595.276, 841.89))
            page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
            drawing = f"BT /F1 20 Tf 72 700 Td ({text} {number}) Tj ET".encode()
            page.obj.Contents = pdf.make_stream(drawing)
        pdf.save(made, deterministic_id=True)
    return made.getvalue()
