"""The table of acts, the visit in hand, and how long work reports."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.applying import Applicant, Identity
from madoguchi.kiosk.checking import CheckedJob, Checker
from madoguchi.kiosk.devices import Devices
from madoguchi.kiosk.journal import KioskJournal
from madoguchi.kiosk.machine.effects import Effect
from madoguchi.kiosk.machine.events import Event, Failed
from madoguchi.kiosk.memory import TransactionMemory
from madoguchi.kiosk.money import Means
from madoguchi.kiosk.outcomes import Chain, Deliverer
from madoguchi.kiosk.problems import ENDED
from madoguchi.kiosk.refusing import RefusedBySignature, screen_reason
from madoguchi.kiosk.trusting import Trust
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.problems import INTERNAL

WORK_FAILED = log.event("kiosk.work_failed", "transaction", "code", "cause")
WORK_BROKE = log.event("kiosk.work_broke", "transaction", "kind", "place")

_CLAIM_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CLAIM_LENGTH = 10


class TellStep(Protocol):
    """Hears of each of the nine steps: `runtime.steps.tell`."""

    def __call__(self, step: str, *, number: int, transaction: bytes, seconds: float) -> None:
        """One step was done in so many seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a kiosk is made of."""

    identity: Identity
    applicant: Applicant
    trust: Trust
    checker: Callable[[], Checker]
    journal: KioskJournal
    devices: Devices
    deliverer: Deliverer
    clock: Clock
    tell: TellStep


@dataclass(slots=True, kw_only=True, repr=False)
class VisitInHand:
    """The running visit: its memory, and what its outcome will name (which outlives the memory)."""

    session: bytes
    memory: TransactionMemory
    claim: str
    transaction: bytes | None = None
    application_digest: bytes | None = None
    issuance_digest: bytes | None = None
    delivery_digest: bytes | None = None
    job: CheckedJob | None = None
    released_sheet: int = 0
    preparing: asyncio.Task[None] | None = None
    began: float = 0.0
    money_began: float | None = None
    """Monotonic seconds."""
    checking: asyncio.Future[CheckedJob] | None = None
    work: set[asyncio.Task[None]] = field(default_factory=set)
    printing: asyncio.Task[None] | None = None
    charging: asyncio.Task[None] | None = None
    means: Means = Means.COINS
    change_yen: int = 0
    papers: list[bytes] = field(default_factory=list)
    """Numbers of the sheets that were released to the printer, in order; once it is over, of those that came out."""
    attempt: int = 0
    """Of the payment by e-money that is on disk; 0 for coins."""

    def expect_transaction(self) -> bytes:
        """The transaction's id. Raises `kiosk.ended`."""
        if self.transaction is None:
            raise ENDED.error("no transaction is open")
        return self.transaction

    def chain(self) -> Chain:
        """What the outcome names."""
        return Chain(
            transaction=self.expect_transaction(),
            ward=self.memory.order.menu.ward,
            application_digest=self.application_digest,
            issuance_digest=self.issuance_digest,
            delivery_digest=self.delivery_digest,
        )


Act = Callable[["Acts", Any], Awaitable[None]]
A = TypeVar("A", bound=Act)
_TABLE: dict[type, Act] = {}


def act(effect: type) -> Callable[[A], A]:
    """Enter an act into the table."""

    def enter(function: A) -> A:
        if effect in _TABLE:
            msg = f"two acts for {effect.__name__}"
            raise ValueError(msg)
        _TABLE[effect] = function
        return function

    return enter


class Acts:
    """Does effects. `post` puts an event into the agent's inbox; `post_and_wait` returns when it was dealt with."""

    def __init__(
        self,
        parts: Parts,
        *,
        post: Callable[[Event], None],
        post_and_wait: Callable[[Event], Awaitable[None]],
        look: Callable[[], None],
    ) -> None:
        self.parts = parts
        self.post = post
        self.post_and_wait = post_and_wait
        self.look = look
        self.visit: VisitInHand | None = None
        self.chosen_since = 0.0
        self._kept: set[asyncio.Task[None]] = set()

    async def do(self, effect: Effect) -> None:
        """Do one effect. Raises MadoguchiError when it cannot be done."""
        await _TABLE[type(effect)](self, effect)

    def expect_visit(self) -> VisitInHand:
        """The visit in hand. Raises `kiosk.ended`."""
        if self.visit is None:
            raise ENDED.error("nobody is served")
        return self.visit

    def begin_visit(self, session: bytes, memory: TransactionMemory) -> VisitInHand:
        """A fresh memory for a fresh visit."""
        claim = "".join(secrets.choice(_CLAIM_ALPHABET) for _ in range(_CLAIM_LENGTH))
        self.visit = VisitInHand(session=session, memory=memory, claim=claim, began=self.parts.clock.monotonic())
        return self.visit

    def begin_work(self, visit: VisitInHand, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work of a visit beside everything else. Its failure becomes `Failed` of that visit."""
        return self._begin(visit.session, work, among=visit.work)

    def begin_other_work(self, session: bytes, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run work before there is a transaction."""
        return self._begin(session, work, among=self._kept)

    def _begin(
        self, session: bytes, work: Coroutine[Any, Any, None], *, among: set[asyncio.Task[None]]
    ) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._guarded(session, work))
        among.add(task)
        task.add_done_callback(among.discard)
        task.add_done_callback(lambda _: work.close())  # what was stopped before its first step was never awaited
        return task

    async def _guarded(self, session: bytes, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self.post(self.failure(session, error))

    async def close(self) -> None:
        """The process ends: stop what runs, wipe what is held."""
        running = [*self._kept, *(self.visit.work if self.visit is not None else ())]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self.parts.devices.reader.release()  # a thread may wait for a phone, and the process for the thread
        if self.visit is not None:
            self.visit.memory.wipe()

    def failure(self, session: bytes, error: Exception) -> Failed:
        """The event that an exception stands for; its cause goes to the log, its public words to the screen."""
        name = self.visit.transaction.hex() if self.visit and self.visit.transaction else ""
        if not isinstance(error, MadoguchiError):
            log.get_log().error(WORK_BROKE, transaction=name, kind=type(error).__name__, place=log.place_of(error))
            return Failed(session, screen_reason(INTERNAL.error()))
        cause = error.cause.encode("ascii", "replace").decode()[: log.MAX_VALUE_CHARACTERS]
        log.get_log().warning(WORK_FAILED, transaction=name, code=error.code, cause=cause)
        return Failed(session, screen_reason(error), refused=isinstance(error, RefusedBySignature))

    def tell_step(self, step: str, *, number: int, since: float) -> None:
        """Tell a step of the running transaction that began at the monotonic time `since`."""
        if self.visit is not None and self.visit.transaction is not None:
            seconds = self.parts.clock.monotonic() - since
            self.parts.tell(step, number=number, transaction=self.visit.transaction, seconds=seconds)
