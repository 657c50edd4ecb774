"""Speak every text again whose audio is missing or was made of other words. A tool of whoever edits the texts.

    apt-get install open-jtalk open-jtalk-mecab-naist-jdic flite opus-tools
    pip download --no-deps --no-binary pyopenjtalk pyopenjtalk==0.4.1     # pyopenjtalk/htsvoice/mei_normal.htsvoice
    python -m madoguchi.kiosk.page.voice.render mei_normal.htsvoice

Japanese: Open JTalk with the voice Mei (CC BY 3.0, see NOTICE). English: Flite with the voice slt (BSD-like). The tools
speak; nothing of them is in the files or in service. Written are `static/voice` and its `rendered.json`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import wave
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from madoguchi.kiosk.page.municipalities import Place
from madoguchi.kiosk.page.voice import AUDIO, LANGUAGES, Record, Rendered, audio, digest, texts
from madoguchi.kiosk.page.voice.places import SOUNDS, every_place, readings

_DICTIONARY = "/var/lib/mecab/dic/open-jtalk/naist-jdic"
_MEI_SHA256 = "f3be49a6838904a6c218790b64e07c3e83c1886e995dca284b413caab19184de"
_LOUDNESS = 0.09
"""Root mean square of full scale, so that both voices are equally loud."""
_PEAK = 0.97
_FULL_SCALE = 32767
_KILOBITS = 16
_PLACE_KILOBITS = 12
_SILENCE = 0.01
"""Of full scale, before the loudness is set."""
_AROUND = 1_200
"""Samples left before and after: 25 ms at 48,000 a second."""
_PACKAGES = ("open-jtalk", "open-jtalk-mecab-naist-jdic", "flite", "opus-tools")
RECORD = AUDIO / "rendered.json"


def main(voice: Path) -> None:
    """Render what changed, drop what has no text any more, and write down what was made of what."""
    if hashlib.sha256(voice.read_bytes()).hexdigest() != _MEI_SHA256:
        msg = f"{voice} is not the voice that the other clips were made with"
        raise SystemExit(msg)
    before = msgspec.json.decode(RECORD.read_bytes(), type=Record) if RECORD.exists() else None
    clips = {language: _language(language, voice=voice, before=before) for language in LANGUAGES}
    tools = {"mei_normal.htsvoice": _MEI_SHA256, **dict(map(_version, _PACKAGES))}
    record = Record(tools=tools, clips=clips, places=_places(voice=voice, before=before))
    RECORD.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def _language(language: str, *, voice: Path, before: Record | None) -> dict[str, Rendered]:
    folder = AUDIO / language
    folder.mkdir(parents=True, exist_ok=True)
    known = {} if before is None else before.clips.get(language, {})
    made = {}
    for clip, text in texts()[language].items():
        file = audio(clip, language=language)
        if not (file.exists() and clip in known and known[clip].text == digest(text)):
            _speak(text, language=language, voice=voice, file=file)
        made[clip] = Rendered(text=digest(text), audio=hashlib.sha256(file.read_bytes()).hexdigest())
    for file in set(folder.glob("*.ogg")) - {audio(clip, language=language) for clip in made}:
        file.unlink()
    return made


def _places(*, voice: Path, before: Record | None) -> Rendered:
    text = digest(readings())
    if before is None or before.places.text != text or not SOUNDS.exists():
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / SOUNDS.name
            with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as all_of_them:
                for place in every_place():
                    file = Path(folder) / f"{place.code}.ogg"
                    _name_place(place, voice=voice, file=file)
                    all_of_them.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
            SOUNDS.write_bytes(made.read_bytes())
    return Rendered(text=text, audio=hashlib.sha256(SOUNDS.read_bytes()).hexdigest())


def _name_place(place: Place, *, voice: Path, file: Path) -> None:
    """As the dictionary accents the name where it reads it as the index does, otherwise by its reading alone."""
    with tempfile.TemporaryDirectory() as folder:
        sound, trace = Path(folder) / "sound.wav", Path(folder) / "trace.txt"
        _japanese(place.ja, voice=voice, sound=sound, trace=trace)
        if _reading(trace) != _katakana(place.kana):
            _japanese(_katakana(place.kana), voice=voice, sound=sound, trace=trace)
        _level(sound, trimmed=True)
        _pack(sound, kilobits=_PLACE_KILOBITS, file=file)


def _reading(trace: Path) -> str:
    """What Open JTalk reads, by the ninth column of its analysis."""
    analysis = trace.read_text().partition("]\n")[2].partition("\n\n")[0]
    return _katakana("".join(line.split(",")[8] for line in analysis.splitlines()))


def _katakana(kana: str) -> str:
    """Sounds that are one and the same written in one way."""
    shifted = "".join(chr(ord(one) + 0x60) if "ぁ" <= one <= "ゖ" else one for one in kana)
    return shifted.replace("ヂ", "ジ").replace("ヅ", "ズ")


def _speak(text: str, *, language: str, voice: Path, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        if language == "ja":
            _japanese(text, voice=voice, sound=sound, trace=Path(folder) / "trace.txt")
        else:
            command = ["flite", "-voice", "slt", "--setf", "duration_stretch=1.1", "-o", str(sound), "-t", text]
            subprocess.run(command, check=True)
        _level(sound)
        _pack(sound, kilobits=_KILOBITS, file=file)


def _japanese(text: str, *, voice: Path, sound: Path, trace: Path) -> None:
    command = ["open_jtalk", "-x", _DICTIONARY, "-m", str(voice), "-r", "0.95", "-ow", str(sound), "-ot", str(trace)]
    subprocess.run(command, input=text.encode(), check=True)


def _pack(sound: Path, *, kilobits: int, file: Path) -> None:
    options = ["--quiet", "--bitrate", str(kilobits), "--speech", "--serial", "1", "--discard-comments"]
    subprocess.run(["opusenc", *options, sound, file], check=True)


def _level(sound: Path, *, trimmed: bool = False) -> None:
    """The same loudness for every clip; `trimmed`: without the silence before and after."""
    with wave.open(str(sound)) as read:
        shape, frames = read.getparams(), read.readframes(read.getnframes())
    heard = np.frombuffer(frames, dtype="<i2").astype(np.float64) / _FULL_SCALE
    if trimmed:
        loud = np.flatnonzero(np.abs(heard) > _SILENCE)
        heard = heard[max(0, loud[0] - _AROUND) : loud[-1] + _AROUND]
    gain = min(_LOUDNESS / np.sqrt(np.mean(heard**2)), _PEAK / np.max(np.abs(heard)))
    with wave.open(str(sound), "wb") as written:
        written.setparams(shape)
        written.writeframes((heard * gain * _FULL_SCALE).astype("<i2").tobytes())


def _version(package: str) -> tuple[str, str]:
    asked = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], check=True, capture_output=True)
    return package, asked.stdout.decode()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
