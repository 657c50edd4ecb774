"""What stands where on a sheet: labels, rules, tints, values, seal and square, placed once for every engine.

The layouts and the `Setter` are those of the ward's composer, so that a peer has nothing to decide: it repeats. What
never changes (a `Frame`) is placed once and handed out as one object, so that an engine may prepare it as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from madoguchi.certificate.facts import Facts, SheetFacts
from madoguchi.certificate.fonts import Drawn, FontSet
from madoguchi.certificate.layout import SHEET_FIELDS, Layout, Page, Rect, Rule, Tint, all_layouts
from madoguchi.certificate.remarks import CONTINUED, paginate
from madoguchi.certificate.seal import seal_drawing
from madoguchi.certificate.setting import MM_PER_POINT, Piece, Setter
from madoguchi.paper.number import paper_number_text
from madoguchi.paper.qr import Modules, draw_code

VERMILION: Final = (0xC8, 0x30, 0x1E)
"""The seal's red."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Text of one font at its final place: left end of the baseline, in millimetres from the page's top left."""

    x: float
    baseline: float
    size: float
    """Points."""
    tracking: float
    """Extra space between characters, in em."""
    font: int
    glyphs: tuple[Drawn, ...]

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(each.text for each in self.glyphs)

    def cut(self, parts: Iterable[Iterable[Drawn]]) -> Iterator[Stretch]:
        """The same in parts, each at its own place."""
        x, em = self.x, self.size * MM_PER_POINT
        for part in parts:
            glyphs = tuple(part)
            yield replace(self, x=x, glyphs=glyphs)
            x += sum(each.advance + self.tracking for each in glyphs) * em


@dataclass(frozen=True, slots=True)
class Seal:
    """The official seal: frames as (x, y, w, h, weight) and characters, in its red."""

    frames: tuple[tuple[float, float, float, float, float], ...]
    texts: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What every sheet of one layout and page has: compared by identity."""

    tints: tuple[Tint, ...]
    rules: tuple[Rule, ...]
    labels: tuple[Stretch, ...]
    qr: Rect


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """One sheet, ready to be drawn."""

    frame: Frame
    values: tuple[Stretch, ...]
    seal: Seal | None
    modules: Modules


class Placer:
    """Places sheets. `codes` turns a signed front code into modules; a measurement hands in drawn ones."""

    def __init__(self, fonts: FontSet, *, codes: Callable[[bytes], Modules] = draw_code) -> None:
        self.fonts = fonts
        self._setter = Setter(fonts)
        self._codes = codes
        self._frames: dict[tuple[str, int], Frame] = {}
        self._seals: dict[tuple[Rect, str], Seal] = {}

    def page_count(self, facts: Facts) -> int:
        """How many pages one copy takes."""
        return len(paginate(facts.remarks, all_layouts().by_id(facts.layout), self._setter))

    def place(self, facts: Facts, sheets: Iterable[SheetFacts]) -> list[PlacedSheet]:
        """Every sheet in order. Raises what the `Setter` raises."""
        layout = all_layouts().by_id(facts.layout)
        remarks = paginate(facts.remarks, layout, self._setter)
        return [self._sheet(facts, sheet, layout, remarks) for sheet in sheets]

    def _sheet(self, facts: Facts, sheet: SheetFacts, layout: Layout, remarks: list[list[str]]) -> PlacedSheet:
        page, total = layout.page(sheet.page), len(remarks)
        texts = {name: facts.values[name] for name in page.boxes if name not in SHEET_FIELDS} | {
            "paper_number": paper_number_text(sheet.paper_number),
            "page": f"{sheet.page}/{total}頁",
            "layout": layout.id,
            "continued": CONTINUED if sheet.page < total else "",
        }
        pieces = [piece for name, text in texts.items() for piece in self._setter.box(page.boxes[name], text)]
        pieces += self._setter.flow(page.boxes["remarks"], remarks[sheet.page - 1])
        return PlacedSheet(
            self._frame(layout, min(sheet.page, 2)),
            _stretches(pieces),
            self._seal(facts, page),
            self._codes(sheet.front_code),
        )

    def _frame(self, layout: Layout, number: int) -> Frame:
        key = layout.id, number
        if key not in self._frames:
            page = layout.page(number)
            labels = _stretches(piece for label in page.labels for piece in self._setter.label(label))
            self._frames[key] = Frame(page.tints, page.rules, labels, page.qr)
        return self._frames[key]

    def _seal(self, facts: Facts, page: Page) -> Seal | None:
        if page.seal is None:
            return None
        key = page.seal, facts.values["seal_text"]
        if key not in self._seals:
            drawing = seal_drawing(page.seal, facts.values["seal_text"], self._setter)
            self._seals[key] = Seal(drawing.frames, _stretches(drawing.pieces))
        return self._seals[key]


def _stretches(pieces: Iterable[Piece]) -> tuple[Stretch, ...]:
    """Cut where the font changes."""
    made: list[Stretch] = []
    for piece in pieces:
        whole = Stretch(piece.x, piece.baseline, piece.size, piece.tracking, 0, piece.glyphs)
        parts = [tuple(part) for _, part in groupby(piece.glyphs, key=lambda each: each.font)]
        made += [replace(each, font=each.glyphs[0].font) for each in whole.cut(parts)]
    return tuple(made)
