"""The layout of a page as data: boxes, labels and rules in millimetres from the page's top left.

One readable file per kind and range of years (`layouts/*.toml`) is the only description of the page. The composer
sets what it says; the reader of a finished PDF finds each value by the same boxes. A ward changes it without a
programmer; a box off the page, two boxes that overlap or an unknown key is refused with its place.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from madoguchi.certificate.problems import LAYOUT_INVALID

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


class _File(_Part, frozen=True, kw_only=True):
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

    def page(self, number: int) -> Page:
        """The layout of page `number`, from 1."""
        return self.first if number == 1 else self.continuation

    @property
    def fields(self) -> frozenset[str]:
        """Names of the values that the facts must hold."""
        sealed = {"seal_text"} if self.first.seal else set()
        return (frozenset(self.first.boxes) | sealed) - SHEET_FIELDS


SHEET_FIELDS: Final = frozenset({"paper_number", "page", "layout", "remarks", "continued"})
"""Boxes that the composer fills itself: they differ per sheet, or flow from page to page."""

_PADDING_MM: Final = 1.4
_LIGHT, _TOTAL, _HEAVY = 0.25, 0.7, 0.8


@lru_cache(maxsize=1)
def all_layouts() -> tuple[Layout, ...]:
    """Every layout that comes with the program. Raises `certificate.layout_invalid` with file and place."""
    folder = resources.files("madoguchi.certificate").joinpath("layouts")
    sources = {each.name: each.read_text("utf-8") for each in folder.iterdir() if each.name.endswith(".toml")}
    return load_layouts(sources)


def load_layouts(sources: Mapping[str, str]) -> tuple[Layout, ...]:
    """Layouts from file name → TOML. Files without an `id` are furniture that others `use`."""
    files = {name: _parsed(name, text) for name, text in sources.items()}
    made = [_layout(name, file, files) for name, file in sorted(files.items()) if file.id]
    if len({each.id for each in made}) != len(made):
        raise LAYOUT_INVALID.error("an id stands in two files")
    return tuple(made)


def layout_for(*, kind: str, fiscal_year: int) -> Layout:
    """The layout of a kind and year. Raises `certificate.layout_invalid` when none or more than one covers it."""
    found = [each for each in all_layouts() if each.kind == kind and each.first_year <= fiscal_year <= each.last_year]
    if len(found) != 1:
        raise LAYOUT_INVALID.error(f"{len(found)} layouts cover {kind} {fiscal_year}")
    return found[0]


def layout_by_id(layout_id: str) -> Layout:
    """The layout with this id. Raises `certificate.layout_invalid`."""
    for each in all_layouts():
        if each.id == layout_id:
            return each
    raise LAYOUT_INVALID.error("no layout has this id")


def _parsed(name: str, text: str) -> _File:
    try:
        return msgspec.convert(tomllib.loads(text), type=_File, strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as failure:
        raise LAYOUT_INVALID.error(f"{name}: {failure}") from None


def _layout(name: str, file: _File, files: Mapping[str, _File]) -> Layout:
    unknown = [each for each in file.use if each not in files]
    if unknown:
        raise LAYOUT_INVALID.error(f"{name}: uses {unknown[0]}, which does not exist")
    parts = [files[each] for each in file.use] + [file]
    return Layout(
        id=file.id,
        kind=file.kind,
        first_year=file.first_year,
        last_year=file.last_year,
        title=file.title,
        first=_page(f"{name} page", _present(each for file in parts for each in (file.both, file.page))),
        continuation=_page(
            f"{name} continuation", _present(each for file in parts for each in (file.both, file.continuation))
        ),
    )


def _present(parts: Iterable[PageLayout | None]) -> list[PageLayout]:
    return [part for part in parts if part is not None]


def _page(place: str, parts: list[PageLayout]) -> Page:
    boxes = [box for part in parts for box in part.box]
    labels = [label for part in parts for label in part.label]
    rules = [rule for part in parts for rule in part.rule]
    tints = [tint for part in parts for tint in part.tint]
    for part in parts:
        rules += [rule for frame in part.frame for rule in _sides(frame)]
        for number, table in enumerate(part.table, 1):
            grid = _Grid(table, f"{place}, table {number}")
            boxes += grid.boxes
            labels += grid.labels
            rules += grid.rules
            tints += grid.tints
    squares = [part.qr for part in parts if part.qr]
    seals = [part.seal for part in parts if part.seal]
    if len(squares) != 1:
        raise LAYOUT_INVALID.error(f"{place}: needs one square for the front code")
    _check(place, [*boxes, *labels], [*squares, *seals])
    return Page(
        boxes={box.name: box for box in boxes},
        labels=tuple(labels),
        rules=tuple(rules),
        tints=tuple(tints),
        qr=squares[0],
        seal=seals[0] if seals else None,
    )


def _sides(frame: Frame) -> list[Rule]:
    x, y, w, h, weight = frame.x, frame.y, frame.w, frame.h, frame.weight
    return [
        Rule(x=x, y=y, w=w, weight=weight),
        Rule(x=x, y=y + h, w=w, weight=weight),
        Rule(x=x, y=y, h=h, weight=weight),
        Rule(x=x + w, y=y, h=h, weight=weight),
    ]


def _name(part: Rect) -> str:
    if isinstance(part, Box):
        return f"box {part.name}"
    return f"label {part.text}" if isinstance(part, Label) else "square"


def _check(place: str, texts: list[Box | Label], squares: list[Rect]) -> None:
    """On the page, named once, and nothing over anything else: a position means one thing."""
    names = [part.name for part in texts if isinstance(part, Box)]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise LAYOUT_INVALID.error(f"{place}: box {twice} stands twice")
    parts: list[Rect] = [*texts, *squares]
    for index, part in enumerate(parts):
        if part.x + part.w > PAGE_WIDTH_MM or part.y + part.h > PAGE_HEIGHT_MM or not part.w or not part.h:
            raise LAYOUT_INVALID.error(f"{place}: {_name(part)} is off the page")
        for other in parts[index + 1 :]:
            if _overlap(part, other):
                raise LAYOUT_INVALID.error(f"{place}: {_name(part)} overlaps {_name(other)}")


def _overlap(one: Rect, other: Rect, slack: float = 0.01) -> bool:
    return (
        one.x + slack < other.x + other.w
        and other.x + slack < one.x + one.w
        and one.y + slack < other.y + other.h
        and other.y + slack < one.y + one.h
    )


class _Grid:
    """A table taken apart."""

    def __init__(self, table: Table, place: str) -> None:
        self.table = table
        self.boxes: list[Box] = []
        self.labels: list[Label] = []
        self.rules: list[Rule] = []
        self.tints: list[Tint] = []
        width = len(table.columns)
        if any(len(row) != width for row in table.rows) or len(table.aligns) != width:
            raise LAYOUT_INVALID.error(f"{place}: every row and aligns need {width} cells")
        self._lefts = [round(table.x + sum(table.columns[:column]), 3) for column in range(width + 1)]
        self._tops = [round(table.y + table.row * row, 3) for row in range(len(table.rows) + 1)]
        self._owner = self._owners(place)
        for row, column in dict.fromkeys(self._owner.values()):
            self._cell(row, column)
        self._draw_rules()

    def _owners(self, place: str) -> dict[tuple[int, int], tuple[int, int]]:
        """Which cell each place of the grid belongs to, after `<` and `^`."""
        owner: dict[tuple[int, int], tuple[int, int]] = {}
        for row, cells in enumerate(self.table.rows):
            for column, cell in enumerate(cells):
                source = {"<": (row, column - 1), "^": (row - 1, column)}.get(cell)
                if source is not None and source not in owner:
                    raise LAYOUT_INVALID.error(f"{place}: nothing to join at row {row + 1}, column {column + 1}")
                owner[row, column] = owner[source] if source else (row, column)
        return owner

    def _cell(self, row: int, column: int) -> None:
        table = self.table
        members = [place for place, owner in self._owner.items() if owner == (row, column)]
        x, right = self._lefts[column], self._lefts[max(c for _, c in members) + 1]
        y, bottom = self._tops[row], self._tops[max(r for r, _ in members) + 1]
        text = table.rows[row][column]
        head = row < table.header
        if head or (column in table.label_columns and not text.startswith("@")):
            self.tints.append(Tint(x=x, y=y, w=right - x, h=bottom - y, grey=0.90 if head else 0.95))
        inner: dict[str, Any] = {"x": x + _PADDING_MM, "y": y, "w": right - x - 2 * _PADDING_MM, "h": bottom - y}
        if text.startswith("@"):
            self.boxes.append(
                Box(
                    name=text[1:],
                    size=table.size,
                    min_size=min(table.min_size, table.size),
                    lines=table.lines,
                    align=table.aligns[column],
                    **inner,
                )
            )
        elif text:
            centred = head or column in table.centred_columns
            self.labels.append(Label(text=text, size=table.label_size, align="center" if centred else "left", **inner))

    def _draw_rules(self) -> None:
        table = self.table
        rows, columns = len(table.rows), len(table.columns)
        for row in range(rows + 1):
            if table.open_rows and table.header < row < rows:
                continue
            outer = row in {0, rows}
            weight = _HEAVY if outer else (_TOTAL if row in table.heavy_rows else _LIGHT)
            wanted = [outer or self._owner[row - 1, column] != self._owner[row, column] for column in range(columns)]
            for start, end in _stretches(wanted):
                left = self._lefts[start]
                self.rules.append(Rule(x=left, y=self._tops[row], w=self._lefts[end] - left, weight=weight))
        for column in range(columns + 1):
            outer = column in {0, columns}
            wanted = [outer or self._owner[row, column - 1] != self._owner[row, column] for row in range(rows)]
            for start, end in _stretches(wanted):
                top = self._tops[start]
                weight = _HEAVY if outer else _LIGHT
                self.rules.append(Rule(x=self._lefts[column], y=top, h=self._tops[end] - top, weight=weight))


def _stretches(wanted: Iterable[bool]) -> list[tuple[int, int]]:
    """Runs of True as (start, end)."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    for at, flag in enumerate([*wanted, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            found.append((start, at))
            start = None
    return found
