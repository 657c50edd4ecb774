"""The languages of the kiosk: who they are, the page's own words, and phrases for what the machine sends.

Words on the wire are Japanese and English and stay so: a ward signs them. For every other language a phrase file maps
the English sentence to its translation; blanks (`{year}`) stand for what changes. A sentence without a phrase is shown
as it came. How a translator works with the files: `docs/operations/languages.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from madoguchi.kiosk.page.voice import ANNOUNCEMENTS
from madoguchi.runtime.look import Messages, blanks, read_texts

WireLanguage = Literal["ja", "en"]


class Language(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language of `messages/languages.json`; the first of the list is the one that a visit begins with."""

    code: str
    """The name of its files."""
    name: str
    """In the language itself."""
    lang: str
    """The tag of BCP 47 that the page declares."""
    beside: str | None
    """Code of the language shown smaller beside it, which lets a resident and a helper read the same screen."""
    names: WireLanguage
    """In which of the wire's languages a reader recognises a municipality's name."""
    unknown: WireLanguage
    """In which of them a sentence without a phrase is shown."""


class PageWords(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page can say; what `/words.json` brings to the browser."""

    languages: tuple[Language, ...]
    messages: Mapping[str, Mapping[str, str]]
    """By language and key."""
    phrases: Mapping[str, Mapping[str, str]]
    """By language and English sentence; for the languages that the wire does not speak."""
    panel: Mapping[str, Mapping[str, str]]
    """The words of a demo machine's device panel, in Japanese and English only."""
    voice: Mapping[str, tuple[str, ...]]
    """What can be said aloud, by language of the voice (`madoguchi.kiosk.page.voice`)."""
    announcements: Mapping[str, str]
    """Which clip says what is announced."""


def load_words(page: Path) -> PageWords:
    """Read and check every file under `page`. ValueError for whatever does not fit."""
    messages = page / "messages"
    languages = msgspec.json.decode((messages / "languages.json").read_bytes(), type=tuple[Language, ...])
    codes = [language.code for language in languages]
    _check_table(languages)
    return PageWords(
        languages=languages,
        messages=Messages(messages, languages=codes).texts,
        phrases={code: read_phrases(page / "phrases" / f"{code}.json") for code in codes if code not in ("ja", "en")},
        panel=Messages(messages / "panel").texts,
        announcements={what.value: clip for what, clip in ANNOUNCEMENTS.items()},
        voice={code: tuple(clips) for code, clips in Messages(page / "voice").texts.items()},
    )


def read_phrases(path: Path) -> Mapping[str, str]:
    """The phrases of one language. ValueError when a translation has other blanks than its English sentence."""
    phrases = read_texts(path)
    odd = [english for english, text in phrases.items() if blanks(english) != blanks(text)]
    if odd:
        raise ValueError(f"{path}: other blanks than in English: {'; '.join(odd)}")
    return phrases


def _check_table(languages: tuple[Language, ...]) -> None:
    codes = {language.code for language in languages}
    unknown = {language.beside for language in languages} - codes - {None}
    if len(codes) != len(languages) or unknown or not {"ja", "en"} <= codes:
        raise ValueError("languages.json: a code twice, an unknown language beside another, or ja or en missing")
