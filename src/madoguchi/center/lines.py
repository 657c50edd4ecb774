"""The lines out of the center: the wards' issuing servers and the card authority. One attempt each."""

from __future__ import annotations

from typing import Any, Protocol, cast

from madoguchi.center.config import CenterConfig
from madoguchi.center.replicas import Replicas
from madoguchi.runtime.caller import Caller
from madoguchi.wire.outcome import WardOutcome
from madoguchi.wire.transaction import IssueAnswer


class Lines(Protocol):
    """Whom the center asks. Every method raises `CallError` without a usable answer; none retries."""

    async def menu(self, ward: str) -> bytes:
        """The ward's signed menu, raw."""
        ...

    async def issue(self, ward: str, request: bytes) -> IssueAnswer:
        """The ward's answer to a raw ISSUE_REQUEST."""
        ...

    async def outcome(self, ward: str, outcome: WardOutcome) -> None:
        """Tell the ward; returns when it has acknowledged."""
        ...

    async def ocsp(self, request: bytes) -> bytes:
        """The card authority's answer to a DER question, DER."""
        ...


class NetworkLines:
    """The real lines, over mutual TLS."""

    def __init__(self, caller: Caller, config: CenterConfig) -> None:
        self._caller = caller
        self._limits = config.lifetimes
        self._jpki = config.url(config.jpki)
        self._wards = {
            code: Replicas([config.url(name) for name in section.issuers]) for code, section in config.wards.items()
        }

    async def menu(self, ward: str) -> bytes:
        """GET /v1/menu of one replica."""
        return await self._wards[ward].ask(
            lambda url: self._caller.get(url, "/v1/menu", answer=bytes, timeout=self._limits.menu)
        )

    async def issue(self, ward: str, request: bytes) -> IssueAnswer:
        """POST /v1/issue to one replica, once."""
        answered = await self._wards[ward].ask(
            lambda url: self._caller.post(
                url, "/v1/issue", request, answer=cast("Any", IssueAnswer), timeout=self._limits.issue
            )
        )
        return cast("IssueAnswer", answered)

    async def outcome(self, ward: str, outcome: WardOutcome) -> None:
        """POST /v1/outcomes to one replica."""
        await self._wards[ward].ask(
            lambda url: self._caller.post(url, "/v1/outcomes", outcome, timeout=self._limits.outcome)
        )

    async def ocsp(self, request: bytes) -> bytes:
        """POST /ocsp."""
        return await self._caller.post(self._jpki, "/ocsp", request, answer=bytes, timeout=self._limits.ocsp)
