"""An e-money terminal behind the nexo Retailer Protocol.

1. A payment is on disk before its first octet leaves, and is sent once, ever. Afterwards there are only questions.
2. A request that surely never left took nothing. One that left is unknown until an answer is certain (`answers.py`).
3. What was once known for certain stays: the book answers, not the terminal.
4. An abort decides nothing. It is repeated until the payment itself has answered, because it may overtake the payment.

What the protocol cannot promise stands in docs/decisions/emoney-over-nexo.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Final, TypeVar

from madoguchi.errors import MadoguchiError
from madoguchi.kiosk.devices.emoney import Charge, NoCharge
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.devices.nexo import requests
from madoguchi.kiosk.devices.nexo.answers import (
    AnswerError,
    Asked,
    AskedBack,
    Names,
    expect_ready,
    read_payment,
    read_payment_status,
    read_reversal,
    read_reversal_status,
)
from madoguchi.kiosk.devices.nexo.book import Book, Entry, NotTaken, Reversal, Taken
from madoguchi.kiosk.devices.nexo.line import NexoLine, NoAnswerError, Sending
from madoguchi.kiosk.money import Declined
from madoguchi.kiosk.problems import EMONEY_FAILED
from madoguchi.runtime import log
from madoguchi.runtime.clock import Clock

TROUBLE = log.event("kiosk.emoney_trouble", "code", "cause")
CONTRADICTED = log.event("kiosk.emoney_contradicted", "code", "reference")
_QUESTION_SECONDS: Final = 10.0
_ABORT_AGAIN_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 15.0

A = TypeVar("A")
B = TypeVar("B")


class NexoTerminal:
    """Implements `EmoneyDevice` and `Watched`."""

    def __init__(
        self,
        make_line: Callable[[], NexoLine],
        *,
        names: Names,
        directory: Path,
        clock: Clock,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        """`make_line` is called on the event loop. Raises OSError, ValueError: the book cannot be read."""
        self._make_line = make_line
        self._line: NexoLine | None = None
        self._names = names
        self._book = Book(directory)
        self._clock = clock
        self._look_seconds = look_seconds
        self._ready: bool | None = None
        self._waits: asyncio.Event | None = None
        """Set when the payment that this process has sent is answered, or given up."""
        self._watch: asyncio.Task[None] | None = None

    def start(self, _sense: Sense) -> None:
        """Look from now on whether it is ready."""
        self._watch = asyncio.create_task(self._watching())

    async def stop(self) -> None:
        """Let go of the line. What waits at the terminal is aborted at the next start."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
        if self._line is not None:
            await self._line.close()
            self._line = None

    def ready(self) -> bool:
        """Whether terminal and host were fine at the last look."""
        return self._ready is True

    async def charge(self, reference: bytes, yen: int) -> Charge | NoCharge:
        """Send it, or ask what became of it where it was sent before."""
        if self._book.entry(reference) is not None:
            return await self.query(reference)
        nothing: Taken | NotTaken = NotTaken(why=Declined.NEVER_BEGUN)
        asked = self._asked(reference, self._book.send(reference, yen=yen))  # 1
        at = self._clock.now().astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self._waits = waits = asyncio.Event()
        try:
            entry = await self._send_once(
                requests.payment(asked, at=at),
                lambda raw: read_payment(raw, asked),
                lambda result: self._settle(reference, result),
                nothing=nothing,
            )
        finally:
            waits.set()
            self._waits = None
        return _told(entry)

    async def cancel(self) -> None:
        """Abort what may wait at the terminal, whichever life of this process sent it."""
        entry, waits = self._book.open_payment(), self._waits
        while entry is not None:
            await self._ask(requests.abort(self._names, entry.service_id), answer_matters=False)
            if waits is None or waits.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(waits.wait(), _ABORT_AGAIN_SECONDS)
                return

    async def query(self, reference: bytes) -> Charge | NoCharge:
        """Out of the book, or by TransactionStatus."""
        entry = self._book.entry(reference)
        if entry is None:
            return NoCharge(Declined.NEVER_BEGUN)
        if entry.result is None:
            question = requests.status(self._names, "Payment", entry.service_id)
            raw = await self._ask(question)
            try:
                result = read_payment_status(raw, self._asked(reference, entry), service_id=question.service_id)
            except AnswerError as error:
                raise EMONEY_FAILED.error(str(error)) from None
            entry = self._settle(reference, result)
        return _told(entry)

    async def reverse(self, reference: bytes, yen: int) -> int:
        """Send the reversal, or ask what became of it where it was sent before."""
        if isinstance(await self.query(reference), NoCharge):
            return 0
        entry = self._book.entry(reference)
        if entry is None or not isinstance(entry.result, Taken) or yen > entry.yen:
            return 0
        if entry.reversal is not None:
            return await self.reversed_yen(reference)
        sent = self._book.send_reversal(reference, yen=yen)  # 1
        asked = self._asked_back(entry.result, sent)
        return await self._send_once(
            requests.reversal(self._names, entry, entry.result, service_id=sent.service_id, yen=yen),
            lambda raw: read_reversal(raw, asked),
            lambda given: self._book.settle_reversal(reference, given=given),
            nothing=0,
        )

    async def reversed_yen(self, reference: bytes) -> int:
        """Out of the book, or by TransactionStatus."""
        entry = self._book.entry(reference)
        if entry is None or entry.reversal is None or not isinstance(entry.result, Taken):
            return 0
        if entry.reversal.given is not None:
            return entry.reversal.given
        question = requests.status(self._names, "Reversal", entry.reversal.service_id)
        raw = await self._ask(question)
        asked = self._asked_back(entry.result, entry.reversal)
        try:
            given = read_reversal_status(raw, asked, service_id=question.service_id)
        except AnswerError as error:
            raise EMONEY_FAILED.error(str(error)) from None
        return self._book.settle_reversal(reference, given=given)

    def _asked(self, reference: bytes, entry: Entry) -> Asked:
        return Asked(names=self._names, service_id=entry.service_id, reference=reference.hex(), yen=entry.yen)

    def _asked_back(self, taken: Taken, sent: Reversal) -> AskedBack:
        return AskedBack(names=self._names, service_id=sent.service_id, slip=taken.slip, yen=sent.yen)

    async def _send_once(
        self, request: requests.Request, read: Callable[[bytes], A], settle: Callable[[A], B], *, nothing: A
    ) -> B:
        """Step 2, also for a caller that waits no longer."""
        sending = Sending()
        try:
            result = read(await self._expect_line().ask(request.raw, seconds=None, sending=sending))
        except (NoAnswerError, AnswerError) as error:
            if sending.began:
                raise EMONEY_FAILED.error(str(error)) from None
            result = nothing
        except asyncio.CancelledError:
            if not sending.began:
                settle(nothing)
            raise
        return settle(result)

    def _settle(self, reference: bytes, result: Taken | NotTaken) -> Entry:
        """Step 3. Taken after *not taken* is for a person to look at: the log says so."""
        entry = self._book.settle(reference, result)
        if isinstance(entry.result, Taken) != isinstance(result, Taken):
            log.get_log().error(CONTRADICTED, code=EMONEY_FAILED.code, reference=reference.hex())
        return entry

    async def _ask(self, request: requests.Request, *, answer_matters: bool = True) -> bytes:
        """What moves no money. Raises `kiosk.emoney_failed`."""
        sending = Sending()
        try:
            return await self._expect_line().ask(request.raw, seconds=_QUESTION_SECONDS, sending=sending)
        except NoAnswerError as error:
            if answer_matters or not sending.began:
                raise EMONEY_FAILED.error(str(error)) from None
            return b""

    def _expect_line(self) -> NexoLine:
        if self._line is None:
            self._line = self._make_line()
        return self._line

    async def _watching(self) -> None:
        while True:
            if self._waits is None:
                await self._look()
            await asyncio.sleep(self._look_seconds)

    async def _look(self) -> None:
        question, before = requests.diagnosis(self._names), self._ready
        try:
            expect_ready(await self._ask(question), self._names, service_id=question.service_id)
            self._ready = True
        except (AnswerError, MadoguchiError) as error:
            self._ready = False
            if before is not False:
                log.get_log().warning(TROUBLE, code=EMONEY_FAILED.code, cause=str(error)[:100])


def _told(entry: Entry) -> Charge | NoCharge:
    if isinstance(entry.result, Taken):
        return Charge(entry.result.slip)
    if entry.result is None:
        raise EMONEY_FAILED.error("nobody knows")
    return NoCharge(entry.result.why)
