"""What the kiosk says aloud: one text per clip and language, and the audio that was made of it beforehand.

A machine in a store has no synthesiser: the clips are committed, made by `render.py` from `ja.json` and `en.json`. The
page plays them; an announcement that a device makes (`kiosk.devices.Voice`) is one of the same clips.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.runtime.look import Messages

HERE: Final = Path(__file__).parent
AUDIO: Final = HERE.parent / "static" / "voice"
LANGUAGES: Final = ("ja", "en")

ANNOUNCEMENTS: Final = {
    Announcement.TAKE_CARD: "call_card",
    Announcement.TAKE_PHONE: "call_phone",
    Announcement.TAKE_PAPER: "call_paper",
    Announcement.CALL_STAFF: "call_staff",
    Announcement.THANK_YOU: "done",
    Announcement.SORRY: "refusal",
}
"""The clip of what a device announces (`kiosk.devices.Voice`) and a page repeats while it calls."""


class Rendered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `rendered.json`: SHA-256 in hex of the text that was spoken, and of the file that came of it."""

    text: str
    audio: str


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rendered.json`: with which tools, and what of which text."""

    tools: Mapping[str, str]
    clips: Mapping[str, Mapping[str, Rendered]]
    """By language and clip."""
    places: Rendered
    """Of all names together (`places.py`)."""


def texts() -> Mapping[str, Mapping[str, str]]:
    """By language and clip. ValueError when the languages disagree about clips."""
    return Messages(HERE).texts


def digest(text: str) -> str:
    """SHA-256 in hex, by which a text is known to be the one that was spoken."""
    return hashlib.sha256(text.encode()).hexdigest()


def audio(clip: str, *, language: str) -> Path:
    """Its file: Opus in Ogg."""
    return AUDIO / language / f"{clip}.ogg"
