"""Every connection that may be opened: who, to whom, on which port, and why. What is not here is dropped."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal

from madoguchi.deployment.lines import is_line
from madoguchi.deployment.network.topology import Machine, NetworkTopology, Service, Visitor
from madoguchi.deployment.problems import NETWORK

Family = Literal["ip", "ip6"]
Protocol = Literal["tcp", "udp"]
FAMILIES: Final[tuple[Family, ...]] = ("ip", "ip6")
_PORTS: Final = {"postgresql": 5432, "dns": 53, "ntp": 123}
_PROTOCOLS: Final[dict[str, tuple[Protocol, ...]]] = {"postgresql": ("tcp",), "dns": ("tcp", "udp"), "ntp": ("udp",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One connection that may be opened; its answers come back over it."""

    source: Machine | Visitor
    target: Machine | Service
    protocol: Protocol
    port: int
    why: str
    """ASCII, one line: becomes the comment of the rule."""

    def addresses(self, family: Family) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Sources and targets of one family, sorted; both empty unless both sides have it."""
        sources, targets = of_family(self.source.addresses, family), of_family(self.target.addresses, family)
        return (sources, targets) if sources and targets else ((), ())


def of_family(addresses: tuple[str, ...], family: Family) -> tuple[str, ...]:
    """Those of one family, in order."""
    version = 4 if family == "ip" else 6
    read = [ipaddress.ip_address(address) for address in addresses]
    return tuple(str(each) for each in sorted(each for each in read if each.version == version))


def all_flows(topology: NetworkTopology) -> tuple[Flow, ...]:
    """All of a deployment, in an order that does not depend on the file's. Raises `deployment.network`."""
    flows = [*_lines(topology), *_services(topology), *_visits(topology)]
    for flow in flows:
        if not any(flow.addresses(family)[0] for family in FAMILIES):
            raise NETWORK.error(f"{flow.why}: no address family in common")
    return tuple(sorted(flows, key=lambda flow: (flow.why, flow.protocol, flow.port)))


def _lines(topology: NetworkTopology) -> list[Flow]:
    """The lines between parties; two processes on one machine speak over loopback and need none."""
    return [
        Flow(
            source=source,
            target=target,
            protocol="tcp",
            port=called.port,
            why=f"{caller.name} ({caller.party}) calls {called.name} ({called.party})",
        )
        for source in topology.machines
        for target in topology.machines
        if source is not target
        for caller in source.processes
        for called in target.processes
        if is_line(caller.as_planned, called.as_planned)
    ]


def _services(topology: NetworkTopology) -> list[Flow]:
    return [
        Flow(
            source=topology.machine_of(process),
            target=service,
            protocol=protocol,
            port=service.port or _PORTS[service.kind],
            why=f"{process} uses {service.name} ({service.kind})",
        )
        for service in topology.services
        for process in service.used_by
        for protocol in _PROTOCOLS[service.kind]
    ]


def _visits(topology: NetworkTopology) -> list[Flow]:
    made = []
    for visitor in topology.visitors:
        for name in visitor.calls:
            machine = topology.machine_of(name)
            process = next(each for each in machine.processes if each.name == name)
            made.append(
                Flow(
                    source=visitor,
                    target=machine,
                    protocol="tcp",
                    port=visitor.port or process.port,
                    why=f"{visitor.name} visits {name} ({visitor.purpose})",
                )
            )
    return made
