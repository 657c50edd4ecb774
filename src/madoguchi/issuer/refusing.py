"""Refusing: record why, sign one of five public reasons, answer on a multiple of one floor."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager

from madoguchi import custody
from madoguchi.custody.problems import NOT_HELD
from madoguchi.errors import MadoguchiError, Problem
from madoguchi.evidence.log import Plain
from madoguchi.issuer import issuances
from madoguchi.issuer.clerk import ClerkStopped
from madoguchi.issuer.issuances import Claim
from madoguchi.issuer.kept import note
from madoguchi.issuer.loose_ends import Work
from madoguchi.issuer.parts import Parts, Taken
from madoguchi.issuer.problems import CLAIMED_ALREADY, EVIDENCE_UNWRITABLE, FAILED
from madoguchi.issuer.statement import sign_refusal
from madoguchi.issuer.stopping import clerk_stopped, engage_alarm
from madoguchi.runtime import log, metrics
from madoguchi.runtime.database import transaction
from madoguchi.wire.transaction import Refused

REFUSED = log.event("issuer.refused", "transaction", "code")
UNEXPECTED = log.event("issuer.unexpected", "transaction", "kind", "place")
NOT_RECORDED = log.event("issuer.refusal_not_recorded", "transaction", "kind", "place")
_ALARM, _END = "alarm", "end"
"""Kinds of loose ends."""


class Refuser:
    """Turns whatever went wrong into a signed refusal."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    @property
    def alarm_unrecorded(self) -> bool:
        """Something that stops issuing could not be written down yet: this process issues nothing meanwhile."""
        return self._p.loose_ends.wait_for(_ALARM)

    async def refuse(self, taken: Taken, error: Exception, *, began: float) -> Refused:
        """Record and sign a refusal. `began` is the monotonic time at which the request came."""
        name = taken.claim.transaction.hex()
        refused = error if isinstance(error, MadoguchiError) else FAILED.error(type(error).__name__)
        if refused is not error:
            log.get_log().error(UNEXPECTED, transaction=name, kind=type(error).__name__, place=log.place_of(error))
        _forget(error)
        log.get_log().info(REFUSED, transaction=name, code=refused.code)
        metrics.count_refused(refused.problem)
        try:
            await self._record(taken, refused)
        except Exception as failure:  # the refusal stands, recorded or not
            place = log.place_of(failure)
            log.get_log().error(NOT_RECORDED, transaction=name, kind=type(failure).__name__, place=place)
        statement = sign_refusal(
            refused.problem.public_reason,
            signer=self._p.signer,
            ward=self._p.config.ward,
            answers=taken.claim.application_digest,
            transaction=taken.claim.transaction,
            at=self._p.clock.now(),
        )
        await self._wait_for_floor(began)
        return Refused(refusal=statement)

    async def _record(self, taken: Taken, refused: MadoguchiError) -> None:
        if refused.code == CLAIMED_ALREADY.code:
            return  # whatever came of the first request stands
        # What may be done later holds the claim alone: the request, with its secret, ends with its answer.
        claim, claimed = taken.claim, taken.claimed
        if isinstance(refused, ClerkStopped):
            await self._now_or_later(_ALARM, claim, lambda: self._record_finding(claim, refused))
        if refused.code == EVIDENCE_UNWRITABLE.code:
            await self._now_or_later(_ALARM, claim, self._alarm_without_evidence)
        await self._now_or_later(_END, claim, lambda: self._end(claim, refused, claimed=claimed))
        # Apart, so that a log that cannot be written does not leave the receipt open: the plaintext is gone.
        body: dict[str, Plain] = {"transaction": taken.claim.transaction, "code": refused.code}
        if taken.pseudonym is not None:
            body["period"], body["person"] = taken.pseudonym
        try:
            async with transaction(self._p.pool) as connection:
                await note(connection, "certificate.refused", body, at=self._p.clock.now())
        except MadoguchiError as failure:
            if failure.code == EVIDENCE_UNWRITABLE.code:
                await self._now_or_later(_ALARM, claim, self._alarm_without_evidence)
            raise

    async def _now_or_later(self, what: str, claim: Claim, work: Work) -> None:
        try:
            await work()
        except Exception as failure:
            self._p.loose_ends.add(what, claim.transaction, work)
            kind, place = type(failure).__name__, log.place_of(failure)
            log.get_log().error(NOT_RECORDED, transaction=claim.transaction.hex(), kind=kind, place=place)

    async def _alarm_without_evidence(self) -> None:
        """The switch and the incident stand in tables of their own; the entry follows when the alarm is cleared."""
        async with transaction(self._p.pool) as connection:
            await engage_alarm(connection, code=EVIDENCE_UNWRITABLE.code, at=self._p.clock.now())

    async def _record_finding(self, claim: Claim, stopped: ClerkStopped) -> None:
        """Suspension, incident and entry; without the entry, the alarm at least."""
        try:
            async with transaction(self._p.pool) as connection:
                await clerk_stopped(
                    connection,
                    stopped,
                    transaction=claim.transaction,
                    settings=self._p.config.clerk,
                    at=self._p.clock.now(),
                )
        except MadoguchiError as failure:
            if failure.code == EVIDENCE_UNWRITABLE.code:
                await self._alarm_without_evidence()
            raise

    async def _end(self, claim: Claim, refused: MadoguchiError, *, claimed: bool) -> None:
        """Safe to do again, and whether the claim was committed or not: a connection may break at the very commit."""
        async with transaction(self._p.pool) as connection:
            if not claimed and not await issuances.claimed_now_or_before(connection, claim):
                return  # another request's: whatever came of that one stands
            state = "failed" if refused.code == FAILED.code else "refused"
            await issuances.ended(connection, claim, state=state, code=refused.code)
            with _past(NOT_HELD):
                await custody.erase(connection, claim.transaction, holder=self._p.config.name, how="wiped")

    async def _wait_for_floor(self, began: float) -> None:
        floor = self._p.config.refusal_floor_milliseconds / 1000
        if floor:
            elapsed = self._p.clock.monotonic() - began
            await asyncio.sleep(max(1, math.ceil(elapsed / floor)) * floor - elapsed)


@contextmanager
def _past(problem: Problem) -> Iterator[None]:
    """Go on after this one problem."""
    try:
        yield
    except MadoguchiError as error:
        if error.problem is not problem:
            raise


def _forget(error: BaseException | None) -> None:
    """Let go of the frames that an exception holds: they hold plaintext, and `erased` is recorded next."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
