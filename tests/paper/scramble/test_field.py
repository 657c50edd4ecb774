"""The field: where everything lies, that it is drawn so, and that it is read where cells are missing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.errors import MadoguchiError
from madoguchi.paper.scramble.drawing import draw
from madoguchi.paper.scramble.envelope import Kind, seal
from madoguchi.paper.scramble.field import (
    BLOCK,
    HEIGHT,
    MARKERS,
    PILOT,
    WIDTH,
    field,
    marker_corners,
)
from madoguchi.paper.scramble.reading import read_cells, read_soft
from tests.paper.scramble.fronts import NUMBER, cells, front


def test_every_cell_has_one_use() -> None:
    place = field()
    fixed = len(MARKERS) * (3 * BLOCK) ** 2 + len(place.pilot_blocks) * PILOT**2
    assert len(np.unique(place.order)) == len(place.order)
    assert len(place.order) + fixed == WIDTH * HEIGHT
    assert place.words == 21


def test_the_order_and_the_mask_are_those_that_were_published() -> None:
    place = field()
    assert place.order[:6].tolist() == [637779, 174088, 1279147, 1035653, 230548, 1432341]
    assert np.packbits(place.fixed).tobytes()[20_000:20_008].hex() == "e3ba07b2cb81a73a"


def test_markers_are_those_of_the_dictionary_where_they_are_said_to_be() -> None:
    picture = np.pad((1 - field().fixed) * 255, 20, constant_values=255).astype(np.uint8)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    corners, names, _ = detector.detectMarkers(picture)
    found = {int(name): corner[0] for name, corner in zip(names.ravel(), corners, strict=True)}
    assert sorted(found) == list(range(len(MARKERS)))
    for number, corner in found.items():
        assert np.abs(corner - 20 - marker_corners(number)).max() < 1.5


def test_no_large_area_is_even() -> None:
    """A printer's toner and a scanner's contrast want about as many dark cells as light ones everywhere."""
    blocks = cells().reshape(HEIGHT // BLOCK, BLOCK, WIDTH // BLOCK, BLOCK).transpose(0, 2, 1, 3)
    shares = np.array([blocks[row, column].mean() for row, column in field().pilot_blocks])
    assert np.abs(shares - 0.5).max() < 0.1
    empty = draw(seal(bytes(30_000), kind=Kind.PAGE_DESCRIPTION, paper_number=bytes(16), most_strips=21))
    assert abs(empty.mean() - cells().mean()) < 0.01


def test_drawn_cells_are_read_and_one_wrong_cell_is_noticed() -> None:
    header, restored = read_cells(cells())
    assert (header.paper_number, restored) == (NUMBER, front())
    for at in (field().order[0], field().order[-1], field().order[30_000], 40 * WIDTH + 110):
        wrong = cells().copy()
        wrong.flat[at] ^= 1
        with pytest.raises(MadoguchiError, match="scramble_damaged"):
            read_cells(wrong)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32), share=st.floats(0, 0.9))
def test_whatever_part_is_missing_the_rest_is_enough(seed: int, share: float) -> None:
    """Stains of any shape, up to nine tenths of the field."""
    soft = 1 - 2 * cells().astype(np.float32)
    dice = np.random.default_rng(seed)
    while (soft == 0).mean() < share - 0.02:
        row, column = dice.integers(0, HEIGHT - 80), dice.integers(0, WIDTH - 80)
        room = int(min(400, 20 + np.sqrt((share - (soft == 0).mean()) * soft.size)))
        soft[row : row + dice.integers(10, room + 11), column : column + dice.integers(10, room + 11)] = 0
    assert (soft == 0).mean() < 0.93
    assert read_soft(soft) == read_cells(cells())


def test_many_wrong_cells_are_outvoted() -> None:
    wrong = np.random.default_rng(1).random(cells().shape) < 0.25
    assert read_soft((1 - 2 * cells().astype(np.float32)) * (1 - 2 * wrong)) == read_cells(cells())


def test_a_field_of_nothing_or_noise_says_nothing() -> None:
    noise = np.random.default_rng(2).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    for soft in (np.zeros_like(noise), noise):
        with pytest.raises(MadoguchiError, match="scramble_damaged: header"):
            read_soft(soft)
