"""`PARTY topology …`: what may serve on a party's database, and what does."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from madoguchi.runtime import replicas
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import database_of
from madoguchi.runtime.replicas import Program

Load = Callable[[Path], PartyConfig]
Result = TypeVar("Result")

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_BY = click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who decides.")


def topology_group(load: Load) -> click.Group:
    """The commands of a party whose configuration `load` reads."""

    @click.group()
    def topology() -> None:
        """Which programs may serve on this party's database, and which processes do."""

    @topology.command()
    @_CONFIG
    def show(config_file: Path) -> None:
        """Show what is declared and what was seen within a day."""
        config = load(config_file)
        _run(config, lambda connection, _at: _show(connection, party=config.party))

    @topology.command()
    @_CONFIG
    @_BY
    def declare(config_file: Path, by: str) -> None:
        """Let this program with this configuration serve, beside those that may already: a rolling change begins."""
        config = load(config_file)

        async def work(connection: Connection, at: datetime) -> bool:
            return await replicas.declare(connection, Program.of(config, by=by, at=at))

        click.echo("declared" if _run(config, work) else "declared already")

    @topology.command()
    @_CONFIG
    @_BY
    @click.option("--stop-others", is_flag=True, help="Although processes of another program serve: they stop.")
    def conclude(config_file: Path, by: str, *, stop_others: bool) -> None:
        """From now on this program alone may serve: a rolling change is over."""
        config = load(config_file)

        async def work(connection: Connection, at: datetime) -> tuple[Program, ...]:
            own = Program.of(config, by=by, at=at)
            return await replicas.conclude(connection, own, by=by, at=at, stop_others=stop_others)

        for ended in _run(config, work):
            click.echo(f"ended: {ended.version} {ended.fingerprint}")

    return topology


async def _show(connection: Connection, *, party: str) -> None:
    now = await replicas.lock(connection)
    programs = await replicas.declared(connection, party=party)
    for program in programs:
        names = ", ".join(program.replicas)
        click.echo(f"declared {program.version} {program.fingerprint} by {program.declared_by}: {names}")
    for each in await replicas.seen(connection, party=party):
        click.echo(f"{each.name} {each.state(programs, now=now)} {each.version} {each.fingerprint}")


def _run(config: PartyConfig, work: Callable[[Connection, datetime], Awaitable[Result]]) -> Result:
    async def connected() -> Result:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await work(connection, SystemClock().now())

    return asyncio.run(connected())
