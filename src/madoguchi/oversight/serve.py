"""The process behind the ward's desk."""

from __future__ import annotations

from madoguchi.oversight.accounts import Collector
from madoguchi.oversight.config import OversightConfig
from madoguchi.oversight.desk import WardDesk
from madoguchi.oversight.page.app import oversight_page
from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.problems import CONFIG
from madoguchi.runtime.server import Listener, serve


async def serve_oversight(config: OversightConfig, *, clock: Clock) -> None:
    """Run until SIGTERM."""
    if config.pages is None:
        raise CONFIG.error("oversight needs the section pages")
    async with Caller(config) as caller:
        desk = WardDesk(config.ward, collector=Collector(config, caller=caller), clock=clock)
        line = Listener(app=application((), config=config), listen=config.listen, tls=config.tls)
        page = Listener(app=oversight_page(desk, environment=config.environment), listen=config.pages)
        await serve([line, page])
