"""The kiosk's languages as files: every key, every blank, every text that can reach a screen, every character drawn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

import madoguchi
from madoguchi.kiosk.page.languages import PageWords, load_words, read_phrases
from madoguchi.runtime.look import Messages, blanks
from tests.pages.screen_texts import texts_of_screens

PACKAGE = Path(madoguchi.__file__).parent
PAGE = PACKAGE / "kiosk" / "page"
LOOK = PACKAGE / "runtime" / "look" / "static"
WORDS = load_words(PAGE)
LANGUAGES = [language.code for language in WORDS.languages]
TRANSLATED = [code for code in LANGUAGES if code not in ("ja", "en")]
FONTS = {"zh": "Noto Sans SC", "ko": "Noto Sans KR", "vi": "Noto Sans"}
LARGEST_FONT = 300_000
"""Octets of a subset for one language."""

MAY_LOOK_LIKE_ENGLISH = {"waiting.state.now", "action.enter", "voice.volume"}
SCRIPTS = {
    "zh": r"[\u4e00-\u9fff]",
    "ko": r"[\uac00-\ud7a3]",
    "ja": r"[\u3040-\u30ff]",
    "ja-easy": r"[\u3040-\u30ff]",
    "vi": r"[À-ỹ]",
}
FOREIGN = {
    "zh": r"[\u3040-\u30ff\uac00-\ud7a3]",
    "ko": r"[\u3040-\u30ff\u4e00-\u9fff]",
    "vi": r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]",
    "pt": r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]",
    "en": r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]",
}


def test_seven_languages_in_their_order() -> None:
    assert LANGUAGES == ["ja", "ja-easy", "en", "zh", "ko", "vi", "pt"]
    assert set(WORDS.messages) == set(LANGUAGES)
    assert set(WORDS.phrases) == set(TRANSLATED)
    files = {path.stem for path in (PAGE / "messages").glob("*.json")} - {"languages"}
    assert files == set(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_key_with_its_blanks_in_the_order_of_the_first(code: str) -> None:
    first, texts = WORDS.messages["ja"], WORDS.messages[code]
    assert list(texts) == list(first)
    assert {key for key in first if blanks(first[key]) != blanks(texts[key])} == set()


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_nothing_is_left_in_english(code: str) -> None:
    english, texts = WORDS.messages["en"], WORDS.messages[code]
    wordy = {key for key, text in english.items() if re.search(r"[a-z]{3}", re.sub(r"{\w+}", "", text))}
    assert {key for key in wordy if texts[key] == english[key]} <= MAY_LOOK_LIKE_ENGLISH


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_language_in_its_own_script(code: str) -> None:
    texts = [*WORDS.messages[code].values(), *WORDS.phrases.get(code, {}).values()]
    if code in SCRIPTS:
        assert re.search(SCRIPTS[code], "".join(texts))
    if code in FOREIGN:
        assert [text for text in texts if re.search(FOREIGN[code], text)] == []


def test_every_kanji_of_easy_japanese_has_a_reading() -> None:
    texts = [*WORDS.messages["ja-easy"].values(), *WORDS.phrases["ja-easy"].values()]
    read = [re.sub(r"(?:｜[^《]+|[\u4e00-\u9fff々]+)《[ぁ-んァ-ヶー]+》", "", text) for text in texts]
    assert [text for text in read if re.search(r"[\u4e00-\u9fff々《》｜]", text)] == []


def test_phrase_files_hold_the_same_sentences() -> None:
    full = set(WORDS.phrases["zh"])
    for code in TRANSLATED:
        missing = full ^ set(WORDS.phrases[code])
        # Names and their offices stay as the ward writes them in Japanese: nobody here knows their readings.
        allowed = {sentence for sentence in full if "{name}" in sentence or "{ward}" in sentence}
        assert missing == (allowed if code == "ja-easy" else set())


def test_no_phrase_is_for_a_text_that_nothing_sends() -> None:
    sent = " ".join(english for english, _ in texts_of_screens())
    fixed = [sentence for sentence in WORDS.phrases["zh"] if "{" not in sentence]
    assert [sentence for sentence in fixed if sentence not in sent] == []


def test_a_language_that_lacks_a_key_stops_the_start(tmp_path: Path) -> None:
    for code in ("ja", "vi"):
        (tmp_path / f"{code}.json").write_text('{"a": "x {n}", "b": "y"}')
    assert Messages(tmp_path, languages=("ja", "vi")).keys == {"a", "b"}
    for broken in ('{"a": "x {n}"}', '{"a": "x", "b": "y"}', '{"a": "x {n}", "b": " "}'):
        (tmp_path / "vi.json").write_text(broken)
        with pytest.raises(ValueError, match=r"disagree about [ab]$|no text for b$"):
            Messages(tmp_path, languages=("ja", "vi"))


def test_a_phrase_with_other_blanks_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "vi.json"
    file.write_text('{"income of {year}": "thu nhập {yaer}"}')
    with pytest.raises(ValueError, match="other blanks"):
        read_phrases(file)


def test_a_table_that_names_an_unknown_language_stops_the_start(tmp_path: Path) -> None:
    for folder in ("messages/panel", "phrases"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "voice").mkdir()
    for file in (*PAGE.glob("*s/**/*.json"), *PAGE.glob("voice/*.json")):
        (tmp_path / file.relative_to(PAGE)).write_bytes(file.read_bytes())
    assert load_words(tmp_path) == WORDS
    table = tmp_path / "messages" / "languages.json"
    for broken in (_table(beside="xx"), _table(twice=True), _table(lacking="en")):
        table.write_bytes(broken)
        with pytest.raises(ValueError, match=r"languages\.json"):
            load_words(tmp_path)


def _table(*, beside: str | None = "ja", twice: bool = False, lacking: str = "") -> bytes:
    kept = [language for language in WORDS.languages if language.code != lacking]
    rows = [msgspec.structs.replace(language, beside=beside) for language in kept]
    return msgspec.json.encode([*rows, *rows] if twice else rows)


@pytest.mark.parametrize("code", FONTS)
@pytest.mark.parametrize("weight", [400, 700])
def test_every_character_is_drawn_by_our_own_font(code: str, weight: int) -> None:
    """A translator who adds a character makes the font again: `docs/operations/languages.md`."""
    drawn = _drawn(FONTS[code], weight=weight)
    texts = [*WORDS.messages[code].values(), *WORDS.phrases[code].values(), _name(WORDS, code)]
    assert {character for character in "".join(texts) if ord(character) not in drawn} == set()


@pytest.mark.parametrize("weight", [400, 700])
def test_every_other_character_is_drawn_by_the_japanese_font(weight: int) -> None:
    drawn = _drawn("Noto Sans JP", weight=weight, file="pages")
    texts = [text for code in ("ja", "ja-easy", "en", "pt") for text in WORDS.messages[code].values()]
    texts += [text for code in ("ja-easy", "pt") for text in WORDS.phrases[code].values()]
    texts += [_name(WORDS, code) for code in ("ja", "ja-easy", "en", "pt")]
    assert {character for character in "".join(texts) if ord(character) not in drawn} == set()


def test_fonts_of_languages_are_small() -> None:
    for file in (LOOK / "fonts").glob("noto-sans-*.woff2"):
        if "-jp-" not in file.name:
            assert file.stat().st_size < LARGEST_FONT, file.name


def _name(words: PageWords, code: str) -> str:
    return next(language.name for language in words.languages if language.code == code)


def _drawn(family: str, *, weight: int, file: str = "") -> set[int]:
    """The code points that the stylesheet promises for a family, from the faces whose file name holds `file`."""
    points: set[int] = set()
    for face in re.findall(r"@font-face {(.*?)}", (LOOK / "fonts.css").read_text()):
        if f"'{family}'" in face and f"font-weight: {weight}" in face and file in face:
            points.update(_points(face.partition("unicode-range:")[2]))
    return points


def _points(ranges: str) -> Iterator[int]:
    for first, last in re.findall(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", ranges):
        yield from range(int(first, 16), int(last or first, 16) + 1)


def test_the_files_are_written_as_a_translator_finds_them() -> None:
    """Two spaces, one line per text, no escapes: what an editor or a translation tool writes back unchanged."""
    for path in (*(PAGE / "messages").rglob("*.json"), *(PAGE / "phrases").glob("*.json")):
        if path.stem != "languages":
            text = path.read_text()
            assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n", path.name
