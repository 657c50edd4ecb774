"""What is done once the last byte of an answer has left: recording that the plaintext is gone.

The handler's own references end when it returns, the response's when it was sent; only then `erased: wiped` is true.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from starlette.types import ASGIApp, Receive, Scope, Send

from madoguchi.runtime import log

Task = Callable[[], Awaitable[None]]

_TASKS: ContextVar[list[Task]] = ContextVar("madoguchi_issuer_afterwards")
FAILED_AFTERWARDS = log.event("issuer.failed_afterwards", "kind", "place")


class Afterwards:
    """ASGI middleware: runs what `afterwards` was given during a request, after its answer was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, then run its tasks; a task that fails is logged, and its receipt stays open."""
        tasks: list[Task] = []
        token = _TASKS.set(tasks)
        try:
            await self._app(scope, receive, send)
        finally:
            _TASKS.reset(token)
            for task in tasks:
                await _run(task)


def afterwards(task: Task) -> None:
    """Run `task` once the answer to the present request has been sent. LookupError outside a request."""
    _TASKS.get().append(task)


async def _run(task: Task) -> None:
    try:
        await task()
    except Exception as error:
        log.get_log().error(FAILED_AFTERWARDS, kind=type(error).__name__, place=log.place_of(error))
