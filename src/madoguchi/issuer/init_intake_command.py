"""`issuer init-intake`: an intake's first configuration, from that of an issuer whose database it fills."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from madoguchi.issuer.config import DataKeys, IssuerConfig
from madoguchi.issuer.init_command import INTAKE_URL_FILE
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.runtime.config import ConfigProblem, declare, load_config, write_config
from madoguchi.runtime.first_config import first_sections, write_private
from madoguchi.runtime.operating import CONFIG_OPTION

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("init-intake")
@CONFIG_OPTION
@click.option("--issuer", "issuer_file", required=True, type=_FILE, help="The configuration of an issuer.")
@click.option("--name", default="intake-1", show_default=True, help="This process.")
@click.option("--replica", "replicas", multiple=True, help="Every intake of the ward; by default this one.")
@click.option("--drop", type=click.Path(path_type=Path, file_okay=False), help="Where packages are dropped.")
@click.option("--port", type=click.IntRange(1, 65_535), default=8444, show_default=True)
def init_intake_command(  # noqa: PLR0917  click hands over by name
    config_file: Path, issuer_file: Path, name: str, replicas: tuple[str, ...], drop: Path | None, port: int
) -> None:
    """Write CONFIG from the issuer's: ward, menu, limits, and copies of the data keys that it shares with the issuers.

    Peers follow (`config peer`): who pushes, and the registry. A configuration that is there is left alone.
    """
    if config_file.exists():
        raise ConfigProblem(file=config_file, key="", what="is there already: it is left alone")
    issuer = load_config(issuer_file, IssuerConfig)
    home = config_file.absolute().parent
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    sections = first_sections(
        home,
        party="intake",
        name=name,
        replicas=replicas or (name,),
        environment=issuer.environment,
        port=port,
        database_url=_role_of_its_own(issuer_file),
    )
    del sections["signing_keys"]  # an intake signs nothing
    made = IntakeConfig(
        **sections,
        ward=issuer.ward,
        menu=issuer.menu,
        data_keys=_copied(issuer.data_keys, home),
        feeds=issuer.feeds,
        drop_directory=None if drop is None else drop.absolute(),
    )
    write_config(declare(made), config_file)
    click.echo(f"made    {config_file}, with its own copies of the data keys")


def _role_of_its_own(issuer_file: Path) -> str:
    """The URL that `issuer init` made for it. Raises ConfigProblem."""
    file = issuer_file.absolute().parent / INTAKE_URL_FILE
    if not file.is_file():
        raise ConfigProblem(file=file, key="", what="is not there: `issuer init` writes it, as the intake's own role")
    return file.read_text("utf-8").strip()


def _copied(keys: DataKeys, home: Path) -> DataKeys:
    """Copies in `home`, so that each process's keys are its own user's. One that is there must be the same."""
    made: dict[str, Path] = {}
    for field, source in msgspec.structs.asdict(keys).items():
        made[field] = home / source.name
        if made[field].exists() and made[field].read_bytes() != source.read_bytes():
            raise ConfigProblem(file=made[field], key="", what=f"differs from {source}")
        write_private(made[field], source.read_bytes())
    return DataKeys(**made)
