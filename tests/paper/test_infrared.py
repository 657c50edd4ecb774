"""偽造防止検出画像: the black plate shows 証, no RGB picture does, and a colour copy has lost it."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image

from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.infrared import CELL, CELLS, DECOYS, LATENT, PAIRS, SAMPLE_DOTS, SIDE, InfraredImage
from madoguchi.paper.shapes import shape_of
from madoguchi.runtime.fonts import find_fonts
from tests.paper.drawn import ocr, poppler
from tests.paper.scramble.fronts import NUMBER, front

FONT = find_fonts()[0]
LEFT, TOP = 240, 5988
"""Of the picture on the back, in dots."""
Plate = NDArray[np.float64]


@pytest.fixture(scope="module")
def back() -> bytes:
    return BackMaker(FONT).back(NUMBER, front())


@pytest.fixture(scope="module")
def image() -> InfraredImage:
    return InfraredImage.made(FONT)


@pytest.fixture(scope="module")
def plates(back: bytes) -> Plate:
    """Ink of the picture in the PDF, shape (SIDE, SIDE, 4), 0..1: what a printer's four drums get."""
    with pikepdf.open(io.BytesIO(back)) as document:
        found = [each for each in document.objects if _is_indexed_cmyk(each)]
        assert len(found) == 1
        packed = np.frombuffer(found[0].read_bytes(), dtype=np.uint8).reshape(SIDE, SIDE // 2)
        palette = np.frombuffer(bytes(found[0].ColorSpace[3]), dtype=np.uint8).reshape(-1, 4)
    index = np.stack([packed >> 4, packed & 15], axis=2).reshape(SIDE, SIDE)
    return np.asarray(palette[index] / 255)


def _is_indexed_cmyk(thing: pikepdf.Object) -> bool:
    if not isinstance(thing, pikepdf.Stream) or not isinstance(thing.get("/ColorSpace"), pikepdf.Array):
        return False
    return thing.ColorSpace[0] == "/Indexed" and thing.ColorSpace[1] == "/DeviceCMYK"


@pytest.fixture(scope="module", params=["pdfium", "poppler"])
def seen(request: pytest.FixtureRequest, back: bytes, tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.int16]:
    """The picture as a renderer shows it, one RGB value per sample."""
    if request.param == "poppler":
        page = poppler(back, tmp_path_factory.mktemp("drawn"), colour=True)
    else:
        with pdfium.PdfDocument(back) as document:
            page = document[0].render(scale=600 / 72 * (1 - 1e-7)).to_numpy()[..., 2::-1].copy()
    half = SAMPLE_DOTS // 2
    samples = page[TOP + half :: SAMPLE_DOTS, LEFT + half :: SAMPLE_DOTS][:SIDE, :SIDE]
    return samples.astype(np.int16)


def test_every_sample_is_black_alone_or_colours_alone(plates: Plate, image: InfraredImage) -> None:
    black, colours = plates[..., 3] > 0, plates[..., :3].min(axis=2) > 0
    assert (black ^ colours).all()
    assert (plates[black][:, :3] == 0).all()
    halves = {tuple(half) for pair in PAIRS for half in pair}
    assert {tuple(each) for each in np.round(plates * 100).astype(int).reshape(-1, 4).tolist()} == halves
    assert (black == np.kron(image.black, np.ones((CELL, CELL))).astype(bool)).all()


def test_the_black_plate_shows_the_character(plates: Plate) -> None:
    """Against the character as the font has it; the rest are decoys, as many inside as outside."""
    black = plates[..., 3] > 0
    character = shape_of(LATENT, font=FONT, size=round(0.92 * SIDE), stroke=6)
    placed = np.zeros((SIDE, SIDE), dtype=bool)
    top, left = ((SIDE - part) // 2 for part in character.shape)
    placed[top : top + character.shape[0], left : left + character.shape[1]] = character
    kernel = np.ones((CELL, CELL), dtype=np.uint8)
    inside, outside = cv2.erode(placed.astype(np.uint8), kernel) > 0, cv2.dilate(placed.astype(np.uint8), kernel) == 0
    assert black[inside].mean() == pytest.approx(1 - DECOYS, abs=0.05)
    assert black[outside].mean() == pytest.approx(DECOYS, abs=0.05)
    assert _read(black.astype(np.float64)) == LATENT


def test_the_mosaic_has_edges_everywhere(image: InfraredImage) -> None:
    """In every square of 10 × 10 cells: where toners lie a hair beside one another, no outline stands out."""
    edges = image.black[:, 1:] ^ image.black[:, :-1]
    blocks = edges[:, : CELLS - 10].reshape(CELLS // 10, 10, CELLS // 10 - 1, 10)
    assert blocks.mean(axis=(1, 3)).min() > 0.08


def test_no_profile_and_no_overprint(back: bytes) -> None:
    for word in (b"/ICCBased", b"/OutputIntents", b"/OP ", b"/op ", b"/OPM", b"/ExtGState", b"/DefaultCMYK"):
        assert word not in back
    assert back.count(b"/DeviceCMYK") == 1


def test_the_two_halves_of_a_pair_look_the_same(seen: NDArray[np.int16], image: InfraredImage) -> None:
    black = np.kron(image.black, np.ones((CELL, CELL))).astype(bool)
    middles = [float(seen[image.tones == tone].mean()) for tone in range(len(PAIRS))]
    assert middles[0] > middles[1] + 20 > middles[2] + 40
    for tone in range(len(PAIRS)):
        # Off the edges of tones, where renderers mix the two.
        of_tone = cv2.erode((image.tones == tone).astype(np.uint8), np.ones((3, 3), dtype=np.uint8)) > 0
        assert (of_tone & black).sum() > 500 < (of_tone & ~black).sum()
        both = seen[of_tone]
        assert (both.max(axis=0) - both.min(axis=0) <= 5).all()


def test_a_colour_copy_has_lost_it(seen: NDArray[np.int16], plates: Plate, image: InfraredImage) -> None:
    """Scanned as RGB, parted into CMYK with grey component replacement, as copiers do: full and half of it."""
    dice = np.random.default_rng(3)
    scan = cv2.GaussianBlur(seen.astype(np.float64), (0, 0), 1.0) + dice.normal(0, 2, seen.shape)
    ink = np.clip(1 - scan / 255, 0, 1)
    assert _contrast(plates[..., 3], image) > 0.2
    for share in (1.0, 0.5):
        black = ink.min(axis=2) * share
        assert abs(_contrast(black, image)) < 0.02
        assert _read(np.clip(black / 0.5, 0, 1)) != LATENT


def _contrast(black: Plate, image: InfraredImage) -> float:
    """How much more black ink the latent cells have, over the tones."""
    latent = np.kron(image.black, np.ones((CELL, CELL))).astype(bool)
    return float(
        np.mean(
            [black[latent & (image.tones == n)].mean() - black[~latent & (image.tones == n)].mean() for n in (0, 1)]
        )
    )


def _read(black: Plate) -> str:
    """One character, as Tesseract reads it where decoys are filtered out."""
    shown = 255 - cv2.medianBlur((np.clip(black, 0, 1) * 255).astype(np.uint8), 13)
    return ocr(Image.fromarray(np.pad(shown, 60, constant_values=255)), dpi=300, layout=10)


def test_a_font_without_the_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError, match="back_failed"):
        InfraredImage.made(tmp_path / "none.ttf")
