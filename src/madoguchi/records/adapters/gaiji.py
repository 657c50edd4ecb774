"""外字: private characters of a host, and the Unicode sequences (with variation selectors) that they stand for.

The table is a text file: a code of CP932 (`F040` to `F9FC`) or a private code point (`U+E000`), a tab, the code points
(`U+8FBB U+E0101`), and after another tab whatever is worth noting. What is not in it is refused, record by record, and
so is 〓, with which systems mark what they could not write: neither must end on a certificate.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from madoguchi.records.cells import CellError
from madoguchi.records.problems import GAIJI, MAPPING

_CODE = re.compile(r"[0-9A-F]{4}")
_POINT = re.compile(r"U\+([0-9A-F]{4,6})")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_COULD_NOT_BE_WRITTEN = "〓"


class Gaiji:
    """The characters of one host."""

    def __init__(self, table: dict[str, str]) -> None:
        self._table = table

    @classmethod
    def load(cls, path: Path) -> Gaiji:
        """Read a table. Raises `records.mapping`, naming the line."""
        table: dict[str, str] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MAPPING.error(f"{path.name}: {type(error).__name__}") from None
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("#"):
                code, _, rest = line.partition("\t")
                character, said = _character(code), _sequence(rest.partition("\t")[0])
                if character is None or not said or character in table:
                    raise MAPPING.error(f"{path.name} line {number}")
                table[character] = said
        return cls(table)

    def replaced(self, text: str) -> str:
        """The text in Unicode. Raises `CellError` for a character without an entry."""
        if _COULD_NOT_BE_WRITTEN in text:
            raise CellError(GAIJI)
        return _PRIVATE.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        try:
            return self._table[found[0]]
        except KeyError:
            raise CellError(GAIJI) from None


def _character(code: str) -> str | None:
    point = _POINT.fullmatch(code)
    try:
        character = chr(int(point[1], 16)) if point else bytes.fromhex(code).decode("cp932")
    except ValueError:
        return None
    known = point is not None or _CODE.fullmatch(code) is not None
    return character if known and len(character) == 1 and unicodedata.category(character) == "Co" else None


def _sequence(text: str) -> str:
    points = [_POINT.fullmatch(each) for each in text.split()]
    try:
        return "".join(chr(int(each[1], 16)) for each in points if each) if all(points) else ""
    except ValueError:
        return ""
