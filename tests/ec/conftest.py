from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from madoguchi.runtime.caller import Caller
from madoguchi.wire.outcome import KioskOutcome
from madoguchi.wire.transaction import ApplyAnswer, OpenAnswer, OpenedAnswer, SealedMessage, SignedByKiosk
from tests.center.conftest import (  # the same world, database and log
    database,
    kiosk,
    lines,
    log_lines,
    owner,
    party_database,
    pool,
    time_machine,
    world,
)
from tests.center.world import OPERATOR, Kiosk, Visit, World
from tests.ec.network import Network

__all__ = [
    "database",
    "kiosk",
    "lines",
    "log_lines",
    "owner",
    "party_database",
    "pool",
    "time_machine",
    "world",
]


@pytest.fixture
def network(world: World, tmp_path: Path) -> Iterator[Network]:
    made = Network(world, tmp_path)
    yield made
    made.close()


@dataclass(slots=True)
class Line:
    """A kiosk's line to its EC center."""

    caller: Caller
    url: str

    async def open(self, request: SignedByKiosk) -> OpenAnswer:
        answer = await self.caller.post(self.url, "/v1/open", request, answer=cast("Any", OpenAnswer), timeout=10)
        return cast("OpenAnswer", answer)

    async def opened(self, kiosk: Kiosk) -> Visit:
        answer = await self.open(kiosk.request())
        assert isinstance(answer, OpenedAnswer)
        return kiosk.visit(answer.opened)

    async def apply(self, message: SealedMessage) -> ApplyAnswer:
        answer = await self.caller.post(self.url, "/v1/apply", message, answer=cast("Any", ApplyAnswer), timeout=20)
        return cast("ApplyAnswer", answer)

    async def outcome(self, kiosk: Kiosk, outcome: bytes) -> bytes:
        told = KioskOutcome(enrolment=kiosk.enrolment, outcome=outcome)
        return await self.caller.post(self.url, "/v1/outcomes", told, answer=bytes, timeout=10)


@pytest.fixture
async def line(network: Network) -> AsyncIterator[Line]:
    async with network.caller("kiosk-1") as caller:
        yield Line(caller, network.url(f"ec-{OPERATOR}"))
