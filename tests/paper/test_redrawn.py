"""A finished back is drawn and read again by another program; what is no back of ours is refused."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.redrawn import redraw, redrawn_cells
from madoguchi.runtime.fonts import find_fonts
from tests.paper.scramble.fronts import NUMBER, cells, front


@pytest.fixture(scope="module")
def back() -> bytes:
    return BackMaker(find_fonts()[0]).back(NUMBER, front())


def _changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        made = io.BytesIO()
        document.save(made)
    return made.getvalue()


def test_number_and_every_cell_are_read(back: bytes) -> None:
    found = redraw(back)
    assert found.paper_number == NUMBER
    assert (found.cells == cells()).all()
    assert (redrawn_cells(back, page=0) == cells()).all()


def _larger(document: pikepdf.Pdf) -> None:
    document.pages[0].mediabox = pikepdf.Array([0, 0, 842, 1190])


def _smaller(document: pikepdf.Pdf) -> None:
    document.pages[0].mediabox = pikepdf.Array([0, 0, 300, 400])


def _moved(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_add(b"q 1 0 0 1 0.2 0 cm", prepend=True)


def _written_on(document: pikepdf.Pdf) -> None:
    document.pages[0].contents_add(b"0.5 g 300 400 50 50 re f")


def _twice(document: pikepdf.Pdf) -> None:
    document.pages.append(document.pages[0])


@pytest.mark.parametrize("change", [_larger, _smaller, _moved, _written_on, _twice])
def test_another_page_is_refused(back: bytes, change: Callable[[pikepdf.Pdf], None]) -> None:
    with pytest.raises(MadoguchiError, match="back_failed"):
        redraw(_changed(back, change))


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(MadoguchiError, match="back_failed"):
        redraw(b"no pdf")


def test_a_back_without_its_code_is_refused(back: bytes) -> None:
    def cover(document: pikepdf.Pdf) -> None:
        document.pages[0].contents_add(b"1 g 470 20 110 120 re f")

    with pytest.raises(MadoguchiError, match="front_code_unreadable"):
        redraw(_changed(back, cover))
