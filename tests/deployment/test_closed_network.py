"""Real machines' firewalls in network namespaces: each declared line connects, and nothing else does, either way."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest

from madoguchi.deployment.network.flows import Flow, all_flows
from madoguchi.deployment.network.nftables import rules_of
from madoguchi.deployment.network.topology import Host, load_topology
from tests.deployment.namespaces import Attempt, Switch, switch, why_not

TOPOLOGY = load_topology(Path(__file__).parent / "topology.toml")
OUTSIDER, OUTSIDERS = "outsider", ("10.20.9.9", "fd20:9::9")
GUARDED = (*(machine.name for machine in TOPOLOGY.machines), "ward-postgres")
"""The machines whose firewall is loaded; the clock and the visitors are other people's."""
DECLARED: tuple[Host, ...] = (*TOPOLOGY.machines, *TOPOLOGY.services, *TOPOLOGY.visitors)
HOSTS = {each.name: each.addresses for each in DECLARED} | {OUTSIDER: OUTSIDERS}
UNDECLARED = (80, 9100, 50000)
"""A page, what an operator reads, anything: listening on all addresses by mistake."""
PORTS = tuple(sorted({flow.port for flow in all_flows(TOPOLOGY)} | set(UNDECLARED)))
EVERYTHING = [
    Attempt(source, target, address, port)
    for source, target in product(HOSTS, HOSTS)
    if source != target
    for address in HOSTS[target]
    if any((":" in address) == (":" in own) for own in HOSTS[source])
    for port in PORTS
]


@pytest.fixture
def wires() -> Iterator[Switch]:
    if (reason := why_not()) is not None:
        pytest.skip(f"the closed network is NOT tested on this machine: {reason}")
    with switch(HOSTS) as made:
        yield made


@pytest.fixture
def network(wires: Switch) -> Iterator[Switch]:
    """Everybody listens on every port of which anybody could think."""
    with wires.listening(dict.fromkeys(HOSTS, PORTS)):
        yield wires


def declared(flow: Flow) -> set[Attempt]:
    return {
        Attempt(flow.source.name, flow.target.name, address, flow.port)
        for family in ("ip", "ip6")
        for address in flow.addresses(family)[1]
    }


LINES: set[Attempt] = set().union(*(declared(flow) for flow in all_flows(TOPOLOGY) if flow.protocol == "tcp"))


def load(network: Switch, *, only: str | None = None) -> None:
    """Every guarded machine's generated file; `only` one direction, to see that each alone shuts the others out."""
    for name in GUARDED:
        network.run(name, "nft", "-f", "-", text=rules_of(TOPOLOGY, name))
        for chain in {"input", "output"} - {only or "input", only or "output"}:
            network.run(name, "nft", "flush", "chain", "inet", "madoguchi", chain)
            network.run(name, "nft", "chain", "inet", "madoguchi", chain, "{ policy accept; }")


def unguarded(attempt: Attempt) -> bool:
    return attempt.source not in GUARDED and attempt.target not in GUARDED


def test_without_firewalls_everybody_reaches_everything(network: Switch) -> None:
    """So that what does not connect below was dropped by a rule."""
    assert network.connect_all(EVERYTHING) == set(EVERYTHING)


def test_with_them_exactly_the_declared_lines_connect(network: Switch) -> None:
    load(network)
    connected = network.connect_all(EVERYTHING)
    guarded = {attempt for attempt in connected if not unguarded(attempt)}
    assert sorted(LINES - guarded) == []
    assert sorted(guarded - LINES) == []
    assert not [attempt for attempt in guarded if OUTSIDER in {attempt.source, attempt.target}]
    for name in GUARDED:
        counters = network.run(name, "nft", "list", "chain", "inet", "madoguchi", "input").splitlines()
        assert not [line for line in counters if "tcp dport" in line and "counter packets 0 " in line], "an unused rule"
        assert not [line for line in counters if "everything else" in line and "counter packets 0 " in line]


def test_each_side_alone_takes_no_other_call(network: Switch) -> None:
    """What somebody sends whose own firewall is down: another party's machine taken over, say."""
    load(network, only="input")
    into = {each for each in network.connect_all(EVERYTHING) if each.target in GUARDED}
    assert into == {each for each in LINES if each.target in GUARDED}


def test_each_side_alone_calls_nobody_else(network: Switch) -> None:
    """What leaves a machine that somebody took over, even to a machine without a firewall."""
    load(network, only="output")
    out = {each for each in network.connect_all(EVERYTHING) if each.source in GUARDED}
    assert out == {each for each in LINES if each.source in GUARDED}


def test_only_who_declared_a_clock_reaches_it(wires: Switch) -> None:
    """UDP has no connect to watch: the clock says from whom something came."""
    load(wires)
    clock = wires.inside("ward-clock", lambda: bound(socket.SOCK_DGRAM, 123))
    (address,) = HOSTS["ward-clock"]
    with clock:
        for name in HOSTS:
            sender = wires.inside(name, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            with sender, suppress(PermissionError):  # its own firewall told it
                sender.sendto(name.encode(), (address, 123))
        clock.settimeout(1)
        heard = set[str]()
        with suppress(TimeoutError):
            while True:
                heard.add(clock.recv(100).decode())
    assert heard & set(GUARDED) == {"ward-issuing-1", "ward-issuing-2", "ward-host", "ward-desk"}
    assert OUTSIDER in heard


def test_loading_again_changes_nothing_and_cuts_no_connection(wires: Switch) -> None:
    load(wires)
    once = wires.run("ward-issuing-1", "nft", "--stateless", "list", "ruleset")
    server = wires.inside("ward-issuing-1", lambda: bound(socket.SOCK_STREAM, 8443))
    caller = wires.inside("center-1", lambda: socket.create_connection(("10.20.1.11", 8443), timeout=10))
    with server, caller, server.accept()[0] as taken:
        load(wires)
        caller.sendall(b"still here")
        taken.settimeout(10)
        assert taken.recv(100) == b"still here"
    assert wires.run("ward-issuing-1", "nft", "--stateless", "list", "ruleset") == once
    assert once.count("table ") == 1


def bound(kind: socket.SocketKind, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, kind)
    made.bind(("0.0.0.0", port))
    if kind is socket.SOCK_STREAM:
        made.listen()
        made.settimeout(10)
    return made
