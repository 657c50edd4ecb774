"""`./madoguchi paper …`: what a center does about its paper before anything is issued."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from PIL import Image

from madoguchi.bench.figures import table
from madoguchi.paper.calibration.steps import STEPS, Steps
from madoguchi.paper.problems import CHART_NOT_FOUND
from madoguchi.runtime.fonts import find_fonts

if TYPE_CHECKING:
    from madoguchi.paper.calibration.reading import Calibration

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_EXISTING: Final = click.Path(path_type=Path, dir_okay=False, exists=True)
_MODEL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_STEPS: Final = Steps()


@click.group()
def group() -> None:
    """The marks on the paper."""


@group.group()
def calibrate() -> None:
    """Fit けん制文字 to a model of printer: print the chart, scan it, put the setting into the center's file."""


@calibrate.command()
@click.option("--out", required=True, type=_FILE, help="Write the PDF here.")
@click.option("--first", type=click.FloatRange(5, 15), default=_STEPS.first, show_default=True, help="Percent.")
@click.option("--step", type=click.FloatRange(0.05, 1), default=_STEPS.step, show_default=True, help="Percent.")
@click.option("--font", type=_EXISTING, help="As `back_font` of the center; otherwise the one that the program finds.")
def chart(*, out: Path, first: float, step: float, font: Path | None) -> None:
    """Write the calibration chart: the word's screen beside grounds of rising coverage."""
    from madoguchi.paper.calibration.chart import chart as drawn  # OpenCV, for the markers

    steps = Steps(first=round(first, 2), step=round(step, 2))
    out.write_bytes(drawn(steps, font=font or find_fonts()[0]))
    click.echo(f"{out}: {STEPS} steps from {steps.percents[0]:g} to {steps.percents[-1]:g} %")
    click.echo("Print it on the printer itself, at 100 %, without enhancement; then `paper calibrate read SCAN`.")


@calibrate.command()
@click.argument("scan", type=_EXISTING)
@click.option("--model", default="model", show_default=True, help="Name of the printer's model in the configuration.")
@click.option("--out", type=_FILE, help="Write the setting here as TOML, to be put into the center's file.")
def read(*, scan: Path, model: str, out: Path | None) -> None:
    """Read SCAN (PNG, JPEG or TIFF, grey or colour, 300 to 600 dpi) of a printed chart, and say the setting."""
    from madoguchi.paper.calibration.reading import MAX_PIXELS, read_chart  # OpenCV

    if not _MODEL.fullmatch(model):
        msg = "lower-case letters, digits and hyphens"
        raise click.BadParameter(msg, param_hint="--model")
    try:
        with Image.open(scan, formats=("PNG", "JPEG", "TIFF")) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise CHART_NOT_FOUND.error(f"{picture.width} by {picture.height} pixels")
            found = read_chart(picture)
    except (OSError, SyntaxError) as failure:  # what decoders say of a file that is broken or no picture
        raise CHART_NOT_FOUND.error(f"no PNG, JPEG or TIFF: {type(failure).__name__}") from None
    click.echo(_told(found))
    setting = toml(found, model=model)
    click.echo(f"\n{setting}", nl=False)
    if out is not None:
        out.write_text(setting, encoding="utf-8")


def toml(found: Calibration, *, model: str) -> str:
    """The section of the center's configuration."""
    word, ground = found.setting.word, found.setting.background
    return (
        f"[printers.{model}]\n"
        f"word_dots = [{word.width}, {word.height}]\n"
        f"word_percent = {word.percent:g}\n"
        f"background_dots = [{ground.width}, {ground.height}]\n"
        f"background_percent = {ground.percent:g}\n"
    )


def _told(found: Calibration) -> str:
    rows = [
        [f"{step.percent:.2f}", f"{step.difference:+.2f}", "◀" if step == found.best else ""] for step in found.steps
    ]
    return table(["ground %", "word lighter by L*", "nearest"], rows)
