"""The topology file: machines with their addresses, the processes on them, and what else they may speak to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from madoguchi.deployment.plan import Process
from madoguchi.runtime.config import ConfigProblem, Section, read_toml
from madoguchi.wire.identifiers import Environment

Name = Annotated[str, Meta(pattern="^[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?$")]
"""Goes into comments of the rules: nothing in it can end one, and two of them fit into the 128 octets of one."""
Port = Annotated[int, Meta(ge=1, le=65535)]
Party = Literal["tax", "jukinet", "jpki", "intake", "issuer", "center", "ec", "kiosk", "verify", "oversight"]


class DeclaredProcess(Section, frozen=True, kw_only=True):
    """A process and where it listens for other parties."""

    party: Party
    name: Name
    code: Annotated[str, Meta(pattern="^[a-z0-9-]{1,40}$")]
    """Ward or operator for which it speaks; `center` and `jpki` for those two."""
    port: Port
    """Of `[listen]`. Pages and what an operator reads listen on loopback and have no place here."""

    @property
    def as_planned(self) -> Process:
        """As the plan of a deployment names it."""
        return Process(party=self.party, name=self.name, code=self.code)


class Host(Section, frozen=True, kw_only=True):
    """Whatever has addresses of its own in the closed network."""

    name: Name
    addresses: tuple[str, ...]
    """IPv4 and IPv6, static."""


class Machine(Host, frozen=True, kw_only=True):
    """One machine (or container with a network of its own): it has one firewall."""

    host_names: tuple[str, ...] = ()
    """Names by which configurations may call it, beside its addresses."""
    processes: tuple[DeclaredProcess, ...]


class Service(Host, frozen=True, kw_only=True):
    """Something of the house that processes use: outbound only."""

    kind: Literal["postgresql", "dns", "ntp"]
    host_names: tuple[str, ...] = ()
    port: Port | None = None
    """The usual one of its kind unless given."""
    used_by: tuple[Name, ...]
    """Names of processes."""


class Visitor(Host, frozen=True, kw_only=True):
    """Something of the house that calls processes and is no party: monitoring, a management terminal."""

    purpose: Annotated[str, Meta(pattern="^[A-Za-z0-9 ,.-]{1,40}$")]
    calls: tuple[Name, ...]
    """Names of processes."""
    port: Port | None = None
    """The process's own line unless given (22 for a management terminal)."""


class NetworkTopology(Section, frozen=True, kw_only=True):
    """A whole deployment as its network sees it."""

    environment: Environment
    machines: tuple[Machine, ...]
    services: tuple[Service, ...] = ()
    visitors: tuple[Visitor, ...] = ()

    def machine_of(self, process: str) -> Machine:
        """The machine on which a process runs; `load_topology` has checked that there is one."""
        return next(each for each in self.machines if any(process == own.name for own in each.processes))


def load_topology(path: Path) -> NetworkTopology:
    """Read and check a topology file. Raises ConfigProblem with the key."""
    topology = read_toml(path, NetworkTopology)
    for key, what in _faults(topology):
        raise ConfigProblem(file=path, key=key, what=what)
    return topology


def _faults(topology: NetworkTopology) -> Iterable[tuple[str, str]]:
    """What types alone do not say: names and addresses that are not one's own, references to nobody."""
    everyone: tuple[Host, ...] = (*topology.machines, *topology.services, *topology.visitors)
    yield from (("name", f"{name} is given twice") for name in _repeated(each.name for each in everyone))
    processes = [process for machine in topology.machines for process in machine.processes]
    yield from (("machines.processes.name", f"{name} twice") for name in _repeated(each.name for each in processes))
    for each in everyone:
        if not each.addresses:
            yield f"{each.name}.addresses", "none"
        yield from ((f"{each.name}.addresses", what) for address in each.addresses if (what := _unfit(address)))
    for one, other in combinations(everyone, 2):
        if shared := set(one.addresses) & set(other.addresses):
            yield f"{one.name}.addresses", f"{min(shared)} is an address of {other.name} too"
    for machine in topology.machines:
        yield from (
            (f"{machine.name}.processes.port", f"{port} twice")
            for port in _repeated(str(process.port) for process in machine.processes)
        )
    known = {process.name for process in processes}
    wanted = [(each.name, each.used_by) for each in topology.services]
    wanted += [(each.name, each.calls) for each in topology.visitors]
    for name, processes_named in wanted:
        yield from ((name, f"there is no process {other}") for other in processes_named if other not in known)


def _repeated(names: Iterable[str]) -> list[str]:
    seen = list(names)
    return sorted({name for name in seen if seen.count(name) > 1})


def _unfit(address: str) -> str | None:
    """Why this is no address of a machine in canonical form (two spellings of one would be two machines)."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return f"{address} is not an IP address"
    if str(read) != address:
        return f"{address} is written {read}"
    if read.is_loopback or read.is_unspecified or read.is_multicast or read.is_link_local:
        return f"{address} is no address under which another machine can be reached"
    return None
