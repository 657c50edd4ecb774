"""Who may speak to the kiosk's machine: only the page that this process served at this boot, on this machine."""

from __future__ import annotations

import secrets
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from madoguchi.kiosk.page.problems import BAD_REQUEST, NOT_OUR_SCREEN, TOO_LARGE
from madoguchi.runtime.look import is_loopback_host

T = TypeVar("T")

TOKEN_HEADER: Final = "X-Kiosk-Token"  # noqa: S105  the name of a header
BODY_LIMIT: Final = 1024
"""Bytes; the largest honest request is a tenth of it."""


def require_this_machine(request: Request) -> None:
    """Refuse a Host that is not loopback: a DNS name rebound to 127.0.0.1 is a stranger's page."""
    if not is_loopback_host(request.headers.get("host", "")):
        raise NOT_OUR_SCREEN.error("Host is not loopback")


def require_page(request: Request, *, token: str) -> None:
    """Refuse whoever does not hold the token of this boot or comes from another origin."""
    require_this_machine(request)
    held = request.headers.get(TOKEN_HEADER, "")
    if not secrets.compare_digest(held.encode(), token.encode()):
        raise NOT_OUR_SCREEN.error("token missing or of another boot")
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise NOT_OUR_SCREEN.error("Sec-Fetch-Site is not same-origin")
    origin = request.headers.get("origin")
    if origin is None and request.method == "POST":
        raise NOT_OUR_SCREEN.error("POST without Origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers['host']}":
        raise NOT_OUR_SCREEN.error("Origin is not this page's")


async def strict_body(request: Request, kind: type[T]) -> T:
    """The JSON body as `kind`: small, declared as JSON, no unknown field, no wrong type."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise BAD_REQUEST.error("Content-Type is not application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise TOO_LARGE.error(f"body over {BODY_LIMIT} bytes")
    try:
        return msgspec.json.decode(bytes(body), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # `from None`: the decoder's message may quote what was sent, and that may be a digit of a PIN.
        raise BAD_REQUEST.error("body does not fit the contract") from None
