"""`./madoguchi center …`."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.center.config import CenterConfig
from madoguchi.center.problems import NO_DATABASE
from madoguchi.center.serve import serve_center
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run
from madoguchi.runtime.topology_command import topology_group

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def group() -> None:
    """証明書交付センター: authenticates cards, asks the right ward, adds marks, counts."""


group.add_command(topology_group(lambda file: load_config(file, CenterConfig)))


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Serve one replica until stopped."""
    config = load_config(config_file, CenterConfig)
    with begin(config, party="center") as lock:
        run(serve_center(config, lock=lock, clock=SystemClock()))


@group.command()
@_CONFIG
def migrate(config_file: Path) -> None:
    """Bring the database to this program's schema, as its owner."""
    from madoguchi.runtime.migrate import migrate as migrate_schema  # Alembic is loaded only where somebody migrates

    config = load_config(config_file, CenterConfig)
    if config.database is None or config.database.owner_url is None:
        raise NO_DATABASE.error("database.owner_url")
    migrate_schema("center", config.database.owner_url)
    click.echo("the schema is the newest")
