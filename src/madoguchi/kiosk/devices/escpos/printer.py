"""The receipt printer of a real kiosk.

1. One receipt, one connection. What an earlier one left in the printer is cleared, and its torn piece cut off.
2. The printer is asked what it has against printing, before anything is sent.
3. One line at a time, each seen done (GS r) before the next is sent. Meanwhile it is asked again and again: a printer
   without paper says nothing in its turn, but what it lacks it says at once (DLE EOT).
4. Cut, and that seen done: only then did the receipt come out.
5. Anything else ends it: the printer is told to forget, so that whoever loads paper is not handed an old receipt.

Nothing is sent twice. A slip or receipt is asked for after its outcome is in the journal, and at no start again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from madoguchi.kiosk.devices.escpos.answers import PAPER_END_IN_TURN, Ear, Heard, trouble
from madoguchi.kiosk.devices.escpos.commands import ASK_DONE, CLEAR, CUT, INITIALISE, NO_AUTOMATIC_STATUS, Asked, ask
from madoguchi.kiosk.devices.escpos.drawing import bands
from madoguchi.kiosk.devices.escpos.stream import Stream
from madoguchi.kiosk.devices.receipts import Receipt, Slip, receipt_lines, slip_lines
from madoguchi.kiosk.problems import NO_RECEIPT_PAPER

OpenStream = Callable[[], Awaitable[Stream]]

_OPEN_SECONDS: Final = 3.0
_STATUS_SECONDS: Final = 2.0
_WHOLE_SECONDS: Final = 20.0
_LOOK_SECONDS: Final = 0.5
"""Between two questions while it prints."""
_QUESTIONS: Final = (Asked.ERROR, Asked.OFFLINE, Asked.PAPER, Asked.PRINTER)
"""The most telling first: who is offline is so for one of the other reasons."""


class EscposReceipts:
    """Implements `ReceiptPrinter`."""

    def __init__(
        self, open_stream: OpenStream, *, store: str, dots: int, status_seconds: float = _STATUS_SECONDS
    ) -> None:
        """`dots`: the paper's printable width. `status_seconds`: after this long without an answer it is silent."""
        self._open_stream = open_stream
        self._store = store
        self._dots = dots
        self._status_seconds = status_seconds
        self._one_at_a_time = asyncio.Lock()
        self._torn = True
        """Whether a piece of an earlier receipt may hang in it; at a start nobody knows."""

    async def print_slip(self, slip: Slip) -> None:
        """What is owed. Raises `kiosk.no_receipt_paper`."""
        await self._print(slip_lines(slip, store=self._store))

    async def print_receipt(self, receipt: Receipt) -> None:
        """What was paid. Raises `kiosk.no_receipt_paper`."""
        await self._print(receipt_lines(receipt, store=self._store))

    async def _print(self, lines: tuple[str, ...]) -> None:
        pieces = await asyncio.to_thread(bands, lines, dots=self._dots)
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(_WHOLE_SECONDS), self._talking() as talk:
                    await self._print_on(talk, pieces)
            except TimeoutError as error:
                raise NO_RECEIPT_PAPER.error("no answer in time") from error
            except OSError as error:
                raise NO_RECEIPT_PAPER.error(f"line: {type(error).__name__}") from error

    async def _print_on(self, talk: Talk, pieces: tuple[bytes, ...]) -> None:
        await talk.send(CLEAR + CLEAR)  # 1; a line that was cut within a command may swallow the first
        await talk.expect_well()  # 2
        await talk.do(INITIALISE + NO_AUTOMATIC_STATUS + (CUT if self._torn else b""))
        self._torn = True
        for piece in (*pieces, CUT):  # 3, 4
            await talk.do(piece)
        self._torn = False

    @asynccontextmanager
    async def _talking(self) -> AsyncGenerator[Talk]:
        async with asyncio.timeout(_OPEN_SECONDS):
            stream = await self._open_stream()
        well = False
        try:
            yield Talk(stream, status_seconds=self._status_seconds)
            well = True
        finally:
            if not well:
                stream.last_word(CLEAR)  # 5
            stream.close()


class Talk:
    """One connection: what is asked, and what is heard."""

    def __init__(self, stream: Stream, *, status_seconds: float) -> None:
        self._stream = stream
        self._status_seconds = status_seconds
        self._ear = Ear()
        self._heard: list[tuple[Heard, int]] = []

    async def send(self, octets: bytes) -> None:
        """Raises OSError."""
        await self._stream.write(octets)

    async def expect_well(self) -> None:
        """Raises `kiosk.no_receipt_paper` saying what it lacks, TimeoutError when it is silent, OSError."""
        for question in _QUESTIONS:
            await self.send(ask(question))
            async with asyncio.timeout(self._status_seconds):
                status = await self._wait_for(Heard.STATUS)
            if wrong := trouble(question, status):
                raise NO_RECEIPT_PAPER.error(wrong)

    async def do(self, octets: bytes) -> None:
        """Send, and see it done. Raises as `expect_well`."""
        self._heard = [each for each in self._heard if each[0] is not Heard.DONE]
        await self.send(octets + ASK_DONE)
        while True:
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    status = await self._wait_for(Heard.DONE)
            except TimeoutError:
                await self.expect_well()
            else:
                break
        if status & PAPER_END_IN_TURN:
            raise NO_RECEIPT_PAPER.error("paper end")

    async def _wait_for(self, wanted: Heard) -> int:
        """The next of this kind; what else is heard is kept for whoever waits for it."""
        while True:
            for at, (heard, octet) in enumerate(self._heard):
                if heard is wanted:
                    del self._heard[at]
                    return octet
            for octet in await self._stream.read():
                if (heard_now := self._ear.hear(octet)) is not None:
                    self._heard.append((heard_now, octet))
