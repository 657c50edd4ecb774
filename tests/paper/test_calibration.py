"""The chart, printed by simulated printers and scanned in any way, gives each printer its setting."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from madoguchi import cli
from madoguchi.center.printers import PrinterSection
from madoguchi.errors import MadoguchiError
from madoguchi.paper.back import BackMaker
from madoguchi.paper.calibration.chart import chart
from madoguchi.paper.calibration.reading import read_chart
from madoguchi.paper.calibration.steps import STEPS, Steps, fields
from madoguchi.paper.copywarning import CopyWarning, tile, word_area
from madoguchi.paper.picture import page_png
from madoguchi.paper.screens import Screen, coverage
from madoguchi.runtime.config import read_toml
from madoguchi.runtime.fonts import find_fonts
from tests.paper.copying import SHARP, Floats, Printer, printed, visibility
from tests.paper.drawn import poppler
from tests.paper.scramble.fronts import NUMBER, front

FONT = find_fonts()[0]
SWALLOWING = Printer(spot=0.5, gain=0.25, scatter=2.2, swallows=0.05)
"""Loses a part of the finest dots: the default's word would be seen."""
Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def inked(tmp_path_factory: pytest.TempPathFactory) -> Grey:
    """The chart as a printer gets it, 1 for black."""
    drawn = poppler(chart(Steps(), font=FONT), tmp_path_factory.mktemp("chart"))
    return (drawn < 128).astype(np.uint8)


@pytest.fixture(scope="module")
def sheets(inked: Grey) -> dict[Printer, Floats]:
    return {printer: printed(inked, printer, seed=7) for printer in (SHARP, SWALLOWING)}


def scan(paper: Floats, *, dpi: int = 300, degrees: float = 0.4, noise: float = 2.0) -> Grey:
    """As a scanner writes it: turned, sampled, in sRGB, with noise; light falls off to one side by six percent."""
    height, width = paper.shape
    factor = dpi / 600
    blurred = cv2.GaussianBlur(paper, (0, 0), 0.35 / factor + 0.3)
    size = round(factor * max(width, height) * 1.45)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, factor)
    turn[:, 2] += (size / 2 - width / 2, size / 2 - height / 2)
    seen = cv2.warpAffine(blurred, turn, (size, size), flags=cv2.INTER_LINEAR, borderValue=0.3)
    ys, xs = np.nonzero(np.asarray(cv2.warpAffine(np.ones_like(paper), turn, (size, size))))
    seen = np.asarray(seen)[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    seen = seen * np.linspace(1.0, 0.94, seen.shape[1], dtype=np.float32)
    value = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * np.maximum(seen, 0) ** (1 / 2.4) - 0.055) * 255
    value += noise * np.random.default_rng(9).standard_normal(value.shape)
    return np.clip(np.round(value), 0, 255).astype(np.uint8)


def alike(printer: Printer) -> float:
    """The percentage at which the word is not seen on this printer, found on the real tile and not on the chart."""
    seen = []
    for percent in (8.5, 9.25, 10.0, 10.75, 11.5):
        setting = CopyWarning(background=Screen(width=1, height=2, percent=percent))
        seen.append((visibility(printed(tile(setting, FONT), printer, seed=3), word_area(FONT)), percent))
    differences, percents = (np.array(each) for each in zip(*seen, strict=True))
    return float(np.interp(0.0, differences, percents))


@pytest.mark.parametrize("printer", [SHARP, SWALLOWING], ids=["sharp", "swallowing"])
def test_each_printer_gets_its_own_setting(sheets: dict[Printer, Floats], printer: Printer) -> None:
    found = read_chart(scan(sheets[printer]))
    right = alike(printer)
    assert found.setting.background.percent == pytest.approx(right, abs=0.15)
    assert found.best.percent == pytest.approx(right, abs=0.3)
    assert found.setting.word == CopyWarning().word
    original = printed(tile(found.setting, FONT), printer, seed=4)
    assert abs(visibility(original, word_area(FONT))) < 0.15


def test_the_default_would_be_seen_where_the_setting_is_not() -> None:
    assert abs(visibility(printed(tile(CopyWarning(), FONT), SWALLOWING, seed=4), word_area(FONT))) > 0.3
    assert alike(SHARP) < alike(SWALLOWING) - 0.4


@pytest.mark.parametrize(
    ("dpi", "degrees"), [(300, 180.3), (600, -1.5), (400, 91.0)], ids=["upside down", "600 dpi, skewed", "on its side"]
)
def test_a_chart_is_read_as_it_comes(sheets: dict[Printer, Floats], dpi: int, degrees: float) -> None:
    straight = read_chart(scan(sheets[SWALLOWING]))
    found = read_chart(Image.fromarray(scan(sheets[SWALLOWING], dpi=dpi, degrees=degrees)).convert("RGB"))
    assert found.setting.background.percent == pytest.approx(straight.setting.background.percent, abs=0.15)


def test_other_pictures_are_refused(sheets: dict[Printer, Floats], tmp_path: Path) -> None:
    whole = scan(sheets[SHARP])
    back = Image.open(io.BytesIO(page_png(BackMaker(FONT).back(NUMBER, front()), page=1, dpi=300)))
    half = whole.copy()
    half[whole.shape[0] // 2 :] = 255
    one_bit = Image.fromarray(whole).convert("1")
    for picture in (back, np.full_like(whole, 200), half, one_bit, one_bit.convert("L"), whole[:1000, :1000]):
        with pytest.raises(MadoguchiError, match="chart_not_found"):
            read_chart(picture)
    with pytest.raises(MadoguchiError, match="chart_not_found"):
        read_chart(np.broadcast_to(whole[:1, :1], (20_000, 20_000)))


def test_a_stained_chart_is_refused(sheets: dict[Printer, Floats]) -> None:
    """Coffee over two of the fields."""
    stained = sheets[SHARP].copy()
    left, top, width, height = fields(6)[0]
    stained[top : top + 2 * height, left : left + width // 2] *= 0.9
    with pytest.raises(MadoguchiError, match="chart_unusable"):
        read_chart(scan(stained))


def test_a_scan_with_its_background_removed_gives_no_setting(sheets: dict[Printer, Floats]) -> None:
    """What is lighter than a light grey became white, and the fine ground lost the most."""
    seen = scan(sheets[SHARP])
    with pytest.raises(MadoguchiError, match="chart_out_of_range"):
        read_chart(np.where(seen > 225, 255, seen).astype(np.uint8))


def test_a_printer_beyond_the_chart_is_told_so(inked: Grey) -> None:
    far = Printer(spot=0.7, gain=0.5, scatter=2.0, swallows=0.25)
    with pytest.raises(MadoguchiError, match="chart_out_of_range"):
        read_chart(scan(printed(inked, far, seed=8)))


def test_the_steps_are_printed_as_they_are_named(inked: Grey) -> None:
    steps = Steps()
    assert steps.percents == (8.5, 8.8, 9.1, 9.4, 9.7, 10.0, 10.3, 10.6, 10.9, 11.2, 11.5)
    for number, ground in enumerate(steps.grounds):
        for place, screen in zip(fields(number), (ground, steps.warning.word, ground), strict=True):
            left, top, width, height = place
            assert inked[top : top + height, left : left + width].mean() == pytest.approx(coverage(screen), rel=0.01)


def test_a_code_names_exactly_its_steps() -> None:
    other = Steps(warning=CopyWarning(word=Screen(width=4, height=4, percent=11.25)), first=10.25, step=0.15)
    for steps in (Steps(), other):
        read = Steps.parse(steps.text())
        assert (read.percents, read.warning.word, read.text()) == (steps.percents, steps.warning.word, steps.text())
        assert len(read.grounds) == STEPS
    for wrong in (
        "",
        "3.3.1040:1.2.850",
        "3.3.1040:1.2.850.0",
        "3.3.1040:1.0.850.30",
        "3.3.1040:1.2.0850.30",
        "3.3.99999",
    ):
        with pytest.raises(ValueError, match="not the code"):
            Steps.parse(wrong)


def test_the_commands(sheets: dict[Printer, Floats], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, seen, setting = tmp_path / "chart.pdf", tmp_path / "scan.png", tmp_path / "setting.toml"
    assert cli.main(["paper", "calibrate", "chart", "--out", str(made)]) == cli.OK
    assert made.read_bytes() == chart(Steps(), font=FONT)
    Image.fromarray(scan(sheets[SWALLOWING])).save(seen)
    arguments = ["paper", "calibrate", "read", str(seen), "--model", "mfp-7", "--out", str(setting)]
    assert cli.main(arguments) == cli.OK
    assert setting.read_text() in capsys.readouterr().out
    assert setting.read_text().startswith("[printers.mfp-7]\n")
    body = tmp_path / "section.toml"
    body.write_text(setting.read_text().partition("\n")[2])
    assert read_toml(body, PrinterSection).warning == read_chart(scan(sheets[SWALLOWING])).setting
    for wrong in (["read", str(made)], ["read", str(setting)]):
        assert cli.main(["paper", "calibrate", *wrong]) == cli.PROBLEM
        assert "[paper.chart_not_found]" in capsys.readouterr().err
    assert cli.main(["paper", "calibrate", "read", str(seen), "--model", "a.b"]) == cli.USAGE
