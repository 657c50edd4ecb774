"""The names of prefectures and municipalities as sound, for whoever cannot read the index.

One file, because there are 1,788 names: a ZIP, nothing in it compressed again, `CODE.ogg` for each. They are Japanese
names, so there is one sound for every language. `render.py` makes it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from madoguchi.kiosk.page.municipalities import Place, load

SOUNDS: Final = Path(__file__).parent / "places.zip"
_CODE: Final = re.compile(r"[0-9]{6}")


def every_place() -> Iterator[Place]:
    """Each prefecture and after it its municipalities, in the order of the codes."""
    for prefecture in load():
        yield prefecture
        yield from prefecture.places


def readings() -> str:
    """What the sounds say, as one text whose digest tells whether they are of today's index."""
    return "\n".join(f"{place.code} {place.ja} {place.kana}" for place in every_place())


class PlaceSounds:
    """The sounds by code. Holds the file open; safe to share between threads."""

    def __init__(self, path: Path = SOUNDS) -> None:
        self._file = zipfile.ZipFile(path)
        self._known = frozenset(self._file.namelist())

    def sound(self, code: str) -> bytes | None:
        """Opus in Ogg; None for a code that is none, or not in the index."""
        name = f"{code}.ogg"
        if _CODE.fullmatch(code) is None or name not in self._known:
            return None
        return self._file.read(name)

    def codes(self) -> frozenset[str]:
        """All that can be said."""
        return frozenset(name.removesuffix(".ogg") for name in self._known)
