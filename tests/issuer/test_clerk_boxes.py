"""Every box of every layout, changed: the clerk finds each of them. A new box is among them as soon as it stands
in a layout file, because the boxes are taken from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from madoguchi.certificate.layout import Layout, Page, Rect, all_layouts
from madoguchi.issuer.clerk import Gravity
from tests.certificate.editing import Change, edited
from tests.certificate.people import with_values
from tests.issuer.desk import LONG, Desk
from tests.issuer.world import Kit

WHOSE = {"name", "alias", "birth_date", "certificate_number"}
"""A difference here may be another person's data."""
UNREADABLE = {
    "layout": "layout",
    "paper_number": "paper_number",
    "continued": "continued",
    "page": "page",
}
"""One wrong character makes the page unreadable: no such layout, a number whose check symbol is wrong, a page that
should or should not continue, page 2 of 1."""
LAYOUTS = pytest.mark.parametrize("layout", all_layouts().every, ids=lambda layout: layout.id)


@pytest.fixture(scope="module")
def desk(kit: Kit) -> Desk:
    return Desk(kit)


def boxes(page: Page) -> Iterator[tuple[str, Rect]]:
    yield from page.boxes.items()
    if page.seal:
        yield "seal_text", Rect(x=page.seal.x, y=page.seal.y, w=page.seal.w, h=page.seal.w)


def flipped(box: Rect) -> Change:
    return lambda sheet: sheet.flip(box)


@LAYOUTS
def test_right_papers_pass(desk: Desk, layout: Layout) -> None:
    for paper in (desk.paper(layout), desk.paper(layout, copies=2, remarks=LONG)):
        assert desk.findings(paper) == []


@LAYOUTS
@pytest.mark.parametrize("number", [1, 2])
def test_one_exchanged_character_in_any_box_is_found(desk: Desk, layout: Layout, number: int) -> None:
    paper = desk.paper(layout, remarks=LONG if number > 1 else ())
    found = {}
    for name, box in boxes(layout.page(number)):
        changed = edited(paper.pdf, flipped(box), page=number - 1)
        findings = desk.findings(paper, changed)
        found[name] = {(finding.gravity, finding.where) for finding in findings}
    assert found == {name: {finding_of(name, number)} for name, _ in boxes(layout.page(number))}


def finding_of(name: str, number: int) -> tuple[Gravity, str]:
    """What the clerk says of a difference in one box alone."""
    if (name, number) == ("page", 2):  # page 1 of 2 on the ground of a second page
        return Gravity.VALUE, "certificate.page_unreadable form: tints and rules"
    if name in UNREADABLE:
        return Gravity.VALUE, f"certificate.page_unreadable {UNREADABLE[name]}"
    if name == "remarks":
        return Gravity.VALUE, "copy 1 remarks"
    return (Gravity.PERSON if name in WHOSE else Gravity.VALUE), f"sheet {number} {name}"


@LAYOUTS
def test_a_composer_that_errs_in_any_value_is_found(desk: Desk, layout: Layout) -> None:
    """The same, from the composer's side: a wrong value under the right front code."""
    paper = desk.paper(layout)
    assert set(paper.facts.values) == layout.fields
    found = {}
    for name in paper.facts.values:
        wrong = with_values(paper.facts, **{name: "見本" if name == "seal_text" else "1,204"})
        found[name] = desk.findings(paper, desk.compose(wrong, paper.sheets))
    for name, findings in found.items():
        assert [(finding.gravity, finding.where) for finding in findings] == [finding_of(name, 1)]


@LAYOUTS
def test_a_wrong_remark_is_found(desk: Desk, layout: Layout) -> None:
    paper = desk.paper(layout)
    wrong = desk.compose(replace(paper.facts, remarks=("別の備考",)), paper.sheets)
    assert [finding.where for finding in desk.findings(paper, wrong)] == ["copy 1 remarks"]


@LAYOUTS
def test_each_label_tint_and_rule_is_compared(desk: Desk, layout: Layout) -> None:
    """A form with one part less or elsewhere is not the layout's."""
    paper = desk.paper(layout, remarks=LONG)
    for number in (1, 2):
        page = layout.page(number)
        shapes = len(page.tints) + len(page.rules)
        for at in [*range(0, shapes, 7), shapes - 1]:
            assert desk.gravity(paper, edited(paper.pdf, without_shape(at), page=number - 1)) is Gravity.VALUE
        for at in range(0, len(page.labels), 5):
            assert desk.gravity(paper, edited(paper.pdf, without_label(at), page=number - 1)) is Gravity.VALUE


def without_shape(at: int) -> Change:
    return lambda sheet: sheet.leave_out(at, (" f", " S"))


def without_label(at: int) -> Change:
    return lambda sheet: sheet.leave_out(at, (" Tj",))
