"""What a layout file may contain, and what becomes of it: boxes, labels and rules in millimetres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from madoguchi.certificate.layout.places import Place

PAGE_WIDTH_MM: Final = 210.0
PAGE_HEIGHT_MM: Final = 297.0
QR_SIDE_MM: Final = 28.0

Align = Literal["left", "center", "right"]
Millimetres = Annotated[float, Meta(ge=0, le=297)]
Points = Annotated[float, Meta(ge=4, le=40)]


class _Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of everything that a layout file may contain."""


class Rect(_Part, frozen=True, kw_only=True):
    """A rectangle of the page, millimetres from its top left."""

    x: Millimetres
    y: Millimetres
    w: Millimetres
    h: Millimetres


class Box(Rect, frozen=True, kw_only=True):
    """Where a value is printed."""

    name: str
    size: Points = 9.5
    """Type size in points, if it fits."""
    min_size: Points = 7.0
    """The smallest permitted size; below it the value wraps, and beyond `lines` it is refused."""
    lines: Annotated[int, Meta(ge=1, le=60)] = 1
    align: Align = "left"
    tracking: float = 0.0
    """Extra space between characters, in em."""


class Label(Rect, frozen=True, kw_only=True):
    """Constant text of the page."""

    text: str
    size: Points = 8.5
    align: Align = "left"


class Rule(_Part, frozen=True, kw_only=True):
    """A straight line; `weight` in points."""

    x: Millimetres
    y: Millimetres
    w: Millimetres = 0.0
    h: Millimetres = 0.0
    weight: float = 0.4


class Tint(Rect, frozen=True, kw_only=True):
    """A light ground behind labels; `grey` is 0 black to 1 white."""

    grey: Annotated[float, Meta(ge=0.85, le=1)] = 0.94


class Frame(Rect, frozen=True, kw_only=True):
    """A ruled rectangle; `weight` in points."""

    weight: float = 0.35


class Table(_Part, frozen=True, kw_only=True):
    """A ruled grid.

    Cells: text is a label, `@name` a value, empty is empty, `<` joins the cell on the left, `^` the one above.
    """

    x: Millimetres
    y: Millimetres
    columns: tuple[float, ...]
    """Widths in millimetres."""
    row: float
    """Height of every row in millimetres."""
    rows: tuple[tuple[str, ...], ...]
    aligns: tuple[Align, ...]
    """Of the values, per column; labels stand left, in a header centred."""
    header: Annotated[int, Meta(ge=0, le=3)] = 0
    """How many first rows are headings."""
    label_columns: tuple[int, ...] = (0,)
    """Columns with a tinted ground."""
    centred_columns: tuple[int, ...] = ()
    """Columns whose labels are centred."""
    size: Points = 9.5
    min_size: Points = 6.5
    label_size: Points = 8.5
    lines: int = 1
    heavy_rows: tuple[int, ...] = ()
    """Rows with a heavier rule above: totals."""
    open_rows: bool = False
    """No rules between the rows below the header."""


class PageLayout(_Part, frozen=True, kw_only=True):
    """What stands on one page."""

    box: tuple[Box, ...] = ()
    label: tuple[Label, ...] = ()
    rule: tuple[Rule, ...] = ()
    tint: tuple[Tint, ...] = ()
    table: tuple[Table, ...] = ()
    frame: tuple[Frame, ...] = ()
    qr: Rect | None = None
    seal: Rect | None = None


class LayoutFile(_Part, frozen=True, kw_only=True):
    """One file: a layout, or without an `id` furniture that others `use`."""

    id: str = ""
    kind: str = ""
    first_year: int = 0
    last_year: int = 0
    title: str = ""
    use: tuple[str, ...] = ()
    both: PageLayout | None = None
    """What stands on every page."""
    page: PageLayout | None = None
    """What stands on the first page."""
    continuation: PageLayout | None = None
    """What stands on every following page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page with its tables taken apart into boxes, labels, rules and tints."""

    boxes: Mapping[str, Box]
    labels: tuple[Label, ...]
    rules: tuple[Rule, ...]
    tints: tuple[Tint, ...]
    qr: Rect
    seal: Rect | None
    box_places: Mapping[str, Place]
    """Where each box stands in the files."""
    label_places: tuple[Place, ...]
    """Where each label stands in the files, in the order of `labels`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A kind's layout for a range of fiscal years."""

    id: str
    kind: str
    first_year: int
    last_year: int
    title: str
    """The PDF's document title: names the kind, never the person."""
    first: Page
    continuation: Page
    places: Mapping[str, Place]
    """Where `id`, `kind` and the other keys of the layout itself stand."""
    fields: frozenset[str] = field(init=False)
    """Names of the values that the facts must hold."""

    def __post_init__(self) -> None:
        sealed = {"seal_text"} if self.first.seal else set()
        object.__setattr__(self, "fields", (frozenset(self.first.boxes) | sealed) - SHEET_FIELDS)

    def page(self, number: int) -> Page:
        """The layout of page `number`, from 1."""
        return self.first if number == 1 else self.continuation


SHEET_FIELDS: Final = frozenset({"paper_number", "page", "layout", "remarks", "continued"})
"""Boxes that the composer fills itself: they differ per sheet, or flow from page to page."""
IDENTITY_FIELDS: Final = ("layout", "page")
"""Boxes that stand at one place in every layout: who reads a page learns there which layout it is."""
