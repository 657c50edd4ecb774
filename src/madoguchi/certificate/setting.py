"""Fitting text into boxes: shrink to the stated minimum, then wrap, then refuse.

Positions in millimetres, type in points.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from madoguchi.certificate.fonts import Drawn, FontSet, clusters
from madoguchi.certificate.layout import Align, Box, Label, Rect
from madoguchi.certificate.problems import LAYOUT_INVALID, TEXT_TOO_LONG

MM_PER_POINT: Final = 25.4 / 72
LINE_PITCH: Final = 1.25
"""Distance of baselines in units of the type size."""
_STEP_POINTS: Final = 0.5
_CENTRE_ABOVE_BASELINE: Final = 0.37
"""Half the height of an ideographic or capital letter, in em."""
_SLACK_MM: Final = 0.02


class Piece(NamedTuple):
    """One line of text at its final place: left end of the baseline, in millimetres from the page's top left."""

    x: float
    baseline: float
    size: float
    """Points."""
    tracking: float
    """Extra space between characters, in em."""
    glyphs: tuple[Drawn, ...]

    @property
    def text(self) -> str:
        """What it says."""
        return "".join([each.text for each in self.glyphs])


class Setter:
    """Sets text with one set of fonts. Refusals name the field, never the text."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts

    def box(self, box: Box, text: str) -> list[Piece]:
        """Set a value. Raises `certificate.glyph_missing` or `certificate.text_too_long`."""
        if not text:
            return []
        glyphs = self._fonts.draw(text, field_name=box.name)
        ems = _ems(glyphs, box.tracking)
        size = _largest(ems, box)
        if size is not None:
            return [_piece(box, glyphs, ems, size=size, baseline=baseline_of(box, size), tracking=box.tracking)]
        lines = self.wrap(text, width_em=box.w / MM_PER_POINT / box.min_size, field_name=box.name)
        room = (box.h + _SLACK_MM) / (box.min_size * MM_PER_POINT * LINE_PITCH)
        if len(lines) > min(box.lines, int(room + 0.05)):
            raise TEXT_TOO_LONG.error(box.name)
        middle = (len(lines) - 1) / 2
        return [
            self._line(box, line, size=box.min_size, baseline=baseline_of(box, box.min_size, at - middle))
            for at, line in enumerate(lines)
        ]

    def label(self, label: Label) -> list[Piece]:
        """Set constant text. Raises `certificate.layout_invalid` when it does not fit: the layout's fault."""
        piece = self._line(label, label.text, size=label.size, baseline=baseline_of(label, label.size))
        if _ems(piece.glyphs, 0.0) * label.size * MM_PER_POINT > label.w + _SLACK_MM:
            raise LAYOUT_INVALID.error(f"label {label.text} is wider than its box")
        return [piece]

    def flow(self, box: Box, lines: list[str]) -> list[Piece]:
        """Set lines that are already broken, from the top of a box down."""
        pitch = box.size * MM_PER_POINT * LINE_PITCH
        first = box.y + pitch / 2 + _CENTRE_ABOVE_BASELINE * box.size * MM_PER_POINT
        return [self._line(box, line, size=box.size, baseline=first + pitch * at) for at, line in enumerate(lines)]

    def wrap(self, text: str, *, width_em: float, field_name: str) -> list[str]:
        """Break into lines that `join_lines` puts together again to the very text.

        Latin words part at the spaces between them (the space is not printed), everything else between any two
        characters. A word longer than a line raises `certificate.text_too_long`: it would have to be broken at a place
        that the person did not choose.
        """
        if self._fonts.width(text, field_name=field_name) <= width_em:
            return [text]
        lines: list[str] = []
        line, used = "", 0.0
        for word in _words(text):
            width = self._fonts.width(word.rstrip(" "), field_name=field_name)
            if line and used + width > width_em:
                lines.append(line.rstrip(" "))
                line, used = "", 0.0
            if width > width_em:
                raise TEXT_TOO_LONG.error(field_name)
            line += word
            used += self._fonts.width(word, field_name=field_name)
        return [*lines, line]

    def _line(self, rect: Box | Label, text: str, *, size: float, baseline: float) -> Piece:
        glyphs = self._fonts.draw(text, field_name=_field(rect))
        return _piece(rect, glyphs, _ems(glyphs, 0.0), size=size, baseline=baseline)


def _ems(glyphs: Sequence[Drawn], tracking: float) -> float:
    """Visible width in em: tracking stands between characters, not after the last."""
    return sum([each.advance for each in glyphs]) + tracking * (len(glyphs) - 1)


def _piece(
    rect: Box | Label, glyphs: Sequence[Drawn], ems: float, *, size: float, baseline: float, tracking: float = 0.0
) -> Piece:
    x = rect.x + _indent(rect.align, rect, ems * size * MM_PER_POINT)
    return Piece(x, baseline, size, tracking, tuple(glyphs))


def _field(rect: Box | Label) -> str:
    return rect.name if isinstance(rect, Box) else "label"


def baseline_of(rect: Rect, size: float, lines_below_middle: float = 0.0) -> float:
    """Millimetres from the page's top: letters stand in the middle of their box."""
    em = size * MM_PER_POINT
    return rect.y + rect.h / 2 + lines_below_middle * em * LINE_PITCH + _CENTRE_ABOVE_BASELINE * em


def _largest(ems: float, box: Box) -> float | None:
    size = box.size
    while size >= box.min_size:
        if ems * size * MM_PER_POINT <= box.w + _SLACK_MM:
            return size
        size -= _STEP_POINTS
    return None


def _indent(align: Align, rect: Rect, width: float) -> float:
    if align == "left":
        return 0.0
    return rect.w - width if align == "right" else (rect.w - width) / 2


def join_lines(lines: Iterable[str]) -> str:
    """The text that `wrap` broke: a line that ends in a Latin letter before one that begins with one lost a space."""
    text = ""
    for line in lines:
        text += " " + line if text and line and _narrow(text[-1]) and _narrow(line[0]) else line
    return text


def _narrow(cluster: str) -> bool:
    """Latin, Greek, Cyrillic and their signs: what is written in words."""
    return len(cluster) == 1 and cluster < "\u2000"


def _words(text: str) -> list[str]:
    """Pieces that stay together: a Latin word with the space after it, or one wide character.

    A space beside a wide character stays inside a piece, with both its neighbours: only a space between two Latin
    letters can be told again from two lines.
    """
    words: list[str] = []
    before = ""
    for cluster in clusters(text):
        inside_word = before != " " and _narrow(before) and _narrow(cluster)
        after_kept_space = before == " " and not (_narrow(cluster) and _narrow(words[-1].rstrip(" ")[-1:]))
        if words and (cluster == " " or inside_word or after_kept_space):
            words[-1] += cluster
        else:
            words.append(cluster)
        before = cluster
    return words
