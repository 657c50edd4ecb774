"""Printers and copiers, played dot by dot: what toner and paper make of a screen, and what a copier makes of that.

No real machine was measured: the numbers are chosen so that three printers differ as printers do (sharp, heavy, soft)
and a copier has the three modes that every copier has. Pictures are reflectances at 600 dpi, 0 to `PAPER`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.paper.screens import Bits
from madoguchi.paper.shapes import Shape

Floats = NDArray[np.float32]

PAPER: Final = 0.85
_TONER: Final = 0.15
"""What full black lets through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """How dots come out. Lengths in dots of 600 dpi."""

    spot: float
    """Blur of a dot."""
    gain: float
    """How much more toner than asked for."""
    scatter: float
    """How far light goes sideways in the paper: a fine screen looks darker by it than a coarse one."""
    speckle: float = 0.1
    swallows: float = 0.0
    """The share of a full dot's toner below which nothing is printed: such printers lose fine dots."""


SHARP: Final = Printer(spot=0.5, gain=0.0, scatter=2.2)
HEAVY: Final = Printer(spot=0.6, gain=0.1, scatter=2.5)
SOFT: Final = Printer(spot=0.8, gain=0.0, scatter=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What a copier does between scanning and printing."""

    sharpen: float
    black: float
    """Reflectance, as a share of the paper's, that becomes black."""
    white: float
    """That becomes white."""
    blur: float = 0.0


TEXT: Final = Mode(sharpen=2.5, black=0.3, white=0.9)
TEXT_PHOTO: Final = Mode(sharpen=1.2, black=0.1, white=0.93)
PHOTO: Final = Mode(sharpen=0.0, black=0.0, white=1.0, blur=2.0)


def printed(ink: Bits, printer: Printer, *, seed: int) -> Floats:
    """The reflectance of paper on which `ink` (1 for black) was printed."""
    toner = np.asarray(cv2.GaussianBlur(ink.astype(np.float32), (0, 0), printer.spot), dtype=np.float32)
    if printer.swallows:
        toner = (toner - printer.swallows) / (1 - printer.swallows)
    dice = np.random.default_rng(seed)
    speckle = cv2.GaussianBlur(dice.standard_normal(toner.shape, dtype=np.float32), (0, 0), 1.0)
    toner = np.clip(toner * (1 + printer.gain) * (1 + printer.speckle * speckle), 0, 1)
    passes = 1 - (1 - _TONER) * toner
    # In through the toner, sideways in the paper, out through the toner.
    return np.asarray(PAPER * passes * cv2.GaussianBlur(passes, (0, 0), printer.scatter), dtype=np.float32)


def copied(paper: Floats, mode: Mode, printer: Printer, *, seed: int) -> Floats:
    """A copy: scanned at 600 dpi off the dots' grid, worked on as the mode does, error-diffused and printed."""
    shift = np.array([[1, 0, 0.37], [0, 1, 0.21]], dtype=np.float32)
    seen = cv2.warpAffine(paper / PAPER, shift, paper.shape[::-1], borderMode=cv2.BORDER_REFLECT)
    seen = cv2.GaussianBlur(seen, (0, 0), 1.1)
    seen = np.clip(seen + 0.01 * np.random.default_rng(seed).standard_normal(seen.shape, dtype=np.float32), 0, 1)
    if mode.blur:
        seen = cv2.GaussianBlur(seen, (0, 0), mode.blur)
    seen = seen + mode.sharpen * (seen - cv2.GaussianBlur(seen, (0, 0), 2.0))
    wanted = np.clip((seen - mode.black) / (mode.white - mode.black), 0, 1)
    return printed(_diffused(wanted), printer, seed=seed + 1)


def visibility(paper: Floats, word: Shape) -> float:
    """How much lighter (in L*) the word's area is than its surroundings, at a distance where no dot is seen."""
    inside = cv2.erode(word.astype(np.uint8), np.ones((15, 15), dtype=np.uint8)) > 0
    outside = cv2.dilate(word.astype(np.uint8), np.ones((31, 31), dtype=np.uint8)) == 0
    return lightness(float(paper[inside].mean())) - lightness(float(paper[outside].mean()))


def lightness(reflectance: float) -> float:
    """CIE L* beside the bare paper; for reflectances that paper has (above 0.9 % of white)."""
    return float(116 * np.cbrt(reflectance / PAPER) - 16)


def _diffused(wanted: Floats) -> Bits:
    """Floyd and Steinberg's error diffusion, which is what Pillow does with greys that shall become dots."""
    light = Image.fromarray(np.round(wanted * 255).astype(np.uint8)).convert("1")
    ink: Bits = np.where(np.asarray(light), 0, 1).astype(np.uint8)
    return ink
