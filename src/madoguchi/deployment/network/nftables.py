"""One machine's firewall as an nftables file: everything is dropped but the declared connections and their answers.

The file replaces the table `inet madoguchi` whole, in one transaction (nft(8)), and touches no other table. A packet
must be accepted by every table, so a rule of somebody else cannot open what is closed here.

Nothing of a packet is kept but what the kernel's log line says of its headers (addresses, ports, length): there is no
`log group`, which would hand out payload.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from madoguchi.deployment.network.flows import FAMILIES, Family, Flow, all_flows, of_family
from madoguchi.deployment.network.topology import Machine, NetworkTopology, Service
from madoguchi.deployment.problems import NETWORK

TABLE: Final = "madoguchi"
_LOGGED: Final = "limit rate 6/minute burst 10 packets"
"""A scan must not fill the disk; the counters beside it count every packet."""

_ANSWERS: Final = (
    "ct state established counter accept",
    "# Errors about connections that are open, path MTU among them (RFC 1191, RFC 8201); no ping.",
    "ct state related meta l4proto { icmp, ipv6-icmp } counter accept",
)
_NEIGHBOURS: Final = (
    "# IPv6 finds its neighbours by these (RFC 4861: hop limit 255 means from this link) and is in their groups by",
    "# MLD (RFC 3810: hop limit 1). No router advertisement: addresses and routes are static.",
    "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 counter accept",
)
_MLD_IN: Final = "icmpv6 type mld-listener-query ip6 saddr fe80::/10 ip6 hoplimit 1 counter accept"
_MLD_OUT: Final = "icmpv6 type mld2-listener-report ip6 hoplimit 1 counter accept"


def rules_of(topology: NetworkTopology, name: str) -> str:
    """The file for a machine, a process's machine or a declared PostgreSQL. Raises `deployment.network`."""
    host = _host(topology, name)
    flows = all_flows(topology)
    inbound = _rules((flow for flow in flows if flow.target is host), states_own="target")
    outbound = _rules((flow for flow in flows if flow.source is host), states_own="source")
    chains = [
        _chain("input", [*_loopback("iif"), *_NEIGHBOURS, _MLD_IN, *_ANSWERS, *inbound], log="in"),
        _chain("output", [*_loopback("oif"), *_NEIGHBOURS, _MLD_OUT, *_ANSWERS, *outbound], log="out"),
        _chain("forward", ["# This machine is no router."], log="forward"),
    ]
    return "\n".join([_head(topology, host), f"table inet {TABLE} {{", "\n\n".join(chains), "}", ""])


def _host(topology: NetworkTopology, name: str) -> Machine | Service:
    for machine in topology.machines:
        if name == machine.name or any(name == process.name for process in machine.processes):
            return machine
    for service in topology.services:
        if service.name == name and service.kind == "postgresql":
            return service
    raise NETWORK.error(f"{name} is no machine, process or PostgreSQL of this topology")


def _head(topology: NetworkTopology, host: Machine | Service) -> str:
    runs = [f"{each.name} ({each.party})" for each in host.processes] if isinstance(host, Machine) else ["PostgreSQL"]
    addresses = ", ".join(address for family in FAMILIES for address in of_family(host.addresses, family))
    return f"""\
#!/usr/sbin/nft -f
# The firewall of {host.name}, {topology.environment.value}. Runs {", ".join(sorted(runs))} at {addresses}.
# Made by `./madoguchi network rules`: change the topology file, not this one.

# Replaced whole: the first line makes the table where there is none, so that the second has something to delete.
table inet {TABLE}
delete table inet {TABLE}
"""


def _loopback(direction: str) -> tuple[str, ...]:
    """Pages and what an operator reads listen there only; from outside they are undeclared ports like any other."""
    return (f'{direction} "lo" accept comment "inside this machine"',)


def _rules(flows: Iterable[Flow], *, states_own: str) -> list[str]:
    """A line per flow and family, under a comment where the machine opens no or takes no connection."""
    shared: dict[tuple[str, str, str, int], list[Flow]] = {}
    for flow in flows:
        shared.setdefault((flow.source.name, flow.target.name, flow.protocol, flow.port), []).append(flow)
    made = []
    for alike in shared.values():
        made += [f"# {flow.why}" for flow in alike if len(alike) > 1]
        made += [_rule(alike, family) for family in FAMILIES if alike[0].addresses(family)[0]]
    nobody = "# Nobody may call this machine." if states_own == "target" else "# This machine calls nobody."
    return made or [nobody]


def _rule(alike: list[Flow], family: Family) -> str:
    """One rule for all processes of a machine that call the same one: a packet does not say which of them sent it."""
    flow = alike[0]
    why = flow.why if len(alike) == 1 else f"{flow.why} and {len(alike) - 1} more"
    sources, targets = flow.addresses(family)
    new = "tcp flags & (fin | syn | rst | ack) == syn ct state new" if flow.protocol == "tcp" else "ct state new"
    return (
        f"{family} saddr {_set(sources)} {family} daddr {_set(targets)} "
        f'{flow.protocol} dport {flow.port} {new} counter accept comment "{why}"'
    )


def _set(addresses: tuple[str, ...]) -> str:
    return addresses[0] if len(addresses) == 1 else f"{{ {', '.join(addresses)} }}"


def _chain(hook: str, rules: list[str], *, log: str) -> str:
    lines = [
        f"type filter hook {hook} priority filter; policy drop;",
        *rules,
        f'{_LOGGED} log prefix "madoguchi {log} drop: " level info',
        'counter drop comment "everything else"',
    ]
    return "\n".join([f"\tchain {hook} {{", *(f"\t\t{line}" for line in lines), "\t}"])
