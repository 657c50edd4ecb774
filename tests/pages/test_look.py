"""The shared look: nothing from another host, locked headers, message files that agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import madoguchi
from madoguchi.runtime.look import Messages, Pair, blanks, is_loopback_host
from madoguchi.runtime.look.headers import content_security_policy

PACKAGE = Path(madoguchi.__file__).parent
ROOMS = ("kiosk", "verify", "oversight")
LOOK = PACKAGE / "runtime" / "look" / "static"
NAMESPACE = "http://www.w3.org/2000/svg"


def message_folders(room: str) -> list[Path]:
    messages = PACKAGE / room / "page" / "messages"
    return [messages, *(path for path in messages.iterdir() if path.is_dir())]


def sources(*suffixes: str) -> list[Path]:
    folders = [LOOK, *(PACKAGE / room / "page" for room in ROOMS)]
    return [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]


def test_no_page_names_another_host() -> None:
    for path in sources(".html", ".css", ".js", ".svg"):
        text = path.read_text().replace(NAMESPACE, "")
        assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text) == [], path


def test_no_inline_script_or_style() -> None:
    for path in sources(".html"):
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:", text), path
    for path in sources(".js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", path.read_text()
        ), path


def test_tokens_and_fonts_carry_their_licences() -> None:
    assert "MIT License" in (LOOK / "tokens.css").read_text()
    assert "SIL OPEN FONT LICENSE" in (LOOK / "fonts" / "OFL.txt").read_text()
    named = set(re.findall(r"url\('(fonts/[^']+)'\)", (LOOK / "fonts.css").read_text()))
    assert named == {f"fonts/{path.name}" for path in (LOOK / "fonts").glob("*.woff2")}


def test_policy_allows_only_our_own() -> None:
    policy = content_security_policy(forms=False)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "form-action 'none'" in policy
    assert "form-action 'self'" in content_security_policy(forms=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost", "localhost:1", "[::1]:80", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "192.168.1.2", "[fe80::1]"]
)
def test_not_loopback(host: str) -> None:
    assert not is_loopback_host(host)


def write(folder: Path, *, ja: str, en: str) -> Path:
    (folder / "ja.json").write_text(ja)
    (folder / "en.json").write_text(en)
    return folder


def test_messages_fill_each_language(tmp_path: Path) -> None:
    folder = write(tmp_path, ja='{"a": "{ward}が{n}枚"}', en='{"a": "{n} by {ward}"}')
    assert Messages(folder).pair("a", n=2, ward=Pair(ja="見本区", en="Mihon")) == Pair(
        ja="見本区が2枚", en="2 by Mihon"
    )


@pytest.mark.parametrize(
    ("ja", "en"), [('{"a": "x", "b": "y"}', '{"a": "x"}'), ('{"a": "{n}"}', '{"a": "{m}"}'), ("{}", '{"a": "x"}')]
)
def test_messages_that_disagree_are_refused(tmp_path: Path, ja: str, en: str) -> None:
    with pytest.raises(ValueError, match=r"disagree about [ab]$"):
        Messages(write(tmp_path, ja=ja, en=en))


@pytest.mark.parametrize("room", ROOMS)
def test_every_message_exists_and_is_used(room: str) -> None:
    folder = PACKAGE / room / "page"
    keys = frozenset[str]().union(*(Messages(words).keys for words in message_folders(room)))
    code = "\n".join(path.read_text() for path in folder.rglob("*") if path.suffix in {".js", ".html", ".py"})
    quoted = set(re.findall(r"""["'`]([a-z_]+(?:\.[a-z_]+)+)["'`]""", code))
    prefixes = tuple(sorted(set(re.findall(r"""f?["'`]([a-z_]+(?:\.[a-z_]+)*\.)(?:["'`]|\$?\{)""", code))))
    unused = [key for key in keys if key not in quoted and not key.startswith(prefixes)]
    assert unused == []
    roots = {key.split(".")[0] for key in keys}
    called = {
        key for key in quoted if key.split(".")[0] in roots and not key.endswith((".js", ".html", ".css", ".json"))
    }
    assert {key for key in called - keys if not key.startswith((f"{room}.", "test."))} == set()


@pytest.mark.parametrize("folder", [folder for room in ROOMS for folder in message_folders(room)], ids=str)
def test_messages_are_words_in_their_own_language(folder: Path) -> None:
    messages = Messages(folder)
    for key, raw in messages.texts["ja"].items():
        pair = messages.pair(key, **dict.fromkeys(blanks(raw), "0"))
        assert pair.ja.strip(), key
        assert pair.en.strip(), key
        assert not re.search(r"[ぁ-んァ-ヶ]", pair.en), key
