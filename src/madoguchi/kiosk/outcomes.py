"""Step 9: the signed outcome, delivered until it is acknowledged. After money nothing is given up.

Notices of lost property go the same way, to the operator.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.applying import Identity
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.line import Line
from madoguchi.kiosk.money import Balance
from madoguchi.kiosk.problems import BAD_ACKNOWLEDGEMENT
from madoguchi.kiosk.trusting import Trust
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock, epoch
from madoguchi.statement import verify
from madoguchi.statement.kinds import ACKNOWLEDGEMENT, LOST_KEPT, OUTCOME
from madoguchi.wire.identifiers import CENTER_CODE, sha256
from madoguchi.wire.lost import KioskLostProperty
from madoguchi.wire.outcome import KioskCustody, KioskOutcome, Outcome, Result, SheetState

NOT_DELIVERED = log.event("kiosk.outcome_not_delivered", "transaction", "code", "attempt")
LOST_NOT_DELIVERED = log.event("kiosk.lost_property_not_delivered", "code", "attempt")
DELIVERED = log.event("kiosk.outcome_acknowledged", "transaction")

_FIRST_PAUSE_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What an outcome names: the transaction and the digests of the statements before it."""

    transaction: bytes
    ward: str
    application_digest: bytes | None
    issuance_digest: bytes | None
    delivery_digest: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How it ended."""

    result: Result
    sheets: tuple[SheetState, ...]
    balance: Balance
    claim: str | None
    custody: KioskCustody


def make_outcome(chain: Chain, ending: Ending, *, identity: Identity, clock: Clock) -> bytes:
    """Sign the outcome. Raises ValueError for money that does not balance."""
    balance = ending.balance
    body = Outcome(
        transaction=chain.transaction,
        ward=chain.ward,
        application_digest=chain.application_digest,
        issuance_digest=chain.issuance_digest,
        delivery_digest=chain.delivery_digest,
        result=ending.result,
        sheets=ending.sheets,
        paid_yen=balance.paid_yen,
        printed_yen=balance.printed_yen,
        refunded_yen=balance.refunded_yen,
        owed_yen=balance.owed_yen,
        claim=ending.claim if balance.owed_yen else None,
        custody=ending.custody,
        at=epoch(clock.now()),
    )
    return identity.signer.sign(OUTCOME, body)


async def record_outcome(
    chain: Chain, ending: Ending, *, journal: KioskJournal, identity: Identity, clock: Clock
) -> None:
    """Sign it and put it on disk, from where it is delivered."""
    raw = make_outcome(chain, ending, identity=identity, clock=clock)
    await journal.run(
        lambda _: journal.concluded(chain.transaction, outcome=raw, outcome_digest=sha256(raw), balance=ending.balance)
    )


@dataclass(kw_only=True)
class Deliverer:
    """Takes every outcome on disk to the center, again and again, until the center's signed acknowledgement is here."""

    journal: KioskJournal
    line: Line
    trust: Trust
    identity: Identity
    clock: Clock
    longest_pause_seconds: float
    tell: Callable[[bytes, float], None] = lambda _transaction, _seconds: None
    """Hears how many seconds after its end a transaction of this life was acknowledged (step 9)."""
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    def __post_init__(self) -> None:
        self._more = asyncio.Event()
        self._ended: dict[bytes, float] = {}

    def concluded(self, transaction: bytes) -> None:
        """A transaction ends now, and its outcome is about to be put on disk."""
        self._ended[transaction] = self.clock.monotonic()

    def wake(self) -> None:
        """There is a new outcome on disk."""
        self._more.set()

    async def run(self) -> None:
        """For ever. A round that left something undelivered is followed by another after a pause that grows."""
        attempt = 0
        while True:
            self._more.clear()
            attempt = 0 if await self.deliver_all(attempt=attempt) else attempt + 1
            if attempt:
                pause = min(self.longest_pause_seconds, _FIRST_PAUSE_SECONDS * 2 ** min(attempt - 1, 16))
                await self._wait(pause)
            else:
                await self._more.wait()

    async def _wait(self, seconds: float) -> None:
        """A new outcome is tried at once; the old ones with it."""
        waiting = asyncio.ensure_future(self._more.wait())
        pausing = asyncio.ensure_future(self.pause(seconds))
        try:
            await asyncio.wait((waiting, pausing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiting, pausing):
                task.cancel()

    async def deliver_all(self, *, attempt: int = 0) -> bool:
        """One round; whether nothing is left."""
        left = 0
        for transaction, outcome in await self.journal.run(lambda _: self.journal.undelivered()):
            try:
                await self._deliver(transaction, outcome)
            except MadoguchiError as failure:
                left += 1
                name = transaction.hex()
                log.get_log().warning(NOT_DELIVERED, transaction=name, code=failure.code, attempt=attempt)
        for id_, notice in await self.journal.run(lambda _: self.journal.untold_lost()):
            try:
                await self._deliver_lost(id_, notice)
            except MadoguchiError as failure:
                left += 1
                log.get_log().warning(LOST_NOT_DELIVERED, code=failure.code, attempt=attempt)
        return left == 0

    async def _deliver_lost(self, id_: bytes, notice: bytes) -> None:
        raw = await self.line.lost_property(KioskLostProperty(enrolment=self.identity.enrolment, lost=notice))
        operator, at = self.identity.operator, self.clock.now()
        said = verify(raw, LOST_KEPT, keys=self.trust.keys(), code=operator, at=at).body
        if (said.id, said.statement_digest) != (id_, sha256(notice)):
            raise BAD_ACKNOWLEDGEMENT.error("of something else that was lost")
        await self.journal.run(lambda _: self.journal.lost_told(id_))

    async def _deliver(self, transaction: bytes, outcome: bytes) -> None:
        raw = await self.line.outcome(KioskOutcome(enrolment=self.identity.enrolment, outcome=outcome))
        said = verify(raw, ACKNOWLEDGEMENT, keys=self.trust.keys(), code=CENTER_CODE, at=self.clock.now()).body
        if (said.transaction, said.outcome_digest) != (transaction, sha256(outcome)):
            raise BAD_ACKNOWLEDGEMENT.error()
        await self.journal.run(lambda _: self.journal.acknowledged(transaction))
        log.get_log().info(DELIVERED, transaction=transaction.hex())
        ended = self._ended.pop(transaction, None)
        if ended is not None:
            self.tell(transaction, self.clock.monotonic() - ended)
