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
)
from madoguchi.certificate.setting import Setter
from madoguchi.errors import MadoguchiError

PRINTABLE_MARGIN_MM = 9.0


@pytest.fixture(params=all_layouts().every, ids=lambda layout: layout.id)
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
    first = next(iter(all_layouts())).first.boxes
    for page in (layout.first, layout.continuation):
        assert page.boxes["layout"] == first["layout"]
        assert page.boxes["page"] == first["page"]


@pytest.mark.parametrize("kind", ["taxation", "payment"])
@pytest.mark.parametrize("year", range(2019, 2031))
def test_one_layout_covers_each_year(kind: str, year: int) -> None:
    found = all_layouts().of(kind=kind, fiscal_year=year)
    assert all_layouts().by_id(found.id) is found


def test_a_year_without_layout_is_refused() -> None:
    with pytest.raises(MadoguchiError, match="layout_invalid"):
        all_layouts().of(kind="taxation", fiscal_year=2018)
    with pytest.raises(MadoguchiError, match="layout_invalid"):
        all_layouts().by_id("nothing/1")
