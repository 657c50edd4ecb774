"""`./madoguchi verify …`: check papers, or serve the page for receivers."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run
from madoguchi.verify.check_command import check_command
from madoguchi.verify.config import VerifyConfig
from madoguchi.verify.serve import serve_verify


class _FilesOrCommand(click.Group):
    """`verify FILE …` is `verify check FILE …`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["check", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_FilesOrCommand)
def group() -> None:
    """For receivers of papers: check pictures of them (`verify FILE …`), or serve the page that does."""


group.add_command(check_command)


@group.command()
@click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
def serve(config_file: Path) -> None:
    """Serve the page until stopped."""
    config = load_config(config_file, VerifyConfig)
    with begin(config, party="verify"):
        run(serve_verify(config, clock=SystemClock()))
