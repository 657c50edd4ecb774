"""`./madoguchi issuer retention show|apply`: which fiscal years are kept, and letting the others go."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.issuer.intake.command import CONFIG, with_pool
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.intake.serve import kept_floors
from madoguchi.issuer.store import retention as years
from madoguchi.issuer.store.generations import PATIENT_SECONDS, alone_loading
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Pool, transaction


@click.group()
def retention() -> None:
    """Fiscal years that are kept."""


@retention.command()
@CONFIG
def show(config_file: Path) -> None:
    """Say what is kept, and from which year on."""
    config = load_config(config_file, IntakeConfig)

    async def told(pool: Pool) -> list[str]:
        async with transaction(pool) as connection:
            kept = await kept_floors(connection, config, at=SystemClock().now())
            rows = await years.kept_rows(connection)
        lines = [f"kept: records from {kept.records}, instalments from {kept.instalments}"]
        lines += [f"{row['fiscal_year']}  records {row['records']}  instalments {row['instalments']}" for row in rows]
        return lines

    for line in with_pool(config, told):
        click.echo(line)


@retention.command("apply")
@CONFIG
def apply_now(config_file: Path) -> None:
    """Delete years that are over, destroy their keys, count again, and keep the evidence. An intake does it daily."""
    config = load_config(config_file, IntakeConfig)

    async def applied(pool: Pool) -> tuple[years.Deleted, ...]:
        async with alone_loading(pool, wait_seconds=PATIENT_SECONDS) as connection, connection.transaction():
            now = SystemClock().now()
            return await years.apply(connection, await kept_floors(connection, config, at=now), at=now)

    for each in with_pool(config, applied) or ():
        key = f"key {each.key.hex()[:8]} destroyed" if each.key else "key kept for the other kind of rows"
        click.echo(f"{each.fiscal_year}: {each.records} records, {each.instalments} instalments deleted; {key}")
