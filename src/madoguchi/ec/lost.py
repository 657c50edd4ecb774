"""Lost property of this operator's kiosks: kept until the store has settled it; of a paper the center is told.

1. The notice is signed by the kiosk to which the TLS certificate of the call is bound, and names that kiosk.
2. It is on disk before it is acknowledged; the same one again is acknowledged again, another one of that id is refused.
3. A person of the store ends it: handed to the police against a receipt, or returned (`ec lost-property complete`).
4. The center hears of a paper when it is found and when it is settled, each until it has acknowledged; of the
   transaction alone, never of the store or of a paper number.
5. What is open after `limits.lost_alarm` is an alarm: in the log, in the operator's account, and at the ward's desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

from madoguchi.ec import lost_journal as kept
from madoguchi.ec.config import EcConfig
from madoguchi.ec.kiosks import Kiosks
from madoguchi.ec.lost_journal import Found
from madoguchi.ec.problems import LOST_CONFLICT, NOT_ACKNOWLEDGED, OTHER_KIOSK
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.config import Peer
from madoguchi.runtime.journal import Journal
from madoguchi.statement import Signer, verify, verify_by_kiosk
from madoguchi.statement.kinds import LOST_COUNTED, LOST_ENTRY, LOST_KEPT, LOST_PROPERTY
from madoguchi.trust.file import TrustFile
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.lost import KioskLostProperty, LostEntry, LostNoted

KEPT = log.event("ec.lost_property_kept", "id", "thing", "transaction")
OVERDUE = log.event("ec.lost_property_open", "id", "thing", "hours")
NOT_TOLD = log.event("ec.lost_property_not_told", "id", "code")

_LOOK_SECONDS = 1.0

SendEntry = Callable[[bytes], Awaitable[bytes]]
"""Takes a signed entry to one replica of the center and returns its raw acknowledgement."""


class LostProperties:
    """Keeps, tells and alarms."""

    def __init__(
        self,
        config: EcConfig,
        *,
        journal: Journal,
        kiosks: Kiosks,
        trust: TrustFile,
        signer: Signer,
        clock: Clock,
        send: SendEntry,
    ) -> None:
        self._operator = config.operator
        self._limits = config.limits
        self._journal = journal
        self._kiosks = kiosks
        self._trust = trust
        self._signer = signer
        self._clock = clock
        self._send = send

    async def take(self, notice: KioskLostProperty, *, kiosk: Peer) -> bytes:
        """The signed word that it is kept. Raises `ec.other_*`, `ec.lost_conflict`, `statement.*`."""
        enrolled = self._kiosks.enrolled(notice.enrolment, kiosk=kiosk)  # 1
        said = verify_by_kiosk(notice.lost, LOST_PROPERTY, kiosk=enrolled, at=self._clock.now())
        body = said.body
        if (body.kiosk, body.operator) != (enrolled.enrolment.body.kiosk, self._operator):
            raise OTHER_KIOSK.error("the notice names another kiosk or operator")
        stands = await self._journal.run(lambda journal: kept.put(journal, body, digest=said.digest))  # 2
        if stands != said.digest:
            raise LOST_CONFLICT.error()
        name = "" if body.transaction is None else body.transaction.hex()
        log.get_log().warning(KEPT, id=body.id.hex(), thing=body.thing, transaction=name)
        noted = LostNoted(id=body.id, statement_digest=said.digest, at=epoch(self._clock.now()))
        return self._signer.sign(LOST_KEPT, noted)

    async def keep_telling(self) -> None:
        """Runs until cancelled."""
        pause = _LOOK_SECONDS
        while True:
            try:
                left = await self.tell_due()
                await self.alarm()
            except MadoguchiError as failure:
                log.get_log().error(NOT_TOLD, id="", code=failure.code)
                left = 1
            pause = min(2 * pause, self._limits.retry_longest) if left else _LOOK_SECONDS
            await asyncio.sleep(pause)

    async def tell_due(self) -> int:
        """Tell the center what it does not know yet; how many it did not take."""
        left = 0
        for found in await self._journal.run(kept.untold):
            try:
                await self._tell(found)
            except MadoguchiError as failure:
                left += 1
                log.get_log().warning(NOT_TOLD, id=found.id.hex(), code=failure.code)
        return left

    async def _tell(self, found: Found) -> None:
        raw = self._signer.sign(LOST_ENTRY, entry_of(found, at=epoch(self._clock.now())))
        keys, at = self._trust.current(), self._clock.now()
        said = verify(await self._send(raw), LOST_COUNTED, keys=keys, code=CENTER_CODE, at=at).body
        if (said.id, said.statement_digest) != (found.id, sha256(raw)):
            raise NOT_ACKNOWLEDGED.error("an acknowledgement of something else")
        await self._journal.run(lambda journal: kept.told(journal, found))

    async def alarm(self) -> int:
        """Say once of each that it has been open too long; how many were said now."""
        before = self._clock.now() - timedelta(hours=self._limits.lost_alarm)
        overdue = await self._journal.run(lambda journal: kept.overdue(journal, before=before, unsaid=True))
        for found in overdue:
            hours = (epoch(self._clock.now()) - found.noticed_at) // 3600
            log.get_log().error(OVERDUE, id=found.id.hex(), thing=found.thing, hours=hours)
            await self._journal.run(partial(kept.said, id_=found.id))
        return len(overdue)


def entry_of(found: Found, *, at: int) -> LostEntry:
    """What center and ward hear of a paper. ValueError for what has no transaction."""
    if found.transaction is None or found.ward is None:
        msg = "of no transaction"
        raise ValueError(msg)
    return LostEntry(
        id=found.id,
        transaction=found.transaction,
        ward=found.ward,
        noticed_at=found.noticed_at,
        end=found.end,
        receipt=found.receipt,
        ended_at=found.ended_at,
        at=at,
    )
