"""`madoguchi demo-data`: write the records directory of a dummy ward."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import click

from madoguchi.dummy.generate import AS_OF, LEAST_RESIDENTS, write_ward

_SHOW_AFTER_SECONDS = 2.0


@click.command("demo-data")
@click.option("--residents", type=click.IntRange(min=LEAST_RESIDENTS), default=1_000, show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same bytes.")
@click.option("--out", "directory", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    default=AS_OF.isoformat(),
    show_default=True,
    help="The day of the export: ages, payments and removals are as of then.",
)
def demo_data(residents: int, seed: int, directory: Path, as_of: datetime) -> None:
    """Write a dummy ward's export: four CSV files and cases.json. Nobody in it exists."""
    directory.mkdir(parents=True, exist_ok=True)
    began, shown = time.monotonic(), [0.0]

    def progress(done: int) -> None:
        elapsed = time.monotonic() - began
        if elapsed - shown[0] >= _SHOW_AFTER_SECONDS and sys.stderr.isatty():
            shown[0] = elapsed
            click.echo(f"\r{done:,} of {residents:,} residents", nl=False, err=True)

    cases = write_ward(directory, residents=residents, seed=seed, as_of=as_of.date(), progress=progress)
    if shown[0]:
        click.echo(err=True)
    elapsed = time.monotonic() - began
    click.echo(f"{residents:,} residents, {len(cases)} named cases, {elapsed:.1f} s: {directory}")
