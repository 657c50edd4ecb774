"""`./madoguchi verify …`: serve the page for receivers."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run
from madoguchi.verify.compare_command import compare_command
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.restore_command import restore_command
from madoguchi.verify.serve import serve_verify


@click.group()
def group() -> None:
    """For receivers of papers: check the printed code, restore a front from its back, compare both."""


group.add_command(restore_command)
group.add_command(compare_command)


@group.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve the page until stopped."""
    config = load_config(config_file, VerifyConfig)
    with begin(config, party="verify"):
        run(serve_verify(config, clock=SystemClock()))
