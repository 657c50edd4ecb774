"""`./madoguchi issuer …`: serve, clear an alarm, suspend and resume."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.serve import database_of, serve_issuer
from madoguchi.issuer.stopping import resume_record, suspend_record, switch
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


def _addressee_number(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == _DIGITS and value.isascii() and value.isdecimal()):
        msg = f"an addressee number has {_DIGITS} digits"
        raise click.BadParameter(msg)
    return value


_DIGITS = 10
_PERSON = click.option(
    "--person", callback=_addressee_number, help="宛名番号 (ten digits) of one record instead of the whole ward."
)


@click.group()
def group() -> None:
    """証明書自動交付システム: the ward's issuing server."""


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Serve one replica until stopped."""
    config = load_config(config_file, IssuerConfig)
    with begin(config, party="issuer") as lock:
        run(serve_issuer(config, lock=lock, clock=SystemClock()))


@group.command("clear-alarm")
@_CONFIG
def clear_alarm(config_file: Path) -> None:
    """End the alarm after the inquiry: every replica issues again."""
    changed = _run(config_file, lambda connection, at: switch(connection, "alarm", engaged=False, at=at))
    click.echo("cleared" if changed else "there is no alarm")


@group.command()
@_CONFIG
@_PERSON
def suspend(config_file: Path, person: str | None) -> None:
    """Stop issuing: for the whole ward, or for one record."""
    if person is None:
        changed = _run(config_file, lambda connection, at: switch(connection, "suspended", engaged=True, at=at))
    else:
        changed = _run(config_file, lambda connection, at: suspend_record(connection, person, at=at))
    click.echo("suspended" if changed else "suspended already")


@group.command()
@_CONFIG
@_PERSON
def resume(config_file: Path, person: str | None) -> None:
    """Issue again: for the whole ward, or for one record."""
    if person is None:
        changed = _run(config_file, lambda connection, at: switch(connection, "suspended", engaged=False, at=at))
    else:
        changed = _run(config_file, lambda connection, at: resume_record(connection, person, at=at))
    click.echo("resumed" if changed else "nothing is suspended")


def _run(config_file: Path, work: Callable[[Connection, datetime], Awaitable[bool]]) -> bool:
    """Do `work` in one transaction of the party's database, with the present time."""
    database = database_of(load_config(config_file, IssuerConfig))

    async def connected() -> bool:
        async with connect(database) as pool, transaction(pool) as connection:
            return await work(connection, SystemClock().now())

    return asyncio.run(connected())
