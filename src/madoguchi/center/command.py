"""`./madoguchi center …`."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.center.config import CenterConfig
from madoguchi.center.serve import serve_center
from madoguchi.runtime.checks import party_checks
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.operating import check_command, migrate_command, status_command
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run
from madoguchi.runtime.status import party_status
from madoguchi.runtime.topology_command import topology_group

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def group() -> None:
    """証明書交付センター: authenticates cards, asks the right ward, adds marks, counts."""


group.add_command(backup_group("center"))
group.add_command(
    restore_command(
        "center",
        precaution=None,
        afterwards="It goes on from an earlier point: compare with the wards before it serves.",
    )
)


def _load(file: Path) -> CenterConfig:
    return load_config(file, CenterConfig)


group.add_command(topology_group(_load))
group.add_command(migrate_command("center", _load))
group.add_command(status_command(_load, party_status))
group.add_command(check_command(_load, lambda config: party_checks(config, party="center", clock=SystemClock())))


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Serve one replica until stopped."""
    config = load_config(config_file, CenterConfig)
    with begin(config, party="center") as lock:
        run(serve_center(config, lock=lock, clock=SystemClock()))
