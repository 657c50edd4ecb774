# ruff: noqa: ASYNC109  the time limit of a call is part of the call, and aiohttp keeps it
"""Calling another party: mutual TLS to a pinned certificate, one attempt, a time limit for every call.

Before money nothing retries, no client library and no proxy: a lost answer is a refusal and costs nothing.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace, TracebackType
from typing import Any, Self, TypeVar, overload

import aiohttp
import msgspec

from madoguchi.errors import MadoguchiError, Problem
from madoguchi.runtime.answers import BYTES, CBOR, JSON, REQUEST_ID_HEADER, ProblemAnswer
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.problems import BAD_ANSWER, NO_ANSWER, REFUSED, UNKNOWN_PEER, UNREACHABLE
from madoguchi.runtime.tls import client_context
from madoguchi.wire.codec import decode, encode

IDLE_SECONDS = 30
"""A pooled connection idle for longer is closed by us, before the server closes it (`server.KEEP_ALIVE_SECONDS`)."""
MAX_ANSWER_BYTES = 32 * 1024 * 1024
_MAX_PROBLEM_BYTES = 4096
_OK, _EMPTY, _REFUSALS = 200, 204, 400

Answer = TypeVar("Answer", bound=msgspec.Struct)


class CallError(MadoguchiError):
    """No usable answer. `sent` is False only if no byte of the request can have reached the peer."""

    def __init__(self, problem: Problem, *, cause: str, sent: bool) -> None:
        super().__init__(problem, cause=cause)
        self.sent = sent


class PeerRefused(CallError):  # noqa: N818  the peer's word, as a sentence
    """The peer answered with a problem. It is unsigned: to a screen it is a network error, never a ward's word."""

    def __init__(self, answer: ProblemAnswer, *, status: int) -> None:
        super().__init__(REFUSED, cause=f"status {status} code {answer.code} request {answer.request_id}", sent=True)
        self.status = status
        self.peer_code = answer.code
        self.public_reason = answer.public_reason
        self.request_id = answer.request_id


class Caller:
    """Connections of one process to its peers. An async context manager; safe for many calls at once."""

    def __init__(self, config: PartyConfig) -> None:
        self._context = client_context(config.tls)
        self._pins: dict[str, set[bytes]] = {}
        for peer in config.peers:
            if peer.url is not None:
                pins = self._pins.setdefault(peer.url.rstrip("/"), set())
                pins.update(bytes.fromhex(fingerprint) for fingerprint in peer.fingerprints)
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    @overload
    async def post(
        self, peer_url: str, path: str, body: msgspec.Struct | bytes, *, answer: type[Answer], timeout: float
    ) -> Answer: ...
    @overload
    async def post(
        self, peer_url: str, path: str, body: msgspec.Struct | bytes, *, answer: type[bytes], timeout: float
    ) -> bytes: ...
    @overload
    async def post(
        self, peer_url: str, path: str, body: msgspec.Struct | bytes, *, answer: None = None, timeout: float
    ) -> None: ...
    async def post(
        self, peer_url: str, path: str, body: msgspec.Struct | bytes, *, answer: Any = None, timeout: float
    ) -> Any:
        """POST once, `timeout` seconds for everything. Raises PeerRefused, CallError (see `sent`)."""
        raw, media = (body, BYTES) if isinstance(body, bytes) else (encode(body), CBOR)
        return await self._call("POST", peer_url, path, raw=raw, media=media, answer=answer, timeout=timeout)

    @overload
    async def get(self, peer_url: str, path: str, *, answer: type[Answer], timeout: float) -> Answer: ...
    @overload
    async def get(self, peer_url: str, path: str, *, answer: type[bytes], timeout: float) -> bytes: ...
    async def get(self, peer_url: str, path: str, *, answer: Any, timeout: float) -> Any:
        """GET once; otherwise as `post`. `path` may carry a query."""
        return await self._call("GET", peer_url, path, raw=None, media=None, answer=answer, timeout=timeout)

    async def _call(
        self,
        method: str,
        peer_url: str,
        path: str,
        *,
        raw: bytes | None,
        media: str | None,
        answer: Any,
        timeout: float,
    ) -> Any:
        session = self._session(peer_url)
        progress = SimpleNamespace(sent=False)
        headers = {"Accept": f"{CBOR}, {BYTES}"} | ({"Content-Type": media} if media else {})
        try:
            async with session.request(
                method,
                peer_url.rstrip("/") + path,
                data=raw,
                headers=headers,
                ssl=self._context,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=timeout),
                trace_request_ctx=progress,
            ) as response:
                received = await _received(response)
        except TimeoutError as error:
            raise CallError(NO_ANSWER, cause=f"{method} within {timeout} s", sent=progress.sent) from error
        except aiohttp.ClientError as error:
            raise CallError(UNREACHABLE, cause=f"{method}: {type(error).__name__}", sent=progress.sent) from error
        return received.typed(answer)

    def _session(self, peer_url: str) -> aiohttp.ClientSession:
        url = peer_url.rstrip("/")
        if url not in self._sessions:
            if url not in self._pins:
                raise CallError(UNKNOWN_PEER, cause="no peer with this address is configured", sent=False)
            self._sessions[url] = _session(self._pins[url])
        return self._sessions[url]


def _session(pins: Iterable[bytes]) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(
        ssl=_PinnedCertificate(pins), limit=0, keepalive_timeout=IDLE_SECONDS, use_dns_cache=False
    )
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_mark_sent)
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("User-Agent", "Accept-Encoding"),
        trace_configs=[trace],
    )
    session._retry_connection = False  # aiohttp repeats a GET on a broken pooled connection; nothing here repeats
    return session


async def _mark_sent(_session: aiohttp.ClientSession, context: Any, _parameters: Any) -> None:
    context.trace_request_ctx.sent = True


class _PinnedCertificate(aiohttp.Fingerprint):
    """The server shows one of the certificates configured for this address, or not a byte is sent to it."""

    def __init__(self, pins: Iterable[bytes]) -> None:
        self._pins = frozenset(pins)

    def check(self, transport: Any) -> None:
        """Called by aiohttp after the handshake, before the connection is used."""
        tls: ssl.SSLObject = transport.get_extra_info("ssl_object")
        certificate = tls.getpeercert(binary_form=True) or b""
        found = hashlib.sha256(certificate).digest()
        if found not in self._pins:
            raise aiohttp.ServerFingerprintMismatch(b"", found, "", 0)


@dataclass(frozen=True, slots=True)
class _Received:
    status: int
    media: str
    raw: bytes
    request_id: str

    def typed(self, answer: Any) -> Any:
        """The body as the caller expects it, or the exception that it stands for."""
        if self.status >= _REFUSALS:
            raise self._refusal()
        expected = (_EMPTY, "", b"") if answer is None else (_OK, BYTES if answer is bytes else CBOR, self.raw)
        if answer is bytes and self.media == JSON:
            return self.raw  # the OpenAPI document
        if (self.status, self.media, self.raw) != expected:
            raise self._bad(f"status {self.status} media {self.media[:40]!r}")
        if answer is None or answer is bytes:
            return None if answer is None else self.raw
        try:
            return decode(self.raw, type=answer)
        except MadoguchiError as error:
            raise self._bad(error.code) from error

    def _refusal(self) -> CallError:
        if self.media != CBOR or len(self.raw) > _MAX_PROBLEM_BYTES:
            return self._bad(f"status {self.status} without a problem body")
        try:
            return PeerRefused(decode(self.raw, type=ProblemAnswer), status=self.status)
        except MadoguchiError:
            return self._bad(f"status {self.status} with a malformed problem body")

    def _bad(self, what: str) -> CallError:
        return CallError(BAD_ANSWER, cause=f"{what} request {self.request_id}", sent=True)


async def _received(response: aiohttp.ClientResponse) -> _Received:
    request_id = response.headers.get(REQUEST_ID_HEADER, "")[:32]
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            response.close()
            raise CallError(BAD_ANSWER, cause=f"longer than {MAX_ANSWER_BYTES} bytes", sent=True)
    media = response.headers.get("content-type", "")
    return _Received(response.status, media, bytes(body), request_id)
