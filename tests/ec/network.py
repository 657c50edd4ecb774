"""Two centers, an operator's EC center and the ward's stub, each with a listener of its own under real mutual TLS."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
from starlette.applications import Starlette

from madoguchi import __version__
from madoguchi.center.lines import NetworkLines
from madoguchi.center.serve import make_app as center_app
from madoguchi.center.serve import make_parts
from madoguchi.deployment.lines import Addresses, peers_of
from madoguchi.deployment.plan import Process
from madoguchi.ec.config import EcConfig, Limits
from madoguchi.ec.relay import Relay
from madoguchi.ec.serve import make_app as ec_app
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import SystemClock
from madoguchi.runtime.config import Database, PartyConfig, Topology, declare
from madoguchi.runtime.database import Pool
from madoguchi.runtime.endpoint import Call, Endpoint, application
from madoguchi.runtime.ports import reserve
from madoguchi.runtime.server import Listener, serve
from madoguchi.wire.outcome import WardOutcome
from madoguchi.wire.transaction import IssueAnswer
from tests.center.stub_lines import StubLines
from tests.center.world import OPERATOR, World
from tests.runtime.standing import AtEase

PROBE_SECONDS = 0.2
CENTERS = ("center-1", "center-2")


def _same(relay: Relay) -> Relay:
    return relay


@dataclass(slots=True)
class Network:
    """Addresses of everything, held so that nobody else takes them; a process that is not up refuses connections."""

    world: World
    state_dir: Path
    held: list[socket.socket] = field(default_factory=list)
    addresses: Addresses = field(init=False)

    def __post_init__(self) -> None:
        ports = {}
        for process in self.world.plan.processes:
            self.held.append(reserve())
            ports[process.name] = self.held[-1].getsockname()[1]
        self.addresses = Addresses(lines=ports, pages={})

    def close(self) -> None:
        for one in self.held:
            one.close()

    def process(self, name: str) -> Process:
        return next(one for one in self.world.plan.processes if one.name == name)

    def common(self, name: str) -> dict[str, Any]:
        process = self.process(name)
        same = tuple(one.name for one in self.world.plan.of(process.party))
        return {
            "party": process.party,
            "name": name,
            "environment": self.world.plan.environment,
            "version_expected": __version__,
            "listen": self.addresses.listen(process),
            "tls": self.world.tls(name),
            "topology": Topology(replicas=same, fingerprint=""),
            "trust": self.world.trust,
            "signing_keys": {"default": self.world.directory / "pki" / name / "signing.key"},
            "state_dir": self.state_dir,
            "peers": peers_of(
                process, self.world.plan, addresses=self.addresses, fingerprints=self.world.identities.fingerprints
            ),
        }

    def ec_config(self, *, limits: Limits | None = None) -> EcConfig:
        kiosks = {
            kiosk.name: self.world.identities.kiosk_ids[kiosk.name].hex()
            for kiosk in self.world.plan.of("kiosk")
            if kiosk.code == OPERATOR
        }
        made = EcConfig(
            operator=OPERATOR,
            centers=CENTERS,
            kiosks=kiosks,
            limits=limits or Limits(probe=PROBE_SECONDS, retry=0.2, cache=0.0),
            **self.common(f"ec-{OPERATOR}"),
        )
        return declare(made)

    def caller(self, name: str) -> Caller:
        """As that process calls, with its certificate."""
        return Caller(PartyConfig(**self.common(name)))

    def url(self, name: str) -> str:
        return self.addresses.url(self.process(name))


@asynccontextmanager
async def running(*listeners: Listener) -> AsyncIterator[None]:
    """Serve all of them in this event loop, and stop them as SIGTERM would."""
    task = asyncio.create_task(serve(listeners))
    for listener in listeners:
        await _connectable(listener.listen.port, task)
    await asyncio.sleep(2 * PROBE_SECONDS)  # lifespans come first: ec has probed before anybody listened
    try:
        yield
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 15)


async def _connectable(port: int, task: asyncio.Task[None]) -> None:
    while not task.done():
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return
    await task


def center_listener(network: Network, name: str, *, pool: Pool, database: Database, lines: StubLines) -> Listener:
    config = network.world.center_config(name, database=database)
    config = declare(msgspec.structs.replace(config, **network.common(name)))
    parts = make_parts(config, pool=pool, lines=lines, clock=SystemClock(), process=secrets.token_bytes(16))
    return Listener(app=center_app(parts, AtEase()), listen=config.listen, tls=config.tls)


def ec_listener(
    network: Network, *, limits: Limits | None = None, make_relay: Callable[[Relay], Relay] = _same
) -> Listener:
    config = network.ec_config(limits=limits)
    app = ec_app(config, clock=SystemClock(), make_relay=make_relay)
    return Listener(app=app, listen=config.listen, tls=config.tls)


def issuer_listener(network: Network, name: str, lines: StubLines) -> Listener:
    """The ward's stub behind the routes of an issuing server."""
    config = PartyConfig(**network.common(name))
    return Listener(app=_issuer_app(config, lines, network.world.ward), listen=config.listen, tls=config.tls)


def _issuer_app(config: PartyConfig, lines: StubLines, ward: str) -> Starlette:
    async def menu(_call: Call[None]) -> bytes:
        return await lines.menu(ward)

    async def issue(call: Call[bytes]) -> IssueAnswer:
        return await lines.issue(ward, call.body)

    async def outcome(call: Call[WardOutcome]) -> None:
        await lines.outcome(ward, call.body)

    center = frozenset({"center"})
    routes = (
        Endpoint(method="GET", path="/v1/menu", handler=menu, callers=center, answer=bytes, summary="menu"),
        Endpoint(
            method="POST",
            path="/v1/issue",
            handler=issue,
            callers=center,
            request=bytes,
            answer=cast("Any", IssueAnswer),
            summary="issue",
        ),
        Endpoint(
            method="POST",
            path="/v1/outcomes",
            handler=outcome,
            callers=center,
            request=WardOutcome,
            summary="outcome",
            max_bytes=400_000,
        ),
    )
    return application(routes, config=config)


def network_lines(network: Network, caller: Caller, database: Database) -> NetworkLines:
    config = network.world.center_config("center-1", database=database)
    return NetworkLines(caller, msgspec.structs.replace(config, **network.common("center-1")))
