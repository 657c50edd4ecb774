"""偽造防止検出画像: a cherry blossom to the eye, and the character 証 to a camera that sees infrared only.

Black toner has carbon in it and absorbs infrared; a grey mixed of cyan, magenta and yellow looks the same and lets it
through. So every tone of the picture exists twice, as K alone and as CMY alone, and which of the two a place has is
the latent picture. The file says it in DeviceCMYK without any profile, so that a printer has no reason to mix anew.

- **Pairs**: equal within 3 of 255 in two renderers' idea of a common press. A printer's own greys differ; where pairs
  do not match there, the latent picture is faintly seen, and that is a matter of its calibration.
- **Mosaic**: the choice is made cell by cell, and a share of the cells, scattered, has the wrong one. Where toners are
  laid a hair beside one another, every cell's edge shows it, and not the outline of the character alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from madoguchi.paper.scramble.noise import noise
from madoguchi.paper.shapes import shape_of
from madoguchi.pdf.document import Objects

LATENT: Final = "証"
SIDE: Final = 350
"""Samples across and down; each is 2 × 2 dots of the printer, so that the picture is 29.6 mm wide."""
SAMPLE_DOTS: Final = 2
CELL: Final = 5
"""Samples of a cell of the mosaic: 0.42 mm."""
CELLS: Final = SIDE // CELL
DECOYS: Final = 0.12
"""Share of the cells that have the other half of their pair."""
_DECOY_SEED: Final = 0x736B7572

PAIRS: Final = (
    ((0, 0, 0, 15), (12, 9, 9, 0)),
    ((0, 0, 0, 30), (25, 20, 20, 0)),
    ((0, 0, 0, 50), (46, 37, 37, 0)),
)
"""Per tone, light to dark: as K and as CMY, in percent of C, M, Y, K."""
_LIGHT, _MIDDLE, _DARK = range(3)
_FINER: Final = 4
"""The blossom is drawn so much finer, and each sample then takes the tone that most of it has."""

Tones = NDArray[np.uint8]
Cells = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class InfraredImage:
    """The picture, made once per process in a few hundredths of a second."""

    tones: Tones
    """Shape (SIDE, SIDE): which pair."""
    black: Cells
    """Shape (CELLS, CELLS): where the pair's K half is taken. This is what infrared shows."""

    @staticmethod
    @lru_cache(maxsize=4)
    def made(font: Path) -> InfraredImage:
        """Raises `paper.back_failed` when the font lacks 証."""
        tones, black = _blossom(), _latent(font)
        tones.flags.writeable = black.flags.writeable = False
        return InfraredImage(tones=tones, black=black)

    def embed(self, objects: Objects) -> int:
        """Write it as an indexed DeviceCMYK image. Its object number."""
        palette = bytes(round(part * 255 / 100) for pair in PAIRS for half in pair for part in half)
        index = self.tones * 2 + 1 - np.kron(self.black, np.ones((CELL, CELL), dtype=np.uint8))
        packed = (index[:, 0::2] << 4 | index[:, 1::2]).astype(np.uint8)
        return objects.packed(
            f"/Type/XObject/Subtype/Image/Width {SIDE}/Height {SIDE}/BitsPerComponent 4/Interpolate false"
            f"/ColorSpace[/Indexed/DeviceCMYK {2 * len(PAIRS) - 1}<{palette.hex()}>]",
            packed.tobytes(),
        )


def _latent(font: Path) -> Cells:
    """The character in cells, with decoys."""
    character = shape_of(LATENT, font=font, size=round(0.92 * SIDE), stroke=6)
    area = np.zeros((SIDE, SIDE), dtype=bool)
    top, left = ((SIDE - part) // 2 for part in character.shape)
    area[top : top + character.shape[0], left : left + character.shape[1]] = character
    cells = area.reshape(CELLS, CELL, CELLS, CELL).mean(axis=(1, 3)) >= 0.5  # noqa: PLR2004 - most of the cell
    order = np.argsort(noise(CELLS * CELLS, seed=_DECOY_SEED), kind="stable")
    decoy = np.zeros(CELLS * CELLS, dtype=bool)
    decoy[order[: round(DECOYS * CELLS * CELLS)]] = True
    black: Cells = cells ^ decoy.reshape(CELLS, CELLS)
    return black


def _blossom() -> Tones:
    """Light petals with dark edges and stamens on a middle ground, in a dark frame."""
    side = SIDE * _FINER
    picture = Image.new("L", (side, side), _MIDDLE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, side - 1, side - 1), outline=_DARK, width=5 * _FINER)
    for petal in range(5):
        turn = 2 * pi * petal / 5
        outline = [_place(turn, along, across, side) for along, across in _petal()]
        draw.polygon(outline, fill=_LIGHT)
        draw.line([*outline, outline[0]], fill=_DARK, width=4 * _FINER, joint="curve")
    for stamen in range(15):
        turn = 2 * pi * (stamen // 3 + 0.11 * (stamen % 3 - 1)) / 5
        _stamen(draw, turn, 0.21 if stamen % 3 == 1 else 0.15, side)
    samples = np.asarray(picture).reshape(SIDE, _FINER, SIDE, _FINER)
    votes = np.stack([(samples == tone).sum(axis=(1, 3)) for tone in (_LIGHT, _MIDDLE, _DARK)])
    tones: Tones = votes.argmax(axis=0).astype(np.uint8)
    return tones


def _petal() -> list[tuple[float, float]]:
    """A petal that points up from the middle, with its notch: along and across, as shares of the side."""
    knots = np.array([(0.03, 0.0), (0.13, 0.06), (0.25, 0.225), (0.432, 0.055)])
    t = np.linspace(0, 1, 40)[:, None]
    curve = knots[0] * (1 - t) ** 3 + 3 * knots[1] * t * (1 - t) ** 2 + 3 * knots[2] * t**2 * (1 - t) + knots[3] * t**3
    half = [(float(along), float(across)) for along, across in curve]
    return [*half, (0.388, 0.0), *((along, -across) for along, across in reversed(half))]


def _place(turn: float, along: float, across: float, side: int) -> tuple[float, float]:
    x = along * sin(turn) + across * cos(turn)
    y = -along * cos(turn) + across * sin(turn)
    return side * (0.5 + x), side * (0.525 + y)


def _stamen(draw: ImageDraw.ImageDraw, turn: float, length: float, side: int) -> None:
    tip, thick = _place(turn, length, 0.0, side), 6 * _FINER
    draw.line([_place(turn, 0.03, 0.0, side), tip], fill=_DARK, width=2 * _FINER)
    draw.ellipse((tip[0] - thick / 2, tip[1] - thick / 2, tip[0] + thick / 2, tip[1] + thick / 2), fill=_DARK)
