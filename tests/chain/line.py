"""Raw calls on a party's mutual-TLS listener, with whatever certificate and whatever body."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any, Self

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


CUT_OFF = (OSError, HTTPException)
"""What a caller sees whom nobody listens to; `ssl.SSLError` is an OSError."""


class Line:
    """Calls on one process, each on a connection of its own unless it stays open. A context manager."""

    def __init__(self, town: Town, name: str, certificate: Certificate) -> None:
        port = town.running.site.addresses.lines[name]
        self._connection = HTTPSConnection("127.0.0.1", port, context=certificate.context(), timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._connection.close()

    def call(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        *,
        media: str = CBOR,
        declared: int | None = None,
    ) -> Said:
        """One request as it is. `declared` is a length that need not be true."""
        headers = {} if body is None else {"Content-Type": media}
        if declared is not None:
            headers["Content-Length"] = str(declared)
        try:
            self._connection.request(method, path, body=body, headers=headers)
            answer = self._connection.getresponse()
            said = Said(status=answer.status, media=answer.headers.get("content-type", ""), body=answer.read())
        except BaseException:
            self._connection.close()
            raise
        if declared is not None:
            self._connection.close()
        return said

    def openapi(self) -> dict[str, Any]:
        """The party's own contract."""
        said = self.call("GET", "/openapi.json")
        assert said.status == 200
        document: dict[str, Any] = json.loads(said.body)
        return document
