"""Raw calls on a party's mutual-TLS listener, with whatever certificate and whatever body."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from madoguchi.deployment.tls import TlsAuthority, write_certificate, write_key
from madoguchi.runtime.answers import CBOR, ProblemAnswer
from madoguchi.wire.codec import decode
from tests.chain.town import Town

_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer of a party."""

    status: int
    media: str
    body: bytes

    def code(self) -> str:
        """The code of a refusal in the one shape that refusals have."""
        assert self.media == CBOR, self
        return decode(self.body, type=ProblemAnswer).code


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Somebody's certificate and key, and the CA that they trust."""

    ca: Path
    own: tuple[Path, Path] | None
    """Certificate and key; None comes without."""

    def context(self) -> ssl.SSLContext:
        """TLS 1.3 as the parties speak it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(cafile=str(self.ca))
        if self.own is not None:
            context.load_cert_chain(*map(str, self.own))
        return context


def of_process(town: Town, name: str) -> Certificate:
    """The very certificate of a process."""
    home = town.home(name)
    return Certificate(ca=home / "ca.pem", own=(home / "tls.pem", home / "tls.key"))


def nobody(town: Town) -> Certificate:
    """No certificate."""
    return Certificate(ca=town.home("center-1") / "ca.pem", own=None)


def foreign(town: Town, directory: Path, *, name: str) -> Certificate:
    """A certificate in the name of a process, by a CA of our own."""
    at = datetime.now(UTC)
    key, certificate = TlsAuthority.create(environment="demo", at=at).issue(name=name, at=at)
    write_key(key, directory / "tls.key")
    write_certificate(certificate, directory / "tls.pem")
    ca = town.home("center-1") / "ca.pem"
    return Certificate(ca=ca, own=(directory / "tls.pem", directory / "tls.key"))


class Line:
    """A connection to one process. An async context manager."""

    def __init__(self, town: Town, name: str, certificate: Certificate) -> None:
        self._url = town.running.site.addresses.url(town.process(name))
        connector = aiohttp.TCPConnector(ssl=certificate.context())
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Line:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, body: bytes | None = None, *, media: str = CBOR) -> Said:
        """One request as it is."""
        headers = {} if body is None else {"Content-Type": media}
        async with self._session.request(method, self._url + path, data=body, headers=headers) as answer:
            return Said(status=answer.status, media=answer.headers.get("content-type", ""), body=await answer.read())

    async def openapi(self) -> dict[str, Any]:
        """The party's own contract."""
        async with self._session.get(f"{self._url}/openapi.json") as answer:
            assert answer.status == 200
            document: dict[str, Any] = await answer.json()
            return document
