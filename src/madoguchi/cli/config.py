"""`./madoguchi config check | declare | peer`: would the party start with this file; two changes made for a person."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import click

from madoguchi.cli.config_editing import add_peer, certificate_fingerprint, declare_fingerprint
from madoguchi.runtime.config import ConfigProblem, PartyConfig, Peer, load_config, refuse_stranger
from madoguchi.runtime.tls import client_context, server_context

_ROOMS = {"intake": "issuer.intake"}
"""Where the configuration of a process lies that is not the first of its party."""


@click.group()
def group() -> None:
    """Check configuration files, declare them, add peers to them."""


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def check(files: tuple[Path, ...]) -> None:
    """Check that each of FILES is complete, that its keys load, and that it is what its deployment declares."""
    for file in files:
        config = load_config(file, config_type_of(file))
        server_context(config.tls)
        client_context(config.tls)
        _check_files(config, file)
        refuse_stranger(config, party=config.party)
        click.echo(f"{file}: {config.party} {config.name}, {config.environment.value}: well")


@group.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def declare(files: tuple[Path, ...]) -> None:
    """Enter into each of FILES the fingerprint of what it says now. For who has read them over; `check` compares."""
    for file in files:
        click.echo(f"{file}: {declare_fingerprint(file, config_type_of(file))}")


@group.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--party", required=True, help="What the peer is: jukinet, center, …")
@click.option("--name", required=True, help="Its process.")
@click.option("--code", help="The ward or operator for which it speaks.")
@click.option("--url", help="https://HOST:PORT, where this party calls the peer.")
@click.option(
    "--certificate", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Its TLS certificate."
)
def peer(*, file: Path, party: str, name: str, code: str | None, url: str | None, certificate: Path) -> None:
    """Add a peer, known by its TLS certificate, to FILE. `declare` follows: peers are shared by all replicas."""
    made = Peer(party=party, name=name, code=code, url=url, fingerprints=(certificate_fingerprint(certificate),))
    added = add_peer(file, config_type_of(file), made)
    click.echo(f"{file}: {party} {name} {'added' if added else 'stands there already'}")


def config_type_of(file: Path) -> type[PartyConfig]:
    """The configuration type of the party that the file names: the one that `madoguchi.<party>.config` defines."""
    party = _party_named_in(file)
    module = importlib.import_module(f"madoguchi.{_ROOMS.get(party, party)}.config")
    own = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, PartyConfig) and kind.__module__ == module.__name__
    ]
    if len(own) != 1:
        msg = f"{module.__name__} must define exactly one PartyConfig, not {len(own)}"
        raise TypeError(msg)
    return own[0]


def _party_named_in(file: Path) -> str:
    from madoguchi.cli import PARTIES

    try:
        party = tomllib.loads(file.read_text(encoding="utf-8")).get("party")
    except OSError as error:
        raise ConfigProblem(file=file, key="", what=error.strerror or type(error).__name__) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblem(file=file, key="", what=str(error)) from error
    if party not in {*PARTIES, *_ROOMS}:
        raise ConfigProblem(file=file, key="party", what=f"must be one of {', '.join([*PARTIES, *_ROOMS])}")
    return str(party)


def _check_files(config: PartyConfig, file: Path) -> None:
    named = {f"signing_keys.{role}": path for role, path in config.signing_keys.items()}
    for role, place in config.token_keys.items():
        named[f"token_keys.{role}.module"] = place.module
        if place.pin_file is not None:
            named[f"token_keys.{role}.pin_file"] = place.pin_file
    if config.trust is not None:
        named |= {"trust.list": config.trust.list, "trust.root_key": config.trust.root_key}
    for key, path in named.items():
        if not path.is_file():
            raise ConfigProblem(file=file, key=key, what=f"{path} does not exist")
