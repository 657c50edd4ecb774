"""The layout of a page as data: boxes, labels and rules in millimetres from the page's top left.

One readable file per kind and range of years (`certificate/layouts/*.toml`) is the only description of the page. The
composer sets what it says; the reader of a finished PDF finds each value by the same boxes. A ward changes it without a
programmer; a box off the page, two boxes that overlap or an unknown key is refused with file and line.
"""

from madoguchi.certificate.layout.assembly import load_layouts
from madoguchi.certificate.layout.choosing import Layouts, all_layouts, changed_layouts, register_layouts
from madoguchi.certificate.layout.parts import (
    IDENTITY_FIELDS,
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
from madoguchi.certificate.layout.wards import layouts_digest, ward_layouts

__all__ = [
    "IDENTITY_FIELDS",
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
    "Layouts",
    "Page",
    "PageLayout",
    "Place",
    "Rect",
    "Rule",
    "Table",
    "Tint",
    "all_layouts",
    "changed_layouts",
    "layouts_digest",
    "load_layouts",
    "nearest",
    "register_layouts",
    "ward_layouts",
]
