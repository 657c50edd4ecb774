"""The clips of the voice as files: one per text, made of just this text, in both languages, small enough."""

from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

import msgspec
import pytest

from madoguchi.kiosk.machine.effects import Announcement
from madoguchi.kiosk.page.screens import SCREENS
from madoguchi.kiosk.page.voice import ANNOUNCEMENTS, AUDIO, HERE, LANGUAGES, Record, audio, digest, texts
from madoguchi.kiosk.page.voice.places import SOUNDS, PlaceSounds, every_place, readings

RECORD = msgspec.json.decode((AUDIO / "rendered.json").read_bytes(), type=Record)
ROOT = Path(__file__).parents[2]
STATIC = AUDIO.parent
LARGEST = 2_000_000
"""Octets of all clips together."""
LARGEST_PLACES = 5_000_000
SAMPLES_PER_SECOND = 48_000
"""Of an Ogg page's position, whatever the sound was sampled at (RFC 7845)."""
FASTEST = {"ja": 14, "en": 22}
"""Characters a second; who reads faster than this has left words out."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_was_spoken_as_it_stands(language: str) -> None:
    """A changed sentence without new audio fails here: `kiosk/page/voice/render.py` says how to make it."""
    said = texts()[language]
    assert {clip: line.text for clip, line in RECORD.clips[language].items()} == {
        clip: digest(text) for clip, text in said.items()
    }
    heard = {clip: hashlib.sha256(audio(clip, language=language).read_bytes()).hexdigest() for clip in said}
    assert heard == {clip: line.audio for clip, line in RECORD.clips[language].items()}
    assert {path.stem for path in (AUDIO / language).iterdir()} == set(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_and_every_announcement_can_be_heard(language: str) -> None:
    assert texts()[language].keys() >= set(SCREENS)
    for what in Announcement:
        assert audio(ANNOUNCEMENTS[what], language=language).is_file()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clip_is_as_long_as_its_text(language: str) -> None:
    for clip, text in texts()[language].items():
        sound = audio(clip, language=language).read_bytes()
        assert sound.startswith(b"OggS"), clip
        last = sound.rindex(b"OggS")
        (position,) = struct.unpack_from("<q", sound, last + 6)
        assert len(re.sub(r"\W", "", text)) / (position / SAMPLES_PER_SECOND) < FASTEST[language], clip


def test_all_clips_together_are_small() -> None:
    assert sum(path.stat().st_size for path in AUDIO.rglob("*.ogg")) < LARGEST


def test_no_clip_is_named_that_nobody_speaks_and_none_is_spoken_that_nobody_names() -> None:
    code = "\n".join(path.read_text() for path in (*STATIC.rglob("*.js"), *(HERE.parent / "templates").iterdir()))
    named = set(re.findall(r"""["']([a-z]+(?:_[a-z]+)*)["']""", code)) | set(SCREENS) | set(ANNOUNCEMENTS.values())
    families = re.compile(r"(number|year|yen|digits|row)_[0-9]+|(kind|action|aid)_[a-z]+(_[a-z]+)*")
    assert {clip for clip in texts()["ja"] if clip not in named and not families.fullmatch(clip)} == set()


class TestPlaces:
    def test_the_sounds_are_of_todays_index(self) -> None:
        """A changed name without a new sound fails here: `kiosk/page/voice/render.py` says how to make it."""
        assert RECORD.places.text == digest(readings())
        assert RECORD.places.audio == hashlib.sha256(SOUNDS.read_bytes()).hexdigest()

    def test_every_place_has_one_and_it_is_as_long_as_its_name(self) -> None:
        sounds = PlaceSounds()
        assert sounds.codes() == {place.code for place in every_place()}
        for place in every_place():
            sound = sounds.sound(place.code)
            assert sound is not None
            assert sound.startswith(b"OggS")
            (position,) = struct.unpack_from("<q", sound, sound.rindex(b"OggS") + 6)
            assert 4 < len(place.kana) / (position / SAMPLES_PER_SECOND) < FASTEST["ja"], place.ja

    def test_they_are_small(self) -> None:
        assert SOUNDS.stat().st_size < LARGEST_PLACES

    @pytest.mark.parametrize("code", ["", "139998", "13104", "1310410", "../words", "131041.ogg"])
    def test_what_is_not_in_the_index_has_none(self, code: str) -> None:
        assert PlaceSounds().sound(code) is None


def test_who_lent_the_voices_is_named() -> None:
    notice = (ROOT / "NOTICE").read_text()
    assert "Mei" in notice
    assert "Nagoya Institute of Technology" in notice
    assert "Creative Commons Attribution 3.0" in notice
    assert "Flite" in notice
