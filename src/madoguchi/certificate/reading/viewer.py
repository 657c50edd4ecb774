"""The page through pdfium, as any reader of PDF shows it: its characters, and the picture of the front code."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from madoguchi.certificate.layout import PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Rect
from madoguchi.certificate.problems import PAGE_UNREADABLE
from madoguchi.certificate.reading.content import POINT_MM
from madoguchi.errors import MadoguchiError
from madoguchi.paper.qr import read_code

READING_DPI: Final = 300
_PAGE_SLACK_MM: Final = 0.5
_MAX_CHARACTERS: Final = 20_000
_NOT_COMPARED: Final = re.compile("[ \u00a0\u3000\r\n\x00\x02\ufffe-]+")
"""Spaces and line ends, which pdfium makes up, and hyphens, which it takes for a word's division at a line's end."""


def check_page(page: pdfium.PdfPage) -> None:
    """A4, upright, without annotations. Raises `certificate.page_unreadable`."""
    width, height = (side * POINT_MM for side in page.get_size())
    if abs(width - PAGE_WIDTH_MM) > _PAGE_SLACK_MM or abs(height - PAGE_HEIGHT_MM) > _PAGE_SLACK_MM:
        raise PAGE_UNREADABLE.error("not A4 portrait")
    if page.get_rotation() or pdfium_c.FPDFPage_GetAnnotCount(page.raw):
        raise PAGE_UNREADABLE.error("rotated, or with annotations")


def check_characters(page: pdfium.PdfPage, text: str) -> None:
    """pdfium finds these characters on the page, in any order. Raises `certificate.page_unreadable`."""
    text_page = page.get_textpage()
    try:
        if not 0 < text_page.count_chars() <= _MAX_CHARACTERS:
            raise PAGE_UNREADABLE.error("amount of text")
        found: str = text_page.get_text_range()
    finally:
        text_page.close()
    if dict(Counter(_NOT_COMPARED.sub("", found))) != dict(Counter(_NOT_COMPARED.sub("", text))):
        raise PAGE_UNREADABLE.error("text layer")


def front_code(page: pdfium.PdfPage, place: Rect) -> bytes:
    """The bytes of the front code, from the drawn page. Raises `certificate.page_unreadable`."""
    left, right = place.x / POINT_MM, (PAGE_WIDTH_MM - place.x - place.w) / POINT_MM
    top, bottom = place.y / POINT_MM, (PAGE_HEIGHT_MM - place.y - place.h) / POINT_MM
    bitmap = page.render(scale=READING_DPI / 72, crop=(left, bottom, right, top), grayscale=True)
    try:
        picture = np.ascontiguousarray(bitmap.to_numpy()[:, :, 0] if bitmap.n_channels > 1 else bitmap.to_numpy())
        return read_code(picture.reshape(picture.shape[0], picture.shape[1]), upright=True)
    except MadoguchiError:
        raise PAGE_UNREADABLE.error("front_code") from None
    finally:
        bitmap.close()
