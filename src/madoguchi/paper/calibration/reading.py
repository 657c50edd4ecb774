"""From a scan of a printed chart to the ground that this printer prints in the word's tone.

1. The chart's code says which steps it has, its four markers where they lie in the scan.
2. Every field's light is averaged (as light, not as the scan's values, which are not proportional to it) and told as
   L* beside the bare paper next to it.
3. The difference of word and ground rises from step to step; where the straight line through all of them is zero,
   both look alike. A line of eleven strips is steadier than the best strip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.calibration.steps import CODE_PREFIX, MARKERS, Steps, bare, fields
from madoguchi.paper.copywarning import CopyWarning
from madoguchi.paper.dots import Place
from madoguchi.paper.markers import Grey, Points, markers_in
from madoguchi.paper.problems import CHART_NOT_FOUND, CHART_OUT_OF_RANGE, CHART_UNUSABLE
from madoguchi.paper.qr import read_text
from madoguchi.paper.screens import Screen

MAX_PIXELS: Final = 60_000_000
"""A 600 dpi A4 scan has 35 million."""
MIN_SIDE: Final = 2000
"""A4 at 240 dpi: below, a code's modules and the fields' edges are too coarse to be trusted."""
_LEAST_GREYS: Final = 32
_RIM_DOTS: Final = 48
"""Of a field, that is not measured: 2 mm, for what lies beside it and for a place that is a little off."""
_LEAST_RISE: Final = 0.15
"""L* per percent of the ground; simulated printers have 0.3 to 0.7."""
_MOST_OFF: Final = 0.2
"""L* between a step and the line, at the root of the mean square. Simulated scans have 0.02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One strip of the chart."""

    percent: float
    difference: float
    """How much lighter the word is than its ground, in L*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What a chart says of a printer."""

    setting: CopyWarning
    """The word as on the chart, the ground in its tone, to a tenth of a percent."""
    steps: tuple[Step, ...]

    @property
    def best(self) -> Step:
        """The strip that comes nearest: what an eye would choose."""
        return min(self.steps, key=lambda step: abs(step.difference))


def read_chart(picture: Image.Image | NDArray[np.uint8]) -> Calibration:
    """From a scan of a whole chart, any way up, grey or colour, about 300 to 600 dpi.

    Raises `paper.chart_not_found`, `paper.chart_unusable`, `paper.chart_out_of_range`.
    """
    grey = _grey(picture)
    steps = _steps(grey)  # 1
    plane = _plane(grey)
    light = _light(grey)
    found = tuple(  # 2
        Step(percent=percent, difference=_difference(light, plane, number))
        for number, percent in enumerate(steps.percents)
    )
    size = steps.warning.background
    ground = Screen(width=size.width, height=size.height, percent=round(_alike(found, steps.step), 1))  # 3
    return Calibration(setting=CopyWarning(word=steps.warning.word, background=ground), steps=found)


def _grey(picture: Image.Image | NDArray[np.uint8]) -> Grey:
    """The size is looked at before anything is decoded."""
    width, height = picture.size if isinstance(picture, Image.Image) else picture.shape[1::-1]
    if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE:
        raise CHART_NOT_FOUND.error(f"{width} by {height} pixels")
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    if image.mode == "1":
        raise CHART_NOT_FOUND.error("black and white only")
    grey: Grey = np.array(image.convert("L"), dtype=np.uint8)
    if len(np.unique(grey[::8, ::8])) < _LEAST_GREYS:
        raise CHART_NOT_FOUND.error("black and white only")
    return grey


def _steps(grey: Grey) -> Steps:
    try:
        return Steps.parse(read_text(grey, prefix=CODE_PREFIX))
    except (MadoguchiError, ValueError) as failure:
        raise CHART_NOT_FOUND.error(f"{type(failure).__name__} {failure}"[:150]) from None


def _plane(grey: Grey) -> Points:
    """From dots of the sheet to pixels of the scan, a homography."""
    found = markers_in(grey, MARKERS)
    if found.keys() != MARKERS.keys():
        raise CHART_NOT_FOUND.error(f"{len(found)} of {len(MARKERS)} markers")
    dots = np.concatenate([_corners(MARKERS[number]) for number in found])
    plane, _ = cv2.findHomography(dots, np.concatenate(list(found.values())))
    if plane is None:
        raise CHART_NOT_FOUND.error("markers that lie on no sheet")
    return np.asarray(plane, dtype=np.float64)


def _corners(place: Place) -> Points:
    left, top, width, height = place
    return np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]], dtype=float)


def _light(grey: Grey) -> NDArray[np.float32]:
    """Scanners write sRGB (IEC 61966-2-1); this is the light behind each value, 0..1."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - the standard's
    return np.asarray(table.astype(np.float32)[grey])


def _difference(light: NDArray[np.float32], plane: Points, number: int) -> float:
    left, word, right = (_mean(light, plane, _inside(place)) for place in fields(number))
    one, other = (_mean(light, plane, place) for place in bare(number))
    paper = (one + other) / 2
    return _lightness(word / paper) - _lightness((left + right) / 2 / paper)


def _inside(place: Place) -> Place:
    left, top, width, height = place
    return left + _RIM_DOTS, top + _RIM_DOTS, width - 2 * _RIM_DOTS, height - 2 * _RIM_DOTS


def _mean(light: NDArray[np.float32], plane: Points, place: Place) -> float:
    """Over the pixels whose middles lie in that place of the sheet."""
    outline = cv2.perspectiveTransform(_corners(place)[None], plane)[0]
    left, top = np.floor(outline.min(axis=0)).astype(int)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int)
    if left < 0 or top < 0 or right >= light.shape[1] or bottom >= light.shape[0]:
        raise CHART_NOT_FOUND.error("a part of the chart lies outside of the picture")
    part = light[top : bottom + 1, left : right + 1]
    inside = np.zeros(part.shape, dtype=np.uint8)
    cv2.fillConvexPoly(inside, np.round(outline - (left, top)).astype(np.int32), 1)
    return float(part[inside > 0].mean())


def _lightness(share: float) -> float:
    """CIE L* of a reflectance beside the paper's; for what paper has."""
    return float(116 * np.cbrt(share) - 16)


def _alike(steps: tuple[Step, ...], step: float) -> float:
    """The percentage at which the difference is nothing."""
    percents, differences = (np.array(each) for each in zip(*((s.percent, s.difference) for s in steps), strict=True))
    rise, at_zero = np.polyfit(percents, differences, 1)
    off = float(np.sqrt(np.mean((differences - (rise * percents + at_zero)) ** 2)))
    if rise < _LEAST_RISE or off > _MOST_OFF:
        raise CHART_UNUSABLE.error(f"rise {rise:.2f} L* per percent, {off:.2f} L* off the line")
    alike = float(-at_zero / rise)
    if not percents[0] - step / 2 <= alike <= percents[-1] + step / 2:
        raise CHART_OUT_OF_RANGE.error(f"alike at {alike:.1f} %, steps from {percents[0]:g} to {percents[-1]:g}")
    return alike
