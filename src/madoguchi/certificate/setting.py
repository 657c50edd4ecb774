"""Fitting text into boxes: shrink to the stated minimum, then wrap, then refuse.

Positions in millimetres, type in points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from madoguchi.certificate.fonts import FontSet, clusters
from madoguchi.certificate.layout import Align, Box, Label, Rect
from madoguchi.certificate.problems import LAYOUT_INVALID, TEXT_TOO_LONG

MM_PER_POINT: Final = 25.4 / 72
LINE_PITCH: Final = 1.25
"""Distance of baselines in units of the type size."""
_STEP_POINTS: Final = 0.5
_CENTRE_ABOVE_BASELINE: Final = 0.37
"""Half the height of an ideographic or capital letter, in em."""
_SLACK_MM: Final = 0.02
_PUNCTUATION: Final = "、。，．・：；？！（）「」『』【】〈〉《》〔〕［］｛｝"
_BETWEEN_PUNCTUATION: Final = re.compile(rf"(?<=[{_PUNCTUATION}])(?=[{_PUNCTUATION}])")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text of one font at its final place: left end of the baseline, from the page's top left."""

    x: float
    baseline: float
    size: float
    font: int
    tracking: float
    text: str


def begins_or_ends_with_bracket(text: str) -> bool:
    """Whether the typesetter would trim the text at the ends of its line (JLREQ 3.1.5)."""
    return text[0] in _PUNCTUATION or text[-1] in _PUNCTUATION


class Setter:
    """Sets text with one set of fonts. Refusals name the field, never the text."""

    def __init__(self, fonts: FontSet) -> None:
        self._fonts = fonts

    def box(self, box: Box, text: str) -> list[Piece]:
        """Set a value. Raises `certificate.glyph_missing` or `certificate.text_too_long`."""
        if not text:
            return []
        size = _largest(self._ems(text, box, box.tracking), box)
        if size is not None:
            return self._line(box, text, size=size, baseline=_baseline(box, size), tracking=box.tracking)
        lines = self.wrap(text, width_em=box.w / MM_PER_POINT / box.min_size, field_name=box.name)
        room = (box.h + _SLACK_MM) / (box.min_size * MM_PER_POINT * LINE_PITCH)
        if len(lines) > min(box.lines, int(room + 0.05)):
            raise TEXT_TOO_LONG.error(box.name)
        pieces: list[Piece] = []
        for at, line in enumerate(lines):
            baseline = _baseline(box, box.min_size, at - (len(lines) - 1) / 2)
            pieces += self._line(box, line, size=box.min_size, baseline=baseline)
        return pieces

    def label(self, label: Label) -> list[Piece]:
        """Set constant text. Raises `certificate.layout_invalid` when it does not fit: the layout's fault."""
        ems = self._ems(label.text, label, 0.0)
        if ems * label.size * MM_PER_POINT > label.w + _SLACK_MM:
            raise LAYOUT_INVALID.error(f"label {label.text} is wider than its box")
        return self._line(label, label.text, size=label.size, baseline=_baseline(label, label.size))

    def flow(self, box: Box, lines: list[str]) -> list[Piece]:
        """Set lines that are already broken, from the top of a box down."""
        pieces: list[Piece] = []
        pitch = box.size * MM_PER_POINT * LINE_PITCH
        for at, line in enumerate(lines):
            baseline = box.y + pitch * at + pitch / 2 + _CENTRE_ABOVE_BASELINE * box.size * MM_PER_POINT
            pieces += self._line(box, line, size=box.size, baseline=baseline)
        return pieces

    def wrap(self, text: str, *, width_em: float, field_name: str) -> list[str]:
        """Break into lines that `join_lines` puts together again to the very text.

        Latin words part at the spaces between them (the space is not printed), everything else between any two
        characters. A word longer than a line raises `certificate.text_too_long`: it would have to be broken at a place
        that the person did not choose.
        """
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

    def _ems(self, text: str, rect: Box | Label, tracking: float) -> float:
        """Visible width in em: tracking stands between characters, not after the last."""
        width = self._fonts.width(text, field_name=_field(rect))
        return width + tracking * (len(tuple(clusters(text))) - 1) if tracking else width

    def _parts(self, text: str, rect: Box | Label) -> list[tuple[int, str]]:
        """Runs of one font, cut between two brackets or stops, which the typesetter would draw closer together."""
        return [
            (font, part)
            for font, run in self._fonts.runs(text, field_name=_field(rect))
            for part in _BETWEEN_PUNCTUATION.split(run)
        ]

    def _line(
        self, rect: Box | Label, text: str, *, size: float, baseline: float, tracking: float = 0.0
    ) -> list[Piece]:
        x = rect.x + _indent(rect.align, rect, self._ems(text, rect, tracking) * size * MM_PER_POINT)
        pieces: list[Piece] = []
        for font, part in self._parts(text, rect):
            pieces.append(Piece(round(x, 3), round(baseline, 3), size, font, tracking, part))
            x += (self._ems(part, rect, tracking) + tracking) * size * MM_PER_POINT
        return pieces


def _field(rect: Box | Label) -> str:
    return rect.name if isinstance(rect, Box) else "label"


def _baseline(rect: Rect, size: float, lines_below_middle: float = 0.0) -> float:
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
    return {"left": 0.0, "center": (rect.w - width) / 2, "right": rect.w - width}[align]


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
