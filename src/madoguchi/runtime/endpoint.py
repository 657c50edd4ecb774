"""Endpoints of a party: who may call is declared beside the route, and so are type, size and problems.

1. The TLS certificate of the connection names a peer of the configuration, or the connection ends with 403.
2. The route exists for the method (404, 405), and names the peer's party among its callers (403).
3. The body has the declared media type (415), size (413), arrives in time (408), decodes strictly (400).
4. The handler answers with the declared type, or raises a MadoguchiError, which becomes its status and code.
5. Whatever else happens is `runtime.internal`; the log names the exception's type and place, never a value.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Generic, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from madoguchi import __version__
from madoguchi.errors import MadoguchiError, Problem
from madoguchi.runtime import log, metrics
from madoguchi.runtime.answers import BYTES, CBOR, JSON, body_response, problem_response
from madoguchi.runtime.config import PartyConfig, Peer
from madoguchi.runtime.problems import (
    INTERNAL,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    SLOW_BODY,
    TOO_LARGE,
    UNKNOWN_PEER,
    UNSUPPORTED_MEDIA,
    WRONG_PARTY,
)
from madoguchi.runtime.tls import peer_fingerprint
from madoguchi.wire.codec import decode
from madoguchi.wire.identifiers import Environment

ANY_PEER = frozenset({"*"})
"""Callers of an endpoint that every known peer may call."""
MONITORS = frozenset({"monitor", "oversight"})
"""Who reads the counters: the house's own monitor (a `[[peers]]` entry of that party) and the ward's desk."""
BODY_SECONDS = 10.0
"""A request body must be complete within this time."""
DEFAULT_MAX_BYTES = 64 * 1024

Body = TypeVar("Body", bound=msgspec.Struct | bytes | None)

REFUSED = log.event("runtime.refused", "method", "route", "code", "peer", "peer_name", "request_id", "cause")
FAILED = log.event("runtime.failed", "method", "route", "kind", "place", "peer", "peer_name", "request_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Body]):
    """One request, after everything declared was checked."""

    peer: Peer
    body: Body
    path: dict[str, str]
    query: dict[str, str]
    request_id: str
    """Random 128 bits in hex, made here, told to the caller, written to the log."""


Handler = Callable[[Call[Any]], Awaitable[msgspec.Struct | bytes | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One route of a party's wire contract."""

    method: str
    path: str
    handler: Handler
    callers: frozenset[str]
    """Names of the parties that may call, or ANY_PEER."""
    summary: str
    request: type[msgspec.Struct] | type[bytes] | None = None
    answer: type[msgspec.Struct] | type[bytes] | UnionType | None = None
    max_bytes: int = DEFAULT_MAX_BYTES
    media: str = BYTES
    """What an answer of bytes is."""
    problems: tuple[Problem, ...] = ()
    """Problems of the room that this route may answer with; those of the runtime are understood."""


class Health(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a known peer may learn about this process."""

    party: str
    name: str
    environment: Environment
    version: str


def application(
    endpoints: Sequence[Endpoint],
    *,
    config: PartyConfig,
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
    version: str = __version__,
    ready: Callable[[], Awaitable[None]] | None = None,
    require: Callable[[], None] | None = None,
    measure: Callable[[], Awaitable[None]] | None = None,
) -> Starlette:
    """The ASGI application of a party's mutual-TLS listener.

    `ready` raises a MadoguchiError while the party cannot do its work; `/ready` then answers with that problem.
    `require` raises one while this process may not serve at all (`runtime.standing`); every route of the party does.
    `measure` sets the gauges of `/metrics` to what they are now.
    """
    if require is not None:
        endpoints = [_guarded(endpoint, require) for endpoint in endpoints]
        ready = _ready_when(require, ready)
    health = Health(party=config.party, name=config.name, environment=config.environment, version=version)
    every = with_house_endpoints(
        endpoints, party=config.party, health=health, version=version, ready=ready, measure=measure
    )
    app = Starlette(
        routes=[_route(endpoint) for endpoint in every],
        middleware=[Middleware(_Gate, peers=config.peers)],
        exception_handlers={HTTPException: _routing_problem},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _guarded(endpoint: Endpoint, require: Callable[[], None]) -> Endpoint:
    async def handler(call: Call[Any]) -> msgspec.Struct | bytes | None:
        require()
        return await endpoint.handler(call)

    return replace(endpoint, handler=handler)


def _ready_when(
    require: Callable[[], None], ready: Callable[[], Awaitable[None]] | None
) -> Callable[[], Awaitable[None]]:
    async def both() -> None:
        require()
        if ready is not None:
            await ready()

    return both


def with_house_endpoints(
    endpoints: Sequence[Endpoint],
    *,
    party: str,
    health: Health | None = None,
    version: str = __version__,
    ready: Callable[[], Awaitable[None]] | None = None,
    measure: Callable[[], Awaitable[None]] | None = None,
) -> tuple[Endpoint, ...]:
    """A party's endpoints and the four that every party has; `health` may be None when nothing will be served."""
    from madoguchi.runtime.openapi import openapi  # it reads Endpoint

    async def answer_health(_call: Call[None]) -> Health | None:
        return health

    async def answer_ready(_call: Call[None]) -> Health | None:
        if ready is not None:
            await ready()
        return health

    async def answer_openapi(_call: Call[None]) -> bytes:
        return document

    async def answer_metrics(_call: Call[None]) -> bytes:
        await _measured(measure)
        return metrics.text()

    def own(path: str, handler: Handler, answer: Any, summary: str, *, media: str = BYTES) -> Endpoint:
        callers = MONITORS if media == metrics.TEXT else ANY_PEER
        return Endpoint(
            method="GET", path=path, handler=handler, callers=callers, answer=answer, summary=summary, media=media
        )

    counters = "Counters in Prometheus' text format, without personal data"
    every = (
        *endpoints,
        own("/health", answer_health, Health, "The process lives"),
        own("/ready", answer_ready, Health, "The process can do its work"),
        own("/metrics", answer_metrics, bytes, counters, media=metrics.TEXT),
        own("/openapi.json", answer_openapi, bytes, "This contract", media=JSON),
    )
    document = msgspec.json.encode(openapi(every, title=party, version=version))
    return every


async def _measured(measure: Callable[[], Awaitable[None]] | None) -> None:
    """Counters are told even when the database, where the gauges come from, is away."""
    try:
        if measure is not None:
            await measure()
    except MadoguchiError:
        metrics.set_measured(good=False)
    else:
        metrics.set_measured(good=True)


class _Gate:
    """Step 1: only known peers come in."""

    def __init__(self, app: ASGIApp, *, peers: Sequence[Peer]) -> None:
        self._app = app
        self._peers = {fingerprint: peer for peer in peers for fingerprint in peer.fingerprints}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = secrets.token_hex(16)
        scope["madoguchi.request_id"] = request_id
        certificate = scope.get("extensions", {}).get("tls", {}).get("peer_certificate", b"")
        peer = self._peers.get(peer_fingerprint(certificate))
        if peer is None:
            log.get_log().warning(REFUSED, code=UNKNOWN_PEER.code, request_id=request_id)
            request = Request(scope, receive)
            response = problem_response(UNKNOWN_PEER.error(), request=request, request_id=request_id, close=True)
            await response(scope, receive, send)
            return
        scope["madoguchi.peer"] = peer
        await self._app(scope, receive, send)


def _route(endpoint: Endpoint) -> Route:
    async def serve(request: Request) -> Response:
        try:
            return await _answer(endpoint, request)
        except MadoguchiError as error:
            return _refusal(endpoint, request, error)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is listening any more
        except Exception as error:  # the last wall: nothing of the cause may leave the process
            _log_failure(endpoint, request, error)
            return _refusal(endpoint, request, INTERNAL.error())

    route = Route(endpoint.path, serve, methods=[endpoint.method])
    route.methods = {endpoint.method}  # Starlette adds HEAD to GET, which nobody declared
    return route


async def _answer(endpoint: Endpoint, request: Request) -> Response:
    peer: Peer = request.scope["madoguchi.peer"]
    if endpoint.callers != ANY_PEER and peer.party not in endpoint.callers:
        raise WRONG_PARTY.error()
    call: Call[Any] = Call(
        peer=peer,
        body=await _body(endpoint, request),
        path=dict(request.path_params),
        query=dict(request.query_params),
        request_id=request.scope["madoguchi.request_id"],
    )
    answer = await endpoint.handler(call)
    if not isinstance(answer, endpoint.answer or type(None)):
        msg = f"handler of {endpoint.path} answered {type(answer).__name__}"
        raise TypeError(msg)
    response = body_response(answer, request_id=call.request_id)
    if endpoint.answer is bytes:
        response.headers["content-type"] = endpoint.media
    metrics.count_request(method=endpoint.method, route=endpoint.path, status=response.status_code, problem=None)
    return response


async def _body(endpoint: Endpoint, request: Request) -> Any:
    kind = endpoint.request
    if kind is None:
        await _read(request, max_bytes=0)
        return None
    media = BYTES if kind is bytes else CBOR
    if request.headers.get("content-type") != media or "content-encoding" in request.headers:
        raise UNSUPPORTED_MEDIA.error(f"takes {media}")
    raw = await _read(request, max_bytes=endpoint.max_bytes)
    return raw if kind is bytes else decode(raw, type=kind)


async def _read(request: Request, *, max_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > max_bytes:
        raise TOO_LARGE.error(f"declared length, limit {max_bytes}")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise TOO_LARGE.error(f"limit {max_bytes}")
    except TimeoutError as error:
        raise SLOW_BODY.error() from error
    return bytes(body)


_UNREAD = frozenset({TOO_LARGE.code, SLOW_BODY.code, UNSUPPORTED_MEDIA.code, WRONG_PARTY.code})
"""Problems found before the body was read: the connection ends, or the rest of the body would have to be read."""


def _refusal(endpoint: Endpoint, request: Request, error: MadoguchiError) -> Response:
    request_id: str = request.scope["madoguchi.request_id"]
    cause = error.cause.encode("ascii", "replace").decode()[: log.MAX_VALUE_CHARACTERS]
    log.get_log().warning(REFUSED, code=error.code, cause=cause, **_who(endpoint, request))
    status, problem = error.problem.status, error.problem
    metrics.count_request(method=endpoint.method, route=endpoint.path, status=status, problem=problem)
    return problem_response(error, request=request, request_id=request_id, close=error.code in _UNREAD)


def _log_failure(endpoint: Endpoint, request: Request, error: Exception) -> None:
    log.get_log().error(FAILED, kind=type(error).__name__, place=log.place_of(error), **_who(endpoint, request))


def _who(endpoint: Endpoint, request: Request) -> dict[str, str]:
    peer: Peer = request.scope["madoguchi.peer"]
    return {
        "method": endpoint.method,
        "route": endpoint.path,
        "peer": peer.party,
        "peer_name": peer.name,
        "request_id": request.scope["madoguchi.request_id"],
    }


async def _routing_problem(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, in our shape."""
    status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
    problem = {NOT_FOUND.status: NOT_FOUND, METHOD_NOT_ALLOWED.status: METHOD_NOT_ALLOWED}.get(status, INTERNAL)
    request_id: str = request.scope["madoguchi.request_id"]
    log.get_log().warning(REFUSED, code=problem.code, request_id=request_id)
    return problem_response(problem.error(), request=request, request_id=request_id, close=True)
