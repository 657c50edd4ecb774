"""Serving: one process, one event loop, a mutual-TLS listener for parties and perhaps a plain one for pages.

SIGTERM and SIGINT drain (no new connection, running requests end), SIGHUP takes up renewed TLS certificates.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import socket
import ssl
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from madoguchi import __version__
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.config import Listen, TlsFiles
from madoguchi.runtime.problems import LISTEN
from madoguchi.runtime.supervisor import READY, STOPPING, notify, watched
from madoguchi.runtime.tls import reload_certificate, server_context

KEEP_ALIVE_SECONDS = 75
"""Longer than `caller.IDLE_SECONDS`: the caller closes idle connections first, so no request meets a closing one."""
DRAIN_SECONDS = 10
BACKLOG = 2048
READY_FD = "MADOGUCHI_READY_FD"
"""Environment variable: descriptor to which one line `ready PORT [PORT]` is written when every listener listens."""

STARTED = log.event("runtime.started", "port", "version", "tls")
DRAINING = log.event("runtime.draining")
STOPPED = log.event("runtime.stopped")
RELOADED = log.event("runtime.certificate_reloaded")
NOT_RELOADED = log.event("runtime.certificate_not_reloaded", "code")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """An application and where it listens; without `tls` it is plain and belongs on a loopback address."""

    app: Starlette
    listen: Listen
    tls: TlsFiles | None = None
    share_port: bool = False
    """Bind although a parent holds the port for us (`ports.reserve`); demo and tests only."""


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a party's main coroutine on uvloop. A crash leaves no core file, which would hold certificate data."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return uvloop.run(main)


async def serve(listeners: Sequence[Listener]) -> None:
    """Serve until SIGTERM or SIGINT, then drain. Lifespans start in the order given and end in the reverse order.

    Raises `runtime.listen`, `runtime.tls_files`, and whatever a lifespan raises at start.
    """
    async with AsyncExitStack() as stack:
        for listener in listeners:
            await stack.enter_async_context(listener.app.router.lifespan_context(listener.app))
        doors = [_Door(listener) for listener in listeners]
        stopping = asyncio.Event()
        with _signals(doors, stopping), _loaded_for_good():
            async with watched():
                await _serve_until(doors, stopping)
    log.get_log().info(STOPPED)


@contextmanager
def _loaded_for_good() -> Iterator[None]:
    """What was loaded until now lives as long as we serve: no collection of garbage needs to walk through it again."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def _serve_until(doors: Sequence[_Door], stopping: asyncio.Event) -> None:
    tasks = [asyncio.create_task(door.server.serve(sockets=[door.socket])) for door in doors]
    try:
        await _first_of(asyncio.gather(*(door.server.listening.wait() for door in doors)), tasks)
        _announce(doors)
        notify(READY)
        await _first_of(asyncio.ensure_future(stopping.wait()), tasks)
        notify(STOPPING)
        log.get_log().info(DRAINING)
    finally:
        for door in doors:
            door.server.should_exit = True
        await asyncio.gather(*tasks)


async def _first_of(awaited: asyncio.Future[Any], tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for `awaited`, or until a server has ended or failed; then `awaited` is given up."""
    await asyncio.wait([awaited, *tasks], return_when=asyncio.FIRST_COMPLETED)
    awaited.cancel()


class _Door:
    """A bound socket, its TLS context and the uvicorn server behind it."""

    def __init__(self, listener: Listener) -> None:
        self.tls = listener.tls
        self.context = server_context(listener.tls) if listener.tls else None
        self.socket = _bind(listener)
        self.server = _Server(_uvicorn_config(listener.app, self.context))

    @property
    def port(self) -> int:
        """The port that the system gave."""
        port: int = self.socket.getsockname()[1]
        return port

    def reload(self) -> None:
        """Take up renewed certificate files; if they are wrong, keep the old ones and say so."""
        if self.tls is None or self.context is None:
            return
        try:
            reload_certificate(self.context, self.tls)
            log.get_log().info(RELOADED)
        except MadoguchiError as error:
            log.get_log().error(NOT_RELOADED, code=error.code)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: several of them share this process."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class PeerCertificateProtocol(HttpToolsProtocol):
    """Puts the DER of the peer's TLS certificate into the ASGI scope: `extensions["tls"]["peer_certificate"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called after the handshake, so the certificate is verified."""
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) if tls is not None else None
        if certificate is not None:
            self.app = _with_certificate(self.app, certificate)


def _with_certificate(app: Any, certificate: bytes) -> ASGIApp:
    async def with_certificate(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), "tls": {"peer_certificate": certificate}}
        await app(scope, receive, send)

    return with_certificate


def _uvicorn_config(app: Starlette, context: ssl.SSLContext | None) -> uvicorn.Config:
    factory = None if context is None else (lambda _config, _default: context)
    return uvicorn.Config(
        app,
        http=PeerCertificateProtocol,
        ws="none",
        interface="asgi3",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        ssl_context_factory=factory,
    )


def _bind(listener: Listener) -> socket.socket:
    host, port = listener.listen.host, listener.listen.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if listener.share_port or listener.listen.shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise LISTEN.error(f"{host} port {port}: {error.strerror}") from error
    return bound


@contextmanager
def _signals(doors: Sequence[_Door], stopping: asyncio.Event) -> Iterator[None]:
    def reload() -> None:
        for door in doors:
            door.reload()

    loop = asyncio.get_running_loop()
    handlers = {signal.SIGTERM: stopping.set, signal.SIGINT: stopping.set, signal.SIGHUP: reload}
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)


def _announce(doors: Sequence[_Door]) -> None:
    for door in doors:
        log.get_log().info(STARTED, port=door.port, version=__version__, tls=door.tls is not None)
    descriptor = os.environ.pop(READY_FD, None)
    if descriptor is not None:
        with os.fdopen(int(descriptor), "w") as ready:
            ready.write(f"ready {' '.join(str(door.port) for door in doors)}\n")
