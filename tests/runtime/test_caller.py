"""One attempt, a time limit, and knowing whether anything was sent: against servers that behave badly."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from madoguchi.runtime.caller import Caller, CallError
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.endpoint import Health
from madoguchi.runtime.tls import server_context
from madoguchi.wire.codec import encode
from madoguchi.wire.identifiers import Environment
from tests.runtime.pki import Identity

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/cbor\r\n"


class Lying:
    """A TLS server that counts requests and answers as told."""

    def __init__(self, context: ssl.SSLContext, port: int, behaviour: Behaviour) -> None:
        self.requests: list[bytes] = []
        self._context, self._port, self._behaviour = context, port, behaviour

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, ssl=self._context, reuse_port=True)
        try:
            yield f"https://127.0.0.1:{self._port}"
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                await self._behaviour(reader, writer)
                await writer.drain()
        writer.close()


@pytest.fixture
def lying(identities: dict[str, Identity], port: int) -> Callable[[Behaviour], Lying]:
    return lambda behaviour: Lying(server_context(identities["center"].files), port, behaviour)


def answering(raw: bytes) -> Behaviour:
    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return behave


async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def say_nothing(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


def whole(head: bytes, body: bytes) -> bytes:
    return head + b"content-length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("method", ["get", "post"])
async def test_nothing_is_repeated_when_the_peer_hangs_up(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig, method: str
) -> None:
    server = lying(hang_up)
    async with server.running() as url, Caller(ec_config) as caller:
        with pytest.raises(CallError) as failed:
            await call(caller, method, url)
    assert (failed.value.code, failed.value.sent) == ("runtime.unreachable", True)
    assert len(server.requests) == 1


@pytest.mark.parametrize("method", ["get", "post"])
async def test_nothing_is_repeated_on_a_kept_connection_that_broke(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig, method: str
) -> None:
    health = encode({"party": "center", "name": "a", "environment": "test", "version": "1"})

    async def once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1:
            writer.write(whole(OK_HEAD, health))
        else:
            writer.close()

    server = lying(once)
    async with server.running() as url, Caller(ec_config) as caller:
        await caller.get(url, "/health", answer=Health, timeout=5)
        with pytest.raises(CallError) as failed:
            await call(caller, method, url)
    assert failed.value.code == "runtime.unreachable"
    assert len(server.requests) == 2


async def test_silence_is_no_answer_within_the_limit(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig
) -> None:
    async with lying(say_nothing).running() as url, Caller(ec_config) as caller:
        began = asyncio.get_running_loop().time()
        with pytest.raises(CallError) as failed:
            await caller.get(url, "/health", answer=Health, timeout=0.3)
    assert (failed.value.code, failed.value.sent) == ("runtime.no_answer", True)
    assert asyncio.get_running_loop().time() - began < 3


@pytest.mark.parametrize("method", ["get", "post"])
async def test_nobody_listens_and_nothing_was_sent(ec_config: PartyConfig, port: int, method: str) -> None:
    async with Caller(ec_config) as caller:
        with pytest.raises(CallError) as failed:
            await call(caller, method, f"https://127.0.0.1:{port}")
    assert (failed.value.code, failed.value.sent) == ("runtime.unreachable", False)


async def test_an_address_that_is_not_configured_is_not_called(ec_config: PartyConfig) -> None:
    async with Caller(ec_config) as caller:
        with pytest.raises(CallError) as failed:
            await call(caller, "get", "https://127.0.0.1:9")
    assert (failed.value.code, failed.value.sent) == ("runtime.unknown_peer", False)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(whole(OK_HEAD, b"\xff"), id="not cbor"),
        pytest.param(whole(OK_HEAD, encode({"party": 1})), id="wrong fields"),
        pytest.param(whole(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n", b"<p>"), id="html"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="nothing"),
        pytest.param(whole(b"HTTP/1.1 500 No\r\n", b""), id="no problem body"),
        pytest.param(whole(b"HTTP/1.1 502 No\r\ncontent-type: application/cbor\r\n", b"\xa0"), id="empty problem"),
        pytest.param(whole(b"HTTP/1.1 302 Go\r\nlocation: /elsewhere\r\n", b""), id="redirect"),
    ],
)
async def test_a_bad_answer_is_thrown_away(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig, raw: bytes
) -> None:
    server = lying(answering(raw))
    async with server.running() as url, Caller(ec_config) as caller:
        with pytest.raises(CallError) as failed:
            await call(caller, "get", url)
    assert failed.value.code == "runtime.bad_answer"
    assert len(server.requests) == 1


async def test_an_answer_longer_than_the_limit_is_cut(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madoguchi.runtime.caller.MAX_ANSWER_BYTES", 1000)
    async with lying(answering(whole(OK_HEAD, b"x" * 1001))).running() as url, Caller(ec_config) as caller:
        with pytest.raises(CallError, match="longer than 1000"):
            await call(caller, "get", url)


async def test_cookies_and_software_names_are_not_sent(
    lying: Callable[[Behaviour], Lying], ec_config: PartyConfig
) -> None:
    health = encode({"party": "center", "name": "a", "environment": "test", "version": "1"})
    server = lying(answering(whole(OK_HEAD + b"set-cookie: a=b\r\n", health)))
    async with server.running() as url, Caller(ec_config) as caller:
        for _ in range(2):
            await call(caller, "get", url)
    for request in server.requests:
        assert b"cookie" not in request.lower()
        assert b"user-agent" not in request.lower()


async def call(caller: Caller, method: str, url: str) -> None:
    body = Health(party="a", name="b", environment=Environment.TEST, version="1")
    if method == "get":
        await caller.get(url, "/health", answer=Health, timeout=5)
    else:
        await caller.post(url, "/health", body, answer=Health, timeout=5)
