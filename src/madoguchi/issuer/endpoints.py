"""The issuing server's wire contract: who may call what, and what answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final, cast

from madoguchi.issuer.accounts import account_of, paper_status
from madoguchi.issuer.afterwards import afterwards
from madoguchi.issuer.case import Situation
from madoguchi.issuer.issuing import Issuing
from madoguchi.issuer.menu import sign_menu
from madoguchi.issuer.outcomes import Outcomes
from madoguchi.issuer.parts import Parts
from madoguchi.issuer.problems import OUTCOME_CONFLICT, QUESTION_MALFORMED, UNKNOWN_TRANSACTION
from madoguchi.issuer.reading_cases import read_house
from madoguchi.issuer.rules import judge_house
from madoguchi.issuer.status import issuer_status, set_issuer_gauges
from madoguchi.runtime.database import transaction
from madoguchi.runtime.endpoint import Call, Endpoint
from madoguchi.wire.account import Account
from madoguchi.wire.outcome import WardOutcome
from madoguchi.wire.paper import PaperStatus
from madoguchi.wire.transaction import IssueAnswer

MAX_REQUEST_BYTES: Final = 256 * 1024
_PAPER_OCTETS: Final = 16


class Service:
    """The handlers of one replica."""

    def __init__(self, parts: Parts, *, outcomes: Outcomes) -> None:
        self._p = parts
        self._issuing = Issuing(parts)
        self._outcomes = outcomes

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every route of this party."""
        return (
            Endpoint(
                method="GET",
                path="/v1/menu",
                handler=self._menu,
                callers=frozenset({"center"}),
                summary="The ward's signed offer of this moment",
                answer=bytes,
            ),
            Endpoint(
                method="POST",
                path="/v1/issue",
                handler=self._issue,
                callers=frozenset({"center"}),
                summary="A certificate for a proven application, or a signed refusal",
                request=bytes,
                answer=cast("Any", IssueAnswer),
                max_bytes=MAX_REQUEST_BYTES,
            ),
            Endpoint(
                method="POST",
                path="/v1/outcomes",
                handler=self._outcome,
                callers=frozenset({"center"}),
                summary="How an issuance ended at the kiosk; idempotent",
                request=WardOutcome,
                max_bytes=1024 * 1024,
                problems=(UNKNOWN_TRANSACTION, OUTCOME_CONFLICT),
            ),
            *self._counted_endpoints(),
        )

    def _counted_endpoints(self) -> tuple[Endpoint, ...]:
        return (
            Endpoint(
                method="GET",
                path="/v1/account",
                handler=self._account,
                callers=frozenset({"oversight"}),
                summary="What was counted on one Japanese calendar day (day=YYYY-MM-DD)",
                answer=Account,
                problems=(QUESTION_MALFORMED,),
            ),
            Endpoint(
                method="GET",
                path="/v1/papers/{number}",
                handler=self._paper,
                callers=frozenset({"verify"}),
                summary="Issued, superseded, revoked, or unknown",
                answer=PaperStatus,
                problems=(QUESTION_MALFORMED,),
            ),
        )

    async def ready(self) -> None:
        """Raise while everybody would be refused."""
        self._p.trust.current()
        judge_house(await self._situation())

    async def measure(self) -> None:
        """Set the gauges of `/metrics`."""
        async with transaction(self._p.pool) as connection:
            set_issuer_gauges(await issuer_status(connection, self._p.config))

    async def _situation(self) -> Situation:
        async with transaction(self._p.pool) as connection:
            house = await read_house(connection, menu=self._p.config.menu)
        return Situation(now=self._p.clock.now(), config=self._p.config, house=house)

    async def _menu(self, _call: Call[None]) -> bytes:
        return sign_menu(await self._situation(), signer=self._p.signer)

    async def _issue(self, call: Call[bytes]) -> IssueAnswer:
        return await self._issuing.issue(call.body, later=afterwards)

    async def _outcome(self, call: Call[WardOutcome]) -> None:
        await self._outcomes.take(call.body)

    async def _account(self, call: Call[None]) -> Account:
        try:
            day = date.fromisoformat(call.query.get("day", ""))
        except ValueError:
            raise QUESTION_MALFORMED.error("day") from None
        now: datetime = self._p.clock.now()
        async with transaction(self._p.pool) as connection:
            return await account_of(connection, day, config=self._p.config, now=now)

    async def _paper(self, call: Call[None]) -> PaperStatus:
        try:
            number = bytes.fromhex(call.path["number"])
        except ValueError:
            raise QUESTION_MALFORMED.error("paper number") from None
        if len(number) != _PAPER_OCTETS:
            raise QUESTION_MALFORMED.error("paper number")
        async with transaction(self._p.pool) as connection:
            return await paper_status(connection, number)
