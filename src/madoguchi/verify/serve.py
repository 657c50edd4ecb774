"""The process behind the page for receivers."""

from __future__ import annotations

import asyncio

from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.problems import CONFIG
from madoguchi.runtime.server import Listener, serve
from madoguchi.trust.file import TrustFile
from madoguchi.verify.checking import Verifier
from madoguchi.verify.config import LookingSection, VerifyConfig
from madoguchi.verify.offline import offline_page, with_offline
from madoguchi.verify.page.app import verify_page
from madoguchi.verify.page.rate import Rate
from madoguchi.verify.scans.process import Limits, Looking
from madoguchi.verify.status import StatusDesk


async def serve_verify(config: VerifyConfig, *, clock: Clock) -> None:
    """Run until SIGTERM."""
    if config.trust is None or config.pages is None:
        raise CONFIG.error("verify needs the sections trust and pages")
    async with Caller(config) as caller:
        desk = StatusDesk(config, caller=caller, loop=asyncio.get_running_loop())
        trust = TrustFile(config.trust, environment=config.environment, clock=clock)

        async def ready() -> None:
            trust.current()

        looking = Looking(clock=clock, limits=limits_of(config.looking))
        await asyncio.to_thread(looking.look, ())  # the fork server loads what it needs before the first upload comes
        verifier = Verifier(trust=trust, wards=config.wards, clock=clock, ask_status=desk.ask, looks=looking)
        rate = Rate(config.limits, clock=clock)
        page = verify_page(verifier, environment=config.environment, rate=rate)
        offline = offline_page(config, trust=trust, ask_status=desk.ask, rate=rate)
        line = Listener(app=application((), config=config, ready=ready), listen=config.listen, tls=config.tls)
        await serve([line, Listener(app=with_offline(page, offline), listen=config.pages)])


def limits_of(section: LookingSection) -> Limits:
    """The settings of one look, in the units of the process."""
    return Limits(
        seconds=section.seconds,
        memory_octets=section.memory_mib * 1024**2,
        at_once=section.at_once,
        waiting_seconds=section.waiting_seconds,
    )
