"""`./madoguchi issuer intake`, and what the other commands of the ward's side share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.serve import serve_intake
from madoguchi.issuer.starting import database_of, refuse_other_keys
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run

CONFIG = click.option(
    "--config",
    "config_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration of an intake.",
)
T = TypeVar("T")


@click.command()
@CONFIG
def intake(config_file: Path) -> None:
    """Take in what the ward's systems send, until stopped."""
    config = load_config(config_file, IntakeConfig)
    with begin(config, party="intake") as lock:
        run(serve_intake(config, lock=lock, clock=SystemClock()))


def with_pool(config: IntakeConfig, work: Callable[[Pool], Awaitable[T]]) -> T:
    """Do `work` as the intake's role, with the ward's keys. Raises `issuer.key_unusable` and `runtime.*`."""

    async def connected() -> T:
        async with connect(database_of(config), application_name=config.name) as pool:
            async with transaction(pool) as connection:
                await refuse_other_keys(connection, config.data_keys)
            return await work(pool)

    return asyncio.run(connected())
