"""Outcomes: counted here, relayed until the center acknowledges them, without deadline.

1. The kiosk is the one that its TLS certificate is bound to, enrolled by this operator; it signed the outcome.
2. This operator's own entry is signed beside it, and both are in the journal before anything is sent. One outcome per
   transaction: the same one again is answered again, another one is refused.
3. It is relayed to one replica; the acknowledgement must be the center's, for this outcome.
4. The acknowledgement is in the journal before it goes to the kiosk; the relayed bytes are let go of.
5. Without one the kiosk hears `ec.not_acknowledged` and asks again, and the relaying goes on in the background, also
   after a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from madoguchi.ec import journal as kept
from madoguchi.ec import lost_journal
from madoguchi.ec.config import EcConfig
from madoguchi.ec.journal import Counted, Waiting
from madoguchi.ec.kiosks import Kiosks
from madoguchi.ec.problems import NOT_ACKNOWLEDGED, OUTCOME_CONFLICT
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.runtime.config import Peer
from madoguchi.runtime.journal import Journal
from madoguchi.statement import Signer, Statement, verify, verify_by_kiosk
from madoguchi.statement.kinds import ACKNOWLEDGEMENT, OUTCOME, RELAY_ENTRY
from madoguchi.trust.file import TrustFile
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.outcome import KioskOutcome, Outcome, RelayedOutcome, RelayEntry

COUNTED = log.event("ec.outcome_counted", "transaction", "result", "sheets_printed", "paid_yen")
NOT_RELAYED = log.event("ec.outcome_not_relayed", "transaction", "attempts", "code", "cause")
NOT_DONE = log.event("ec.housekeeping_failed", "code")

_BATCH = 16
_LOOK_SECONDS = 0.5

SendOutcome = Callable[[RelayedOutcome], Awaitable[bytes]]
"""Relays to one replica of the center and returns the raw acknowledgement."""


class Outcomes:
    """Counts, keeps and relays."""

    def __init__(
        self,
        config: EcConfig,
        *,
        journal: Journal,
        kiosks: Kiosks,
        trust: TrustFile,
        signer: Signer,
        clock: Clock,
        send: SendOutcome,
    ) -> None:
        self._limits = config.limits
        self._journal = journal
        self._kiosks = kiosks
        self._trust = trust
        self._signer = signer
        self._clock = clock
        self._send = send
        self._under_way: dict[bytes, asyncio.Event] = {}

    async def take(self, told: KioskOutcome, *, kiosk: Peer) -> bytes:
        """The center's raw acknowledgement. Raises `ec.not_acknowledged` once it is kept, else others."""
        enrolled = self._kiosks.enrolled(told.enrolment, kiosk=kiosk)  # 1
        outcome = verify_by_kiosk(told.outcome, OUTCOME, kiosk=enrolled, at=self._clock.now())
        await self._keep(told, outcome)  # 2
        transaction = outcome.body.transaction
        waiting = await self._journal.run(lambda journal: kept.waiting(journal, transaction))
        if waiting is not None:
            await self._relay(waiting)  # 3, 4
        raw = await self._journal.run(lambda journal: kept.acknowledgement(journal, transaction))
        if raw is None:
            raise NOT_ACKNOWLEDGED.error()  # 5
        return raw

    async def keep_relaying(self) -> None:
        """Runs until cancelled: what is due is relayed, what is old and acknowledged is forgotten."""
        while True:
            try:
                await self.relay_due()
                await self._forget()
            except MadoguchiError as failure:
                log.get_log().error(NOT_DONE, code=failure.code)
            await asyncio.sleep(_LOOK_SECONDS)

    async def relay_due(self) -> int:
        """Relay what is due now, at most a batch. Returns how many were due."""
        at = self._clock.now()
        due = await self._journal.run(lambda journal: kept.due(journal, at=at, limit=_BATCH))
        await asyncio.gather(*(self._relay(one) for one in due))
        return len(due)

    async def _keep(self, told: KioskOutcome, outcome: Statement[Outcome]) -> None:
        entry = entry_of(outcome, at=epoch(self._clock.now()))
        relayed = RelayedOutcome(
            enrolment=told.enrolment, outcome=told.outcome, relay=self._signer.sign(RELAY_ENTRY, entry)
        )
        counted = Counted(
            transaction=entry.transaction,
            outcome_digest=entry.outcome_digest,
            ward=outcome.body.ward,
            result=outcome.body.result,
            sheets_printed=entry.sheets_printed,
            paid_yen=entry.paid_yen,
            refunded_yen=entry.refunded_yen,
            owed_yen=entry.owed_yen,
            taken_at=entry.at,
        )
        stands = await self._journal.run(lambda journal: kept.put(journal, counted, relayed))
        if stands != outcome.digest:
            raise OUTCOME_CONFLICT.error()
        log.get_log().info(
            COUNTED,
            transaction=entry.transaction.hex(),
            result=outcome.body.result,
            sheets_printed=entry.sheets_printed,
            paid_yen=entry.paid_yen,
        )

    async def _relay(self, waiting: Waiting) -> None:
        """One attempt. Idempotent at the center, so that a lost acknowledgement is simply asked for again.

        One that is under way is waited for: the kiosk that brings an outcome and the look at what is due may meet.
        """
        if (under_way := self._under_way.get(waiting.transaction)) is not None:
            await under_way.wait()
            return
        done = self._under_way[waiting.transaction] = asyncio.Event()
        try:
            raw = await self._send(waiting.told)
            self._check(raw, waiting)
        except MadoguchiError as failure:
            await self._try_again(waiting, failure)
        else:
            await self._journal.run(lambda journal: kept.acknowledge(journal, waiting.transaction, raw=raw))
        finally:
            del self._under_way[waiting.transaction]
            done.set()

    def _check(self, raw: bytes, waiting: Waiting) -> None:
        at, keys = self._clock.now(), self._trust.current()
        said = verify(raw, ACKNOWLEDGEMENT, keys=keys, code=CENTER_CODE, at=at).body
        if (said.transaction, said.outcome_digest) != (waiting.transaction, waiting.outcome_digest):
            raise NOT_ACKNOWLEDGED.error("an acknowledgement of something else")

    async def _try_again(self, waiting: Waiting, failure: MadoguchiError) -> None:
        seconds = min(self._limits.retry_longest, self._limits.retry * 2 ** min(waiting.attempts, 20))
        after = self._clock.now() + timedelta(seconds=seconds)
        await self._journal.run(lambda journal: kept.try_again(journal, waiting.transaction, after=after))
        log.get_log().warning(
            NOT_RELAYED,
            transaction=waiting.transaction.hex(),
            attempts=waiting.attempts + 1,
            code=failure.code,
            cause=failure.cause[:150],
        )

    async def _forget(self) -> None:
        before = self._clock.now() - timedelta(days=self._limits.keep_days)
        await self._journal.run(lambda journal: kept.forget(journal, before=before))
        await self._journal.run(lambda journal: lost_journal.forget(journal, before=before))


def entry_of(outcome: Statement[Outcome], *, at: int) -> RelayEntry:
    """What this operator counts of an outcome."""
    body = outcome.body
    return RelayEntry(
        transaction=body.transaction,
        outcome_digest=outcome.digest,
        sheets_printed=body.sheets.count("printed"),
        paid_yen=body.paid_yen,
        refunded_yen=body.refunded_yen,
        owed_yen=body.owed_yen,
        at=at,
    )
