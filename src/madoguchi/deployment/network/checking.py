"""Does a process's configuration say the same as the topology from which the firewalls are made?

A firewall that fits no configuration is opened by hand on the first evening. So both are compared before.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from madoguchi.deployment.lines import is_line
from madoguchi.deployment.network.flows import Flow, all_flows
from madoguchi.deployment.network.topology import DeclaredProcess, Machine, NetworkTopology, Service
from madoguchi.deployment.problems import NETWORK
from madoguchi.runtime.config import Listen, PartyConfig, Peer

_POSTGRESQL = 5432
_HERE = frozenset({"", "localhost"})


def check_config(config: PartyConfig, topology: NetworkTopology) -> None:
    """Raise `deployment.network` at the first contradiction between the two."""
    for machine in topology.machines:
        for process in machine.processes:
            if process.name == config.name:
                _refuse_first(config, _differences(config, topology, machine=machine, process=process))
                return
    _refuse_first(config, ["the topology has no process of this name"])


def _refuse_first(config: PartyConfig, differences: Iterable[str]) -> None:
    for difference in differences:
        raise NETWORK.error(f"{config.name}: {difference}")


def _differences(
    config: PartyConfig, topology: NetworkTopology, *, machine: Machine, process: DeclaredProcess
) -> Iterable[str]:
    if (config.party, config.environment) != (process.party, topology.environment):
        yield f"is {config.party} in {config.environment.value}, not {process.party} in {topology.environment.value}"
    yield from _listening(config.listen, machine=machine, process=process)
    others = {each.name: (each, host) for host in topology.machines for each in host.processes}
    called = {each for each, (other, _) in others.items() if is_line(process.as_planned, other.as_planned)}
    callers = {each for each, (other, _) in others.items() if is_line(other.as_planned, process.as_planned)}
    visitors = {each.name for each in topology.visitors if process.name in each.calls and each.port is None}
    named = {peer.name for peer in config.peers}
    yield from (f"peer {name} is declared and not configured" for name in sorted((called | callers) - named))
    for peer in config.peers:
        if peer.name not in called | callers | visitors:
            yield f"peer {peer.name} has no line in the topology"
        elif (peer.url is not None) != (peer.name in called):
            yield f"peer {peer.name}: the line goes the other way"
        elif peer.url is not None:
            yield from _address(peer, *others[peer.name])
    yield from _database(config, all_flows(topology), process=process)


def _listening(listen: Listen, *, machine: Machine, process: DeclaredProcess) -> Iterable[str]:
    if listen.port != process.port:
        yield f"listens on port {listen.port}, declared is {process.port}"
    if not _is_any(listen.host) and listen.host not in (*machine.addresses, *machine.host_names):
        yield f"listens on {listen.host}, which is no address of {machine.name}"


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _address(peer: Peer, other: DeclaredProcess, host: Machine) -> Iterable[str]:
    url = urlsplit(peer.url or "")
    if url.port != other.port or url.hostname not in (*host.addresses, *host.host_names):
        yield f"peer {peer.name} is called at {url.netloc}, which the topology does not declare"


def _database(config: PartyConfig, flows: Iterable[Flow], *, process: DeclaredProcess) -> Iterable[str]:
    if config.database is None:
        return
    parts = conninfo_to_dict(config.database.url)
    host, port = str(parts.get("host") or parts.get("hostaddr") or ""), int(parts.get("port") or _POSTGRESQL)
    if host in _HERE or host.startswith("/") or _is_loopback(host):
        return
    declared = [
        flow
        for flow in flows
        if isinstance(flow.target, Service)
        and flow.target.kind == "postgresql"
        and process.name in flow.target.used_by
        and host in (*flow.target.addresses, *flow.target.host_names)
        and flow.port == port
    ]
    if not declared:
        yield f"its database is at {host} port {port}, which the topology does not declare for it"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
