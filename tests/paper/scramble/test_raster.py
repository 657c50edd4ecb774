"""A front as pixels: lossless, bounded, and read back from a printed, destroyed and scanned back."""

from __future__ import annotations

import contextlib
import io
import zlib
from dataclasses import replace

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.redrawn import PIXELS_PER_POINT, redraw
from madoguchi.paper.scramble.field import CELL_DOTS
from madoguchi.paper.scramble.raster import MAX_PIXELS, Raster, RasterFront, packed
from madoguchi.paper.scramble.reading import read_cells
from madoguchi.paper.scramble.rendering import LARGEST, render_pages
from madoguchi.paper.scramble.restoring import restore
from madoguchi.runtime.fonts import find_fonts
from madoguchi.wire.codec import encode_plain
from tests.paper.printscan import HARSH, PHONE, Conditions, covered, scanned
from tests.paper.scramble.fronts import NUMBER
from tests.paper.scramble.rasters import page_pdf, raster_front

FIELD = (240, 240, 4480, 5632)
Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def back() -> bytes:
    return BackMaker(find_fonts()[0]).back(NUMBER, raster_front())


@pytest.fixture(scope="module")
def sheet(back: bytes) -> Grey:
    with pdfium.PdfDocument(back) as document:
        drawn: Grey = document[0].render(scale=PIXELS_PER_POINT * CELL_DOTS, grayscale=True).to_numpy().copy()
    return drawn.reshape(drawn.shape[:2])


def _raster(**changes: object) -> bytes:
    whole = {"dpi": 300, "width": 9, "height": 2, "ink": b"", "colour": b"", "coloured": b"", **changes}
    return encode_plain(list(whole.values()))


def test_a_certificate_at_300_dpi_is_its_ink_and_its_seal_is_red() -> None:
    raster = Raster.decode(raster_front().raster)
    with pdfium.PdfDocument(page_pdf()) as document:
        grey = document[0].render(scale=300 / 72, grayscale=True).to_numpy()
    shown = raster.picture()
    assert raster.dpi == 300
    assert np.array_equal((shown < 255).any(axis=2), grey.reshape(grey.shape[:2]) < 170)
    red = (shown[..., 0] > 120) & (shown[..., 1] < 120)
    assert 1000 < red.sum() < 60_000
    assert len(raster.coloured) < 800


@pytest.mark.parametrize("pale", [0.0, 0.3, 0.6])
def test_no_stroke_is_lost_where_it_is_thinner_than_a_pixel(pale: float) -> None:
    """Rules of 0.14 pt, as the character 一 has in small print, at every place between two pixels."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    lines = [f"50 {800 - 10 * at - at * 0.017 - pale * 0.1:.3f} 400 0.14 re f" for at in range(60)]
    page.Contents = made.make_stream("\n".join(lines).encode())
    (raster,) = render_pages(_saved(made))
    rows = (Raster.decode(raster).picture()[:, 800, 0] == 0).astype(int)
    assert (np.diff(rows) == 1).sum() == 60


def test_the_finished_back_reads_back_and_stays_small(back: bytes) -> None:
    header, front = read_cells(redraw(back).cells)
    assert (header.paper_number, front) == (NUMBER, raster_front())
    assert header.rate.index <= 4
    assert len(back) + len(page_pdf()) < 400_000


@given(st.integers(1, 70), st.integers(1, 40), st.randoms(use_true_random=False))
def test_every_plane_is_lossless(width: int, height: int, dice: object) -> None:
    seed = dice.getrandbits(32)  # type: ignore[attr-defined]
    bits = np.random.default_rng(seed).integers(0, 2, (height, width), dtype=np.uint8)
    raster = Raster(
        dpi=300, width=width, height=height, ink=packed(np.packbits(bits, axis=1)), colour=b"", coloured=b""
    )
    shown = Raster.decode(raster.encode()).picture()
    assert np.array_equal(shown[..., 0] == 0, bits > 0)


@given(st.binary(max_size=200))
def test_any_other_octets_are_refused(raw: bytes) -> None:
    for kind in (Raster, RasterFront):
        with contextlib.suppress(MadoguchiError):
            assert kind.decode(raw).encode() == raw


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 0},
        {"width": 2**40},
        {"width": 4300, "height": MAX_PIXELS // 4300 + 1},
        {"height": -1},
        {"dpi": 0},
        {"colour": b"red"},
        {"colour": b"r", "coloured": b"x"},
        {"coloured": b"x"},
        {"ink": "text"},
        {"dpi": True, "width": "x"},
    ],
)
def test_sizes_that_no_page_has_are_refused_before_anything_is_inflated(changes: dict[str, object]) -> None:
    with pytest.raises(MadoguchiError, match="scramble_damaged"):
        Raster.decode(_raster(**changes))


def test_bombs_and_stumps_are_not_inflated() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(200_000_000)) + packer.flush()
    good = packed(np.zeros((2, 2), dtype=np.uint8))
    for ink in (bomb, bomb[:50], b"", good[:-1], good + b"more", b"\xff\xff"):
        with pytest.raises(MadoguchiError, match="deflate"):
            Raster.decode(_raster(ink=ink)).picture()


def test_pages_that_do_not_fit_are_refused() -> None:
    huge = pikepdf.new()
    huge.add_blank_page(page_size=(5000, 5000))
    noisy = pikepdf.new()
    page = noisy.add_blank_page(page_size=(595, 842))
    noise = np.random.default_rng(1).bytes(2480 * 3508 // 8)
    image = pikepdf.Stream(
        noisy, noise, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=2480, Height=3508,
        ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=1,
    )  # fmt: skip
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
    page.Contents = noisy.make_stream(b"595 0 0 842 0 0 cm /I Do")
    for document in (huge, noisy):
        with pytest.raises(MadoguchiError, match="scramble_too_large"):
            render_pages(_saved(document))
    with pytest.raises(MadoguchiError, match="scramble_too_large"):
        render_pages(b"no PDF")


def _saved(document: pikepdf.Pdf) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def test_a_fifth_may_be_destroyed(sheet: Grey) -> None:
    found = restore(scanned(covered(sheet, 0.2, seed=1, box=FIELD), HARSH, seed=1))
    assert (found.paper_number, found.front) == (NUMBER, raster_front())


@pytest.mark.long
@pytest.mark.parametrize("dpi", [300, 400, 600])
def test_a_fifth_may_be_destroyed_whichever(sheet: Grey, dpi: int) -> None:
    """Bit for bit in at least 99 of 100 trials; the curve (`curve.py`) has the figures."""
    read = sum(_reads(sheet, seed, replace(HARSH, dpi=dpi)) for seed in range(34))
    assert read >= 34


def _reads(sheet: Grey, seed: int, conditions: Conditions) -> bool:
    try:
        found = restore(scanned(covered(sheet, 0.2, seed=seed, box=FIELD), conditions, seed=seed))
    except MadoguchiError:
        return False
    assert found.front == raster_front()
    return True


def test_the_largest_raster_keeps_rate_one_half() -> None:
    front = RasterFront(rendering=bytes(1000), front_code=bytes(480), raster=bytes(LARGEST))
    assert len(front.encode()) <= 84_458


def test_a_telephone_reads_it(sheet: Grey) -> None:
    assert restore(scanned(sheet, PHONE, seed=3)).front == raster_front()
