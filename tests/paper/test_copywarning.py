"""けん制文字: two screens of one tone, exactly on the printer's dots; a copy shows the word, the original does not."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.copywarning import WORD_TILT, CopyWarning, front_layer, tile, word_area
from madoguchi.paper.picture import page_png
from madoguchi.paper.screens import TILE, Bits, Screen, coverage, plain
from madoguchi.runtime.fonts import find_fonts
from tests.paper.copying import (
    HEAVY,
    PHOTO,
    SHARP,
    SOFT,
    TEXT,
    TEXT_PHOTO,
    Floats,
    Mode,
    Printer,
    copied,
    printed,
    visibility,
)
from tests.paper.drawn import ocr, poppler

FONT = find_fonts()[0]
DEFAULT = CopyWarning()
PRINTERS = pytest.mark.parametrize("printer", [SHARP, HEAVY, SOFT], ids=["sharp", "heavy", "soft"])
EYE = 0.3
"""L* of a large soft-edged shape that nobody sees."""


@pytest.mark.parametrize(("width", "height"), [(1, 2), (2, 2), (3, 3)])
@pytest.mark.parametrize("percent", [8.5, 9.1, 9.9, 10.4, 11.5])
def test_a_screen_covers_what_it_says(width: int, height: int, percent: float) -> None:
    screen = Screen(width=width, height=height, percent=percent)
    drawn = plain(screen)
    assert drawn.shape == TILE[::-1]
    assert drawn.mean() == pytest.approx(coverage(screen))
    assert coverage(screen) * 100 == pytest.approx(percent, rel=0.01)


def test_the_screens_have_the_lines_that_were_designed() -> None:
    assert round(DEFAULT.background.lines_per_inch) == 133
    assert round(DEFAULT.word.lines_per_inch) == 64


@pytest.mark.parametrize("screen", [DEFAULT.word, DEFAULT.background])
def test_every_dot_is_whole_and_at_45_degrees_over_the_seams_of_tiles(screen: Screen) -> None:
    """Tiles side by side, the second row moved by half, as on the page."""
    two = np.tile(plain(screen), (1, 2))
    sheet = np.concatenate([two, np.roll(two, TILE[0] // 2, axis=1)])
    number, _, boxes, middles = cv2.connectedComponentsWithStats(sheet, connectivity=8)
    inner = (boxes[1:, 0] > 8) & (boxes[1:, 1] > 8) & (boxes[1:, :2] + 8 < np.array(sheet.shape)[::-1]).all(axis=1)
    assert set(map(tuple, boxes[1:, 2:][inner].tolist())) == {
        (screen.width, screen.height, screen.width * screen.height)
    }
    step = 600 / screen.lines_per_inch
    nearest = _nearest(np.asarray(middles[1:][inner], dtype=np.float64), rim=2 * step)
    assert nearest.min() > 0.75 * step
    assert nearest.max() < 1.25 * step
    assert number > 1000


def _nearest(points: NDArray[np.float64], *, rim: float) -> NDArray[np.float64]:
    """Distance from some of the points, all off the rim, to the nearest other one."""
    off = ((points > points.min(axis=0) + rim) & (points < points.max(axis=0) - rim)).all(axis=1)
    some = points[off][:: max(1, int(off.sum()) // 400)]
    apart = np.linalg.norm(some[:, None] - points[None], axis=2)
    return np.partition(apart, 1, axis=1)[:, 1]


def test_word_and_ground_have_their_own_screens_and_no_cut_dots() -> None:
    made, word = tile(DEFAULT, FONT), word_area(FONT)
    inside = cv2.erode(word.astype(np.uint8), np.ones((9, 9), dtype=np.uint8)) > 0
    outside = cv2.dilate(word.astype(np.uint8), np.ones((9, 9), dtype=np.uint8)) == 0
    assert (made[inside] == plain(DEFAULT.word)[inside]).all()
    assert (made[outside] == plain(DEFAULT.background)[outside]).all()
    assert inside.mean() > 0.08
    _, _, boxes, _ = cv2.connectedComponentsWithStats(made, connectivity=8)
    off_the_edge = ((boxes[:, :2] > 0) & (boxes[:, :2] + boxes[:, 2:4] < np.array(TILE))).all(axis=1)
    assert boxes[off_the_edge, cv2.CC_STAT_AREA].min() == 2


def test_another_setting_is_another_layer() -> None:
    other = CopyWarning(background=Screen(width=1, height=2, percent=9.3))
    assert front_layer(DEFAULT, FONT) == front_layer(CopyWarning(), FONT) != front_layer(other, FONT)
    assert tile(other, FONT).sum() < tile(DEFAULT, FONT).sum()


def test_the_layer_is_drawn_dot_by_dot_by_two_renderers(tmp_path: Path) -> None:
    made = front_layer(DEFAULT, FONT)
    assert len(made) < 20_000
    page = _whole_page()
    for drawn in (_by_pdfium(made), poppler(made, tmp_path)):
        assert drawn.shape == page.shape == (7016, 4960)
        assert (drawn == np.where(page, 0, 255)).all()


def _by_pdfium(pdf: bytes) -> NDArray[np.uint8]:
    with pdfium.PdfDocument(pdf) as document:
        drawn: NDArray[np.uint8] = document[0].render(scale=600 / 72 * (1 - 1e-7), grayscale=True).to_numpy().copy()
    return drawn.reshape(drawn.shape[:2])


def test_a_picture_for_the_screen_shows_no_seams_of_tiles() -> None:
    """Every pixel is the mean of its 16 dots, wherever tiles meet."""
    drawn = page_png(front_layer(DEFAULT, FONT), page=1, dpi=150)
    picture = np.array(Image.open(io.BytesIO(drawn)).convert("L"), dtype=np.float64)[:1754, :1240]
    means = 255 * (1 - _whole_page().reshape(1754, 4, 1240, 4).mean(axis=(1, 3)))
    off = np.abs(picture - means)[1:-1, 1:-1]
    assert off.mean() < 2
    assert off.mean(axis=0).max() < 20 > off.mean(axis=1).max()


def _whole_page() -> Bits:
    row = np.tile(tile(DEFAULT, FONT), (1, 4))
    return np.concatenate([np.roll(row, -(TILE[0] // 2) * (number % 2), axis=1) for number in range(8)])


def test_a_font_without_the_word_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match="back_failed"):
        front_layer(DEFAULT, tmp_path / "none.ttf")


@pytest.fixture(scope="module")
def one() -> Bits:
    return tile(DEFAULT, FONT)


@PRINTERS
def test_the_word_is_not_seen_on_the_original(one: Bits, printer: Printer) -> None:
    original = printed(one, printer, seed=1)
    assert abs(visibility(original, word_area(FONT))) < EYE
    assert "複写" not in _read(original)


@PRINTERS
@pytest.mark.parametrize(("mode", "least"), [(TEXT, 3.5), (TEXT_PHOTO, 1.7)], ids=["text", "text and photo"])
def test_the_word_is_read_on_a_copy(one: Bits, printer: Printer, mode: Mode, least: float) -> None:
    copy = copied(printed(one, printer, seed=1), mode, printer, seed=2)
    assert visibility(copy, word_area(FONT)) < -least
    assert "複写" in _read(copy)


@PRINTERS
def test_photo_mode_defeats_it(one: Bits, printer: Printer) -> None:
    """What the documentation admits. Should this fail one day, the marks have become better than it says."""
    copy = copied(printed(one, printer, seed=1), PHOTO, printer, seed=2)
    assert abs(visibility(copy, word_area(FONT))) < EYE


def _read(paper: Floats) -> str:
    """What Tesseract reads of the word, as one sees it from a distance: blurred, upright, its tones stretched."""
    height, width = paper.shape
    blurred = cv2.GaussianBlur(paper, (0, 0), 6)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -WORD_TILT, 1)
    upright = cv2.warpAffine(blurred, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    small = np.asarray(cv2.resize(upright, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))
    dark, light = np.percentile(small, [1, 90])
    shown = (np.clip((small - dark) / (light - dark), 0, 1) * 255).astype(np.uint8)
    middle = shown[shown.shape[0] // 2 - 95 :][:190, shown.shape[1] // 2 - 150 :][:, :300]
    return ocr(Image.fromarray(np.pad(middle, 40, constant_values=255)), dpi=150)
