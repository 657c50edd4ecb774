"""`./madoguchi issuer keys show|rotate|rewrap`: the data keys, and the key that wraps them."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.evidence.log import Plain
from madoguchi.issuer.intake.command import CONFIG, with_pool
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.issuer.kept import note
from madoguchi.issuer.secrets_at_rest import read_key
from madoguchi.issuer.store.generations import PATIENT_SECONDS, alone_loading
from madoguchi.issuer.store.keys import Kek, beside, kek_in_force, read_data_keys
from madoguchi.issuer.store.keys import rewrap as rewrap_keys
from madoguchi.issuer.store.problems import KEK_SAME
from madoguchi.issuer.store.rotation import Rotated
from madoguchi.issuer.store.rotation import rotate as rotate_keys
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import load_config
from madoguchi.runtime.database import Pool, transaction

_SHOWN = 8
"""Hexadecimal digits of an id that are shown: enough to tell keys apart."""


@click.group()
def keys() -> None:
    """Data keys of the columns at rest, and the key that wraps them."""


@keys.command()
@CONFIG
def show(config_file: Path) -> None:
    """List the data keys; never their octets."""
    config = load_config(config_file, IntakeConfig)

    async def listed(pool: Pool) -> list[str]:
        async with transaction(pool) as connection:
            kek = await kek_in_force(connection, config.data_keys.kek)
            found = await read_data_keys(connection, config.data_keys.kek)
        lines = [f"wrapped by {kek.check.hex()[:_SHOWN]}"]
        for each in found:
            scope = f"fiscal year {each.year}" if each.year else "persons         "
            state = "active" if each.active else "being rotated away"
            lines.append(f"{scope}  {each.id.hex()[:_SHOWN]}  made {each.made_at:%Y-%m-%d}  {state}")
        return lines

    for line in with_pool(config, listed):
        click.echo(line)


@keys.command()
@CONFIG
@click.option("--year", "years", type=int, multiple=True, help="Only this fiscal year; 0 for columns of persons.")
def rotate(config_file: Path, years: tuple[int, ...]) -> None:
    """Make new data keys, move every row under them, destroy the old ones. Issuing goes on; run it again if killed."""
    config = load_config(config_file, IntakeConfig)

    async def told(_rows: int) -> None:
        return None

    async def rotated(pool: Pool) -> Rotated:
        return await rotate_keys(
            pool,
            kek_file=config.data_keys.kek,
            years=frozenset(years) if years else None,
            now=SystemClock().now,
            told=told,
        )

    done = with_pool(config, rotated)
    what = "finished what was begun before" if done.resumed else "rotated"
    click.echo(f"{what}: {len(done.years)} keys, {done.rows} rows")


@keys.command()
@CONFIG
def rewrap(config_file: Path) -> None:
    """Wrap all data keys by the key in the file beside `data_keys.kek`, `.new` added to its name."""
    config = load_config(config_file, IntakeConfig)
    new_file = beside(config.data_keys.kek)
    if not new_file.exists():
        raise KEK_SAME.error(new_file.name)
    new = Kek(read_key(new_file))

    async def rewrapped(pool: Pool) -> int:
        async with alone_loading(pool, wait_seconds=PATIENT_SECONDS) as connection, connection.transaction():
            old = await kek_in_force(connection, config.data_keys.kek)
            if old.check == new.check:
                raise KEK_SAME.error("it is in force already")
            number = await rewrap_keys(connection, old=old, new=new)
            body: dict[str, Plain] = {"old": old.check, "new": new.check, "keys": number}
            await note(connection, "keys.rewrapped", body, at=SystemClock().now())
            return number

    number = with_pool(config, rewrapped)
    click.echo(f"{number} keys wrapped anew; now move {new_file.name} to {config.data_keys.kek.name} on every machine")
