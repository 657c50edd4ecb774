"""備考: broken into lines, flowing from the first page to following ones, ended by 以下余白."""

from __future__ import annotations

from typing import Final

from madoguchi.certificate.amounts import BLANK_BELOW
from madoguchi.certificate.layout import Box, Layout
from madoguchi.certificate.setting import MM_PER_POINT, Setter, join_lines

BULLET: Final = "・"
"""Begins each remark: a line that begins without it continues the one above."""
CONTINUED: Final = "（次頁に続く）"


def paginate(remarks: tuple[str, ...], layout: Layout, setter: Setter) -> list[list[str]]:
    """Lines of each page, at least one page; the last line of all is 以下余白.

    First and following pages have boxes of different width: a remark is broken for the page on which it stands.
    """
    if not remarks:
        return [[BLANK_BELOW]]
    pages: list[list[str]] = [[]]
    for text in [*(BULLET + remark for remark in remarks), BLANK_BELOW]:
        box = _box(layout, len(pages))
        lines = _lines(text, box, setter)
        if pages[-1] and len(pages[-1]) + len(lines) > box.lines:
            pages.append([])
            box = _box(layout, len(pages))
            lines = _lines(text, box, setter)
        while len(lines) > box.lines:
            pages[-1], rest = lines[: box.lines], lines[box.lines :]
            pages.append([])
            box = _box(layout, len(pages))
            lines = _lines(join_lines(rest), box, setter)
        pages[-1] += lines
    return pages


def remarks_text(remarks: tuple[str, ...]) -> str:
    """What the 備考 of all pages read when their lines are joined, for whoever checks a finished paper."""
    return "".join(BULLET + remark for remark in remarks) + BLANK_BELOW


def _box(layout: Layout, page: int) -> Box:
    return layout.page(page).boxes["remarks"]


def _lines(text: str, box: Box, setter: Setter) -> list[str]:
    return setter.wrap(text, width_em=box.w / MM_PER_POINT / box.size, field_name=box.name)
