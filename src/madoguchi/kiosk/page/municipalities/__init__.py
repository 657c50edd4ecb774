"""The 1,741 municipalities of Japan, for the kiosk's index: by prefecture and by the first sound of the name.

`static/municipalities.json` is what the page loads; `build.py` makes it. Which of them issue at this machine is known
from the wards' menus alone (`kiosk.trusting`), never from here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).parents[1] / "static" / "municipalities.json"


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prefecture or a municipality."""

    code: str
    """全国地方公共団体コード, six digits with the check digit."""
    ja: str
    kana: str
    """How it is read, in hiragana."""
    en: str
    """In Latin letters (Hepburn, no marks for long vowels), as on road signs."""


class Prefecture(Place, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prefecture and its cities, special wards, towns and villages, in the order of their codes."""

    places: tuple[Place, ...]


def load() -> tuple[Prefecture, ...]:
    """The committed index, in the order of the codes. msgspec.ValidationError when it is not one."""
    return msgspec.json.decode(FILE.read_bytes(), type=tuple[Prefecture, ...])


def check_digit(five: str) -> str:
    """The sixth digit of a 全国地方公共団体コード: weights 6 to 2, modulus 11 (総務省, コード設定要領)."""
    total = sum(int(digit) * weight for digit, weight in zip(five, range(6, 1, -1), strict=True))
    return str((11 - total % 11) % 10)
