"""`./madoguchi issuer suspend | resume | clear-alarm | stops`: what stops issuing, with who and why."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from madoguchi.certificate.kinds import all_kinds
from madoguchi.issuer import stopping
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.starting import database_of
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.stops_in_force import stops_in_force
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction

_DIGITS: Final = 10
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def addressee_number(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A callback for options: ten digits, or a usage error."""
    if value is not None and not (len(value) == _DIGITS and value.isascii() and value.isdecimal()):
        msg = f"an addressee number has {_DIGITS} digits"
        raise click.BadParameter(msg)
    return value


_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_BY = click.option("--by", default=getpass.getuser, show_default="who is logged in", help="Who decides this.")


def _options(command: F) -> F:
    for option in (
        click.option("--reason", default="", help="Why; kept as evidence. Never a resident's name."),
        _BY,
        click.option("--year", type=click.IntRange(1990, 2200), help="One fiscal year, of --kind or of every kind."),
        click.option("--kind", type=click.Choice([each.code for each in all_kinds()]), help="One kind of certificate."),
        click.option("--person", callback=addressee_number, help="宛名番号 (ten digits) of one record."),
        _CONFIG,
    ):
        command = option(command)
    return command


@click.command()
@_options
def suspend(**options: Any) -> None:
    """Stop issuing: of the whole ward, or of a kind, a year, or one record."""
    click.echo("suspended" if _decide(stopped=True, **options) else "suspended already")


@click.command()
@_options
def resume(**options: Any) -> None:
    """Issue again: of the whole ward, or of a kind, a year, or one record."""
    click.echo("resumed" if _decide(stopped=False, **options) else "nothing is suspended")


@click.command("clear-alarm")
@_CONFIG
@_BY
@click.option("--with", "second", default="", help="Who looked with you and agrees.")
@click.option("--reason", required=True, help="What was found, and why it cannot happen again.")
def clear_alarm(config_file: Path, by: str, second: str, reason: str) -> None:
    """End the alarm after the inquiry: every replica issues again. Two people decide it."""
    config, decision = load_config(config_file, IssuerConfig), Decision(by=by, second=second, reason=reason)

    async def work(connection: Connection, at: datetime) -> bool:
        return await stopping.clear_alarm(connection, decision, settings=config.clerk, at=at)

    click.echo("cleared" if _with_database(config, work) else "there is no alarm")


@click.command()
@_CONFIG
def stops(config_file: Path) -> None:
    """Show what stops issuing at this moment, with since when, who and why."""
    config = load_config(config_file, IssuerConfig)
    found = _with_database(config, lambda connection, at: stops_in_force(connection, config.menu, now=at))
    for line in [each.line() for each in found] or ["停止はありません。 Nothing is stopped."]:
        click.echo(line)


def _decide(
    *, stopped: bool, config_file: Path, person: str | None, kind: str | None, year: int | None, by: str, reason: str
) -> bool:
    if person is not None and (kind is not None or year is not None):
        raise click.UsageError("--person stands alone")
    config, decision = load_config(config_file, IssuerConfig), Decision(by=by, reason=reason)

    async def work(connection: Connection, at: datetime) -> bool:
        if person is not None:
            change = stopping.suspend_record if stopped else stopping.resume_record
            pseudonyms = Pseudonyms(read_key(config.data_keys.pseudonyms))
            index = BlindIndex(read_key(config.data_keys.index))
            return await change(connection, person, decision, index=index, pseudonyms=pseudonyms, at=at)
        if kind is None and year is None:
            return await (stopping.suspend_ward if stopped else stopping.resume_ward)(connection, decision, at=at)
        return await stopping.stop_offered(
            connection, config.menu, decision, kind=kind, year=year, stopped=stopped, at=at
        )

    return _with_database(config, work)


def _with_database(config: IssuerConfig, work: Callable[[Connection, datetime], Awaitable[T]]) -> T:
    """Do `work` in one transaction of the party's database, with the present time."""

    async def connected() -> T:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await work(connection, SystemClock().now())

    return asyncio.run(connected())
