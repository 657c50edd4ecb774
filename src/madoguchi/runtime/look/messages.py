"""Message files: one JSON object of key and text per language, the same keys in each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

LANGUAGES: Final = ("ja", "en")
"""In the order in which a page of two languages shows them."""

_BLANK = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A message in Japanese and in English."""

    ja: str
    en: str


class Messages:
    """The messages of one page. ValueError when the languages disagree about keys or blanks, or a text is empty."""

    def __init__(self, directory: Path, *, languages: Sequence[str] = LANGUAGES) -> None:
        self._texts = {language: read_texts(directory / f"{language}.json") for language in languages}
        first = self._texts[languages[0]]
        odd = {key for texts in self._texts.values() for key in _differences(first, texts)}
        if odd:
            raise ValueError(f"{directory}: the languages disagree about {', '.join(sorted(odd))}")

    @property
    def keys(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._texts["ja"])

    @property
    def texts(self) -> Mapping[str, Mapping[str, str]]:
        """Language, then key, then text."""
        return self._texts

    def pair(self, key: str, **values: object) -> Pair:
        """The message with its `{blanks}` filled; KeyError for an unknown key or a blank without a value.

        A value that is itself a `Pair` fills each language with its own words.
        """
        ja, en = (_fill(self._texts[language][key], language, values) for language in LANGUAGES)
        return Pair(ja=ja, en=en)


def read_texts(path: Path) -> dict[str, str]:
    """One file of key and text. ValueError when a text is empty."""
    pairs = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    empty = [key for key, text in pairs.items() if not text.strip()]
    if empty:
        raise ValueError(f"{path}: no text for {', '.join(empty)}")
    return pairs


def blanks(text: str) -> frozenset[str]:
    """The names of the `{blanks}` in a text."""
    return frozenset(_BLANK.findall(text))


def _differences(first: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    shared = first.keys() & other.keys()
    return (first.keys() ^ other.keys()) | {key for key in shared if blanks(first[key]) != blanks(other[key])}


def _fill(text: str, language: str, values: Mapping[str, object]) -> str:
    def value(blank: re.Match[str]) -> str:
        given = values[blank.group(1)]
        return str(getattr(given, language) if isinstance(given, Pair) else given)

    return _BLANK.sub(value, text)
