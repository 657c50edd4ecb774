"""The tax system's process: it answers nothing but its health, and keeps sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette

from madoguchi.runtime.caller import Caller
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import answers, connect
from madoguchi.runtime.endpoint import application
from madoguchi.runtime.party import signer
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from madoguchi.runtime.server import Listener, serve
from madoguchi.tax.config import TaxConfig
from madoguchi.tax.sending import Sender


async def serve_tax(config: TaxConfig, *, database: Database, clock: Clock) -> None:
    """Run until SIGTERM."""
    async with connect(database, application_name=config.name) as pool, Caller(config) as caller:
        await refuse_other_schema(pool, migrations=migrations_of("tax"))
        sender = Sender(config, pool=pool, caller=caller, signer=signer(config, code=config.ward), clock=clock)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            sending = asyncio.create_task(sender.run())
            try:
                yield
            finally:
                sending.cancel()
                with suppress(asyncio.CancelledError):
                    await sending

        app = application((), config=config, lifespan=lifespan, ready=lambda: answers(pool))
        await serve([Listener(app=app, listen=config.listen, tls=config.tls)])
