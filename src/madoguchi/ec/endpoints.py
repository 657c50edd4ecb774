"""The EC center's wire contract: the center's routes, for this operator's kiosks, and its own account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from madoguchi.ec.accounts import account
from madoguchi.ec.lost import LostProperties
from madoguchi.ec.outcomes import Outcomes
from madoguchi.ec.problems import (
    BAD_DAY,
    CENTER_DOWN,
    LOST_CONFLICT,
    NOT_ACKNOWLEDGED,
    OTHER_KIOSK,
    OTHER_OPERATOR,
    OUTCOME_CONFLICT,
)
from madoguchi.ec.relay import Relay
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.runtime.journal import Journal
from madoguchi.runtime.problems import NOT_FOUND
from madoguchi.wire.account import Account
from madoguchi.wire.lost import KioskLostProperty
from madoguchi.wire.outcome import KioskOutcome
from madoguchi.wire.transaction import ApplyAnswer, OpenAnswer, SealedMessage, SignedByKiosk

_KIOSK = frozenset({"kiosk"})
_OVERSIGHT = frozenset({"oversight"})
_WARD = re.compile("[0-9]{6}")
_OUTCOME_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What the routes answer with."""

    relay: Relay
    outcomes: Outcomes
    lost: LostProperties
    lost_alarm_hours: float
    journal: Journal
    clock: Clock

    async def trust_list(self, _call: Call[None]) -> bytes:
        """The center's bytes."""
        return await self.relay.fetch("/v1/trust-list")

    async def menu(self, call: Call[None]) -> bytes:
        """The ward's bytes, through the center."""
        ward = call.path["ward"]
        if not _WARD.fullmatch(ward):
            raise NOT_FOUND.error("not a ward code")
        return await self.relay.fetch(f"/v1/menus/{ward}")

    async def open(self, call: Call[SignedByKiosk]) -> OpenAnswer:
        """The center's answer."""
        return await self.relay.open(call.body, kiosk=call.peer)

    async def apply(self, call: Call[SealedMessage]) -> ApplyAnswer:
        """The center's answer, sealed to the kiosk."""
        return await self.relay.apply(call.body, kiosk=call.peer)

    async def outcome(self, call: Call[KioskOutcome]) -> bytes:
        """The center's acknowledgement."""
        return await self.outcomes.take(call.body, kiosk=call.peer)

    async def lost_property(self, call: Call[KioskLostProperty]) -> bytes:
        """This operator's word that it is kept."""
        return await self.lost.take(call.body, kiosk=call.peer)

    async def account(self, call: Call[None]) -> Account:
        """This operator's counts of a day."""
        try:
            day = date.fromisoformat(call.query.get("day", ""))
        except ValueError:
            raise BAD_DAY.error() from None
        at = self.clock.now()
        hours = self.lost_alarm_hours
        return await self.journal.run(lambda journal: account(journal, day=day, at=at, lost_alarm_hours=hours))


def endpoints(served: Served) -> tuple[Endpoint, ...]:
    """All routes of the process."""
    return (
        Endpoint(
            method="GET",
            path="/v1/trust-list",
            handler=served.trust_list,
            callers=_KIOSK,
            answer=bytes,
            summary="The trust list as the root signed it",
            problems=(CENTER_DOWN,),
        ),
        Endpoint(
            method="GET",
            path="/v1/menus/{ward}",
            handler=served.menu,
            callers=_KIOSK,
            answer=bytes,
            summary="A ward's menu as the ward signed it",
            problems=(CENTER_DOWN,),
        ),
        Endpoint(
            method="POST",
            path="/v1/open",
            handler=served.open,
            callers=_KIOSK,
            request=SignedByKiosk,
            answer=cast("Any", OpenAnswer),
            summary="Relay an open request, once",
            problems=(CENTER_DOWN, OTHER_KIOSK, OTHER_OPERATOR),
        ),
        Endpoint(
            method="POST",
            path="/v1/apply",
            handler=served.apply,
            callers=_KIOSK,
            request=SealedMessage,
            answer=cast("Any", ApplyAnswer),
            summary="Relay a sealed application and its sealed answer, once",
            problems=(CENTER_DOWN, OTHER_KIOSK, OTHER_OPERATOR),
        ),
        Endpoint(
            method="POST",
            path="/v1/outcomes",
            handler=served.outcome,
            callers=_KIOSK,
            request=KioskOutcome,
            answer=bytes,
            max_bytes=_OUTCOME_BYTES,
            summary="Count an outcome, keep it until the center has acknowledged it, hand on the acknowledgement",
            problems=(NOT_ACKNOWLEDGED, OUTCOME_CONFLICT, OTHER_KIOSK, OTHER_OPERATOR),
        ),
        Endpoint(
            method="POST",
            path="/v1/lost-property",
            handler=served.lost_property,
            callers=_KIOSK,
            request=KioskLostProperty,
            answer=bytes,
            summary="Keep what was left in a kiosk; idempotent, acknowledged with a signature",
            problems=(LOST_CONFLICT, OTHER_KIOSK, OTHER_OPERATOR),
        ),
        Endpoint(
            method="GET",
            path="/v1/account",
            handler=served.account,
            callers=_OVERSIGHT,
            answer=Account,
            summary="What this operator counted on a day: ?day=YYYY-MM-DD",
            problems=(BAD_DAY,),
        ),
    )
