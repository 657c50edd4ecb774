"""Octets and pictures that nobody of ours made: a typed refusal or the very front, never anything else."""

from __future__ import annotations

import random
import struct
import time
import zlib
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.paper.scramble.code import Bits
from madoguchi.paper.scramble.content import decode_front
from madoguchi.paper.scramble.envelope import Header, Kind, open_envelope, seal
from madoguchi.paper.scramble.field import HEIGHT, WIDTH
from madoguchi.paper.scramble.restoring import restore
from tests.paper.scramble.fronts import NUMBER, cells, front

_HANGS = 10.0
"""Seconds of one core: no measure of speed, which takes a tenth of it."""
_MOST_KIB = 700_000
"""That this process may grow by, whatever other tests left in it: a picture takes some 300 MiB."""
ENVELOPE = seal(front().encode(), kind=Kind.PAGE_DESCRIPTION, paper_number=NUMBER, most_strips=21)


def _mutated(raw: bytes, dice: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        match dice.randrange(3):
            case 0 if changed:
                changed[dice.randrange(len(changed))] = dice.randrange(256)
            case 1:
                del changed[dice.randrange(len(changed) + 1) :]
            case _:
                changed[dice.randrange(len(changed) + 1) :] += dice.randbytes(dice.randint(1, 9))
    return bytes(changed)


def _parsers(times: int, seed: int) -> None:
    dice, codes = random.Random(seed), set[str]()
    head = ENVELOPE.header.encode()
    contents = {Kind.PAGE_DESCRIPTION: front().encode(), Kind.RASTER: b"\x83\x41r\xf6\x41r"}
    for _ in range(times):
        plain = struct.pack(">BBBB", *(dice.randrange(9) for _ in range(4))) + NUMBER
        for raw in (_mutated(head, dice), plain + zlib.crc32(plain).to_bytes(4, "big")):
            try:
                assert Header.decode(raw).encode() == raw
            except MadoguchiError as refused:
                codes.add(refused.code)
        for kind, content in contents.items():
            try:
                decode_front(_mutated(content, dice), kind=kind)
            except MadoguchiError as refused:
                codes.add(refused.code)
        strip = _mutated(ENVELOPE.strips[0], dice)
        try:
            assert strip == ENVELOPE.strips[0] or not open_envelope(replace(ENVELOPE, strips=(strip,)))
        except MadoguchiError as refused:
            codes.add(refused.code)
    assert codes == {"paper.scramble_damaged"}


def test_parsers_refuse_what_is_mutated() -> None:
    _parsers(2000, seed=1)


@pytest.mark.long
def test_parsers_refuse_a_million_mutations() -> None:
    _parsers(1_000_000, seed=2)


_SIDES = (1, 1, 1, 1, 2, 1, 1, 3)
"""Pixels of a cell, picture after picture: a decoder goes other ways where a scan is coarse, as fine as it likes it, or
finer (14 megapixels). Most are coarse, which costs the least."""


def _picture(dice: np.random.Generator, side: int) -> Bits:
    """A back at so many pixels a cell, and one thing done to it."""
    whole: Bits = ((1 - cells()) * np.uint8(255)).repeat(side, axis=0).repeat(side, axis=1)
    top, left = int(dice.integers(HEIGHT)) * side // 2, int(dice.integers(WIDTH)) * side // 2
    strip, corner = 200 * side, 100 * side
    match int(dice.integers(8)):
        case 0:
            whole = np.ascontiguousarray(whole[top:, left:])
        case 1:
            whole = 255 - whole
        case 2:
            whole = np.ascontiguousarray(np.rot90(whole, int(dice.integers(4))))
        case 3:
            whole[top : top + strip] = whole[top : top + strip][::-1]  # markers upside down
        case 4:
            first, last = np.s_[:corner, :corner], np.s_[-corner:, -corner:]
            whole[first], whole[last] = whole[last].copy(), whole[first].copy()
        case 5:
            whole = np.concatenate([whole, whole], axis=1)
        case 6:
            whole = np.zeros((1, 5000) if dice.integers(2) else (1500, 1200), dtype=np.uint8)
        case _:
            whole = np.where(dice.random(whole.shape) < dice.random() / 2, 255 - whole, whole).astype(np.uint8)
    return whole


def _memory(name: str) -> int:
    """`VmRSS` (now) or `VmHWM` (the most since it was last reset) of this process, in KiB: proc(5)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _pictures(times: int, seed: int) -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets VmHWM
    at_first = _memory("VmRSS")
    dice, codes = np.random.default_rng(seed), set[str]()
    for _, side in zip(range(times), cycle(_SIDES), strict=False):
        picture = _picture(dice, side)
        began = time.process_time()
        try:
            found = restore(picture)
        except MadoguchiError as refused:
            codes.add(refused.code)
        else:
            assert (found.paper_number, found.front) == (NUMBER, front())
        assert time.process_time() - began < _HANGS
    assert codes <= {"paper.scramble_damaged", "paper.scramble_not_found"}
    assert _memory("VmHWM") - at_first < _MOST_KIB


@pytest.mark.parametrize("seed", range(8))
def test_200_mutated_pictures_are_restored_or_refused(seed: int) -> None:
    _pictures(25, seed=100 + seed)


@pytest.mark.long
def test_two_thousand_mutated_pictures_are_restored_or_refused() -> None:
    _pictures(2000, seed=4)
