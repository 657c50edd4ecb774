"""Who may speak to whom, and how: strangers are cut off, and what does not fit the contract is a 4xx with a code."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from madoguchi.runtime.answers import BYTES, CBOR
from tests.chain.line import Line, foreign, nobody, of_process
from tests.chain.spoiling import fitting, oversized, spoilt
from tests.chain.town import Town

LISTENERS = {
    "tax-1": "issuer-1",
    "jukinet-1": "issuer-1",
    "jpki-1": "center-1",
    "issuer-1": "center-1",
    "issuer-2": "center-2",
    "center-1": "ec-asahi-mart",
    "center-2": "ec-hoshi-store",
    "ec-asahi-mart": "kiosk-1",
    "kiosk-1": "ec-asahi-mart",
    "verify-1": "issuer-1",
    "oversight-1": "center-1",
}
"""Every party's listener, and one who may speak to it."""
STRANGERS = {
    "tax-1": "kiosk-1",
    "jukinet-1": "center-1",
    "jpki-1": "issuer-1",
    "issuer-1": "ec-asahi-mart",
    "issuer-2": "kiosk-1",
    "center-1": "kiosk-1",
    "center-2": "verify-1",
    "ec-asahi-mart": "kiosk-2",
    "kiosk-1": "center-1",
    "verify-1": "ec-asahi-mart",
    "oversight-1": "kiosk-1",
}
"""A good certificate of this deployment, for another line. kiosk-2 belongs to the other operator."""
CUT_OFF = (aiohttp.ClientError, ConnectionError)
NOT_FOR_THEM = (
    ("issuer-1", "center-1", "/v1/feed/stops"),
    ("issuer-1", "center-1", "/v1/account"),
    ("issuer-1", "tax-1", "/v1/issue"),
    ("issuer-1", "verify-1", "/v1/issue"),
    ("issuer-1", "oversight-1", "/v1/menu"),
    ("center-1", "oversight-1", "/v1/apply"),
    ("center-1", "ec-asahi-mart", "/v1/account"),
    ("ec-asahi-mart", "center-1", "/v1/apply"),
)
"""(listener, caller, route): a peer, but not for this route."""


@pytest.mark.parametrize("listener", LISTENERS)
async def test_without_a_certificate_nobody_is_heard(the_town: Town, listener: str) -> None:
    async with Line(the_town, listener, nobody(the_town)) as line:
        with pytest.raises(CUT_OFF):
            await line.call("GET", "/health")


@pytest.mark.parametrize("listener", LISTENERS)
async def test_a_foreign_certificate_in_the_right_name_is_cut_off(
    the_town: Town, listener: str, tmp_path: Path
) -> None:
    stranger = foreign(the_town, tmp_path, name=LISTENERS[listener])
    async with Line(the_town, listener, stranger) as line:
        with pytest.raises(CUT_OFF):
            await line.call("GET", "/health")


@pytest.mark.parametrize("listener", LISTENERS)
async def test_the_certificate_of_another_party_is_cut_off(the_town: Town, listener: str) -> None:
    async with Line(the_town, listener, of_process(the_town, STRANGERS[listener])) as line:
        for path in ("/health", "/openapi.json", "/v1/menu", "/nowhere"):
            said = await line.call("GET", path)
            assert (said.status, said.code()) == (403, "runtime.unknown_peer")


@pytest.mark.parametrize(("listener", "caller", "path"), NOT_FOR_THEM)
async def test_a_peer_for_another_route_is_refused(the_town: Town, listener: str, caller: str, path: str) -> None:
    async with Line(the_town, listener, of_process(the_town, caller)) as line:
        document = await line.openapi() if caller in LISTENERS.values() else None
        method = "GET" if document is not None and "get" in document["paths"].get(path, {}) else "POST"
        said = await line.call(method, path, None if method == "GET" else b"\xa0")
        if said.status == 405:
            said = await line.call("GET", path)
        assert said.status == 403, said
        assert said.code() in {"runtime.wrong_party", "runtime.unknown_peer"}


@pytest.mark.parametrize("listener", LISTENERS)
async def test_whatever_does_not_fit_is_refused_with_a_code(the_town: Town, listener: str) -> None:
    """Walks the contract that the party itself publishes, as each of its callers."""
    async with Line(the_town, listener, of_process(the_town, LISTENERS[listener])) as line:
        document = await line.openapi()
    components = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            caller = _caller(the_town, listener, operation["x-callers"])
            async with Line(the_town, listener, of_process(the_town, caller)) as line:
                place = f"{listener} {method.upper()} {path}"
                filled = path.replace("{ward}", "131999").replace("{number}", "00").replace("{generation}", "g1")
                await _other_methods(line, filled, known=set(operations), place=place)
                if method == "post":
                    await _bodies(line, filled, operation, components, place=place)


def _caller(town: Town, listener: str, callers: list[str]) -> str:
    code = town.process(listener).code
    if callers == ["*"]:
        return LISTENERS[listener]
    if callers == ["kiosk"]:
        return next(name for name in town.names("kiosk") if town.process(name).code == code)
    return town.names(callers[0])[0]


async def _other_methods(line: Line, path: str, *, known: set[str], place: str) -> None:
    for method in {"get", "put", "delete", "patch", "post"} - known:
        said = await line.call(method.upper(), path, b"" if method != "get" else None)
        assert said.status == 405, (place, method, said)
        assert said.code() == "runtime.method_not_allowed"


async def _bodies(
    line: Line, path: str, operation: dict[str, object], components: dict[str, object], *, place: str
) -> None:
    content: dict[str, dict[str, object]] = operation["requestBody"]["content"]  # type: ignore[index]
    media = next(iter(content))
    for wrong in ("application/json", "text/plain", BYTES if media == CBOR else CBOR):
        said = await line.call("POST", path, b"\xa0", media=wrong)
        assert (said.status, said.code()) == (415, "runtime.unsupported_media"), (place, wrong)
    if media == CBOR:
        value = fitting(content[CBOR]["schema"], components)  # type: ignore[arg-type]
        for what, body in spoilt(value):
            said = await line.call("POST", path, body)
            assert 400 <= said.status < 500, (place, what, said)
            assert "." in said.code()
        said = await line.call("POST", path, _encoded(value))
        assert said.status < 500 or said.code() != "runtime.internal", (place, "nonsense that fits", said)
    else:
        for body in (b"", b"\x00", b"\xff" * 500, b"\x84\x40\xa0\x40\x40", b"\x30\x03\x0a\x01\x01"):
            said = await line.call("POST", path, body, media=BYTES)
            assert said.status < 500, (place, body[:5], said)
    try:
        said = await line.call("POST", path, oversized() * 4, media=media)
    except CUT_OFF:
        return  # refused before it was sent to the end
    assert (said.status, said.code()) == (413, "runtime.too_large"), place


def _encoded(value: object) -> bytes:
    from madoguchi.wire.codec import encode_plain

    return encode_plain(value)


async def test_after_all_that_everybody_is_still_served(town: Town) -> None:
    await town.visit_well("kiosk-1")
