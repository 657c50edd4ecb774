"""The steps of a chart, their places in dots, and the text of the code that names them.

A step is a strip of three fields: ground, word, ground, so that light that falls unevenly on the sheet is evened out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from madoguchi.paper.copywarning import CopyWarning
from madoguchi.paper.dots import Place
from madoguchi.paper.screens import Screen

CODE_PREFIX: Final = "MGC1:"
"""Tells a chart's code from the other codes that we print."""
STEPS: Final = 11
FIELD_SIZE: Final = (1040, 400)
"""44 × 17 mm."""
_LEFT: Final = 1120
_TOP: Final = 1340
_PITCH: Final = 468
MARKER_SIDE: Final = 288
"""12 mm."""
MARKERS: Final[dict[int, Place]] = {
    40: (300, 940, MARKER_SIDE, MARKER_SIDE),
    41: (4372, 940, MARKER_SIDE, MARKER_SIDE),
    42: (4372, 6500, MARKER_SIDE, MARKER_SIDE),
    43: (300, 6500, MARKER_SIDE, MARKER_SIDE),
}
"""Number in the dictionary → place. None of them is on a back."""
_CODE: Final = re.compile(r"(\d)\.(\d)\.(\d{3,4}):(\d)\.(\d)\.(\d{3,4})\.(\d{1,3})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The word's screen, and the grounds beside it. Percentages to the hundredth."""

    warning: CopyWarning = field(default_factory=CopyWarning)
    """Its ground gives the size of the dots only."""
    first: float = 8.5
    step: float = 0.3

    @property
    def percents(self) -> tuple[float, ...]:
        """Of the grounds, rising."""
        return tuple(round(self.first + number * self.step, 2) for number in range(STEPS))

    @property
    def grounds(self) -> tuple[Screen, ...]:
        """One per step."""
        size = self.warning.background
        return tuple(Screen(width=size.width, height=size.height, percent=each) for each in self.percents)

    def text(self) -> str:
        """What the chart's code says after its prefix."""
        word, ground = self.warning.word, self.warning.background
        return (
            f"{word.width}.{word.height}.{round(word.percent * 100)}"
            f":{ground.width}.{ground.height}.{round(self.first * 100)}.{round(self.step * 100)}"
        )

    @classmethod
    def parse(cls, text: str) -> Steps:
        """The steps that a code names. ValueError for anything that `text` does not write."""
        found = _CODE.fullmatch(text)
        if found is None:
            msg = "not the code of a chart"
            raise ValueError(msg)
        word_width, word_height, word_percent, width, height, first, step = map(int, found.groups())
        made = cls(
            warning=CopyWarning(
                word=Screen(width=word_width, height=word_height, percent=word_percent / 100),
                background=Screen(width=width, height=height, percent=first / 100),
            ),
            first=first / 100,
            step=step / 100,
        )
        if 0 in (word_width, word_height, word_percent, width, height, first, step) or made.text() != text:
            msg = "not the code of a chart"
            raise ValueError(msg)
        return made


def fields(number: int) -> tuple[Place, Place, Place]:
    """Ground, word and ground of a step that is counted from 0."""
    top = _TOP + number * _PITCH
    left, middle, right = ((_LEFT + at * FIELD_SIZE[0], top, *FIELD_SIZE) for at in range(3))
    return left, middle, right


def bare(number: int) -> tuple[Place, Place]:
    """Paper without print on both sides of a step."""
    top = _TOP + number * _PITCH
    return (_LEFT - 90, top, 60, FIELD_SIZE[1]), (_LEFT + 3 * FIELD_SIZE[0] + 30, top, 60, FIELD_SIZE[1])
