"""`./madoguchi issuer …`: serve, show and explain refusals; what is offered, and what is stopped."""

from __future__ import annotations

import asyncio
import getpass
from datetime import datetime
from pathlib import Path

import click

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.certificate.kinds import all_kinds
from madoguchi.issuer.checks import issuer_checks
from madoguchi.issuer.composing import WardComposer, WardFacts
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.explaining import Explanation, Question, explain, rule_lines
from madoguchi.issuer.init_command import init_command
from madoguchi.issuer.offer_command import group as offer_group
from madoguchi.issuer.reading_cases import CaseReader
from madoguchi.issuer.secrets_at_rest import ColumnKey, Pseudonyms, read_key
from madoguchi.issuer.serve import database_of, serve_issuer, typesetter_of
from madoguchi.issuer.status import issuer_status
from madoguchi.issuer.stop_command import clear_alarm, resume, stops, suspend
from madoguchi.issuer.stopping import Decision, suspend_ward
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Connection, connect, transaction
from madoguchi.runtime.operating import check_command, migrate_command, status_command
from madoguchi.runtime.party import begin
from madoguchi.runtime.server import run
from madoguchi.runtime.topology_command import topology_group
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


@click.group()
def group() -> None:
    """証明書自動交付システム: the ward's issuing server."""


async def _suspend_restored(connection: Connection, at: datetime) -> None:
    """What happened after the backup is missing: nobody is served until a person has compared and resumes."""
    decision = Decision(by=getpass.getuser(), reason="restored from a backup")
    await suspend_ward(connection, decision, at=at)


for _command in (offer_group, suspend, resume, clear_alarm, stops):
    group.add_command(_command)
group.add_command(backup_group("issuer"))
group.add_command(
    restore_command(
        "issuer",
        precaution=_suspend_restored,
        afterwards="The ward is suspended: compare with the desk's and the operators' counts, then `issuer resume`.",
    )
)


def _load(file: Path) -> IssuerConfig:
    return load_config(file, IssuerConfig)


group.add_command(topology_group(_load))
group.add_command(migrate_command("issuer", _load))
group.add_command(status_command(_load, issuer_status))
group.add_command(check_command(_load, lambda config: issuer_checks(config, clock=SystemClock())))
group.add_command(init_command)


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Serve one replica until stopped."""
    config = load_config(config_file, IssuerConfig)
    with begin(config, party="issuer") as lock:
        run(serve_issuer(config, lock=lock, clock=SystemClock()))


@group.command()
def rules() -> None:
    """Show when the ward refuses: every rule in its order, and where its truth comes from."""
    for line in rule_lines():
        click.echo(line)


@group.command("explain")
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
    composer = WardComposer(typesetter_of(config), facts=WardFacts(ward=config.ward, paper=config.paper), signer=trial)

    async def connected() -> Explanation:
        async with connect(database_of(config)) as pool, transaction(pool) as connection:
            return await explain(
                connection,
                question,
                config=config,
                cases=CaseReader(config=config, columns=ColumnKey(read_key(config.data_keys.columns))),
                check=composer.check,
                pseudonyms=Pseudonyms(read_key(config.data_keys.pseudonyms)),
                now=SystemClock().now(),
            )

    return asyncio.run(connected())
