"""Pages of other people, pages out of order, words and codes that are not the record's."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pikepdf
import pytest

from madoguchi.certificate.layout import all_layouts
from madoguchi.issuer.clerk import Gravity
from madoguchi.paper.qr import draw_code
from tests.certificate.editing import Sheet, edited, saved
from tests.certificate.people import with_values
from tests.issuer.desk import LONG, OTHER_NAME, Desk, Paper
from tests.issuer.world import Kit

LAYOUT = all_layouts().by_id("taxation-2026/2")


@pytest.fixture(scope="module")
def desk(kit: Kit) -> Desk:
    return Desk(kit)


@pytest.fixture(scope="module")
def paper(desk: Desk) -> Paper:
    return desk.paper(LAYOUT)


@pytest.fixture(scope="module")
def long(desk: Desk) -> Paper:
    """Two copies of two pages."""
    return desk.paper(LAYOUT, copies=2, remarks=LONG)


def reordered(change: Callable[[pikepdf.Pdf], Any]) -> Callable[[Desk, Paper], bytes]:
    def made(_desk: Desk, paper: Paper) -> bytes:
        with pikepdf.open(io.BytesIO(paper.pdf)) as document:
            change(document)
            return saved(document)

    return made


def swap(pages: Any) -> None:
    """The two pages of the first copy, one for the other."""
    pages.append(pages[0])
    pages[0] = pages[1]
    pages[1] = pages[4]
    del pages[4]


def another_persons_page(at: int) -> Callable[[Desk, Paper], bytes]:
    """One page of somebody whose paper was made at the same time."""

    def made(desk: Desk, paper: Paper) -> bytes:
        facts, _ = desk.order(LAYOUT, name=OTHER_NAME, remarks=LONG)
        theirs = desk.compose(facts, desk.sheets(facts, copies=2))
        with pikepdf.open(io.BytesIO(paper.pdf)) as document, pikepdf.open(io.BytesIO(theirs)) as other:
            document.pages[at] = other.pages[at]
            return saved(document)

    return made


def another_person(desk: Desk, paper: Paper) -> bytes:
    """All of it somebody else's, but the paper numbers."""
    facts, _ = desk.order(LAYOUT, name=OTHER_NAME, remarks=LONG)
    return desk.compose(facts, paper.sheets)


def another_persons_code(desk: Desk, paper: Paper) -> bytes:
    facts, _ = desk.order(LAYOUT, name=OTHER_NAME, remarks=LONG)
    theirs = desk.sheets(facts, copies=2)
    sheets = [replace(mine, front_code=other.front_code) for mine, other in zip(paper.sheets, theirs, strict=True)]
    return desk.compose(paper.facts, tuple(sheets))


def another_sheets_code(desk: Desk, paper: Paper) -> bytes:
    sheets = [replace(mine, front_code=paper.sheets[0].front_code) for mine in paper.sheets]
    return desk.compose(paper.facts, tuple(sheets))


def one_copy_short(desk: Desk, paper: Paper) -> bytes:
    return desk.compose(paper.facts, paper.sheets[:2])


def the_first_copy_twice(_desk: Desk, paper: Paper) -> bytes:
    with pikepdf.open(io.BytesIO(paper.pdf)) as document:
        for at in (2, 3):
            document.pages[at] = document.pages[at - 2]
        return saved(document)


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(reordered(lambda document: document.pages.reverse()), id="all pages the other way round"),
        pytest.param(reordered(lambda document: swap(document.pages)), id="pages swapped"),
        pytest.param(reordered(lambda document: document.pages.append(document.pages[0])), id="an extra page"),
        pytest.param(reordered(lambda document: document.pages.remove(p=2)), id="a missing page"),
        pytest.param(reordered(lambda document: document.pages.remove(p=4)), id="the last page missing"),
        *(pytest.param(another_persons_page(at), id=f"page {at + 1} of another") for at in range(4)),
        another_person, another_persons_code, another_sheets_code, one_copy_short, the_first_copy_twice,
    ],
)  # fmt: skip
def test_pages_of_others_stop_everything(desk: Desk, long: Paper, lie: Callable[[Desk, Paper], bytes]) -> None:
    assert desk.gravity(long, lie(desk, long)) is Gravity.PERSON


def test_two_people_swapped_stop_everything_for_both(desk: Desk) -> None:
    mine, (facts, expected) = desk.paper(LAYOUT), desk.order(LAYOUT, name=OTHER_NAME)
    sheets = desk.sheets(facts)
    sought = replace(mine.sought, paper_numbers=tuple(sheet.paper_number for sheet in sheets))
    theirs = Paper(desk.compose(facts, sheets), facts, sheets, expected, sought)
    assert desk.findings(theirs) == desk.findings(mine) == []
    assert desk.gravity(mine, theirs.pdf) is desk.gravity(theirs, mine.pdf) is Gravity.PERSON


WORDS = {
    "title": ("課税証明書", "非課税証明書"),
    "seal_text": ("見本区長之印", "見本市長之印"),
    "year_title": ("令和8年度", "令和7年度"),
}


@pytest.mark.parametrize("name", WORDS)
def test_wrong_words_over_a_right_code_suspend_the_record(desk: Desk, paper: Paper, name: str) -> None:
    right, wrong = WORDS[name]
    value = paper.facts.values[name]
    assert right in value
    made = desk.compose(with_values(paper.facts, **{name: value.replace(right, wrong)}), paper.sheets)
    assert [(each.gravity, each.where) for each in desk.findings(paper, made)] == [(Gravity.VALUE, f"sheet 1 {name}")]


@pytest.mark.parametrize("pages", ["2/2頁", "1/2頁", "0/1頁", "2/1頁", "1頁"])
def test_a_wrong_page_number_is_found(desk: Desk, paper: Paper, pages: str) -> None:
    made = edited(paper.pdf, lambda sheet: sheet.say(LAYOUT.first.boxes["page"], pages))
    assert desk.gravity(paper, made) is Gravity.VALUE


def test_a_code_of_the_right_words_that_nobody_signed_suspends_the_record(desk: Desk, paper: Paper) -> None:
    (sheet,) = paper.sheets
    forged = bytearray(sheet.front_code)
    forged[-1] ^= 1
    made = desk.compose(paper.facts, (replace(sheet, front_code=bytes(forged)),))
    assert desk.gravity(paper, made) is Gravity.VALUE


def test_another_picture_in_the_square_is_what_counts(desk: Desk, paper: Paper) -> None:
    """The code is read from the drawn page: an image exchanged in the finished file is seen."""
    other = draw_code(b"not a statement" * 10)

    def change(sheet: Sheet) -> None:
        code = sheet.resources.XObject.Q
        code.Width = code.Height = other.side
        code.write(other.bits)

    assert desk.gravity(paper, edited(paper.pdf, change)) is Gravity.VALUE
