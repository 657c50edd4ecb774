"""Where a thing stands in its file: TOML keys, table headers and array items by line.

`tomllib` gives values without positions. This scan follows a text that `tomllib` has accepted, so it needs no errors of
its own: it only counts lines, and names what it meets as `tomllib`'s result is walked (`("page", "box", 0, "x")`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]
"""Keys and indices from the root of the file."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file} line {self.line}"


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one file."""

    file: str
    lines: Mapping[Path, int]

    def of(self, *path: str | int) -> Place:
        """The place of a path, or of what is nearest around it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return Place(self.file, self.lines[path[:length]])
        return Place(self.file, 1)


def places_of(file: str, text: str) -> Places:
    """Scan a text that is valid TOML 1.0."""
    return Places(file, _Scan(text).lines)


_TOKEN: Final = re.compile(
    r'''(?P<blank>[ \t\r]+|\#[^\n]*)
      | (?P<string>"""(?:\\.|[^\\])*?"{3,5} | \'\'\'.*?\'{3,5} | "(?:\\.|[^"\\])*" | '[^']*')
      | (?P<mark>[\n\[\]{}=,.])
      | (?P<bare>[^\s\[\]{}=,."'\#]+)''',
    re.VERBOSE | re.DOTALL,
)
_ENDS_VALUE: Final = frozenset({"\n", ",", "]", "}", ""})


class _Scan:
    """One pass over the tokens; every method leaves `_at` behind what it has read."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for found in _TOKEN.finditer(text):
            if found.lastgroup != "blank":
                self._tokens.append((found.group(), line))
            line += found.group().count("\n")
        self._tokens.append(("", line))
        self._at = 0
        self._lengths: dict[Path, int] = {}
        self.lines: dict[Path, int] = {}
        self._document()

    def _document(self) -> None:
        table: Path = ()
        while self._text:
            if self._text == "\n":
                self._at += 1
            elif self._text == "[":
                table = self._header()
            else:
                self._pair(table)

    @property
    def _text(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _line(self) -> int:
        return self._tokens[self._at][1]

    def _header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; the keys before the last one mean the newest item of an array of tables."""
        line = self._line
        repeated = self._tokens[self._at + 1][0] == "["
        self._at += 2 if repeated else 1
        path: Path = ()
        for key in self._keys():
            path = (*self._newest(path), key)
        self._at += 2 if repeated else 1
        if repeated:
            self._lengths[path] = self._lengths.get(path, 0) + 1
            path = self._newest(path)
        self.lines[path] = line
        return path

    def _newest(self, path: Path) -> Path:
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._text == ".":
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        text = self._text
        self._at += 1
        return text[1:-1] if text[0] in "\"'" else text

    def _pair(self, table: Path) -> None:
        line = self._line
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self.lines.setdefault(path, self._line)
        if self._text == "[":
            self._array(path)
        elif self._text == "{":
            self._inline_table(path)
        else:
            while self._text not in _ENDS_VALUE:
                self._at += 1

    def _array(self, path: Path) -> None:
        self._at += 1
        index = 0
        while self._text != "]":
            if self._text in {"\n", ","}:
                self._at += 1
            else:
                self._value((*path, index))
                index += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._text != "}":
            if self._text == ",":
                self._at += 1
            else:
                self._pair(path)
        self._at += 1
