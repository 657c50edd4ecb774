"""`./madoguchi issuer rules|explain|clear-alarm|suspend|resume`: what the ward's staff ask and decide."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import click

from madoguchi.issuer.composing import WardFacts
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.explaining import Explanation, Question, explain, rule_lines
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.serve import typesetter_of
from madoguchi.issuer.starting import database_of
from madoguchi.issuer.stopping import resume_record, suspend_record, switch
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.issuer.trusted import card_generations
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.party import trust_files_of

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


def _addressee_number(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (len(value) == _DIGITS and value.isascii() and value.isdecimal()):
        msg = f"an addressee number has {_DIGITS} digits"
        raise click.BadParameter(msg)
    return value


def _digest(_context: click.Context, _option: click.Parameter, value: str | None) -> bytes | None:
    try:
        digest = bytes.fromhex(value) if value is not None else None
    except ValueError:
        digest = b""
    if digest is not None and len(digest) != _DIGEST_OCTETS:
        msg = f"a SHA-256 has {2 * _DIGEST_OCTETS} hexadecimal digits"
        raise click.BadParameter(msg)
    return digest


_DIGITS = 10
_DIGEST_OCTETS = 32
_PERSON = click.option(
    "--person", callback=_addressee_number, help="宛名番号 (ten digits) of one record instead of the whole ward."
)


@click.command()
def rules() -> None:
    """Show when the ward refuses: every rule in its order, and where its truth comes from."""
    for line in rule_lines():
        click.echo(line)


@click.command("explain")
@_CONFIG
@click.option("--serial", required=True, metavar="HEX", help="Serial of the card's user-authentication certificate.")
@click.option(
    "--ca",
    metavar="HEX",
    callback=_digest,
    help="SHA-256 of the issuing CA's key, where two generations gave out one serial.",
)
@click.option("--kind", required=True, help="taxation or payment.")
@click.option("--year", required=True, type=int, help="年度: the Gregorian year in which April 1 falls.")
@click.option("--by", "asked_by", default=getpass.getuser, show_default="who is logged in", help="Who asks.")
def explain_command(*, config_file: Path, serial: str, ca: bytes | None, kind: str, year: int, asked_by: str) -> None:
    """Say what a kiosk would say about one card, and why. That somebody looked is kept as evidence."""
    config = load_config(config_file, IssuerConfig)
    question = Question(
        serial=serial.upper(),
        ca_key_digest=ca,
        kind=kind,
        fiscal_year=year,
        asked_by=asked_by,
    )
    for line in _explained(config, question).lines():
        click.echo(line)


@click.command("clear-alarm")
@_CONFIG
def clear_alarm(config_file: Path) -> None:
    """End the alarm after the inquiry: every replica issues again."""
    changed = _run(config_file, lambda connection, at: switch(connection, "alarm", engaged=False, at=at))
    click.echo("cleared" if changed else "there is no alarm")


@click.command()
@_CONFIG
@_PERSON
def suspend(config_file: Path, person: str | None) -> None:
    """Stop issuing: for the whole ward, or for one record."""
    if person is None:
        changed = _run(config_file, lambda connection, at: switch(connection, "suspended", engaged=True, at=at))
    else:
        changed = _run(
            config_file, lambda connection, at: suspend_record(connection, _indexed(config_file, person), at=at)
        )
    click.echo("suspended" if changed else "suspended already")


@click.command()
@_CONFIG
@_PERSON
def resume(config_file: Path, person: str | None) -> None:
    """Issue again: for the whole ward, or for one record."""
    if person is None:
        changed = _run(config_file, lambda connection, at: switch(connection, "suspended", engaged=False, at=at))
    else:
        changed = _run(
            config_file, lambda connection, at: resume_record(connection, _indexed(config_file, person), at=at)
        )
    click.echo("resumed" if changed else "nothing is suspended")


def _explained(config: IssuerConfig, question: Question) -> Explanation:
    facts, typesetter = WardFacts(ward=config.ward, paper=config.paper), typesetter_of(config)
    index, generations = BlindIndex(read_key(config.data_keys.index)), card_generations(trust_files_of(config))

    async def connected() -> Explanation:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await explain(
                connection,
                question,
                config=config,
                cases=CaseReader(config=config, keys=KeyRing(config.data_keys.kek), index=index),
                generations=generations,
                check=lambda order: typesetter.check(facts.of(order)),
                pseudonyms=Pseudonyms(read_key(config.data_keys.pseudonyms)),
                now=SystemClock().now(),
            )

    return asyncio.run(connected())


def _indexed(config_file: Path, addressee_number: str) -> bytes:
    config = load_config(config_file, IssuerConfig)
    return BlindIndex(read_key(config.data_keys.index)).person(addressee_number)


def _run(config_file: Path, work: Callable[[Connection, datetime], Awaitable[bool]]) -> bool:
    """Do `work` in one transaction of the party's database, with the present time."""
    database = database_of(load_config(config_file, IssuerConfig))

    async def connected() -> bool:
        async with connect(database) as pool, transaction(pool) as connection:
            return await work(connection, SystemClock().now())

    return asyncio.run(connected())
