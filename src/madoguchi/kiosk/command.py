"""`./madoguchi kiosk …`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Final

import click

from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.serve import serve_kiosk
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run

_RECORD: Final = "record"


class _WithRecording(click.Group):
    """`record` plays the whole demo, so it lives there; a kiosk in a store never loads it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), _RECORD]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != _RECORD:
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module("madoguchi.demo.recording").command
        return command


@click.group(cls=_WithRecording)
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
