"""Where on the page each text stands: boxes, labels and the seal of a layout, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final

from madoguchi.certificate.layout import IDENTITY_FIELDS, Box, Label, Layout, Layouts, Page, Rect
from madoguchi.certificate.problems import PAGE_UNREADABLE
from madoguchi.certificate.reading.content import BLACK, POINT_MM, Area, Colour, Run
from madoguchi.certificate.seal import SAMPLE
from madoguchi.certificate.setting import join_lines

VERMILION: Final = (200 / 255, 48 / 255, 30 / 255)
_COLOUR_SLACK: Final = 0.003
EDGE_MM: Final = 0.05
"""What a place may be off by: what was rounded away."""
_ABOVE, _BELOW = 0.75, 0.01
"""How far a line's ink must stay inside its box above and below the baseline, in em: most of an ideograph."""
_SIZE_SLACK: Final = 0.01
_LEAST_PITCH: Final = 0.9
"""Of two lines of one box, in em: closer, they would lie over each other."""
_FRAME_MM: Final = 1.5
"""The seal's frames lie this close to its edges."""
_SQUARE, _STRIP = "seal, square", "seal, strip"
"""Names that no box can have."""
_FRAMES: Final = 2
_FRAME_POINTS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle that may hold text of some sizes, in points."""

    name: str
    rect: Rect
    least: float
    largest: float

    def holds(self, run: Run) -> bool:
        """Whether the text stands in it, from the first character's origin to the last one's end."""
        rect, em = self.rect, run.size * POINT_MM
        return (
            rect.x - EDGE_MM <= run.x
            and run.end <= rect.x + rect.w + EDGE_MM
            and rect.y - EDGE_MM <= run.y - _ABOVE * em
            and run.y + _BELOW * em <= rect.y + rect.h + EDGE_MM
            and self.least - _SIZE_SLACK <= run.size <= self.largest + _SIZE_SLACK
        )


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A page's places, by millimetre row, so that a text's place is found at once."""

    page: Page
    values: Mapping[int, tuple[Place, ...]]
    labels: Mapping[int, tuple[Place, ...]]


class Plans:
    """The plans of all layouts that a reader knows, made once."""

    def __init__(self, layouts: Layouts) -> None:
        self.layouts = layouts
        self._made = {(layout.id, number): _plan(layout.page(number)) for layout in layouts for number in (1, 2)}
        boxes = next(iter(layouts)).first.boxes
        self.identity: Final = _rows([_value(boxes[name]) for name in IDENTITY_FIELDS])
        """The places of layout id and page number, which every layout has where `frame.toml` puts them."""

    def of(self, layout: Layout, number: int) -> Plan:
        """The plan of page 1, or of those that follow it (2)."""
        return self._made[layout.id, number]


def _plan(page: Page) -> Plan:
    values = [_value(box) for box in page.boxes.values()]
    if page.seal:
        values += _seal_places(page.seal)
    return Plan(page, _rows(values), _rows([_label(at, label) for at, label in enumerate(page.labels)]))


def _value(box: Box) -> Place:
    return Place(box.name, box, box.min_size, box.size)


def _label(at: int, label: Label) -> Place:
    return Place(f"#{at}", label, label.size, label.size)


def _seal_places(seal: Rect) -> list[Place]:
    """The square with the columns, and the strip below it."""
    square = Rect(x=seal.x, y=seal.y, w=seal.w, h=seal.w)
    strip = Rect(x=seal.x, y=seal.y + seal.w, w=seal.w, h=seal.h - seal.w)
    return [Place(name, rect, 1.0, seal.w / POINT_MM) for name, rect in ((_SQUARE, square), (_STRIP, strip))]


def _rows(places: Iterable[Place]) -> dict[int, tuple[Place, ...]]:
    rows: dict[int, list[Place]] = {}
    for place in places:
        for row in range(int(place.rect.y), int(place.rect.y + place.rect.h) + 1):
            rows.setdefault(row, []).append(place)
    return {row: tuple(found) for row, found in rows.items()}


def sorted_out(runs: Iterable[Run], rows: Mapping[int, tuple[Place, ...]]) -> dict[str, list[Run]]:
    """Name of a place → its texts. Raises `certificate.page_unreadable` for text that stands in none."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        for place in rows.get(int(run.y), ()):
            if place.holds(run):
                found.setdefault(place.name, []).append(run)
                break
        else:
            raise PAGE_UNREADABLE.error("text outside every box")
    return found


def text_of(runs: Sequence[Run]) -> str:
    """Lines from top to bottom, each from left to right. Raises where texts lie over each other."""
    lines: dict[float, list[Run]] = {}
    if not runs:
        return ""
    for run in runs:
        if run.colour != BLACK:
            raise PAGE_UNREADABLE.error("text in a colour")
        lines.setdefault(round(run.y, 2), []).append(run)
    if len(lines) == 1:
        return _line(*lines.values())
    heights = sorted(lines)
    for upper, lower in pairwise(heights):
        if lower - upper < _LEAST_PITCH * lines[lower][0].size * POINT_MM:
            raise PAGE_UNREADABLE.error("text over text")
    return join_lines(_line(lines[height]) for height in heights)


def _line(runs: list[Run]) -> str:
    if len(runs) == 1:
        return runs[0].text
    runs.sort()
    for before, after in pairwise(runs):
        if after.x < before.end - EDGE_MM:
            raise PAGE_UNREADABLE.error("text over text")
    return "".join([run.text for run in runs])


def seal_text(texts: Mapping[str, list[Run]]) -> str:
    """Columns from right to left inside the square, in red; the strip below it must say 見本."""
    square = sorted(texts.get(_SQUARE, ()), key=lambda run: (-round(run.x, 1), run.y))
    strip = sorted(texts.get(_STRIP, ()))
    if "".join(run.text for run in strip) != SAMPLE or not all(red(run.colour) for run in (*square, *strip)):
        raise PAGE_UNREADABLE.error("seal_text")
    if any(_over(run, other) for run, other in combinations((*square, *strip), 2)):
        raise PAGE_UNREADABLE.error("seal_text: text over text")
    return "".join(run.text for run in square)


def _over(one: Run, other: Run) -> bool:
    apart = min(one.size, other.size) * POINT_MM * _LEAST_PITCH
    return one.x < other.end - EDGE_MM and other.x < one.end - EDGE_MM and abs(one.y - other.y) < apart


def check_frames(frames: Sequence[Area], seal: Rect | None) -> None:
    """The seal's frames: red, thin, along the edges of its square, so that they cross nothing."""
    if len(frames) > (_FRAMES if seal else 0):
        raise PAGE_UNREADABLE.error("frames")
    for frame in frames:
        if seal is None or not red(frame.colour) or frame.weight > _FRAME_POINTS or not _along(frame, seal):
            raise PAGE_UNREADABLE.error("frames")


def _along(frame: Area, seal: Rect) -> bool:
    insets = (
        frame.x - seal.x,
        frame.y - seal.y,
        seal.x + seal.w - frame.x - frame.w,
        seal.y + seal.w - frame.y - frame.h,
    )
    return all(-EDGE_MM <= inset <= _FRAME_MM for inset in insets)


def red(colour: Colour) -> bool:
    """Whether it is the seal's red."""
    return len(colour) == len(VERMILION) and all(
        abs(one - other) < _COLOUR_SLACK for one, other in zip(colour, VERMILION, strict=True)
    )
