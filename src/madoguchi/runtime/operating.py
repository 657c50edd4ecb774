"""Commands that every party with a database has: `migrate`, and the skeletons of `check` and `status`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import click

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import database_of
from madoguchi.runtime.problems import CONFIG, INTERNAL
from madoguchi.runtime.status import ProgramStatus, as_json, lines_of

ConfigT = TypeVar("ConfigT", bound=PartyConfig)
Load = Callable[[Path], ConfigT]
CONFIG_OPTION: Final = click.option(
    "--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False)
)
_CLOSING_SECONDS: Final = 0.25
"""TLS connections of peers say farewell after their session was closed, and need the loop for it (aiohttp's advice)."""
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
        except Exception as found:  # the other lines are to be seen all the same
            well = False
            error = found if isinstance(found, MadoguchiError) else INTERNAL.error(f"{type(found).__name__}")
            click.echo(f"NOT OK  {check.name}: {error.problem.clerk.en}")
            click.echo(f"        {error.problem.clerk.ja}")
            click.echo(f"        [{error.code}] {error.cause}")
            click.echo(f"        {error.problem.engineer}")
        else:
            click.echo(f"ok      {check.name}: {seen}")
    return well


def migrate_command(party: str, load: Load[PartyConfig]) -> click.Command:
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


def check_command(load: Load[ConfigT], checks_of: Callable[[ConfigT], Sequence[Check]]) -> click.Command:
    """`PARTY check`: would it serve, and if not, what to do."""

    @click.command()
    @CONFIG_OPTION
    def check(config_file: Path) -> None:
        """Look at everything that serving needs, and say of each line what to do; exit code 1 unless all is well."""
        run_or_exit(checks_of(load(config_file)))

    return check


def status_command(
    load: Load[ConfigT], status_of: Callable[[Connection, ConfigT], Awaitable[ProgramStatus]]
) -> click.Command:
    """`PARTY status`: how it stands, as the database knows it."""

    @click.command()
    @CONFIG_OPTION
    @click.option("--json", "machine", is_flag=True, help="For a program.")
    def status(config_file: Path, *, machine: bool) -> None:
        """Show replicas, feeds, switches, receipts and incidents of today."""
        config = load(config_file)

        async def connected() -> ProgramStatus:
            async with connect(database_of(config)) as pool, transaction(pool) as connection:
                return await status_of(connection, config)

        found = asyncio.run(connected())
        click.echo(as_json(found) if machine else "\n".join(lines_of(found)))

    return status


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

    async def checked() -> bool:
        well = await run_checks(checks)
        await asyncio.sleep(_CLOSING_SECONDS)
        return well

    if not asyncio.run(checked()):
        raise click.exceptions.Exit(1)
