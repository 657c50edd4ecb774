"""What a page draws, by its own operators (ISO 32000-1, annex A): a list of what is allowed, and nothing else.

Allowed are text in a plain position, filled rectangles, straight lines, stroked rectangles, one form and images. There
is no operator here that clips, hides, shades, blends, marks or scales text: a page that uses one is refused. So what
is painted can be told from the list that `drawn` returns, and the order in it is the order of painting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from madoguchi.certificate.layout import PAGE_HEIGHT_MM
from madoguchi.certificate.problems import PAGE_UNREADABLE
from madoguchi.certificate.reading.embedded import PageFont

POINT_MM: Final = 25.4 / 72
BLACK: Final = (0.0,)
_TOKENS: Final = re.compile(
    r"(?:(?:-?[0-9]{1,5}+(?:\.[0-9]{1,6}+)?+|<(?:[0-9A-F]{4})++>|[A-Za-z]{1,2}+|/[A-Z][0-9]{0,2}+)[ \n]++)*+"
)
"""Numbers, names, text and operators, each apart from the next: one way to write a page, so one way to read it."""
_LINE_OF_TEXT: Final = re.compile(
    r"(/[A-Z][0-9]{0,2}+) ([0-9.]++) Tf 1 0 0 1 ([-0-9.]++) ([-0-9.]++) Tm (<[0-9A-F]++>) Tj"
)
"""Font, place and codes of a line as most are written: the operators in their order, followed at once."""
_MAX_CONTENT: Final = 400_000
Colour = tuple[float, ...]


class Run(NamedTuple):
    """Text that one operator draws. Places in millimetres from the page's top left, size in points."""

    x: float
    end: float
    """Where the last character's own width ends."""
    y: float
    """Of the baseline."""
    size: float
    colour: Colour
    text: str


class Area(NamedTuple):
    """A filled or stroked rectangle, or an image's place: left, top, width, height in millimetres."""

    x: float
    y: float
    w: float
    h: float
    colour: Colour
    weight: float
    """Of the stroke, in points; 0 when filled."""


class Line(NamedTuple):
    """A stroked line: begin, width and height in millimetres, weight in points."""

    x: float
    y: float
    w: float
    h: float
    colour: Colour
    weight: float


class Drawing:
    """Everything that one content stream paints, kind by kind, in order."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.fills: list[Area] = []
        self.frames: list[Area] = []
        self.lines: list[Line] = []
        self.images: list[tuple[str, Area]] = []
        self.forms: list[str] = []
        self.covered = False
        """Whether a ground was painted, or the form drawn, over anything else."""

    @property
    def empty(self) -> bool:
        """Whether nothing is painted yet."""
        return not (self.runs or self.fills or self.frames or self.lines or self.images or self.forms)


def drawn(content: bytes, fonts: Mapping[str, PageFont]) -> Drawing:
    """What a content stream draws with these fonts. Raises `certificate.page_unreadable`."""
    if len(content) > _MAX_CONTENT or not content.isascii():
        raise PAGE_UNREADABLE.error("drawing: too long or not plain")
    text = content.decode("ascii") + "\n"
    if not _TOKENS.fullmatch(text):
        raise PAGE_UNREADABLE.error("drawing: written in another way")
    pen = _Pen(fonts)
    try:
        pen.follow(text)
    except (ValueError, KeyError, IndexError):
        raise PAGE_UNREADABLE.error("drawing: an operator that is not on the list, or out of place") from None
    return pen.drawing


class _Pen:
    """The few pieces of graphics state that the list can change. Anything out of place is a ValueError or KeyError."""

    def __init__(self, fonts: Mapping[str, PageFont]) -> None:
        self.drawing = Drawing()
        self._fonts = fonts
        self._font: PageFont = {}
        self._name = ""
        self._known: dict[tuple[str, str], tuple[int, float, str]] = {}
        """Font and codes → how many characters, how wide, and which: many boxes hold the same."""
        self._fill: Colour = BLACK
        self._stroke: Colour = BLACK
        self._size = self._weight = self._spacing = 0.0
        self._at: tuple[float, float] | None = None
        self._line: list[tuple[float, float]] = []
        self._rectangle: tuple[float, float, float, float] | None = None
        self._matrix: tuple[float, float, float, float] | None = None
        self._text_operators: dict[str, Callable[..., None]] = {
            "ET": self._end_text, "Tc": self._set_spacing, "Tf": self._set_font, "Tj": self._show, "Tm": self._place,
        }  # fmt: skip
        self._page_operators: dict[str, Callable[..., None]] = {
            "BT": self._begin_text, "Do": self._form, "G": self._set_stroke, "J": self._set_cap, "RG": self._set_stroke,
            "S": self._stroke_path, "f": self._fill_path, "g": self._set_fill, "l": self._line_to, "m": self._move_to,
            "q": self._save, "re": self._trace, "rg": self._set_fill, "w": self._set_weight,
        }  # fmt: skip
        self._image_operators: dict[str, Callable[..., None]] = {
            "Do": self._image, "Q": self._restore, "cm": self._map,
        }  # fmt: skip
        self._operators = self._page_operators

    def follow(self, text: str) -> None:
        operands: list[str] = []
        for line in text.split("\n"):
            simple = _LINE_OF_TEXT.fullmatch(line)
            if simple and not operands and self._operators is self._text_operators:
                name, size, x, y, codes = simple.groups()
                self._set_font(name, size)
                self._at = float(x), float(y)
                self._show(codes)
            else:
                self._step(line.split(), operands)
        if operands or self._operators is not self._page_operators:
            raise ValueError

    def _step(self, tokens: list[str], operands: list[str]) -> None:
        for token in tokens:
            if token[0] in _OPERAND:
                operands.append(token)
            else:
                self._operators[token](*operands)
                operands.clear()

    def _begin_text(self) -> None:
        self._no_path()
        self._operators = self._text_operators
        self._font, self._name, self._at = {}, "", None

    def _end_text(self) -> None:
        self._operators = self._page_operators

    def _set_font(self, name: str, size: str) -> None:
        self._font, self._name, self._size = self._fonts[name], name, float(size)

    def _set_spacing(self, spacing: str) -> None:
        self._spacing = _not_negative(spacing)

    def _place(self, *matrix: str) -> None:
        *turned, x, y = matrix
        if turned != ["1", "0", "0", "1"]:
            raise ValueError
        self._at = float(x), float(y)

    def _show(self, codes: str) -> None:
        if self._at is None:
            raise ValueError
        number, width, text = self._known.get((self._name, codes)) or self._looked_up(codes)
        x, y = self._at
        moved = width * self._size + self._spacing * number
        self._at = x + moved, y
        end = x + moved - self._spacing
        self.drawing.runs.append(
            Run(x * POINT_MM, end * POINT_MM, PAGE_HEIGHT_MM - y * POINT_MM, self._size, self._fill, text)
        )

    def _looked_up(self, codes: str) -> tuple[int, float, str]:
        shown = [self._font[codes[at : at + 4]] for at in range(1, len(codes) - 1, 4)]
        found = len(shown), sum([each.advance for each in shown]), "".join([each.text for each in shown])
        self._known[self._name, codes] = found
        return found

    def _set_fill(self, *colour: str) -> None:
        self._fill = tuple(map(float, colour))

    def _set_stroke(self, *colour: str) -> None:
        self._stroke = tuple(map(float, colour))

    def _set_weight(self, weight: str) -> None:
        self._weight = _not_negative(weight)

    def _set_cap(self, cap: str) -> None:
        if cap not in {"0", "2"}:
            raise ValueError

    def _trace(self, x: str, y: str, w: str, h: str) -> None:
        self._no_path()
        self._rectangle = float(x), float(y), _not_negative(w), _not_negative(h)

    def _move_to(self, x: str, y: str) -> None:
        self._no_path()
        self._line = [(float(x), float(y))]

    def _line_to(self, x: str, y: str) -> None:
        (start,) = self._line
        self._line = [start, (float(x), float(y))]

    def _stroke_path(self) -> None:
        if self._rectangle:
            self.drawing.frames.append(_area(self._rectangle, self._stroke, self._weight))
        else:
            (x, y), (right, bottom) = self._line
            left, top = x * POINT_MM, PAGE_HEIGHT_MM - y * POINT_MM
            w, h = (right - x) * POINT_MM, (y - bottom) * POINT_MM
            self.drawing.lines.append(Line(left, top, w, h, self._stroke, self._weight))
        self._rectangle, self._line = None, []

    def _fill_path(self) -> None:
        if self._rectangle is None:
            raise ValueError
        drawing = self.drawing
        drawing.covered |= bool(drawing.runs or drawing.lines or drawing.frames or drawing.images or drawing.forms)
        drawing.fills.append(_area(self._rectangle, self._fill, 0.0))
        self._rectangle = None

    def _form(self, name: str) -> None:
        self._no_path()
        self.drawing.covered |= not self.drawing.empty
        self.drawing.forms.append(name)

    def _save(self) -> None:
        self._no_path()
        self._operators, self._matrix = self._image_operators, None

    def _map(self, *matrix: str) -> None:
        w, b, c, h, x, y = matrix
        if (b, c) != ("0", "0") or self._matrix:
            raise ValueError
        self._matrix = float(x), float(y), float(w), float(h)

    def _image(self, name: str) -> None:
        if self._matrix is None:
            raise ValueError
        self.drawing.images.append((name, _area(self._matrix, BLACK, 0.0)))

    def _restore(self) -> None:
        self._operators = self._page_operators

    def _no_path(self) -> None:
        if self._rectangle or self._line:
            raise ValueError


_OPERAND: Final = frozenset("0123456789-/<")


def _not_negative(number: str) -> float:
    value = float(number)
    if value < 0:
        raise ValueError
    return value


def _area(rectangle: tuple[float, float, float, float], colour: Colour, weight: float) -> Area:
    x, y, w, h = (side * POINT_MM for side in rectangle)
    return Area(x, PAGE_HEIGHT_MM - y - h, w, h, colour, weight)
