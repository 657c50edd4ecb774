"""`./madoguchi jukinet issue | renew | lose | return | die | show`: one resident's certificates."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from madoguchi.jukinet import certificates, registry
from madoguchi.jukinet.certificates import Certificate, Medium
from madoguchi.jukinet.config import JukinetConfig
from madoguchi.jukinet.problems import UNKNOWN_GENERATION
from madoguchi.records import CaGeneration
from madoguchi.runtime.clock import JST, SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import database_of, trust_files_of
from madoguchi.trust.file import TrustFile
from madoguchi.wire.feed import SerialEntry

YEARS: Final = 5
"""A certificate ends on the fifth birthday after its issue (公的個人認証法); the register knows no birthdays."""
_SERIAL: Final = re.compile(r"[1-9A-F][0-9A-F]{0,39}")
_NUMBER: Final = re.compile(r"[0-9]{10}")
_BITS: Final = 127
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]


Check = Callable[[click.Context, click.Parameter, str | None], str | None]


def _matching(pattern: re.Pattern[str], what: str) -> Check:
    def check(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
        if value is not None and not pattern.fullmatch(value):
            raise click.BadParameter(what)
        return value

    return check


_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_PERSON = click.argument("number", metavar="NUMBER", callback=_matching(_NUMBER, "宛名番号 has ten digits"))
_MEDIUM = click.option("--medium", type=click.Choice(["card", "phone"]), default="card", show_default=True)


def _new(command: F) -> F:
    """What a new certificate is."""
    for option in (
        click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help=f"Its last day; {YEARS} years from today."),
        click.option("--serial", callback=_matching(_SERIAL, "upper-case hex"), help="Random if absent."),
        click.option("--generation", type=click.Choice([each.value for each in CaGeneration]), default="g2"),
        _MEDIUM,
        _PERSON,
        _CONFIG,
    ):
        command = option(command)
    return command


@click.command()
@_new
def issue(config_file: Path, number: str, **what: Any) -> None:
    """Enter a new certificate of a resident, beside those that they hold."""
    config = load_config(config_file, JukinetConfig)
    new = _certificate(config, **what)
    _with_database(config, lambda connection: certificates.issue(connection, number, new))
    click.echo(f"{what['generation']} {new.serial} {new.medium}: issued")


@click.command()
@_new
def renew(config_file: Path, number: str, **what: Any) -> None:
    """Enter the successor of a resident's certificate; the one before is superseded."""
    config = load_config(config_file, JukinetConfig)
    new = _certificate(config, **what)
    ended = _with_database(config, lambda connection: certificates.renew(connection, number, new))
    click.echo(f"{what['generation']} {new.serial} {new.medium}: issued, {ended} superseded")


@click.command()
@_CONFIG
@_PERSON
@_MEDIUM
def lose(config_file: Path, number: str, medium: str) -> None:
    """Loss or theft was reported: the certificate is revoked."""
    _ended(config_file, lambda connection: certificates.end(connection, number, medium=_is(medium), event="lost"))


@click.command("return")
@_CONFIG
@_PERSON
@_MEDIUM
def return_(config_file: Path, number: str, medium: str) -> None:
    """The card was given back (返納): the certificate is revoked."""
    _ended(config_file, lambda connection: certificates.end(connection, number, medium=_is(medium), event="returned"))


@click.command()
@_CONFIG
@_PERSON
def die(config_file: Path, number: str) -> None:
    """The resident died: every certificate is revoked."""
    _ended(config_file, lambda connection: certificates.die(connection, number))


@click.command()
@_CONFIG
@_PERSON
def show(config_file: Path, number: str) -> None:
    """Show a resident's certificates as they are, and what happened to them, the oldest change first."""
    config = load_config(config_file, JukinetConfig)
    names = {digest: name for name, digest in _generations(config).items()}

    async def work(connection: Connection) -> tuple[tuple[SerialEntry, ...], tuple[certificates.Change, ...]]:
        held = await certificates.held_by(connection, number)
        return held, await certificates.history_of(connection, number)

    held, history = _with_database(config, work)
    for entry in held:
        click.echo(_line(entry, names))
    for change in history:
        moment = change.at.astimezone(JST)
        click.echo(
            f"{change.position:>8}  {moment:%Y-%m-%d %H:%M:%S}  {change.event:<10}  {_line(change.entry, names)}"
        )


def _line(entry: SerialEntry, names: Mapping[bytes, str]) -> str:
    generation = names.get(entry.ca_key_digest, "?")
    days = f"{entry.valid_from} - {entry.valid_until}"
    return f"{generation} {entry.serial}  {entry.medium:<5} {entry.status:<10} {days}"


COMMANDS: Final = (issue, renew, lose, return_, die, show)


def _certificate(config: JukinetConfig, *, medium: str, generation: str, serial: str | None, until: Any) -> Certificate:
    today = SystemClock().now().astimezone(JST).date()
    digest = _generations(config).get(generation)
    if digest is None:
        raise UNKNOWN_GENERATION.error(f"generation {generation}")
    return Certificate(
        ca_key_digest=digest,
        serial=serial or f"{secrets.randbits(_BITS) | 1 << _BITS - 1:X}",
        medium=_is(medium),
        valid_from=today,
        valid_until=until.date() if until is not None else _years_after(today, YEARS),
    )


def _years_after(day: date, years: int) -> date:
    """The same day `years` later, or February 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def _generations(config: JukinetConfig) -> dict[str, bytes]:
    trust = TrustFile(trust_files_of(config), environment=config.environment, clock=SystemClock()).current()
    return registry.generations(trust)


def _is(medium: str) -> Medium:
    return cast("Medium", medium)


def _ended(config_file: Path, work: Work[int]) -> None:
    click.echo(f"{_with_database(load_config(config_file, JukinetConfig), work)} revoked")


def _with_database(config: JukinetConfig, work: Work[T]) -> T:
    async def connected() -> T:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await work(connection)

    return asyncio.run(connected())
