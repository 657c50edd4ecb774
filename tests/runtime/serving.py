"""Serve applications in the running event loop, as a process would, and stop them as SIGTERM would."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.server import Listener, serve


@asynccontextmanager
async def serving(app: Starlette, config: PartyConfig) -> AsyncIterator[str]:
    async with serving_all([Listener(app=app, listen=config.listen, tls=config.tls, share_port=True)]):
        yield f"https://127.0.0.1:{config.listen.port}"


@asynccontextmanager
async def serving_all(listeners: Sequence[Listener]) -> AsyncIterator[None]:
    """Several at once, which only tests do: there is one set of signal handlers in a process."""
    task = asyncio.create_task(serve(listeners))
    for listener in listeners:
        await _until_connectable(listener.listen.port, task)
    try:
        yield
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
