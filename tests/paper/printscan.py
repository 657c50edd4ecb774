"""Printing and scanning, played: what a laser printer, a scanner, a telephone and life do to a sheet. All seeded.

Not measured on real devices. The order is the real one: dots of toner that spread and speckle, damage to the paper,
then light, blur, perspective, sampling, noise and what a file format makes of it. Pictures are grey, 0 black.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

PRINTER_DPI: Final = 600
_INK: Final[Floats] = np.float32(1) - np.arange(256, dtype=np.float32) / np.float32(255)
"""Of each grey."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """One way from a printer to a file."""

    dpi: int = 300
    spot: float = 0.6
    """Blur of a toner dot, in dots at 600 dpi."""
    gain: float = 0.05
    """How much dots grow: lowers the level at which paper turns black."""
    toner: float = 0.08
    """Speckle of toner, as a share of black."""
    scatter: float = 1.2
    """Light that spreads in the paper, in dots."""
    blur: float = 0.4
    """Of the scanner or lens, in pixels of the file."""
    noise: float = 3.0
    """Of the sensor, in levels of 255."""
    degrees: float = 0.3
    scale: float = 1.0
    perspective: float = 0.0
    """How far corners are moved, as a share of the width."""
    uneven: float = 0.03
    """Fall of the light from one side to the other."""
    bend: float = 0.0
    """How far the paper is off a plane, as a share of the width."""
    jpeg: int | None = None
    one_bit: bool = False


MILD: Final = Conditions()
HARSH: Final = Conditions(
    spot=0.9, gain=0.12, toner=0.2, scatter=2.0, blur=0.7, noise=8.0, degrees=2.0, scale=1.01, perspective=0.004,
    uneven=0.2, bend=0.001, jpeg=75,
)  # fmt: skip
PHONE: Final = Conditions(
    dpi=290, spot=0.8, gain=0.08, toner=0.12, scatter=1.6, blur=0.9, noise=5.0, degrees=3.0, perspective=0.03,
    uneven=0.3, bend=0.003, jpeg=85,
)  # fmt: skip
"""A sheet that fills most of 12 megapixels."""


def scanned(sheet: Grey, conditions: Conditions, *, seed: int) -> Grey:
    """A picture of the sheet (drawn at 600 dpi, damaged or not) on a lid or table a little larger than it."""
    dice = np.random.default_rng(seed)
    paper = _printed(sheet, conditions, dice)
    seen = _looked_at(paper, conditions, dice)
    cv2.GaussianBlur(seen, (0, 0), conditions.blur, dst=seen)
    down, across = _light(seen.shape, dice)
    noise = dice.standard_normal(seen.shape, dtype=np.float32)
    picture = np.empty(seen.shape, dtype=np.uint8)
    for strip in _strips(len(seen)):
        seen[strip] *= (1 + conditions.uneven * (across + down[strip])).astype(np.float32)
        noise[strip] *= conditions.noise
        seen[strip] += noise[strip]
        picture[strip] = np.clip(seen[strip], 0, 255)
    if conditions.one_bit:
        picture = np.where(picture > 128, 255, 0).astype(np.uint8)
    if conditions.jpeg is not None:
        _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, conditions.jpeg])
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return picture


def covered(sheet: Grey, share: float, *, seed: int, box: tuple[int, int, int, int]) -> Grey:
    """Opaque patches, light and dark, round and square, until this share of the box (x, y, w, h in dots) is gone."""
    dice = np.random.default_rng(seed)
    left, top, width, height = box
    gone = np.zeros((height, width), dtype=np.uint8)
    shades = np.zeros((height, width), dtype=np.uint8)
    while (missing := share - gone.mean()) > 0:
        size = int(np.clip(np.sqrt(missing * gone.size) / 2, 100, 900))
        x, y, half = int(dice.integers(width)), int(dice.integers(height)), int(dice.integers(60, size))
        shade = int(dice.choice([20, 120, 200, 255]))
        for picture, value in ((gone, 1), (shades, shade)):
            if seed % 2:
                cv2.circle(picture, (x, y), half, value, -1)
            else:
                cv2.rectangle(picture, (x - half, y - half), (x + half, y + half), value, -1)
    damaged = sheet.copy()
    part = damaged[top : top + height, left : left + width]
    part[gone > 0] = shades[gone > 0]
    return damaged


def holed_and_written_on(sheet: Grey, *, seed: int) -> Grey:
    """Two punch holes at the edge, and a pen's lines across."""
    dice = np.random.default_rng(seed)
    damaged = sheet.copy()
    height, width = sheet.shape
    for y in (height // 2 - 945, height // 2 + 945):
        cv2.circle(damaged, (280, y), 71, 60, -1)
    points = dice.integers(0, [width, height], (12, 2)).astype(np.int32)
    cv2.polylines(damaged, [points], isClosed=False, color=40, thickness=14)
    return damaged


def turned(conditions: Conditions, degrees: float) -> Conditions:
    """The same, with the sheet turned by so much more."""
    return replace(conditions, degrees=conditions.degrees + degrees)


def _printed(sheet: Grey, conditions: Conditions, dice: np.random.Generator) -> Floats:
    """In place wherever it can be: a sheet of floats has 140 MB, and fresh memory costs more than the sums."""
    ink = np.asarray(cv2.GaussianBlur(cv2.LUT(sheet, _INK), (0, 0), conditions.spot), dtype=np.float32)
    speckle = dice.standard_normal(ink.shape, dtype=np.float32)
    cv2.GaussianBlur(speckle, (0, 0), 1.0, dst=speckle)
    for strip in _strips(len(ink)):
        _toned(ink[strip], speckle[strip], conditions)
    return np.asarray(cv2.GaussianBlur(ink, (0, 0), conditions.scatter, dst=ink), dtype=np.float32)


def _toned(ink: Floats, speckle: Floats, conditions: Conditions) -> None:
    """From ink to what it reflects, by way of toner that covers or does not."""
    speckle *= 3.5
    speckle *= conditions.toner
    speckle *= ink > 0.1
    ink -= 0.5
    ink += conditions.gain
    ink *= 3
    ink += 0.5
    ink += speckle
    np.clip(ink, 0, 1, out=ink)
    ink *= -225
    ink += 245


def _strips(rows: int) -> list[slice]:
    """So few rows at a time that they stay in the processor's cache."""
    return [slice(top, top + 32) for top in range(0, rows, 32)]


def _looked_at(paper: Floats, conditions: Conditions, dice: np.random.Generator) -> Floats:
    height, width = paper.shape
    factor = conditions.dpi / PRINTER_DPI * conditions.scale
    angle = np.deg2rad(conditions.degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * factor
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float64)
    placed = corners @ turn.T + dice.uniform(-1, 1, (4, 2)) * conditions.perspective * width * factor
    placed += 0.02 * width * factor - placed.min(axis=0)
    size = np.ceil(placed.max(axis=0) + 0.02 * width * factor).astype(int)
    plane = cv2.getPerspectiveTransform(placed.astype(np.float32), corners.astype(np.float32))
    sharp = cv2.GaussianBlur(paper, (0, 0), 0.35 / factor)  # a sensor's pixel is as wide as its pitch
    phase = dice.uniform(0, 6) if conditions.bend else 0.0
    seen = np.empty((size[1], size[0]), dtype=np.float32)
    for strip in _strips(len(seen)):
        rows = np.arange(size[1], dtype=np.float32)[strip]
        across, down = np.meshgrid(np.arange(size[0], dtype=np.float32), rows)
        places = cv2.perspectiveTransform(np.stack([across, down], axis=-1).reshape(1, -1, 2), plane)
        places = places.reshape(*across.shape, 2)
        if conditions.bend:
            wave = conditions.bend * width * np.sin(places[..., 1] / height * 2 * np.pi * 1.5 + phase)
            places[..., 0] += wave.astype(np.float32)
        at_x, at_y = (np.ascontiguousarray(places[..., axis], dtype=np.float32) for axis in (0, 1))
        cv2.remap(sharp, at_x, at_y, cv2.INTER_LINEAR, dst=seen[strip], borderMode=cv2.BORDER_CONSTANT, borderValue=90)
    return seen


def _light(shape: tuple[int, ...], dice: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How bright it is down each row and across each column, around nothing: the light comes from some side."""
    towards = dice.uniform(0, 2 * np.pi)
    down, across = np.ogrid[-0.5 : 0.5 : shape[0] * 1j, -0.5 : 0.5 : shape[1] * 1j]
    return np.sin(towards) * down, np.cos(towards) * across
