"""Response headers that lock a page down: its own scripts and styles only, nothing kept, framed by nobody."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CAMERA_PAGE_POLICY: Final = "madoguchi-service-worker"
"""The one trusted-types policy of the page with the camera: it lets the address of its own service worker pass."""
_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), payment=(), usb=()",
}


def content_security_policy(*, forms: bool, pictures: bool = False, camera: bool = False) -> str:
    """The policy of a page; `forms` allows posting a form to its own server, `pictures` those within the page.

    `camera` is for the page that reads codes by itself: it runs a compiled reader (no `eval`), has a service worker of
    its own and can be installed.
    """
    targets = "'self'" if forms else "'none'"
    scripts = "'self' 'wasm-unsafe-eval'" if camera else "'self'"
    trusted = CAMERA_PAGE_POLICY if camera else "'none'"
    installed = ("worker-src 'self'", "manifest-src 'self'") if camera else ()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data:" if pictures else "img-src 'self'",
            "font-src 'self'",
            "media-src 'self'",
            "connect-src 'self'",
            *installed,
            f"form-action {targets}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            f"trusted-types {trusted}",
        )
    )


class Locked:
    """ASGI middleware that puts the headers on every response; what does not say how it may be kept is not kept."""

    def __init__(self, app: ASGIApp, *, forms: bool = False, pictures: bool = False, camera: bool = False) -> None:
        self._app = app
        policy = content_security_policy(forms=forms, pictures=pictures, camera=camera)
        self._headers = {**_ALWAYS, "Content-Security-Policy": policy}
        if camera:
            self._headers["Permissions-Policy"] = _ALWAYS["Permissions-Policy"].replace("camera=()", "camera=(self)")

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
