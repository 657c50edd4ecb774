"""Refusing: record why, sign one of five public reasons, answer on a multiple of one floor."""

from __future__ import annotations

import asyncio
import math

from madoguchi import custody
from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import Plain
from madoguchi.issuer import issuances
from madoguchi.issuer.clerk import ClerkStopped
from madoguchi.issuer.kept import note
from madoguchi.issuer.parts import Parts, Taken
from madoguchi.issuer.problems import CLAIMED_ALREADY, FAILED
from madoguchi.issuer.statement import sign_refusal
from madoguchi.issuer.stopping import clerk_stopped
from madoguchi.runtime import log
from madoguchi.runtime.database import transaction
from madoguchi.wire.transaction import Refused

REFUSED = log.event("issuer.refused", "transaction", "code")
UNEXPECTED = log.event("issuer.unexpected", "transaction", "kind", "place")
NOT_RECORDED = log.event("issuer.refusal_not_recorded", "transaction", "kind", "place")


class Refuser:
    """Turns whatever went wrong into a signed refusal."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self.alarm_unrecorded = False
        """The clerk found something that could not be written down: this process stops until a person restarts it."""

    async def refuse(self, taken: Taken, error: Exception, *, began: float) -> Refused:
        """Record and sign a refusal. `began` is the monotonic time at which the request came."""
        name = taken.claim.transaction.hex()
        refused = error if isinstance(error, MadoguchiError) else FAILED.error(type(error).__name__)
        if refused is not error:
            log.get_log().error(UNEXPECTED, transaction=name, kind=type(error).__name__, place=log.place_of(error))
        _forget(error)
        log.get_log().info(REFUSED, transaction=name, code=refused.code)
        try:
            await self._record(taken, refused)
        except Exception as failure:  # the refusal stands, recorded or not
            self.alarm_unrecorded |= isinstance(refused, ClerkStopped)
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
        if isinstance(refused, ClerkStopped):
            await self._record_finding(taken, refused)
        await self._end(taken, refused)
        # Apart, so that a log that cannot be written does not leave the receipt open: the plaintext is gone.
        body: dict[str, Plain] = {"transaction": taken.claim.transaction, "code": refused.code}
        if taken.pseudonym is not None:
            body["period"], body["person"] = taken.pseudonym
        async with transaction(self._p.pool) as connection:
            await note(connection, "certificate.refused", body, at=self._p.clock.now())

    async def _record_finding(self, taken: Taken, stopped: ClerkStopped) -> None:
        async with transaction(self._p.pool) as connection:
            await clerk_stopped(
                connection,
                stopped,
                transaction=taken.claim.transaction,
                settings=self._p.config.clerk,
                at=self._p.clock.now(),
            )

    async def _end(self, taken: Taken, refused: MadoguchiError) -> None:
        name = taken.claim.transaction
        async with transaction(self._p.pool) as connection:
            if not taken.claimed:
                await issuances.claim(connection, taken.claim, transcript=None)
            state = "failed" if refused.code == FAILED.code else "refused"
            await issuances.ended(connection, taken.claim, state=state, code=refused.code)
            if taken.claimed:
                await custody.erase(connection, name, holder=self._p.config.name, how="wiped")

    async def _wait_for_floor(self, began: float) -> None:
        floor = self._p.config.refusal_floor_milliseconds / 1000
        if floor:
            elapsed = self._p.clock.monotonic() - began
            await asyncio.sleep(max(1, math.ceil(elapsed / floor)) * floor - elapsed)


def _forget(error: BaseException | None) -> None:
    """Let go of the frames that an exception holds: they hold plaintext, and `erased` is recorded next."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
