"""Response headers that lock a page down: its own scripts and styles only, nothing kept, framed by nobody."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
}


def content_security_policy(*, forms: bool, pictures: bool = False) -> str:
    """The policy of a page; `forms` allows posting a form to its own server, `pictures` those within the page."""
    targets = "'self'" if forms else "'none'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:" if pictures else "img-src 'self'",
            "font-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            f"form-action {targets}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


class Locked:
    """ASGI middleware that puts the headers on every response; what does not say how it may be kept is not kept."""

    def __init__(self, app: ASGIApp, *, forms: bool = False, pictures: bool = False) -> None:
        self._app = app
        self._headers = {**_ALWAYS, "Content-Security-Policy": content_security_policy(forms=forms, pictures=pictures)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, adding headers at the start of a response."""

        async def locked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, locked if scope["type"] == "http" else send)


def is_loopback_host(host: str) -> bool:
    """Whether a Host header (or a peer's address) names this machine itself; a rebound DNS name does not."""
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
