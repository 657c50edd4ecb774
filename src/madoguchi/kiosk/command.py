"""`./madoguchi kiosk …`."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.serve import serve_kiosk
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run


@click.group()
def group() -> None:
    """キオスク端末: the machine in the store that the resident operates."""


@group.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve until stopped."""
    config = load_config(config_file, KioskConfig)
    with begin(config, party="kiosk"):
        run(serve_kiosk(config, clock=SystemClock()))


@group.command()
@click.option("--out", "page", type=click.Path(path_type=Path, dir_okay=False), help="Another file.")
def states(page: Path | None) -> None:
    """Draw the state machine: write docs/kiosk-states.md from the steps that it makes."""
    from madoguchi.kiosk.drawing import PAGE, states_page

    page = page or PAGE
    page.write_text(states_page(), encoding="utf-8")
    click.echo(page)
