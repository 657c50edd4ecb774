"""`./madoguchi tax …`: serve, load an export, send; what a clerk enters is in `desk_command`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click

from madoguchi.backup.command import backup_group, restore_command
from madoguchi.records import FILES, RecordSet, RecordsRefusedError
from madoguchi.records.adapters import convert as convert_records
from madoguchi.records.directory import read_directory
from madoguchi.records.files import RecordFile
from madoguchi.records.reading import Reader
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import Database, load_config
from madoguchi.runtime.database import connect, transaction
from madoguchi.runtime.first_config import init_command
from madoguchi.runtime.operating import migrate_command
from madoguchi.runtime.party import begin, database_of, signer
from madoguchi.runtime.server import run
from madoguchi.tax import desk_command, ledger, outbox
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.outbox import Wish
from madoguchi.tax.sending import drop
from madoguchi.tax.serve import serve_tax

_CONFIG = click.option("--config", "config_file", required=True, type=click.Path(path_type=Path, dir_okay=False))
_DIRECTORY = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group()
def group() -> None:
    """税務システム: the ward's tax information system."""


group.add_command(backup_group("tax"))
group.add_command(restore_command("tax", precaution=None, afterwards="Send the issuers a snapshot before it serves."))
group.add_command(init_command("tax", TaxConfig, port=8445))
group.add_command(migrate_command("tax", lambda file: load_config(file, TaxConfig)))
for _command in desk_command.COMMANDS:
    group.add_command(_command)


@group.command()
@_CONFIG
def serve(config_file: Path) -> None:
    """Keep the issuing servers informed until stopped."""
    config = load_config(config_file, TaxConfig)
    with begin(config, party="tax"):
        run(serve_tax(config, database=database_of(config), clock=SystemClock()))


@group.command()
@_CONFIG
@click.argument("directory", type=_DIRECTORY)
def load(config_file: Path, directory: Path) -> None:
    """Replace the ledger with the CSV export in DIRECTORY, all or nothing; the issuing servers get it whole."""
    config = load_config(config_file, TaxConfig)
    records = RecordSet.read(directory)
    asyncio.run(_load(database_of(config), records))
    click.echo(f"{len(records.residents)} residents, {len(records.taxes)} tax records, all in force")


@group.command()
@_CONFIG
@click.option("--snapshot", "content", flag_value="snapshot", help="Everything: who is missing is taken away.")
@click.option("--delta", "content", flag_value="delta", help="What changed since the last package, if only nothing.")
@click.option("--now", "content", flag_value="", default=True, help="What is due (the default).")
@click.option("--year", type=click.IntRange(2000, 2099), help="With --snapshot: this fiscal year alone.")
@click.option("--drop", "directory", type=_DIRECTORY, help="Write what waits into this directory instead of pushing.")
def send(
    config_file: Path, *, content: Literal["snapshot", "delta", ""], year: int | None, directory: Path | None
) -> None:
    """Make the next package now. `tax serve` pushes it within a second, unless it is dropped here."""
    if year is not None and content != "snapshot":
        raise click.UsageError("--year goes with --snapshot")
    config = load_config(config_file, TaxConfig)
    wish = Wish(content=content, year=year) if content else None
    sequence = asyncio.run(_send(config, wish, directory))
    click.echo(f"package {sequence} {'made' if directory is None else 'dropped'}")


@group.command()
@click.argument("directory", type=_DIRECTORY)
def check(directory: Path) -> None:
    """Read the records in DIRECTORY as they would be taken in; every fault, up to fifty, and exit code 1 for any."""
    rows = {each.name: 0 for each in FILES}
    with _told_faults():
        for name, count in read_directory(directory, reader=Reader(_count)):
            rows[name] += count
    click.echo("\n".join(f"{name}: {count} rows" for name, count in rows.items()))


@group.command()
@click.option("--map", "map_file", required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--from", "source", required=True, type=_DIRECTORY)
@click.option("--to", "target", required=True, type=click.Path(path_type=Path))
def convert(map_file: Path, source: Path, target: Path) -> None:
    """Make a records directory of another system's files, by a mapping file; all faults, up to fifty, or all rows."""
    with _told_faults():
        made = convert_records(map_file, source=source, target=target)
    click.echo("\n".join(f"{name}: {count} rows" for name, count in made.rows.items()))


@contextmanager
def _told_faults() -> Iterator[None]:
    """Say every fault before the refusal goes on to the exit code."""
    try:
        yield
    except RecordsRefusedError as refused:
        for fault in refused.faults:
            click.echo(str(fault), err=True)
        raise


def _count(_file: RecordFile[Any], rows: list[Any]) -> int:
    return len(rows)


async def _load(database: Database, records: RecordSet) -> None:
    async with connect(database) as pool, transaction(pool) as connection:
        await ledger.load(connection, records)


async def _send(config: TaxConfig, wish: Wish | None, directory: Path | None) -> int:
    async with connect(database_of(config)) as pool:
        async with transaction(pool) as connection:
            sequence = await outbox.make_package(
                connection,
                signer=signer(config, code=config.ward),
                ward=config.ward,
                at=SystemClock().now(),
                wish=wish,
            )
        if directory is not None:
            async with transaction(pool) as connection:
                waiting = await outbox.unsent_packages(connection)
            for each in waiting:
                await drop(directory, each, pool)
    return sequence
