"""`./madoguchi ec …`."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.ec.config import EcConfig
from madoguchi.ec.lost_command import group as lost_property
from madoguchi.ec.serve import serve_ec
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run


@click.group()
def group() -> None:
    """ECセンター: relays between a store operator's kiosks and the national center."""


group.add_command(lost_property)


@group.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve until stopped."""
    config = load_config(config_file, EcConfig)
    with begin(config, party="ec"):
        run(serve_ec(config, clock=SystemClock()))
