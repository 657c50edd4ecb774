"""A network of namespaces: every machine of a topology with its own addresses, all on one switch, and real connects.

The test process stays where it is: a thread of its own enters a namespace (setns(2) counts for one thread), makes
sockets there, and ends; the sockets stay in that namespace.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import secrets
import selectors
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

_CLONE_NEWNET = 0x40000000
_NAMES = Path("/run/netns")
PREFIX = {4: 16, 6: 16}
PATIENCE_SECONDS = 3.5
"""TCP sends its SYN again after one and three seconds: a slow machine gets three tries, a dropped one none."""
ResultT = TypeVar("ResultT")


def why_not() -> str | None:
    """Why namespaces cannot be made here, in words for whoever reads a skipped test."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    for program, package in (("ip", "iproute2"), ("nft", "nftables")):
        if shutil.which(program) is None:
            return f"no {program}: apt-get install {package}"
    trial = subprocess.run(
        ["unshare", "--net", "nft", "add", "table", "inet", "trial"], capture_output=True, text=True, check=False
    )
    return f"this kernel has no nf_tables or no namespaces: {trial.stderr.strip()}" if trial.returncode else None


@dataclass(frozen=True, order=True)
class Attempt:
    """One TCP connect: from a host (by name), to an address and port of another."""

    source: str
    target: str
    address: str
    port: int


class Switch:
    """Hosts by name on one bridge. Made by `switch`."""

    def __init__(self, hosts: Mapping[str, tuple[str, ...]], prefix: str) -> None:
        self.hosts = hosts
        self._prefix = prefix

    def namespace(self, name: str) -> str:
        return f"{self._prefix}-{name}"

    def run(self, name: str, *command: str, text: str | None = None) -> str:
        """A program inside a host's namespace; its output."""
        whole = ["ip", "netns", "exec", self.namespace(name), *command]
        return subprocess.run(whole, input=text, capture_output=True, text=True, check=True, timeout=30).stdout

    def inside(self, name: str, work: Callable[[], ResultT]) -> ResultT:
        """Do `work` in a thread inside the host's namespace."""
        results: list[ResultT] = []
        failures: list[BaseException] = []

        def enter() -> None:
            try:
                _enter(_NAMES / self.namespace(name))
                results.append(work())
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if failures:
            raise failures[0]
        return results[0]

    @contextmanager
    def listening(self, ports: Mapping[str, tuple[int, ...]]) -> Iterator[None]:
        """Every host listens on its ports, on all of its addresses."""
        with ExitStack() as stack:
            for name, numbers in ports.items():
                for each in self.inside(name, partial(_listeners, numbers)):
                    stack.enter_context(each)
            yield

    def connect_all(self, attempts: list[Attempt]) -> set[Attempt]:
        """Those that were connected. All are tried at once; a refusal (a host answered) raises."""
        _allow_descriptors(len(attempts) + 1000)
        with ExitStack() as stack, selectors.DefaultSelector() as selector:
            for name in self.hosts:
                own = [attempt for attempt in attempts if attempt.source == name]
                for attempt, opened in self.inside(name, partial(_begin_all, own)):
                    stack.enter_context(opened)
                    selector.register(opened, selectors.EVENT_WRITE, attempt)
            return _connected(selector)


@contextmanager
def switch(hosts: Mapping[str, tuple[str, ...]]) -> Iterator[Switch]:
    """Build the network, and take it away whatever happens."""
    prefix = f"mado{secrets.token_hex(3)}"
    made = Switch(hosts, prefix)
    bridge = f"{prefix}-switch"
    namespaces = [made.namespace(name) for name in hosts]
    try:
        _ip("netns", "add", bridge)
        _ip("-n", bridge, "link", "add", "name", "hub", "type", "bridge")
        _ip("-n", bridge, "link", "set", "hub", "up")
        for number, (name, addresses) in enumerate(hosts.items()):
            _plug(made.namespace(name), addresses, bridge=bridge, port=f"p{number}")
        yield made
    finally:
        for namespace in (*namespaces, bridge):
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True, check=False, timeout=30)


def _plug(namespace: str, addresses: tuple[str, ...], *, bridge: str, port: str) -> None:
    _ip("netns", "add", namespace)
    _ip("-n", namespace, "link", "set", "lo", "up")
    peer = ("peer", "name", port, "netns", bridge)
    _ip("-n", namespace, "link", "add", "net", "type", "veth", *peer)
    _ip("-n", bridge, "link", "set", port, "master", "hub", "up")
    _ip("-n", namespace, "link", "set", "net", "up")
    for address in addresses:
        version = 6 if ":" in address else 4
        without_waiting = ("nodad",) if version == 6 else ()
        _ip("-n", namespace, "address", "add", f"{address}/{PREFIX[version]}", "dev", "net", *without_waiting)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], capture_output=True, check=True, timeout=30)


def _enter(namespace: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    with namespace.open("rb") as file:
        if libc.setns(file.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def _listeners(ports: tuple[int, ...]) -> list[socket.socket]:
    return [_listener(port) for port in ports]


def _listener(port: int) -> socket.socket:
    """On IPv4 and IPv6 at once; nobody need accept: the kernel completes the handshake."""
    made = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("::", port))
    made.listen(512)
    return made


def _begin_all(attempts: list[Attempt]) -> list[tuple[Attempt, socket.socket]]:
    return [(attempt, _begin(attempt)) for attempt in attempts]


def _begin(attempt: Attempt) -> socket.socket:
    family = socket.AF_INET6 if ":" in attempt.address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setblocking(False)
    made.connect_ex((attempt.address, attempt.port))
    return made


def _connected(selector: selectors.BaseSelector) -> set[Attempt]:
    done: set[Attempt] = set()
    until = time.monotonic() + PATIENCE_SECONDS
    while (left := until - time.monotonic()) > 0 and selector.get_map():
        for key, _ in selector.select(left):
            opened = key.fileobj
            assert isinstance(opened, socket.socket)
            failure = opened.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            selector.unregister(opened)
            if failure == 0:
                done.add(key.data)
            elif failure not in {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EPERM}:
                raise OSError(failure, f"{key.data}: {os.strerror(failure)}")
    return done


def _allow_descriptors(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
