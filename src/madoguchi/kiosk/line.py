"""The dedicated line to the operator's EC center: six questions, each asked once.

Nothing in here is believed. What comes back is verified where it is used, and whatever has no valid signature is a
network error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

from madoguchi.runtime.caller import Caller
from madoguchi.runtime.config import ConfigProblem
from madoguchi.runtime.problems import NO_ANSWER
from madoguchi.wire.lost import KioskLostProperty
from madoguchi.wire.outcome import KioskOutcome
from madoguchi.wire.transaction import ApplyAnswer, OpenAnswer, SealedMessage, SignedByKiosk

MENU_SECONDS = 10.0


class Line(Protocol):
    """Every method raises `MadoguchiError` (`runtime.*`) when there is no usable answer."""

    async def trust_list(self) -> bytes:
        """The raw trust list."""
        ...

    async def menu(self, ward: str) -> bytes:
        """The raw menu statement of a ward."""
        ...

    async def open(self, request: SignedByKiosk) -> OpenAnswer:
        """Step 2."""
        ...

    async def apply(self, message: SealedMessage) -> ApplyAnswer:
        """Step 4."""
        ...

    async def outcome(self, outcome: KioskOutcome) -> bytes:
        """Step 9: the raw acknowledgement statement."""
        ...

    async def lost_property(self, notice: KioskLostProperty) -> bytes:
        """What was left behind: the raw statement that the operator has it."""
        ...


class EcLine:
    """The line over mutual TLS. Implements `Line`."""

    def __init__(self, caller: Caller, *, url: str, seconds: float) -> None:
        self._caller = caller
        self._url = url
        self._seconds = seconds

    async def trust_list(self) -> bytes:
        """GET /v1/trust-list."""
        return await self._caller.get(self._url, "/v1/trust-list", answer=bytes, timeout=MENU_SECONDS)

    async def menu(self, ward: str) -> bytes:
        """GET /v1/menus/{ward}."""
        return await self._caller.get(self._url, f"/v1/menus/{ward}", answer=bytes, timeout=MENU_SECONDS)

    async def open(self, request: SignedByKiosk) -> OpenAnswer:
        """POST /v1/open."""
        kind = cast("Any", OpenAnswer)  # a union is no `type` to mypy
        return cast(
            "OpenAnswer",
            await self._caller.post(self._url, "/v1/open", request, answer=kind, timeout=self._seconds),
        )

    async def apply(self, message: SealedMessage) -> ApplyAnswer:
        """POST /v1/apply."""
        kind = cast("Any", ApplyAnswer)
        return cast(
            "ApplyAnswer",
            await self._caller.post(self._url, "/v1/apply", message, answer=kind, timeout=self._seconds),
        )

    async def outcome(self, outcome: KioskOutcome) -> bytes:
        """POST /v1/outcomes."""
        return await self._caller.post(self._url, "/v1/outcomes", outcome, answer=bytes, timeout=self._seconds)

    async def lost_property(self, notice: KioskLostProperty) -> bytes:
        """POST /v1/lost-property."""
        return await self._caller.post(self._url, "/v1/lost-property", notice, answer=bytes, timeout=self._seconds)


class CuttableLine:
    """The line of a demo machine, which a hand can cut. Implements `Line`."""

    def __init__(self, line: Line, *, is_cut: Callable[[], bool]) -> None:
        self._line = line
        self._is_cut = is_cut

    def _whole(self) -> Line:
        if self._is_cut():
            raise NO_ANSWER.error("the line is cut")
        return self._line

    async def trust_list(self) -> bytes:
        """As the line, unless it is cut."""
        return await self._whole().trust_list()

    async def menu(self, ward: str) -> bytes:
        """As the line, unless it is cut."""
        return await self._whole().menu(ward)

    async def open(self, request: SignedByKiosk) -> OpenAnswer:
        """As the line, unless it is cut."""
        return await self._whole().open(request)

    async def apply(self, message: SealedMessage) -> ApplyAnswer:
        """As the line, unless it is cut."""
        return await self._whole().apply(message)

    async def outcome(self, outcome: KioskOutcome) -> bytes:
        """As the line, unless it is cut."""
        return await self._whole().outcome(outcome)

    async def lost_property(self, notice: KioskLostProperty) -> bytes:
        """As the line, unless it is cut."""
        return await self._whole().lost_property(notice)


def ec_url(config: Any) -> str:
    """Where this kiosk's EC center listens. Raises ConfigProblem."""
    for peer in config.peers:
        if peer.party == "ec" and peer.name == config.ec and peer.url is not None:
            return str(peer.url)
    raise ConfigProblem(file=config.enrolment, key="ec", what="no peer of that name with a url")
