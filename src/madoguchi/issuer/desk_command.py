"""`./madoguchi issuer rules | explain`: what the ward's staff ask."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path

import click

from madoguchi.certificate.kinds import all_kinds
from madoguchi.issuer.composing import WardComposer, WardFacts
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.explaining import Explanation, Question, explain, rule_lines
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.secrets_at_rest import Pseudonyms, read_key
from madoguchi.issuer.serve import typesetter_of
from madoguchi.issuer.starting import database_of
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.issuer.trusted import card_generations
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.party import trust_files_of
from madoguchi.statement import FileKey, Signer

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


def _digest(_context: click.Context, _option: click.Parameter, value: str | None) -> bytes | None:
    try:
        digest = bytes.fromhex(value) if value is not None else None
    except ValueError:
        digest = b""
    if digest is not None and len(digest) != _DIGEST_OCTETS:
        msg = f"a SHA-256 has {2 * _DIGEST_OCTETS} hexadecimal digits"
        raise click.BadParameter(msg)
    return digest


_DIGEST_OCTETS = 32


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
@click.option("--kind", required=True, type=click.Choice([each.code for each in all_kinds()]))
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


def _explained(config: IssuerConfig, question: Question) -> Explanation:
    # A key of its own, thrown away: only the size of what it signs counts here, and no signing key is needed to ask.
    name = max(config.topology.replicas, key=len)
    trial = Signer(
        key=FileKey.generate(), party="issuer", code=config.ward.code, name=name, environment=config.environment
    )
    typesetter = typesetter_of(config)
    facts = WardFacts(ward=config.ward, paper=config.paper, layouts=typesetter.layouts)
    composer = WardComposer(typesetter, facts=facts, signer=trial)
    index, generations = BlindIndex(read_key(config.data_keys.index)), card_generations(trust_files_of(config))

    async def connected() -> Explanation:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await explain(
                connection,
                question,
                config=config,
                cases=CaseReader(config=config, keys=KeyRing(config.data_keys.kek), index=index),
                generations=generations,
                check=composer.check,
                pseudonyms=Pseudonyms(read_key(config.data_keys.pseudonyms)),
                now=SystemClock().now(),
            )

    return asyncio.run(connected())
