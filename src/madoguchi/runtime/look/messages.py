"""Message files: one JSON object of key and text per language, the same keys in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

LANGUAGES: Final = ("ja", "en")
"""In the order in which a page shows them."""

_BLANK = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A message in Japanese and in English."""

    ja: str
    en: str


class Messages:
    """The messages of one page. Raises ValueError when the languages disagree about keys or blanks."""

    def __init__(self, directory: Path) -> None:
        texts = {language: _read(directory / f"{language}.json") for language in LANGUAGES}
        ja, en = texts["ja"], texts["en"]
        odd = sorted(ja.keys() ^ en.keys()) + sorted(
            k for k in ja.keys() & en.keys() if _blanks(ja[k]) != _blanks(en[k])
        )
        if odd:
            raise ValueError(f"{directory}: the languages disagree about {', '.join(odd)}")
        self._pairs: Mapping[str, Pair] = {key: Pair(ja=ja[key], en=en[key]) for key in ja}

    @property
    def keys(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._pairs)

    def pair(self, key: str, **values: object) -> Pair:
        """The message with its `{blanks}` filled; KeyError for an unknown key or a blank without a value.

        A value that is itself a `Pair` fills each language with its own words.
        """
        found = self._pairs[key]
        return Pair(ja=_fill(found.ja, "ja", values), en=_fill(found.en, "en", values))


def _read(path: Path) -> dict[str, str]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


def _blanks(text: str) -> set[str]:
    return set(_BLANK.findall(text))


def _fill(text: str, language: str, values: Mapping[str, object]) -> str:
    def value(blank: re.Match[str]) -> str:
        given = values[blank.group(1)]
        return str(getattr(given, language) if isinstance(given, Pair) else given)

    return _BLANK.sub(value, text)
