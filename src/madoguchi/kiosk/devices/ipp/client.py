"""Calling one printer: IPP over HTTPS (RFC 8010 section 4), to one pinned certificate, once per call.

Like every caller of this program (`runtime/caller.py`) it repeats nothing, follows nothing, and uses no proxy. A
document is streamed from memory; no file of it is made here.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from madoguchi.kiosk.devices.ipp.message import (
    Attribute,
    Group,
    MalformedError,
    Message,
    Section,
    Tag,
    decode,
    encode,
    integer,
    words,
)
from madoguchi.kiosk.devices.pinned import pinned_context, pinned_session

DEFAULT_PORT: Final = 631
_MEDIA: Final = "application/ipp"
_MAX_ANSWER_OCTETS: Final = 1024 * 1024
_CHUNK_OCTETS: Final = 64 * 1024
_OK_BELOW: Final = 0x0100
"""Status codes of success (RFC 8011 appendix B.1.2)."""
_HTTP_OK: Final = 200
_MAX_REQUEST_ID: Final = 2**31 - 1


class Operation(IntEnum):
    """The operations that a kiosk needs (RFC 8011 section 5.4.15)."""

    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class IppError(Exception):
    """No usable answer, or one that says no. The text names no document and nobody."""

    def __init__(self, operation: Operation, what: str, *, status: int | None = None) -> None:
        super().__init__(f"{operation.name.lower()}: {what}")
        self.status = status
        """The printer's own status; None when there was no answer, and so nobody knows what it did."""


class IppClient:
    """Connections to one printer. Made on the event loop, closed by `close`."""

    def __init__(self, url: str, *, certificate: bytes, seconds: float) -> None:
        """`url` is `ipps://host[:port]/path`, `certificate` the DER of the one that the printer shows."""
        self._printer_uri = url
        self._endpoint = http_url(url)
        self._seconds = seconds
        self._ids = itertools.cycle(range(1, _MAX_REQUEST_ID))
        self._session = pinned_session(certificate, connections=2)
        self._tls = pinned_context(certificate)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def ask(
        self,
        operation: Operation,
        *attributes: Attribute,
        job: tuple[Attribute, ...] = (),
        document: bytes | None = None,
    ) -> Message:
        """One request and its answer. `attributes` go into the operation's group, `job` into the job's.

        Raises IppError; its `status` says whether the printer itself refused.
        """
        request = self._request(operation, attributes, job)
        raw = await self._exchange(operation, encode(request), document)
        try:
            answer = decode(raw)
        except MalformedError as error:
            raise IppError(operation, str(error)) from error
        if answer.request_id != request.request_id:
            raise IppError(operation, "an answer to another request")
        if answer.code >= _OK_BELOW:
            raise IppError(operation, f"status {answer.code:04x}", status=answer.code)
        return answer

    def _request(self, operation: Operation, attributes: tuple[Attribute, ...], job: tuple[Attribute, ...]) -> Message:
        first = (
            words("attributes-charset", Tag.CHARSET, "utf-8"),
            words("attributes-natural-language", Tag.LANGUAGE, "en"),
            words("printer-uri", Tag.URI, self._printer_uri),
        )
        groups = [Group(Section.OPERATION, (*first, *attributes))]
        if job:
            groups.append(Group(Section.JOB, job))
        return Message(code=operation, request_id=next(self._ids), groups=tuple(groups))

    async def _exchange(self, operation: Operation, head: bytes, document: bytes | None) -> bytes:
        try:
            async with self._session.post(
                self._endpoint,
                data=head if document is None else _stream(head, document),
                headers={"Content-Type": _MEDIA, "Accept": _MEDIA},
                ssl=self._tls,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=self._seconds),
            ) as response:
                if response.status != _HTTP_OK or response.content_type != _MEDIA:
                    raise IppError(operation, f"HTTP {response.status} {response.content_type[:40]}")
                return await _limited(operation, response)
        except TimeoutError as error:
            raise IppError(operation, f"no answer within {self._seconds} s") from error
        except aiohttp.ClientError as error:
            raise IppError(operation, type(error).__name__) from error


async def _stream(head: bytes, document: bytes) -> AsyncIterator[bytes]:
    yield head
    for begin in range(0, len(document), _CHUNK_OCTETS):
        yield document[begin : begin + _CHUNK_OCTETS]


async def _limited(operation: Operation, response: aiohttp.ClientResponse) -> bytes:
    received = bytearray()
    async for part in response.content.iter_any():
        received += part
        if len(received) > _MAX_ANSWER_OCTETS:
            response.close()
            raise IppError(operation, f"an answer longer than {_MAX_ANSWER_OCTETS} octets")
    return bytes(received)


def http_url(url: str) -> str:
    """`ipps://host[:port]/path` as HTTP sees it (RFC 7472). Raises ValueError for any other URL."""
    parts = urlsplit(url)
    if parts.scheme != "ipps" or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be ipps://host[:port]/path")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}:{parts.port or DEFAULT_PORT}{parts.path or '/'}"


def job_id(number: int) -> Attribute:
    """Which job of this printer is meant."""
    return integer("job-id", number)


def requested(*names: str) -> Attribute:
    """Which attributes shall be told."""
    return words("requested-attributes", Tag.KEYWORD, *names)
