"""Serve an application in the running event loop, as the process would, and stop it as SIGTERM would."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.server import Listener, serve


@asynccontextmanager
async def serving(app: Starlette, config: PartyConfig) -> AsyncIterator[str]:
    listener = Listener(app=app, listen=config.listen, tls=config.tls, share_port=True)
    task = asyncio.create_task(serve([listener]))
    await _until_connectable(config.listen.port, task)
    try:
        yield f"https://127.0.0.1:{config.listen.port}"
    finally:
        if not task.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 10)


async def _until_connectable(port: int, task: asyncio.Task[None]) -> None:
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
