"""The look at an upload: which page is a front, which a back, which belong together, and where they differ.

1. Every page in turn: a code of ours makes it a front; else a field of cells makes it a back; else it stays unknown.
2. A back belongs to the front that names the same paper. A back without one takes an unknown page that can be laid over
   what it restores: a front whose code was cut off or covered. What is left goes together as the sheets they are not.
3. The front that a back restores is drawn again, the picture laid over it, and what differs is framed.

Raises nothing: what cannot be read is said in the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.frontcode import parse_unverified, read_front_code
from madoguchi.paper.problems import SCRAMBLE_NOT_FOUND
from madoguchi.paper.scramble.restoring import Restored, restore
from madoguchi.verify.comparison.aligning import align
from madoguchi.verify.comparison.differing import Difference, differences
from madoguchi.verify.comparison.picturing import pictures_of
from madoguchi.verify.comparison.redrawn import PER_MM, Grey, Redrawn, redraw
from madoguchi.verify.pictures import pictures
from madoguchi.verify.problems import LAYOUT_UNKNOWN
from madoguchi.verify.scans.ready import composer
from madoguchi.verify.scans.seen import Place, Seen, SeenBack, SeenSheet

MAX_PAGES: Final = 8
MAX_SHEETS: Final = 4


@dataclass(slots=True, kw_only=True, eq=False)
class _Page:
    """One page and what it turned out to be."""

    picture: Grey = field(repr=False)
    code: bytes | None = field(default=None, repr=False)
    back: Restored | None = field(default=None, repr=False)
    damaged: str | None = None
    used: bool = False

    @property
    def unknown(self) -> bool:
        """Neither a code nor a field of cells."""
        return self.code is None and self.back is None and self.damaged is None


def look(documents: Sequence[bytes]) -> Seen:
    """Look at PNG, JPEG, TIFF or PDF files; a sheet takes 1 to 5 s of processor time."""
    pages, unreadable, left_out = _pages(documents)
    backs = [page for page in pages if page.back is not None]
    sheets = [_of_back(page, pages) for page in backs[:MAX_SHEETS]]
    sheets += [_of_front(page, pages) for page in pages if page.code is not None and not page.used]
    sheets += [SeenSheet(back_problem=page.damaged) for page in pages if page.damaged and not page.used]
    return Seen(
        sheets=tuple(sheets[:MAX_SHEETS]),
        unreadable=unreadable,
        empty=sum(page.unknown and not page.used for page in pages),
        left_out=left_out or max(len(sheets), len(backs)) > MAX_SHEETS,
    )


def _pages(documents: Iterable[bytes]) -> tuple[list[_Page], int, bool]:
    pages: list[_Page] = []
    unreadable, left_out = 0, False
    for document in documents:
        try:
            for picture in pictures(document):
                if len(pages) == MAX_PAGES:
                    left_out = True
                    break
                pages.append(_page(picture))
        except MadoguchiError:
            unreadable += 1
    return pages, unreadable, left_out


def _page(picture: Image.Image) -> _Page:  # 1
    page = _Page(picture=np.array(picture.convert("L"), dtype=np.uint8))
    try:
        page.code = read_front_code(picture)
    except MadoguchiError:
        try:
            page.back = restore(page.picture)
        except MadoguchiError as failure:
            page.damaged = None if failure.code == SCRAMBLE_NOT_FOUND.code else failure.code
    return page


def _of_front(page: _Page, pages: Sequence[_Page]) -> SeenSheet:
    """A front alone, or beside a back that could not be restored."""
    page.used = True
    damaged = next((each for each in pages if each.damaged and not each.used), None)
    if damaged is not None:
        damaged.used = True
    return SeenSheet(front_code=page.code, has_front=True, back_problem=damaged.damaged if damaged else None)


def _of_back(page: _Page, pages: Sequence[_Page]) -> SeenSheet:
    restored = page.back
    assert restored is not None
    page.used = True
    back = SeenBack(
        paper_number=restored.paper_number,
        front_code=restored.front.front_code,
        page_description=restored.front.page_description,
        legible=round(restored.legible, 3),
    )
    try:
        drawn = _drawn(restored)
    except MadoguchiError as failure:
        front = _partner(restored, pages)
        code, has_front = (front.code, True) if front else (None, False)
        return SeenSheet(back=back, front_code=code, has_front=has_front, comparison_problem=failure.code)
    return _compared(back, restored, drawn, pages)


def _drawn(restored: Restored) -> Redrawn:  # 3
    """Raises `verify.layout_unknown`, `verify.other_front`, `paper.front_code_malformed`."""
    code = parse_unverified(restored.front.front_code).body
    drawn = redraw(restored.front.page_description, code, restored.front.front_code, composer=composer())
    if drawn is None:
        raise LAYOUT_UNKNOWN.error()
    return drawn


def _compared(back: SeenBack, restored: Restored, drawn: Redrawn, pages: Sequence[_Page]) -> SeenSheet:
    problem = None
    for page in _candidates(restored, pages):
        try:
            seen = align(page.picture, drawn.picture)
            found = differences(drawn, seen)
        except MadoguchiError as failure:
            if page.unknown:
                continue
            problem, seen, found = failure.code, None, ()
        page.used = True
        places = tuple(map(_place, found))
        return SeenSheet(
            back=back,
            front_code=page.code,
            has_front=True,
            compared=problem is None,
            comparison_problem=problem,
            places=places,
            pictures=pictures_of(drawn.picture, seen, places),
        )
    return SeenSheet(back=back, pictures=pictures_of(drawn.picture, None, ()))


def _candidates(restored: Restored, pages: Sequence[_Page]) -> Iterable[_Page]:  # 2
    partner = _partner(restored, pages)
    if partner is not None:
        yield partner
        return
    yield from (page for page in pages if page.unknown and not page.used)
    taken = {each.back.paper_number for each in pages if each.back is not None}
    yield from (page for page in pages if page.code and not page.used and _number(page.code) not in taken)


def _partner(restored: Restored, pages: Sequence[_Page]) -> _Page | None:
    mine = (page for page in pages if page.code and not page.used and _number(page.code) == restored.paper_number)
    return next(mine, None)


def _number(code: bytes) -> bytes | None:
    try:
        return parse_unverified(code).body.paper_number
    except MadoguchiError:
        return None


def _place(each: Difference) -> Place:
    left, top, right, bottom = (round(side / PER_MM, 1) for side in each.box)
    return Place(
        kind=each.kind,
        field=each.field,
        left=left,
        top=top,
        width=round(right - left, 1),
        height=round(bottom - top, 1),
    )
