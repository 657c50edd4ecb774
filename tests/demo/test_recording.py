"""Recording a visit: every screen once, as a strip or as a moving picture."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from madoguchi.cli.kiosk import group
from madoguchi.demo.recording import Recorder, Shot, strip, write
from madoguchi.kiosk.page import kiosk_page
from tests.pages.conftest import CHROMIUM, QUIET, TOKEN
from tests.pages.fake_machine import SAMPLES, FakeMachine
from tests.pages.serving import served


def shots(number: int) -> list[Shot]:
    made = []
    for at in range(number):
        held = io.BytesIO()
        Image.new("RGB", (1720, 900), (40 * at % 256, 90, 160)).save(held, "PNG")
        made.append(Shot(screen=f"screen-{at}", seconds=at * 1.5, png=held.getvalue()))
    return made


def test_a_strip_shows_all_of_them_in_rows() -> None:
    one, seven = strip(shots(1)), strip(shots(7))
    assert one.width == seven.width
    assert seven.height - one.height == 2 * (one.height - 14), "three rows instead of one"


def test_a_moving_picture_has_a_frame_for_each(tmp_path: Path) -> None:
    write(shots(5), tmp_path / "visit.webp")
    write(shots(5), tmp_path / "visit.png")
    with Image.open(tmp_path / "visit.webp") as moving, Image.open(tmp_path / "visit.png") as still:
        assert (getattr(moving, "n_frames", 1), moving.width) == (5, 900)
        assert still.format == "PNG"


@pytest.mark.browser
async def test_every_screen_is_taken_once_and_one_that_is_over_is_left_out() -> None:
    from playwright.async_api import async_playwright

    machine = FakeMachine()
    with served(kiosk_page(machine, token=TOKEN)) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            page = await browser.new_page()
            await page.goto(url)
            recorder = Recorder(page)
            for name in ("start", "start", "waiting"):
                await recorder.look({"name": name})
            machine.show_from_outside(SAMPLES["pin"])
            await recorder.look({"name": "pin"})
            await browser.close()
    assert [shot.screen for shot in recorder.shots] == ["start", "pin"]
    assert all(shot.png.startswith(b"\x89PNG") for shot in recorder.shots)


@pytest.mark.parametrize("words", [["--case", "nothing", "--out", "a.png"], ["--out", "a.gif"]])
def test_what_cannot_be_recorded_is_said(words: list[str]) -> None:
    told = CliRunner().invoke(group, ["record", *words])
    assert told.exit_code == 2, told.output


def test_a_kiosk_in_a_store_never_loads_the_demo() -> None:
    code = "import sys, madoguchi.cli.kiosk; assert 'madoguchi.demo' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert "record" in CliRunner().invoke(group, ["--help"]).output
