"""Commands that every party with a database has: `migrate`, and the skeletons of `check` and `status`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.party import database_of
from madoguchi.runtime.problems import CONFIG

Load = Callable[[Path], PartyConfig]
CONFIG_OPTION: Final = click.option(
    "--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False)
)
OWNER_URL_FILE: Final = "owner.url"
"""Beside a configuration: how the owner of the tables reaches the database. The serving process never reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `PARTY check`: `look` returns what it saw, or raises what is not well."""

    name: str
    look: Callable[[], Awaitable[str]]


async def run_checks(checks: Sequence[Check]) -> bool:
    """Do all of them, whatever fails, and tell each. Whether everything is well."""
    well = True
    for check in checks:
        try:
            seen = await check.look()
        except MadoguchiError as error:
            well = False
            click.echo(f"NOT OK  {check.name}: {error.problem.clerk.en}")
            click.echo(f"        {error.problem.clerk.ja}")
            click.echo(f"        [{error.code}] {error.cause}")
            click.echo(f"        {error.problem.engineer}")
        else:
            click.echo(f"ok      {check.name}: {seen}")
    return well


def migrate_command(party: str, load: Load) -> click.Command:
    """`PARTY migrate`: bring the database to this program's schema, as its owner."""

    @click.command()
    @CONFIG_OPTION
    @click.option(
        "--owner-url-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file with the owner's URL alone; otherwise owner.url beside the configuration, or database.owner_url.",
    )
    def migrate(config_file: Path, owner_url_file: Path | None) -> None:
        """Bring the database to this program's schema, as its owner. Programs that serve go on."""
        from madoguchi.runtime.migrate import migrate as migrate_schema  # Alembic is loaded where somebody migrates

        migrate_schema(party, owner_url(load(config_file), config_file, given=owner_url_file))
        click.echo("the schema is the newest")

    return migrate


def owner_url(config: PartyConfig, config_file: Path, *, given: Path | None = None) -> str:
    """How the owner reaches the database. Raises `runtime.config`."""
    file = given or config_file.absolute().parent / OWNER_URL_FILE
    if file.is_file():
        return file.read_text("utf-8").strip()
    url = database_of(config).owner_url
    if url is None:
        raise CONFIG.error(f"neither {file} nor database.owner_url")
    return url


def run_or_exit(checks: Sequence[Check]) -> None:
    """Run the checks of a command; exit code 1 unless all is well."""
    if not asyncio.run(run_checks(checks)):
        raise click.exceptions.Exit(1)
