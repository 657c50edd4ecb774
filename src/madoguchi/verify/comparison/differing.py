"""Where a front differs from what its ward signed, and whether that changes what it says.

1. Each printed character is looked for at its place, a little around: is it that character? A digit is compared with
   the nine others as well, in the same print.
2. What is missing of it tells a change from a pen's line across it.
3. Ink where nothing was printed is a change where it stands in line with a value's characters and is as high as they
   are; elsewhere it is a note, a stamp or a stain.

A character that lies under something dark is not read, and said to be hidden: nobody knows what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from madoguchi.verify.comparison.ink import Ink, Print, ink, paper, print_of
from madoguchi.verify.comparison.redrawn import PER_MM, Box, Glyph, Grey, Redrawn
from madoguchi.verify.problems import NOT_ALIGNED
from madoguchi.verify.scans.seen import PlaceKind

_SOFTER: Final = 1.0
"""Blur in pixels that takes the dots of けん制文字 out of a sharp scan."""
_AROUND: Final = 3
"""Pixels around a character's box that are compared with it."""
_SEARCH: Final = 3
"""Pixels by which it may be off."""
_ALIKE: Final = 0.8
"""Correlation from which a character is that character: undamaged ones measured 0.89 and more."""
_READS, _READS_CROSSED = 0.75, 0.88
"""Correlation from which another digit is read; where a note runs through it."""
_BETTER: Final = 0.05
"""By how much more another digit must be alike."""
_MISSING, _MISSING_CROSSED = 0.3, 0.5
"""Share of a character's ink from which it is not there; where a note runs through it."""
_BARE: Final = 1e-3
"""Standard deviation of ink of a character that leaves none, such as a space."""
_COVERED: Final = 0.6
"""Mean ink of a place from which it is covered; of the paper's brightness, below which it is."""
_ADDED: Final = 0.35
"""Ink, as a share of black, where none was printed."""
_AS_DARK: Final = 0.55
"""Ink of its darkest tenth from which it may be print: the edge of a stain is lighter."""
_LEAST_PIXELS: Final = 20
_NEAR_PRINT: Final = 9
"""Width in pixels of what is left out around printed ink: it spreads."""
_MARGIN: Final = int(4 * PER_MM)
"""At the edges of a sheet lie shadows and the table."""
_SPARSE: Final = 8
"""Every so many pixels of what is smooth."""
_SOME_INK: Final = 0.1
_TOUCHING: Final = 6
"""Pixels around a character that a note may not reach."""
_BRIDGE: Final = 15
"""Pixels: what is nearer than this belongs to one stroke, also beyond a printed line."""
_LINE: Final = 30
"""Height in pixels of a line of 9 points, for values of which only a dash is printed."""
_AS_HIGH: Final = 0.55
"""Of that height, from which a stroke may be a character; the rest of a pen's line between two characters is less."""
_COMMA: Final = 8
"""Height in pixels of the smallest character, which stands at the foot of the line."""
_LOOSE: Final = 0.75
"""Of that height, how far from the middle of the line print may reach."""
_LABELS_UNLIKE: Final = 0.1
"""Share of the form's own characters, which all sheets have alike, from which the pictures do not lie on each other."""
_GAP: Final = 14
"""Pixels between differences that are framed together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place. Its box is in pixels of the aligned picture."""

    kind: PlaceKind
    box: Box
    field: str | None
    """The value in whose box it lies."""


def differences(front: Redrawn, aligned: Grey) -> tuple[Difference, ...]:
    """All of them, from top to bottom; those of one kind and value that touch are one. Raises `verify.not_aligned`."""
    found = _Look(front, aligned).all()
    return tuple(sorted(_together(found), key=lambda each: (each.box[1], each.box[0])))


class _Look:
    """One aligned picture beside one front."""

    def __init__(self, front: Redrawn, aligned: Grey) -> None:
        self._front = front
        self._paper = paper(aligned)
        self._usual = float(np.median(self._paper[::_SPARSE, ::_SPARSE]))
        self._drawn = ink(front.picture)
        seen = ink(np.asarray(cv2.GaussianBlur(aligned, (0, 0), _SOFTER), dtype=np.uint8))
        self._print: Print = print_of(self._drawn, seen)
        self._like = self._print.of(self._drawn)
        self._seen: Ink = np.asarray(seen / self._print.black, dtype=np.float32)

    def all(self) -> Iterator[Difference]:
        """Added ink first: a character that a note runs through is judged with that in mind."""
        added, notes = self._added()
        yield from added
        labels = unlike = 0
        for glyph in self._front.glyphs:
            left, top, right, bottom = _grown(glyph.box, _TOUCHING, notes.shape)
            crossed = bool(notes[top:bottom, left:right].any())
            kind, field = self._kind(glyph, crossed=crossed), self._field(glyph.box)
            labels += field is None
            unlike += field is None and kind is PlaceKind.CHANGED
            if kind is not None and not (crossed and kind is PlaceKind.MARKED):  # the note itself is framed
                yield Difference(kind=kind, box=glyph.box, field=field)
        if unlike > labels * _LABELS_UNLIKE:
            raise NOT_ALIGNED.error(f"{unlike} of {labels} characters of the form itself")

    def _kind(self, glyph: Glyph, *, crossed: bool) -> PlaceKind | None:
        left, top, right, bottom = _grown(glyph.box, _AROUND, self._like.shape)
        wide = _grown(glyph.box, _AROUND + _SEARCH, self._like.shape)
        seen = self._seen[wide[1] : wide[3], wide[0] : wide[2]]
        expected = self._like[top:bottom, left:right]
        if expected.std() < _BARE:
            return None
        alike = _alike(seen, expected)
        if self._reads_another(glyph, seen, alike, at_least=_READS_CROSSED if crossed else _READS):
            return PlaceKind.CHANGED
        if alike >= _ALIKE:
            return None
        if self._is_covered(wide):
            return PlaceKind.HIDDEN
        return (
            PlaceKind.CHANGED
            if _missing(seen, expected) >= (_MISSING_CROSSED if crossed else _MISSING)
            else PlaceKind.MARKED
        )

    def _reads_another(self, glyph: Glyph, seen: Ink, alike: float, *, at_least: float) -> bool:
        if glyph.digit is None or alike + _BETTER >= 1:  # nothing can be more alike than the same
            return False
        left, top, right, bottom = _grown(glyph.box, _AROUND, self._like.shape)
        room = _grown(glyph.box, _AROUND + 4 * _SEARCH, self._like.shape)
        for digit, page in enumerate(self._front.digits):
            if digit == glyph.digit:
                continue
            around = np.float32(1) - page[room[1] : room[3], room[0] : room[2]].astype(np.float32) / np.float32(255)
            like = self._print.of(around)[top - room[1] : bottom - room[1], left - room[0] : right - room[0]]
            other = _alike(seen, np.ascontiguousarray(like))
            if other >= at_least and other > alike + _BETTER:
                return True
        return False

    def _is_covered(self, box: Box) -> bool:
        place = np.s_[box[1] : box[3], box[0] : box[2]]
        return bool(self._seen[place].mean() > _COVERED or self._paper[place].mean() < _COVERED * self._usual)

    def _field(self, box: Box) -> str | None:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        inside = [name for name, place in self._front.values.items() if _holds(place, middle)]
        return min(inside, key=lambda name: _area(self._front.values[name]), default=None)

    def _added(self) -> tuple[list[Difference], NDArray[np.bool_]]:
        """Ink where none was printed, stroke by stroke; and where the strokes of notes run."""
        there = self._bare_places() & (cv2.GaussianBlur(self._seen, (0, 0), 1.0) > _ADDED)
        joined = cv2.dilate(
            there.astype(np.uint8), np.ones((_BRIDGE, _BRIDGE), dtype=np.uint8)
        )  # across a printed rule
        number, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        pixels = np.bincount(labels[there], minlength=number)
        is_note = np.zeros(number, dtype=bool)
        found = []
        for label in range(1, number):
            left, top, width, height = (int(each) for each in stats[label, :4])
            if pixels[label] < _LEAST_PIXELS:
                continue
            edge = _BRIDGE // 2
            box = (left + edge, top + edge, left + width - edge, top + height - edge)
            field = self._field(box)
            place = np.s_[top : top + height, left : left + width]
            as_dark = bool(np.percentile(self._seen[place][there[place] & (labels[place] == label)], 90) >= _AS_DARK)
            printed = as_dark and field is not None and self._in_line(field, box)
            is_note[label] = not printed
            found.append(Difference(kind=PlaceKind.CHANGED if printed else PlaceKind.MARKED, box=box, field=field))
        return found, is_note[labels]

    def _bare_places(self) -> NDArray[np.bool_]:
        printed = (self._drawn > _SOME_INK).astype(np.uint8)
        bare = cv2.dilate(printed, np.ones((_NEAR_PRINT, _NEAR_PRINT), dtype=np.uint8)) == 0
        bare[:_MARGIN], bare[-_MARGIN:], bare[:, :_MARGIN], bare[:, -_MARGIN:] = False, False, False, False
        for left, top, right, bottom in filter(None, (self._front.code, self._front.seal)):
            bare[max(top - _GAP, 0) : bottom + _GAP, max(left - _GAP, 0) : right + _GAP] = False
        return np.asarray(bare, dtype=bool)

    def _in_line(self, field: str, box: Box) -> bool:
        """Whether it stands among this value's characters as print would: no higher than their line."""
        own = [glyph.box for glyph in self._front.glyphs if self._field(glyph.box) == field]
        if not own:
            return _inside(self._front.values[field], box)
        top, bottom = min(each[1] for each in own), max(each[3] for each in own)
        room = max(bottom - top, _LINE)
        middle = (top + bottom) / 2
        in_line = box[1] >= middle - room * _LOOSE and box[3] <= middle + room * _LOOSE
        as_high = box[3] - box[1] >= room * _AS_HIGH
        at_the_foot = box[1] >= middle and box[3] - box[1] >= _COMMA and box[2] - box[0] >= _COMMA // 2
        return in_line and (as_high or at_the_foot)


def _alike(seen: Ink, expected: Ink) -> float:
    """The highest correlation of what is expected with any place in what is seen."""
    likeness = cv2.matchTemplate(np.ascontiguousarray(seen), np.ascontiguousarray(expected), cv2.TM_CCOEFF_NORMED)
    return float(likeness.max())


def _missing(seen: Ink, expected: Ink) -> float:
    """Share of the expected ink that is not there, wherever most of it is: ink on top of it takes nothing away."""
    height, width = expected.shape
    places = np.lib.stride_tricks.sliding_window_view(np.maximum(seen, 0), (height, width))
    lacking = np.maximum(expected - places, 0).sum(axis=(2, 3))
    return float(lacking.min() / max(float(expected.sum()), 1e-6))


def _grown(box: Box, by: int, shape: tuple[int, ...]) -> Box:
    left, top, right, bottom = box
    return max(left - by, 0), max(top - by, 0), min(right + by, shape[1]), min(bottom + by, shape[0])


def _inside(outer: Box, box: Box) -> bool:
    return outer[0] <= box[0] and outer[1] <= box[1] and box[2] <= outer[2] and box[3] <= outer[3]


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] < box[2] and box[1] <= point[1] < box[3]


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _together(found: Iterable[Difference]) -> list[Difference]:
    """Join those of one kind and value whose boxes are near."""
    joined: list[Difference] = []
    for each in found:
        here = each
        while (near := next((other for other in joined if _near(other, here)), None)) is not None:
            joined.remove(near)
            (a, b, c, d), (e, f, g, h) = near.box, here.box
            here = Difference(kind=here.kind, box=(min(a, e), min(b, f), max(c, g), max(d, h)), field=here.field)
        joined.append(here)
    return joined


def _near(one: Difference, other: Difference) -> bool:
    if (one.kind, one.field) != (other.kind, other.field):
        return False
    a, b = one.box, other.box
    return a[0] - _GAP <= b[2] and b[0] - _GAP <= a[2] and a[1] - _GAP <= b[3] and b[1] - _GAP <= a[3]
