"""`./madoguchi issuer serve`."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.serve import serve_issuer
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run


@click.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve one replica until stopped."""
    config = load_config(config_file, IssuerConfig)
    with begin(config, party="issuer") as lock:
        run(serve_issuer(config, lock=lock, clock=SystemClock()))
