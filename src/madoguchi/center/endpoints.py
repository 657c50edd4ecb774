"""The center's wire contract: six routes for the operators' EC centers, one for the ward's desk."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

from madoguchi.center.accounts import account
from madoguchi.center.applying import apply
from madoguchi.center.lost import take_lost
from madoguchi.center.opening import open_transaction
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.center.problems import (
    LOST_DOES_NOT_FIT,
    MENU_UNKNOWN,
    NO_ACCOUNT,
    OPERATOR_NOT_ACCEPTED,
    OTHER_KIOSK,
    OUTCOME_CONFLICT,
    OUTCOME_DOES_NOT_FIT,
    UNKNOWN_TRANSACTION,
)
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.wire.account import Account
from madoguchi.wire.outcome import RelayedOutcome
from madoguchi.wire.transaction import ApplyAnswer, OpenAnswer, SealedMessage, SignedByKiosk

_EC = frozenset({"ec"})
_OVERSIGHT = frozenset({"oversight"})
_OUTCOME_BYTES = 256 * 1024


def endpoints(parts: Parts) -> tuple[Endpoint, ...]:
    """All routes of one center process."""
    served = _Served(parts)
    return (
        Endpoint(
            method="GET",
            path="/v1/trust-list",
            handler=served.trust_list,
            callers=_EC,
            answer=bytes,
            summary="The trust list as the root signed it",
        ),
        Endpoint(
            method="GET",
            path="/v1/menus/{ward}",
            handler=served.menu,
            callers=_EC,
            answer=bytes,
            summary="A ward's menu as the ward signed it",
            problems=(MENU_UNKNOWN, OPERATOR_NOT_ACCEPTED),
        ),
        Endpoint(
            method="POST",
            path="/v1/open",
            handler=served.open,
            callers=_EC,
            request=SignedByKiosk,
            answer=cast("Any", OpenAnswer),
            summary="Open a transaction for a kiosk; every answer is signed",
        ),
        Endpoint(
            method="POST",
            path="/v1/apply",
            handler=served.apply,
            callers=_EC,
            request=SealedMessage,
            answer=cast("Any", ApplyAnswer),
            summary="Apply, sealed; answered once per transaction, sealed to the kiosk's key of this transaction",
        ),
        Endpoint(
            method="POST",
            path="/v1/outcomes",
            handler=served.outcome,
            callers=_EC,
            request=RelayedOutcome,
            answer=bytes,
            max_bytes=_OUTCOME_BYTES,
            summary="Count an outcome and acknowledge it; idempotent",
            problems=(UNKNOWN_TRANSACTION, OTHER_KIOSK, OUTCOME_DOES_NOT_FIT, OUTCOME_CONFLICT),
        ),
        Endpoint(
            method="POST",
            path="/v1/lost-property",
            handler=served.lost_property,
            callers=_EC,
            request=bytes,
            answer=bytes,
            summary="Keep an operator's word about a paper that was left in a kiosk; idempotent",
            problems=(UNKNOWN_TRANSACTION, LOST_DOES_NOT_FIT),
        ),
        Endpoint(
            method="GET",
            path="/v1/account",
            handler=served.account,
            callers=_OVERSIGHT,
            answer=Account,
            summary="What the center counted for a ward on a day: ?day=YYYY-MM-DD&ward=CODE",
            problems=(NO_ACCOUNT,),
        ),
    )


class _Served:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def trust_list(self, _call: Call[None]) -> bytes:
        return self._parts.trusted.raw()

    async def menu(self, call: Call[None]) -> bytes:
        ward = call.path["ward"]
        section = self._parts.config.wards.get(ward)
        if section is None or _operator(call) not in section.operators:
            raise OPERATOR_NOT_ACCEPTED.error()
        return await self._parts.menus.raw(ward)

    async def open(self, call: Call[SignedByKiosk]) -> OpenAnswer:
        return await open_transaction(self._parts, call.body, operator=_operator(call))

    async def apply(self, call: Call[SealedMessage]) -> ApplyAnswer:
        return await apply(self._parts, call.body, operator=_operator(call))

    async def outcome(self, call: Call[RelayedOutcome]) -> bytes:
        return await take_outcome(self._parts, call.body, operator=_operator(call))

    async def lost_property(self, call: Call[bytes]) -> bytes:
        return await take_lost(self._parts, call.body, operator=_operator(call))

    async def account(self, call: Call[None]) -> Account:
        ward = call.query.get("ward", "")
        # A ward's desk sees its own ward: its peer entry names the ward as code.
        if ward not in self._parts.config.wards or call.peer.code not in {None, ward}:
            raise NO_ACCOUNT.error("ward")
        try:
            day = date.fromisoformat(call.query.get("day", ""))
        except ValueError:
            raise NO_ACCOUNT.error("day") from None
        return await account(self._parts, ward=ward, day=day)


def _operator(call: Call[Any]) -> str:
    """The operator for which the calling ec stands: by its TLS certificate, never by what a message says."""
    if call.peer.code is None:
        raise OPERATOR_NOT_ACCEPTED.error("the peer entry names no operator")
    return call.peer.code
