"""`./madoguchi tax …`: serve, load an export, stop a person's certificates."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.records import RecordSet
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import Database, load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.operating import migrate_command
from madoguchi.runtime.party import begin, database_of, signer
from madoguchi.runtime.server import run
from madoguchi.tax import ledger, outbox
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.serve import serve_tax

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def group() -> None:
    """税務システム: the ward's tax information system."""


group.add_command(backup_group("tax"))
group.add_command(restore_command("tax", precaution=None, afterwards="Send the issuers a snapshot before it serves."))
group.add_command(migrate_command("tax", lambda file: load_config(file, TaxConfig)))


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Keep the issuing servers informed until stopped."""
    config = load_config(config_file, TaxConfig)
    with begin(config, party="tax"):
        run(serve_tax(config, database=database_of(config), clock=SystemClock()))


@group.command()
@_CONFIG
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
def load(config_file: Path, directory: Path) -> None:
    """Replace the ledger with the CSV export in DIRECTORY, all or nothing; the issuing servers get it whole."""
    config = load_config(config_file, TaxConfig)
    records = RecordSet.read(directory)
    asyncio.run(_load(database_of(config), records))
    click.echo(f"{len(records.residents)} residents, {len(records.taxes)} tax records, all in force")


@group.command()
@_CONFIG
@click.argument("addressee_number")
@click.option("--lift", is_flag=True, help="Issue again for this person.")
def suppress(config_file: Path, addressee_number: str, *, lift: bool) -> None:
    """発行抑止 (支援措置): issue nothing for this person from now on."""
    config = load_config(config_file, TaxConfig)
    asyncio.run(_suppress(config, addressee_number, suppressed=not lift))
    click.echo("lifted" if lift else "stopped")


async def _load(database: Database, records: RecordSet) -> None:
    async with connect(database) as pool, transaction(pool) as connection:
        await ledger.load(connection, records)


async def _suppress(config: TaxConfig, addressee_number: str, *, suppressed: bool) -> None:
    """Ledger and notice in one transaction: neither without the other."""
    async with connect(database_of(config)) as pool, transaction(pool) as connection:
        await ledger.suppress(connection, addressee_number, suppressed=suppressed)
        await outbox.make_stop(
            connection,
            addressee_number,
            stop="suppression",
            stopped=suppressed,
            signer=signer(config, code=config.ward),
            ward=config.ward,
            at=SystemClock().now(),
        )
