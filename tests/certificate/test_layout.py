"""The layout files: complete, inside the page, and refused with their place when wrong."""

from __future__ import annotations

import pytest

from madoguchi.certificate.compose import Composer
from madoguchi.certificate.layout import (
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    QR_SIDE_MM,
    Layout,
    Rect,
    Rule,
    all_layouts,
    layout_by_id,
    layout_for,
    load_layouts,
)
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError

PRINTABLE_MARGIN_MM = 9.0
MINIMAL = """
id = "sample/1"
kind = "taxation"
[both]
qr = { x = 10, y = 10, w = 28, h = 28 }
"""


@pytest.fixture(params=all_layouts(), ids=lambda layout: layout.id)
def layout(request: pytest.FixtureRequest) -> Layout:
    made: Layout = request.param
    return made


def test_every_part_is_on_the_printable_area(layout: Layout) -> None:
    for page in (layout.first, layout.continuation):
        parts: list[Rect | Rule] = [*page.boxes.values(), *page.labels, *page.rules, *page.tints, page.qr]
        for part in parts:
            assert part.x >= PRINTABLE_MARGIN_MM
            assert part.y >= PRINTABLE_MARGIN_MM
            assert part.x + part.w <= PAGE_WIDTH_MM - PRINTABLE_MARGIN_MM
            assert part.y + part.h <= PAGE_HEIGHT_MM - PRINTABLE_MARGIN_MM


def test_the_square_for_the_front_code(layout: Layout) -> None:
    for page in (layout.first, layout.continuation):
        assert (page.qr.w, page.qr.h) == (QR_SIDE_MM, QR_SIDE_MM)


def test_every_label_fits_its_box(layout: Layout, composer: Composer) -> None:
    setter = Setter(composer.fonts)
    for page in (layout.first, layout.continuation):
        for label in page.labels:
            assert setter.label(label)


def test_layout_and_page_stand_at_one_place_in_every_layout(layout: Layout) -> None:
    first = all_layouts()[0].first.boxes
    for page in (layout.first, layout.continuation):
        assert page.boxes["layout"] == first["layout"]
        assert page.boxes["page"] == first["page"]


@pytest.mark.parametrize("kind", ["taxation", "payment"])
@pytest.mark.parametrize("year", range(2019, 2031))
def test_one_layout_covers_each_year(kind: str, year: int) -> None:
    found = layout_for(kind=kind, fiscal_year=year)
    assert layout_by_id(found.id) is found


def test_a_year_without_layout_is_refused() -> None:
    with pytest.raises(MadoguchiError, match="layout_invalid"):
        layout_for(kind="taxation", fiscal_year=2018)
    with pytest.raises(MadoguchiError, match="layout_invalid"):
        layout_by_id("nothing/1")


@pytest.mark.parametrize(
    ("addition", "place"),
    [
        ('[[page.box]]\nname = "a"\nx = 200\ny = 50\nw = 20\nh = 5\n', "box a is off the page"),
        ('[[page.box]]\nname = "a"\nx = 20\ny = 20\nw = 20\nh = 5\n', "box a overlaps square"),
        ('[[page.box]]\nname = "a"\nx = 50\ny = 50\nw = 20\nh = 5\n' * 2, "box a stands twice"),
        ('[[page.box]]\nname = "a"\nx = 50\ny = 50\nw = 20\nh = 5\ncolour = "red"\n', "unknown field `colour`"),
        ('[[page.box]]\nname = "a"\nx = "left"\ny = 50\nw = 20\nh = 5\n', "page.box"),
        (
            '[[page.table]]\nx = 50\ny = 50\ncolumns = [10, 10]\nrow = 5\naligns = ["left", "left"]\nrows = [["a"]]\n',
            "every row and aligns need 2 cells",
        ),
        (
            '[[page.table]]\nx = 50\ny = 50\ncolumns = [9]\nrow = 5\naligns = ["left"]\nrows = [["<"]]\n',
            "nothing to join at row 1, column 1",
        ),
        ("[page\n", "sample.toml"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_place(addition: str, place: str) -> None:
    with pytest.raises(MadoguchiError, match="layout_invalid") as caught:
        load_layouts({"sample.toml": MINIMAL + addition})
    assert place in str(caught.value)


def test_furniture_that_does_not_exist_and_a_page_without_square_are_refused() -> None:
    with pytest.raises(MadoguchiError, match=r"uses none\.toml"):
        load_layouts({"sample.toml": 'use = ["none.toml"]\n' + MINIMAL})
    with pytest.raises(MadoguchiError, match="front code"):
        load_layouts({"sample.toml": 'id = "sample/1"\n'})
    with pytest.raises(MadoguchiError, match="two files"):
        load_layouts({"a.toml": MINIMAL, "b.toml": MINIMAL})
