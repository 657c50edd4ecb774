"""From the printed back through printer, damage and scanner to the front again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.redrawn import PIXELS_PER_POINT
from madoguchi.paper.scramble.field import CELL_DOTS
from madoguchi.paper.scramble.restoring import restore
from madoguchi.runtime.fonts import find_fonts
from tests.paper.printscan import HARSH, MILD, PHONE, Conditions, covered, holed_and_written_on, scanned, turned
from tests.paper.scramble.fronts import NUMBER, front

FIELD = (240, 240, 4480, 5632)
"""In dots: left, top, width, height."""
Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def sheet() -> Grey:
    """The back as a 600 dpi printer has it."""
    made = BackMaker(find_fonts()[0]).back(NUMBER, front())
    document = pdfium.PdfDocument(made)
    drawn: Grey = document[0].render(scale=PIXELS_PER_POINT * CELL_DOTS, grayscale=True).to_numpy().copy()
    document.close()
    return drawn.reshape(drawn.shape[:2])


@pytest.mark.parametrize(
    "conditions",
    [
        replace(MILD, dpi=200),
        turned(replace(MILD, one_bit=True), 90),
        turned(HARSH, 180),
        PHONE,
    ],
    ids=["200 dpi", "1-bit, on its side", "harsh, upside down", "phone"],
)
def test_a_back_is_read_as_it_comes(sheet: Grey, conditions: Conditions) -> None:
    found = restore(scanned(holed_and_written_on(sheet, seed=1), conditions, seed=2))
    assert (found.paper_number, found.front) == (NUMBER, front())
    assert found.legible > 0.7


def test_sixty_percent_may_be_destroyed(sheet: Grey) -> None:
    found = restore(Image.fromarray(scanned(covered(sheet, 0.6, seed=4, box=FIELD), HARSH, seed=5)).convert("RGB"))
    assert (found.paper_number, found.front) == (NUMBER, front())
    assert found.legible < 0.5


def test_one_marker_is_enough_to_find_all_that_is_left(sheet: Grey) -> None:
    """Seed 1018 leaves a single marker whole, in the middle: the rest of the field is followed from there."""
    found = restore(scanned(covered(sheet, 0.6, seed=1018, box=FIELD), HARSH, seed=1018))
    assert (found.paper_number, found.front, found.markers) == (NUMBER, front(), 1)


def test_what_is_no_back_is_refused(sheet: Grey) -> None:
    blank = np.full((1754, 1240), 240, dtype=np.uint8)
    noise = np.random.default_rng(6).integers(0, 256, (1754, 1240), dtype=np.uint8)
    mirrored = np.ascontiguousarray(sheet[::4, ::-4])
    for picture in (blank, noise, mirrored, blank[:100], np.broadcast_to(blank[:1, :1], (20_000, 20_000))):
        with pytest.raises(MadoguchiError, match="scramble_"):
            restore(picture)


def test_markers_around_another_field_say_nothing(sheet: Grey) -> None:
    """Every block but the markers drawn anew: nothing is restored, and soon."""
    other = np.random.default_rng(7).integers(0, 2, (1408, 1120), dtype=np.uint8) * np.uint8(255)
    forged = sheet.copy()
    dark = forged[240:5872, 240:4720]
    noise = other.repeat(4, axis=0).repeat(4, axis=1)
    for top, bottom in ((384, 1792), (2176, 3456), (3840, 5248)):
        dark[top:bottom] = noise[top:bottom]
    for left, right in ((384, 2048), (2432, 4096)):
        dark[:, left:right] = noise[:, left:right]
    with pytest.raises(MadoguchiError, match="scramble_"):
        restore(scanned(forged, MILD, seed=8))


@pytest.mark.long
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.7])
def test_the_curve_of_success_against_damage(sheet: Grey, share: float) -> None:
    """Figures of docs/scramble-image.md. Never a wrong front; below 0.6 never none."""
    read = 0
    for seed in range(20):
        try:
            found = restore(scanned(covered(sheet, share, seed=seed, box=FIELD), HARSH, seed=seed))
        except MadoguchiError:
            continue
        assert (found.paper_number, found.front) == (NUMBER, front())
        read += 1
    assert read >= {0.2: 20, 0.4: 20, 0.6: 16, 0.7: 8}[share]
