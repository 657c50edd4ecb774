"""`./madoguchi oversight …`: serve the ward's desk."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.oversight.config import OversightConfig
from madoguchi.oversight.serve import serve_oversight
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run


@click.group()
def group() -> None:
    """区の職員・審議会の統制: the ward's desk over all of it."""


@group.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve the desk until stopped; on this machine only."""
    config = load_config(config_file, OversightConfig)
    with begin(config, party="oversight"):
        run(serve_oversight(config, clock=SystemClock()))
