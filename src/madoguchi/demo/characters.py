"""Which names of a ward cannot be drawn with the fonts at hand: said before anybody stands at a kiosk."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from madoguchi.certificate.fonts import FontSet
from madoguchi.records import Resident

_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Undrawable:
    """How many people are refused, and because of which characters (as code points: the font cannot show them)."""

    people: int
    characters: tuple[str, ...]

    def sentence(self, *, fonts: tuple[Path, ...]) -> str:
        """One line for the terminal."""
        names = ", ".join(font.name for font in fonts)
        if not self.people:
            return f"font {names}: every name of this ward can be drawn"
        shown = ", ".join("+".join(f"U+{ord(part):04X}" for part in each) for each in self.characters[:_SHOWN])
        more = f" and {len(self.characters) - _SHOWN} more" if len(self.characters) > _SHOWN else ""
        return f"font {names}: refuses {self.people} people, whose names need {shown}{more}"


def undrawable(residents: Iterable[Resident], *, fonts: tuple[Path, ...]) -> Undrawable:
    """Check every name and alias, each (character, variation selector) pair exactly."""
    drawn = FontSet(fonts)
    people, characters = 0, set[str]()
    for each in residents:
        missing = drawn.missing(f"{each.name}{each.alias or ''}")
        people += bool(missing)
        characters.update(missing)
    return Undrawable(people=people, characters=tuple(sorted(characters)))
