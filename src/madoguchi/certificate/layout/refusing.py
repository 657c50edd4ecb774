"""What is wrong with a layout file, with the line on which a ward finds it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from madoguchi.certificate.layout.places import Place
from madoguchi.certificate.problems import LAYOUT_INVALID
from madoguchi.errors import MadoguchiError

_MOST_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and where."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class LayoutRefusedError(MadoguchiError):
    """`certificate.layout_invalid` with everything that was found. A layout holds no personal data."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        shown = [str(fault) for fault in self.faults[:_MOST_SHOWN]]
        if len(self.faults) > _MOST_SHOWN:
            shown.append(f"and {len(self.faults) - _MOST_SHOWN} more")
        super().__init__(LAYOUT_INVALID, cause="\n".join(shown))


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` where a known word is near, otherwise nothing."""
    found = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
