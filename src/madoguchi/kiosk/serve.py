"""The kiosk's process: a mutual-TLS listener that only tells its health, and the page beside the machine."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from madoguchi.kiosk.agent import KioskAgent
from madoguchi.kiosk.assembly import assembled
from madoguchi.kiosk.config import KioskConfig
from madoguchi.kiosk.line import EcLine, Line, ec_url
from madoguchi.kiosk.machine.states import Stopped
from madoguchi.kiosk.page import kiosk_page
from madoguchi.kiosk.problems import STARTING
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import ConfigProblem
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.server import Listener, serve
from madoguchi.wire.identifiers import Environment

_TOKEN_OCTETS = 32

MakeLine = Callable[[Line], Line]
"""Puts another line around the real one; for test processes."""


def _unchanged(line: Line) -> Line:
    return line


async def serve_kiosk(config: KioskConfig, *, clock: Clock, make_line: MakeLine = _unchanged) -> None:
    """Run until SIGTERM. Raises ConfigProblem, `runtime.*`."""
    if config.pages is None:
        raise ConfigProblem(file=config.enrolment, key="pages", what="a kiosk has a page")
    async with Caller(config) as caller:
        line = make_line(EcLine(caller, url=ec_url(config), seconds=config.timeouts.call))
        plug = pull_the_plug if config.environment is Environment.DEMO else None
        with assembled(config, line=line, clock=clock, power_off=plug) as agent:
            page = kiosk_page(agent, token=secrets.token_urlsafe(_TOKEN_OCTETS), environment=config.environment.value)
            await serve(
                [
                    Listener(app=_health(config, agent), listen=config.listen, tls=config.tls),
                    Listener(app=page, listen=config.pages),
                ]
            )


def pull_the_plug() -> None:
    """A power cut, as a process sees it: not even this function returns."""
    os.kill(os.getpid(), signal.SIGKILL)


def _health(config: KioskConfig, agent: KioskAgent) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with agent:
            yield

    async def ready() -> None:
        if isinstance(agent.situation.stage, Stopped):
            raise STARTING.error(agent.situation.stage.reason.code)

    return application([], config=config, lifespan=lifespan, ready=ready)
