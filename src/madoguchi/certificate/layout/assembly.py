"""From files to layouts: furniture joined, tables taken apart, and nothing off the page or over anything else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from madoguchi.certificate.layout.grid import Grid, GridError
from madoguchi.certificate.layout.parts import (
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    QR_SIDE_MM,
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
from madoguchi.certificate.layout.reading import Source, read_source
from madoguchi.certificate.layout.refusing import Fault, LayoutRefusedError

_PART_OF_FILE = Literal["both", "page", "continuation"]
_SLACK_MM: Final = 0.01
_KEYS: Final = ("id", "kind", "first_year", "last_year")


def load_layouts(sources: Mapping[str, str], *, only: Collection[str] | None = None) -> tuple[Layout, ...]:
    """Layouts from file name → TOML. Files without an `id` are furniture that others `use`.

    `only` names the files whose layouts are wanted. Raises `LayoutRefusedError` with every fault of the first wrong
    file, each with its line.
    """
    read = {name: read_source(name, text) for name, text in sources.items()}
    wanted = [name for name in sorted(read) if read[name].file.id and (only is None or name in only)]
    ids = [read[name].file.id for name in wanted]
    for name, layout_id in zip(wanted, ids, strict=True):
        if ids.count(layout_id) > 1:
            raise LayoutRefusedError([Fault(read[name].places.of("id"), f"id {layout_id} stands in two files")])
    return tuple(_layout(read[name], read) for name in wanted)


@dataclass(slots=True)
class _Parts:
    """What stands on one page, each with its place."""

    faults: list[Fault]
    boxes: list[tuple[Box, Place]] = field(default_factory=list)
    labels: list[tuple[Label, Place]] = field(default_factory=list)
    rules: list[tuple[Rule, Place]] = field(default_factory=list)
    tints: list[tuple[Tint, Place]] = field(default_factory=list)
    squares: list[tuple[Rect, Place]] = field(default_factory=list)
    seals: list[tuple[Rect, Place]] = field(default_factory=list)

    def add(self, source: Source, part: _PART_OF_FILE) -> None:
        """Add one part of one file."""
        layout: PageLayout | None = getattr(source.file, part)
        if layout is None:
            return
        where = source.places.of
        self.boxes += [(box, where(part, "box", at)) for at, box in enumerate(layout.box)]
        self.labels += [(label, where(part, "label", at)) for at, label in enumerate(layout.label)]
        self.rules += [(rule, where(part, "rule", at)) for at, rule in enumerate(layout.rule)]
        self.tints += [(tint, where(part, "tint", at)) for at, tint in enumerate(layout.tint)]
        self.squares += [(layout.qr, where(part, "qr"))] if layout.qr else []
        self.seals += [(layout.seal, where(part, "seal"))] if layout.seal else []
        for at, frame in enumerate(layout.frame):
            self.rules += [(rule, where(part, "frame", at)) for rule in _sides(frame)]
        for at, table in enumerate(layout.table):
            self._add_table(table, source, part, at)

    def _add_table(self, table: Table, source: Source, part: _PART_OF_FILE, at: int) -> None:
        where = source.places.of
        if table.x + sum(table.columns) > PAGE_WIDTH_MM or table.y + table.row * len(table.rows) > PAGE_HEIGHT_MM:
            self.faults.append(Fault(where(part, "table", at), "table is off the page"))
            return
        try:
            grid = Grid(table)
        except GridError as failure:
            cell = ("rows", *failure.cell) if failure.cell else ()
            self.faults.append(Fault(where(part, "table", at, *cell), str(failure)))
            return
        self.boxes += [(box, where(part, "table", at, "rows", *cell)) for box, cell in grid.boxes]
        self.labels += [(label, where(part, "table", at, "rows", *cell)) for label, cell in grid.labels]
        self.rules += [(rule, where(part, "table", at)) for rule in grid.rules]
        self.tints += [(tint, where(part, "table", at)) for tint in grid.tints]


def _layout(source: Source, read: Mapping[str, Source]) -> Layout:
    file, places = source.file, source.places
    faults = [
        Fault(places.of("use", at), f"uses {name}, which does not exist")
        for at, name in enumerate(file.use)
        if name not in read
    ]
    if file.first_year > file.last_year:
        faults.append(Fault(places.of("last_year"), "last_year is before first_year"))
    sources = [*(read[name] for name in file.use if name in read), source]
    first, continuation = _Parts(faults), _Parts(faults)
    for each in sources:
        first.add(each, "both")
        first.add(each, "page")
        continuation.add(each, "both")
        continuation.add(each, "continuation")
    for parts in (first, continuation):
        faults += _faults(parts, places.of("id"))
    if faults:
        raise LayoutRefusedError(faults)
    return Layout(
        id=file.id,
        kind=file.kind,
        first_year=file.first_year,
        last_year=file.last_year,
        title=file.title,
        first=_page(first),
        continuation=_page(continuation),
        places={key: places.of(key) for key in _KEYS},
    )


def _page(parts: _Parts) -> Page:
    return Page(
        boxes={box.name: box for box, _ in parts.boxes},
        labels=tuple(label for label, _ in parts.labels),
        rules=tuple(rule for rule, _ in parts.rules),
        tints=tuple(tint for tint, _ in parts.tints),
        qr=parts.squares[0][0],
        seal=parts.seals[0][0] if parts.seals else None,
        box_places={box.name: place for box, place in parts.boxes},
        label_places=tuple(place for _, place in parts.labels),
    )


def _sides(frame: Frame) -> list[Rule]:
    x, y, w, h, weight = frame.x, frame.y, frame.w, frame.h, frame.weight
    return [
        Rule(x=x, y=y, w=w, weight=weight),
        Rule(x=x, y=y + h, w=w, weight=weight),
        Rule(x=x, y=y, h=h, weight=weight),
        Rule(x=x + w, y=y, h=h, weight=weight),
    ]


def _faults(parts: _Parts, layout_place: Place) -> Iterator[Fault]:
    """On the page, named once, and nothing over anything else: a position means one thing."""
    yield from _square_faults(parts, layout_place)
    yield from _twice(parts.boxes)
    yield from (Fault(place, "line is off the page") for rule, place in parts.rules if not _on_page(rule))
    yield from (Fault(place, "tint is off the page") for tint, place in parts.tints if not _on_page(tint))
    placed: list[tuple[Rect, Place]] = [*parts.boxes, *parts.labels, *parts.squares, *parts.seals]
    for index, (part, place) in enumerate(placed):
        if not _on_page(part):
            yield Fault(place, f"{_name(part)} is off the page")
        elif part.w <= 0 or part.h <= 0:
            yield Fault(place, f"{_name(part)} has no room")
        for other, elsewhere in placed[index + 1 :]:
            if _overlap(part, other) and not _same_name(part, other):
                yield Fault(place, f"{_name(part)} overlaps {_name(other)} ({elsewhere})")


def _square_faults(parts: _Parts, layout_place: Place) -> Iterator[Fault]:
    if not parts.squares:
        yield Fault(layout_place, "every page needs one square for the front code")
    for square, place in parts.squares[1:]:
        yield Fault(place, f"a second square for the front code at {square.x:g}, {square.y:g} mm")
    for _, place in parts.seals[1:]:
        yield Fault(place, "a second seal")
    for square, place in parts.squares:
        if (square.w, square.h) != (QR_SIDE_MM, QR_SIDE_MM):
            yield Fault(place, f"the square for the front code is {QR_SIDE_MM:g} by {QR_SIDE_MM:g} mm")


def _twice(boxes: Iterable[tuple[Box, Place]]) -> Iterator[Fault]:
    seen: dict[str, Place] = {}
    for box, place in boxes:
        if box.name in seen:
            yield Fault(place, f"box {box.name} stands twice (first at {seen[box.name]})")
        seen.setdefault(box.name, place)


def _name(part: Rect) -> str:
    if isinstance(part, Box):
        return f"box {part.name}"
    return f"label {part.text}" if isinstance(part, Label) else "square"


def _same_name(part: Rect, other: Rect) -> bool:
    """Two boxes of one name are told as such already."""
    return isinstance(part, Box) and isinstance(other, Box) and part.name == other.name


def _on_page(part: Rect | Rule) -> bool:
    return part.x + part.w <= PAGE_WIDTH_MM and part.y + part.h <= PAGE_HEIGHT_MM


def _overlap(one: Rect, other: Rect) -> bool:
    return (
        one.x + _SLACK_MM < other.x + other.w
        and other.x + _SLACK_MM < one.x + one.w
        and one.y + _SLACK_MM < other.y + other.h
        and other.y + _SLACK_MM < one.y + one.h
    )
