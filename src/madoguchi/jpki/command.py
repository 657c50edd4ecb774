"""`./madoguchi jpki …`: serve, register certificates, revoke one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from madoguchi.jpki import registry
from madoguchi.jpki.authority import GENERATIONS
from madoguchi.jpki.config import JpkiConfig
from madoguchi.jpki.loading import registrations
from madoguchi.jpki.problems import NO_DATABASE
from madoguchi.jpki.serve import serve_jpki
from madoguchi.jpki.status import Reason, Status
from madoguchi.records import CardSerial
from madoguchi.records.directory import read_serials
from madoguchi.runtime.clock import JST, SystemClock
from madoguchi.runtime.config import Database, load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.operating import migrate_command
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def group() -> None:
    """公的個人認証サービス: the certificate authority of the cards."""


group.add_command(migrate_command("jpki", lambda file: load_config(file, JpkiConfig)))


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Answer OCSP and give out the daily CRLs until stopped."""
    config = load_config(config_file, JpkiConfig)
    with begin(config, party="jpki"):
        run(serve_jpki(config, database=_database(config), clock=SystemClock()))


@group.command()
@_CONFIG
@click.argument("serials_file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def load(config_file: Path, serials_file: Path) -> None:
    """Register the certificates of a serials.csv, all or nothing. A revocation is never taken back."""
    config = load_config(config_file, JpkiConfig)
    rows = read_serials(serials_file)
    changed = asyncio.run(_load(_database(config), rows))
    click.echo(f"{len(rows)} certificates, {changed} changed")


@group.command()
@_CONFIG
@click.option("--generation", required=True, type=click.Choice(GENERATIONS))
@click.option("--serial", required=True, help="Upper-case hex without leading zero.")
@click.option("--reason", type=click.Choice([each.value for each in Reason]), default=Reason.UNSPECIFIED.value)
def revoke(config_file: Path, generation: str, serial: str, reason: str) -> None:
    """Revoke one certificate, for ever. OCSP says so at once, the CRL from the next day."""
    config = load_config(config_file, JpkiConfig)
    status = asyncio.run(_revoke(_database(config), generation=generation, serial=serial, reason=Reason(reason)))
    if status.revoked_at is not None:
        click.echo(f"revoked since {status.revoked_at.astimezone(JST):%Y-%m-%d %H:%M:%S}, {status.reason}")


async def _load(database: Database, rows: tuple[CardSerial, ...]) -> int:
    async with connect(database) as pool, transaction(pool) as connection:
        return await registry.load(connection, registrations(rows))


async def _revoke(database: Database, *, generation: str, serial: str, reason: Reason) -> Status:
    async with connect(database) as pool, transaction(pool) as connection:
        return await registry.revoke(connection, generation=generation, serial=serial, reason=reason)


def _database(config: JpkiConfig) -> Database:
    if config.database is None:
        raise NO_DATABASE.error()
    return config.database
