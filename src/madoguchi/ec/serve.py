"""The EC center's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress

from starlette.applications import Starlette

from madoguchi.ec.centers import Centers
from madoguchi.ec.config import EcConfig
from madoguchi.ec.endpoints import Served, endpoints
from madoguchi.ec.journal import SCHEMA
from madoguchi.ec.kiosks import Kiosks
from madoguchi.ec.lost import LostProperties
from madoguchi.ec.outcomes import Outcomes
from madoguchi.ec.problems import CENTER_DOWN, NOT_CONFIGURED
from madoguchi.ec.relay import HonestRelay, Relay
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.journal import Journal
from madoguchi.runtime.party import signer
from madoguchi.runtime.server import Listener, serve
from madoguchi.trust.file import TrustFile
from madoguchi.wire.outcome import RelayedOutcome

MakeRelay = Callable[[Relay], Relay]
"""Puts another relay around the honest one; for test processes that play a lying ec."""


def _unchanged(honest: Relay) -> Relay:
    return honest


async def serve_ec(config: EcConfig, *, clock: Clock, make_relay: MakeRelay = _unchanged) -> None:
    """Run until SIGTERM. Raises `ec.not_configured`, `runtime.*`."""
    app = make_app(config, clock=clock, make_relay=make_relay)
    await serve([Listener(app=app, listen=config.listen, tls=config.tls)])


def make_app(config: EcConfig, *, clock: Clock, make_relay: MakeRelay = _unchanged) -> Starlette:
    """The application; its lifespan opens and closes the journal and probes the center."""
    if config.state_dir is None or config.trust is None or "default" not in config.key_roles:
        raise NOT_CONFIGURED.error()
    trust = TrustFile(config.trust, environment=config.environment, clock=clock)
    kiosks = Kiosks(config, trust=trust, clock=clock)
    caller = Caller(config)
    centers = Centers([config.url(name) for name in config.centers], caller=caller, limits=config.limits)
    journal = Journal(config.state_dir / f"{config.name}.sqlite", schema=SCHEMA)

    async def send(told: RelayedOutcome) -> bytes:
        return await centers.ask(
            lambda url: caller.post(url, "/v1/outcomes", told, answer=bytes, timeout=config.limits.outcome)
        )

    async def send_entry(raw: bytes) -> bytes:
        return await centers.ask(
            lambda url: caller.post(url, "/v1/lost-property", raw, answer=bytes, timeout=config.limits.outcome)
        )

    own = signer(config, code=config.operator)
    outcomes = Outcomes(config, journal=journal, kiosks=kiosks, trust=trust, signer=own, clock=clock, send=send)
    lost = LostProperties(config, journal=journal, kiosks=kiosks, trust=trust, signer=own, clock=clock, send=send_entry)
    honest = HonestRelay(config, caller=caller, centers=centers, kiosks=kiosks, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        with closing(journal):
            async with caller:
                await centers.probe()
                loops = (centers.keep_probing(), outcomes.keep_relaying(), lost.keep_telling())
                tasks = [asyncio.create_task(each) for each in loops]
                try:
                    yield
                finally:
                    for task in tasks:
                        task.cancel()
                        with suppress(asyncio.CancelledError):
                            await task

    async def ready() -> None:
        if not centers.healthy:
            raise CENTER_DOWN.error()

    served = Served(
        relay=make_relay(honest),
        outcomes=outcomes,
        lost=lost,
        lost_alarm_hours=config.limits.lost_alarm,
        journal=journal,
        clock=clock,
    )
    return application(endpoints(served), config=config, lifespan=lifespan, ready=ready)
