"""`./madoguchi network …`: firewalls from the declared topology, and whether configurations fit it."""

from __future__ import annotations

from pathlib import Path

import click

from madoguchi.deployment.network.checking import check_config
from madoguchi.deployment.network.flows import all_flows
from madoguchi.deployment.network.nftables import rules_of
from madoguchi.deployment.network.topology import load_topology
from madoguchi.runtime.config import load_config

_FILE = click.Path(path_type=Path, dir_okay=False)
_TOPOLOGY = click.option("--topology", "topology_file", required=True, type=_FILE, help="Machines and what runs there.")


@click.group()
def group() -> None:
    """The closed network: who may speak to whom, and each machine's firewall."""


@group.command()
@_TOPOLOGY
@click.argument("name")
def rules(topology_file: Path, name: str) -> None:
    """Write the nftables file of machine NAME (or of process NAME's machine, or a declared PostgreSQL)."""
    click.echo(rules_of(load_topology(topology_file), name), nl=False)


@group.command()
@_TOPOLOGY
def lines(topology_file: Path) -> None:
    """List every connection that may be opened, for whoever runs switches and firewalls in between."""
    for flow in all_flows(load_topology(topology_file)):
        targets = " ".join(flow.target.addresses)
        click.echo(f"{' '.join(flow.source.addresses)} -> {targets} {flow.protocol}/{flow.port}  # {flow.why}")


@group.command()
@_TOPOLOGY
@click.argument("configs", nargs=-1, required=True, type=_FILE)
def check(topology_file: Path, configs: tuple[Path, ...]) -> None:
    """Compare each process's configuration with the topology: ports, peers and their direction, database."""
    from madoguchi.cli.config import config_type_of

    topology = load_topology(topology_file)
    for file in configs:
        config = load_config(file, config_type_of(file))
        check_config(config, topology)
        click.echo(f"{file}: {config.name} fits the topology")
