"""Who may call, with what: real TLS, real HTTP, good and bad callers."""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import pytest

from madoguchi.errors import PublicReason, Text, problem
from madoguchi.runtime.answers import ProblemAnswer
from madoguchi.runtime.caller import Caller, CallError, PeerRefused
from madoguchi.runtime.config import PartyConfig
from madoguchi.runtime.endpoint import Call, Endpoint, Health
from madoguchi.runtime.tls import client_context
from madoguchi.wire.codec import decode, encode
from tests.runtime.conftest import Serving, make_config
from tests.runtime.pki import Authority, Identity


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: int


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: int
    asked_by: str


SECRET = "新宿太郎"
NO = problem(
    "testing.no",
    status=409,
    public_reason=PublicReason.ASK_YOUR_WARD,
    resident=Text("窓口へ", "Ask your ward"),
    clerk=Text("拒否", "Refused"),
    engineer="a test refused",
)


async def answer(call: Call[Question]) -> Reply:
    return Reply(number=call.body.number + 1, asked_by=call.peer.name)


async def refuse(call: Call[Question]) -> Reply:
    raise NO.error("because")


async def crash(call: Call[Question]) -> Reply:
    raise RuntimeError(SECRET)


async def wrong(call: Call[Question]) -> Health:
    return msgspec.convert({"party": "x", "name": "x", "environment": "test", "version": "0"}, Health)


async def echo(call: Call[bytes]) -> bytes:
    return call.body + call.path["name"].encode() + call.query.get("q", "").encode()


async def note(call: Call[Question]) -> None:
    return None


def ask(path: str, handler: Callable[[Call[Any]], Any], **more: Any) -> Endpoint:
    defaults: dict[str, Any] = {
        "method": "POST",
        "callers": frozenset({"ec"}),
        "summary": "A test",
        "request": Question,
        "answer": Reply,
        "max_bytes": 100,
    }
    return Endpoint(path=path, handler=handler, **(defaults | more))


ENDPOINTS = (
    ask("/answer", answer),
    ask("/refuse", refuse, problems=(NO,)),
    ask("/crash", crash),
    ask("/wrong", wrong),
    ask("/echo/{name}", echo, request=bytes, answer=bytes),
    ask("/note", note, answer=None),
    ask("/kiosk-only", answer, callers=frozenset({"kiosk"})),
)


async def test_typed_call_and_answer(center: Serving, ec_config: PartyConfig) -> None:
    async with center(ENDPOINTS) as url, Caller(ec_config) as caller:
        reply = await caller.post(url, "/answer", Question(number=1), answer=Reply, timeout=5)
        assert reply == Reply(number=2, asked_by="ec-1")
        assert await caller.post(url, "/echo/a?q=b", b"\x00", answer=bytes, timeout=5) == b"\x00ab"
        await caller.post(url, "/note", Question(number=1), timeout=5)


async def test_health_ready_and_contract_for_any_known_peer(center: Serving, ec_config: PartyConfig) -> None:
    async with center(ENDPOINTS) as url, Caller(ec_config) as caller:
        health = await caller.get(url, "/health", answer=Health, timeout=5)
        assert (health.party, health.name) == ("center", "center-1")
        assert await caller.get(url, "/ready", answer=Health, timeout=5) == health
        contract = json.loads(await caller.get(url, "/openapi.json", answer=bytes, timeout=5))
        assert contract["paths"]["/answer"]["post"]["x-callers"] == ["ec"]


@pytest.mark.parametrize(
    ("path", "status", "code", "reason"),
    [
        ("/refuse", 409, "testing.no", PublicReason.ASK_YOUR_WARD),
        ("/crash", 500, "runtime.internal", PublicReason.TRY_LATER),
        ("/wrong", 500, "runtime.internal", PublicReason.TRY_LATER),
        ("/kiosk-only", 403, "runtime.wrong_party", PublicReason.TRY_LATER),
        ("/nowhere", 404, "runtime.not_found", PublicReason.TRY_LATER),
        ("/health", 405, "runtime.method_not_allowed", PublicReason.TRY_LATER),
    ],
)
async def test_refusals_have_a_code(
    center: Serving, ec_config: PartyConfig, path: str, status: int, code: str, reason: PublicReason
) -> None:
    async with center(ENDPOINTS) as url, Caller(ec_config) as caller:
        with pytest.raises(PeerRefused) as refused:
            await caller.post(url, path, Question(number=1), answer=Reply, timeout=5)
        assert (refused.value.status, refused.value.peer_code) == (status, code)
        assert refused.value.public_reason is reason
        assert refused.value.sent


async def test_a_crash_tells_type_and_place_and_no_value(
    center: Serving, ec_config: PartyConfig, lines: io.StringIO
) -> None:
    async with center(ENDPOINTS) as url, Caller(ec_config) as caller:
        with pytest.raises(PeerRefused) as refused:
            await caller.post(url, "/crash", Question(number=1), answer=Reply, timeout=5)
    failed = [line for line in map(json.loads, lines.getvalue().splitlines()) if line["event"] == "runtime.failed"]
    assert failed[0]["kind"] == "RuntimeError"
    assert failed[0]["request_id"] == refused.value.request_id
    assert failed[0]["place"].startswith(__name__)
    assert SECRET not in lines.getvalue()
    assert "新宿" not in str(refused.value)


RAW_CASES = [
    pytest.param("/answer", {"content-type": "application/json"}, b"{}", 415, "runtime.unsupported_media", id="json"),
    pytest.param("/answer", {}, b"", 415, "runtime.unsupported_media", id="no type"),
    pytest.param(
        "/answer",
        {"content-type": "application/cbor", "content-encoding": "gzip"},
        b"",
        415,
        "runtime.unsupported_media",
        id="compressed",
    ),
    pytest.param("/answer", {"content-type": "application/cbor"}, b"x" * 101, 413, "runtime.too_large", id="large"),
    pytest.param("/answer", {"content-type": "application/cbor"}, b"\xff", 400, "wire.malformed", id="not cbor"),
    pytest.param(
        "/answer", {"content-type": "application/cbor"}, encode({"number": "1"}), 400, "wire.malformed", id="wrong type"
    ),
    pytest.param(
        "/answer",
        {"content-type": "application/cbor"},
        encode({"number": 1, "more": 1}),
        400,
        "wire.malformed",
        id="unknown field",
    ),
]


@pytest.mark.parametrize(("path", "headers", "body", "status", "code"), RAW_CASES)
async def test_bad_bodies(
    center: Serving,
    identities: dict[str, Identity],
    path: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    code: str,
) -> None:
    async with center(ENDPOINTS) as url:
        found = await raw_post(url + path, client_context(identities["ec"].files), headers=headers, body=body)
    assert found == (status, code)


async def test_a_stream_without_length_is_cut_at_the_limit(center: Serving, identities: dict[str, Identity]) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(100_000):
            sent += 1
            yield b"x" * 1000

    async with center(ENDPOINTS) as url:
        context = client_context(identities["ec"].files)
        headers = {"content-type": "application/cbor"}
        try:
            found = await raw_post(url + "/answer", context, headers=headers, body=endless())
        except aiohttp.ClientError:
            found = (413, "runtime.too_large")  # cut off while still sending: the answer was not read
    assert found == (413, "runtime.too_large")
    assert sent < 20_000


async def test_refusal_as_json_when_asked(center: Serving, identities: dict[str, Identity]) -> None:
    async with center(ENDPOINTS) as url, aiohttp.ClientSession() as session:
        context = client_context(identities["ec"].files)
        async with session.get(url + "/nowhere", ssl=context, headers={"accept": "application/json"}) as response:
            body = await response.json()
            assert response.headers["x-request-id"] == body["request_id"]
            assert set(body) == {"code", "public_reason", "request_id"}


async def test_right_ca_but_unknown_certificate_is_refused_and_closed(
    center: Serving, identities: dict[str, Identity]
) -> None:
    context = client_context(identities["stranger"].files)
    async with (
        center(ENDPOINTS) as url,
        aiohttp.ClientSession() as session,
        session.get(url + "/health", ssl=context) as response,
    ):
        assert response.status == 403
        assert response.headers["connection"] == "close"
        assert decode(await response.read(), type=ProblemAnswer).code == "runtime.unknown_peer"


async def test_a_client_without_certificate_is_cut_off(center: Serving, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=str(authority.ca_file))
    async with center(ENDPOINTS) as url:
        await assert_cut_off(url, context)


async def test_a_client_of_a_foreign_ca_is_cut_off(center: Serving, authority: Authority, tmp_path: Any) -> None:
    foreign = Authority(tmp_path / "foreign").issue("ec")
    context = client_context(msgspec.structs.replace(foreign.files, ca=authority.ca_file))
    async with center(ENDPOINTS) as url:
        await assert_cut_off(url, context)


async def test_tls_1_2_is_cut_off(center: Serving, identities: dict[str, Identity]) -> None:
    context = client_context(identities["ec"].files)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with center(ENDPOINTS) as url:
        await assert_cut_off(url, context)


async def test_the_caller_sends_nothing_to_a_server_that_is_not_pinned(
    center: Serving, ec_config: PartyConfig, identities: dict[str, Identity]
) -> None:
    peer = msgspec.structs.replace(ec_config.peers[0], fingerprints=(identities["kiosk"].fingerprint,))
    config = make_config("ec", identities["ec"], peers=(peer,))
    async with center(ENDPOINTS) as url, Caller(config) as caller:
        with pytest.raises(CallError) as failed:
            await caller.post(url, "/answer", Question(number=1), answer=Reply, timeout=5)
    assert failed.value.code == "runtime.unreachable"
    assert not failed.value.sent


async def test_draining_lets_the_running_request_end(center: Serving, ec_config: PartyConfig) -> None:
    entered = asyncio.Event()

    async def slow(call: Call[Question]) -> Reply:
        entered.set()
        await asyncio.sleep(0.4)
        return Reply(number=7, asked_by="")

    async with Caller(ec_config) as caller:
        async with center((ask("/slow", slow),)) as url:
            running = asyncio.create_task(caller.post(url, "/slow", Question(number=1), answer=Reply, timeout=5))
            await entered.wait()
        assert (await running).number == 7


async def raw_post(url: str, context: ssl.SSLContext, *, headers: dict[str, str], body: Any) -> tuple[int, str]:
    skip = ("Content-Type",)
    async with (
        aiohttp.ClientSession(skip_auto_headers=skip) as session,
        session.post(url, data=body, headers=headers, ssl=context) as response,
    ):
        return response.status, decode(await response.read(), type=ProblemAnswer).code


async def assert_cut_off(url: str, context: ssl.SSLContext) -> None:
    """No HTTP answer of any kind: the connection ends in the handshake."""
    context.check_hostname = False
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(url + "/health", ssl=context)
