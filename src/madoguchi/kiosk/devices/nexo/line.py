"""Messages to a terminal and its answers: JSON by POST, over TLS with its one certificate."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from madoguchi.kiosk.devices.nexo.answers import MAX_ANSWER_OCTETS
from madoguchi.kiosk.devices.pinned import pinned_context, pinned_session

DEFAULT_PORT: Final = 8443
_MEDIA: Final = "application/json"
_CONNECT_SECONDS: Final = 5.0
_CONNECTIONS: Final = 4
"""A payment that waits, its abort, a question and a diagnosis."""
_HTTP_OK: Final = 200


class NoAnswerError(Exception):
    """The request may have reached the terminal. The text quotes nothing."""


@dataclass(slots=True)
class Sending:
    """Whether an octet of a request may have left. False stays certain also for a request that was cancelled."""

    began: bool = False


class NexoLine:
    """The line to one terminal. Made on the event loop, closed by `close`."""

    def __init__(self, url: str, *, certificate: bytes) -> None:
        """`url` as `expect_url` has it, `certificate` the DER of the one that the terminal shows."""
        self._url = url
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(_connected)
        # A connection of its own for each request: one that is kept may be dead, and then nobody knows what was read.
        self._session = pinned_session(certificate, connections=_CONNECTIONS, keep_alive=False, traces=(trace,))
        self._tls = pinned_context(certificate)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def ask(self, raw: bytes, *, seconds: float | None, sending: Sending) -> bytes:
        """Send once, and wait for the answer; `seconds` None: until it comes. Raises NoAnswerError."""
        try:
            async with self._session.post(
                self._url,
                data=raw,
                headers={"Content-Type": _MEDIA, "Accept": _MEDIA},
                ssl=self._tls,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, connect=_CONNECT_SECONDS),
                trace_request_ctx=sending,
            ) as response:
                if response.status != _HTTP_OK:
                    raise NoAnswerError(f"HTTP {response.status}")
                return await _limited(response)
        except TimeoutError as error:
            raise NoAnswerError("no answer in time") from error
        except aiohttp.ClientError as error:
            raise NoAnswerError(type(error).__name__) from error


async def _connected(_session: object, context: SimpleNamespace, _params: object) -> None:
    """The terminal's certificate has been seen; what follows is the request."""
    sending: Sending = context.trace_request_ctx
    sending.began = True


async def _limited(response: aiohttp.ClientResponse) -> bytes:
    received = bytearray()
    async for part in response.content.iter_any():
        received += part
        if len(received) > MAX_ANSWER_OCTETS:
            response.close()
            raise NoAnswerError("an answer too long")
    return bytes(received)


def expect_url(url: str) -> str:
    """`https://host[:port]/path`, its port named. Raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("a terminal's address is https://host[:port]/nexo")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{parts.port or DEFAULT_PORT}{parts.path or '/nexo'}"
