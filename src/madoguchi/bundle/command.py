"""`./madoguchi bundle …`: one signed file for a machine without internet."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from madoguchi import __version__
from madoguchi.bundle.archive import check_archive, write_archive
from madoguchi.bundle.collecting import PYTHONS, resolve, take_debs, take_source, take_wheels
from madoguchi.bundle.problems import NOT_MADE
from madoguchi.bundle.sbom import bill

ROOT = Path(__file__).resolve().parents[3]
SBOM = "sbom.cdx.json"
_FILE = click.Path(path_type=Path, dir_okay=False)
_DIRECTORY = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group()
def group() -> None:
    """Installation without internet: everything in one signed file."""


@group.command()
@click.option("--out", required=True, type=_FILE, help="The tar file to write.")
@click.option("--key", required=True, type=_FILE, help="PEM private key on P-256 of who vouches for it.")
@click.option("--commit", "revision", default="HEAD", show_default=True, help="What to bundle; must be committed.")
@click.option("--python", "pythons", multiple=True, type=click.Choice(PYTHONS), help="Only for these versions.")
@click.option("--wheels-from", type=_DIRECTORY, help="Take wheels from here instead of pip's registry.")
@click.option("--debs-from", type=_DIRECTORY, help="Take Debian packages from here instead of apt.")
def make(
    *, out: Path, key: Path, revision: str, pythons: Sequence[str], wheels_from: Path | None, debs_from: Path | None
) -> None:
    """Collect source, wheels and Debian packages, list and sign them. Needs git, pip's registry and apt."""
    if out.exists():
        raise NOT_MADE.error(f"{out} exists")
    commit = resolve(ROOT, revision)
    with tempfile.TemporaryDirectory(dir=out.absolute().parent) as work:
        tree = Path(work) / f"madoguchi-{__version__}-{commit.name[:12]}"
        tree.mkdir()
        take_source(ROOT, commit, tree)
        click.echo("wheels …")
        take_wheels(tree, python=Path(sys.executable), pythons=pythons or PYTHONS, wheels_from=wheels_from)
        click.echo("Debian packages …")
        take_debs(tree, debs_from=debs_from)
        (tree / SBOM).write_bytes(bill(tree, commit))
        files = write_archive(tree, out, key=key, at=commit.at)
        click.echo(f"{out}: {files} files, {out.stat().st_size} octets, unpacks into {tree.name}/")


@group.command()
@click.option("--key", required=True, type=_FILE, help="PEM public key of who must have vouched; not from the bundle.")
@click.argument("file", type=_FILE)
def verify(*, key: Path, file: Path) -> None:
    """Check signature and every file of a bundle, without unpacking it."""
    checked = check_archive(file, key=key)
    click.echo(f"{file}: {checked.name}, {checked.files} files, all as they were signed")
