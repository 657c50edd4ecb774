"""Who may speak to whom, and how: strangers are cut off, and what does not fit the contract is a 4xx with a code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from madoguchi.runtime.answers import BYTES, CBOR
from madoguchi.wire.codec import encode_plain
from tests.chain.line import CUT_OFF, Line, foreign, nobody, of_process
from tests.chain.spoiling import fitting, spoilt
from tests.chain.town import Town

LISTENERS = {
    "tax-1": "intake-1",
    "jukinet-1": "issuer-1",
    "intake-1": "tax-1",
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
    "intake-1": "center-1",
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
_SENT_TO_THE_END = 1024 * 1024
NOT_FOR_THEM = (
    ("issuer-1", "center-1", "GET", "/v1/account"),
    ("jukinet-1", "issuer-1", "GET", "/v1/serials"),
    ("jukinet-1", "intake-1", "POST", "/v1/serial"),
    ("intake-1", "jukinet-1", "POST", "/v1/feed/stops"),
    ("issuer-1", "verify-1", "POST", "/v1/issue"),
    ("issuer-1", "oversight-1", "GET", "/v1/menu"),
    ("center-1", "oversight-1", "POST", "/v1/apply"),
    ("center-1", "ec-asahi-mart", "GET", "/v1/account"),
    ("ec-asahi-mart", "center-1", "POST", "/v1/apply"),
)
"""(listener, caller, method, route): a peer, but not for this route."""


@pytest.mark.parametrize("listener", LISTENERS)
def test_without_a_certificate_nobody_is_heard(the_town: Town, listener: str) -> None:
    with Line(the_town, listener, nobody(the_town)) as line, pytest.raises(CUT_OFF):
        line.call("GET", "/health")


@pytest.mark.parametrize("listener", LISTENERS)
def test_a_foreign_certificate_in_the_right_name_is_cut_off(the_town: Town, listener: str, tmp_path: Path) -> None:
    stranger = foreign(the_town, tmp_path, name=LISTENERS[listener])
    with Line(the_town, listener, stranger) as line, pytest.raises(CUT_OFF):
        line.call("GET", "/health")


@pytest.mark.parametrize("listener", LISTENERS)
def test_the_certificate_of_another_party_is_cut_off(the_town: Town, listener: str) -> None:
    with Line(the_town, listener, of_process(the_town, STRANGERS[listener])) as line:
        for path in ("/health", "/openapi.json", "/v1/menu", "/nowhere"):
            said = line.call("GET", path)
            assert (said.status, said.code()) == (403, "runtime.unknown_peer")


@pytest.mark.parametrize(("listener", "caller", "method", "path"), NOT_FOR_THEM)
def test_a_peer_for_another_route_is_refused(
    the_town: Town, listener: str, caller: str, method: str, path: str
) -> None:
    with Line(the_town, listener, of_process(the_town, caller)) as line:
        said = line.call(method, path, None if method == "GET" else b"\xa0")
        assert (said.status, said.code()) == (403, "runtime.wrong_party"), said


@pytest.mark.parametrize("listener", LISTENERS)
def test_whatever_does_not_fit_is_refused_with_a_code(the_town: Town, listener: str) -> None:
    """Walks the contract that the party itself publishes, as each of its callers."""
    with Line(the_town, listener, of_process(the_town, LISTENERS[listener])) as line:
        document = line.openapi()
        for path, operations in document["paths"].items():
            _other_methods(line, _filled(path), known=set(operations), place=f"{listener} {path}")
    for path, operations in document["paths"].items():
        if "post" in operations:
            operation = operations["post"]
            caller = of_process(the_town, _caller(the_town, listener, operation["x-callers"]))
            with Line(the_town, listener, caller) as line:
                place = f"{listener} POST {path}"
                _bodies(line, _filled(path), operation, document["components"]["schemas"], place=place)
                _oversized(line, _filled(path), operation, place=place)


def _filled(path: str) -> str:
    return path.replace("{ward}", "131999").replace("{number}", "00").replace("{generation}", "g1")


def _caller(town: Town, listener: str, callers: list[str]) -> str:
    code = town.process(listener).code
    if callers == ["kiosk"]:
        return next(name for name in town.names("kiosk") if town.process(name).code == code)
    return town.names(callers[0])[0]


def _other_methods(line: Line, path: str, *, known: set[str], place: str) -> None:
    for method in {"get", "put", "delete", "patch", "post", "head", "options"} - known:
        said = line.call(method.upper(), path, None if method in {"get", "head", "options"} else b"")
        assert said.status == 405, (place, method, said)
        assert method == "head" or said.code() == "runtime.method_not_allowed"


def _bodies(line: Line, path: str, operation: dict[str, Any], components: dict[str, Any], *, place: str) -> None:
    media, content = next(iter(operation["requestBody"]["content"].items()))
    for wrong in ("application/json", "text/plain", BYTES if media == CBOR else CBOR):
        said = line.call("POST", path, b"\xa0", media=wrong)
        assert (said.status, said.code()) == (415, "runtime.unsupported_media"), (place, wrong)
    if media == BYTES:
        for body in (b"", b"\x00", b"\xff" * 500, b"\x84\x40\xa0\x40\x40", b"\x30\x03\x0a\x01\x01"):
            said = line.call("POST", path, body, media=BYTES)
            assert said.status < 500, (place, body[:5], said)
        return
    value = fitting(content["schema"], components)
    for what, body in spoilt(value):
        said = line.call("POST", path, body)
        assert 400 <= said.status < 500, (place, what, said)
        assert "." in said.code()
    said = line.call("POST", path, encode_plain(value))
    assert said.status < 500 or "." in said.code(), (place, "nonsense that fits", said)
    assert said.status == 200 or said.code() != "runtime.internal", (place, "nonsense that fits", said)


def _oversized(line: Line, path: str, operation: dict[str, Any], *, place: str) -> None:
    """One octet more than may be: as it is declared, and as it is sent without being declared."""
    most: int = operation["x-max-bytes"]
    media = next(iter(operation["requestBody"]["content"]))
    said = line.call("POST", path, b"\x00", media=media, declared=most + 1)
    assert (said.status, said.code()) == (413, "runtime.too_large"), place
    if most <= _SENT_TO_THE_END:
        try:
            said = line.call("POST", path, iter([bytes(most), b"\x00"]), media=media)
        except CUT_OFF:
            return  # the refusal came while we were still sending
        assert (said.status, said.code()) == (413, "runtime.too_large"), place


async def test_after_all_that_everybody_is_still_served(town: Town) -> None:
    await town.visit_well("kiosk-1")
