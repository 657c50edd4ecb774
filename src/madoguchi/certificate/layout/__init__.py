"""The layout of a page as data: boxes, labels and rules in millimetres from the page's top left.

One readable file per kind and range of years (`certificate/layouts/*.toml`) is the only description of the page. The
composer sets what it says; the reader of a finished PDF finds each value by the same boxes. A ward changes it without a
programmer; a box off the page, two boxes that overlap or an unknown key is refused with file and line.
"""

from madoguchi.certificate.layout.assembly import load_layouts
from madoguchi.certificate.layout.choosing import (
    all_layouts,
    changed_layouts,
    layout_by_id,
    layout_for,
    register_layouts,
    with_changed,
)
from madoguchi.certificate.layout.parts import (
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    QR_SIDE_MM,
    SHEET_FIELDS,
    Align,
    Box,
    Frame,
    Label,
    Layout,
    Page,
    PageLayout,
    Rect,
    Rule,
    Table,
    Tint,
)
from madoguchi.certificate.layout.places import Place
from madoguchi.certificate.layout.refusing import Fault, LayoutRefusedError, nearest

__all__ = [
    "PAGE_HEIGHT_MM",
    "PAGE_WIDTH_MM",
    "QR_SIDE_MM",
    "SHEET_FIELDS",
    "Align",
    "Box",
    "Fault",
    "Frame",
    "Label",
    "Layout",
    "LayoutRefusedError",
    "Page",
    "PageLayout",
    "Place",
    "Rect",
    "Rule",
    "Table",
    "Tint",
    "all_layouts",
    "changed_layouts",
    "layout_by_id",
    "layout_for",
    "load_layouts",
    "nearest",
    "register_layouts",
    "with_changed",
]
