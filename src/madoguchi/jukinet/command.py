"""`./madoguchi jukinet …`: serve, take in an export of serials, change one resident's certificates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.jukinet import registry
from madoguchi.jukinet.certificate_command import COMMANDS
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.jukinet.serve import serve_jukinet
from madoguchi.records import SERIALS, CardSerial
from madoguchi.records.directory import read_serials
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.first_config import init_command
from madoguchi.runtime.operating import migrate_command
from madoguchi.runtime.party import begin, database_of, trust_files_of
from madoguchi.runtime.server import run
from madoguchi.trust.file import TrustFile

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def group() -> None:
    """住基ネットCS: the ward's residents-registry network server."""


group.add_command(backup_group("jukinet"))
group.add_command(restore_command("jukinet", precaution=None, afterwards="Load the present export before it serves."))
for _command in COMMANDS:
    group.add_command(_command)
group.add_command(init_command("jukinet", JukinetConfig, port=8446))
group.add_command(migrate_command("jukinet", lambda file: load_config(file, JukinetConfig)))


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Answer the issuing servers until stopped."""
    config = load_config(config_file, JukinetConfig)
    with begin(config, party="jukinet"):
        run(serve_jukinet(config, database=database_of(config), clock=SystemClock()))


@group.command()
@_CONFIG
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def load(config_file: Path, directory: Path) -> None:
    """Take in serials.csv of the export in DIRECTORY, all or nothing; what it no longer lists counts as revoked."""
    config = load_config(config_file, JukinetConfig)
    serials = read_serials(directory / SERIALS.name)
    changed = asyncio.run(_load(config, serials))
    click.echo(f"{len(serials)} serials, {changed} changed")


async def _load(config: JukinetConfig, serials: tuple[CardSerial, ...]) -> int:
    trust = TrustFile(trust_files_of(config), environment=config.environment, clock=SystemClock()).current()
    digests = registry.generations(trust)
    async with connect(database_of(config)) as pool, transaction(pool) as connection:
        return await registry.load(connection, serials, digests=digests)
