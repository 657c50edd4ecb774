"""The line: one question, one answer, half duplex. What we send may come back as an echo."""

from __future__ import annotations

import asyncio
import errno
import os
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from madoguchi.kiosk.devices.cctalk.framing import ACK, HOST, Message, parse
from madoguchi.kiosk.devices.escpos.stream import DeviceStream
from madoguchi.kiosk.problems import MONEY_FAILED

ANSWER_SECONDS: Final = 0.5
_SILENCE_SECONDS: Final = 0.05
_ASKS: Final = 3


class Stream(Protocol):
    """Raises OSError when the line is gone."""

    async def write(self, octets: bytes) -> None:
        """Hand everything over."""
        ...

    async def read(self) -> bytes:
        """At least one octet."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Bus:
    """One master. After an answer that was lost the line is listened to until it is silent, so that a late one is
    never taken for the answer to the next question."""

    def __init__(self, open_line: Callable[[], Stream], *, seconds: float = ANSWER_SECONDS) -> None:
        self._open, self._seconds = open_line, seconds
        self._stream: Stream | None = None
        self._lock = asyncio.Lock()

    async def ask(self, address: int, header: int, data: bytes = b"", *, length: int | None = None) -> bytes:
        """A question that may be repeated. `length` is what the answer must have. Raises `kiosk.money_failed`."""
        for left in reversed(range(_ASKS)):
            try:
                answer = await self.once(address, header, data)
            except (OSError, TimeoutError, ValueError) as error:
                if not left:
                    raise MONEY_FAILED.error(f"address {address}, header {header}: {error!r}") from error
            else:
                if length is not None and len(answer) != length:
                    raise MONEY_FAILED.error(f"address {address}, header {header}: {len(answer)} octets")
                return answer
        raise AssertionError

    async def once(self, address: int, header: int, data: bytes = b"") -> bytes:
        """Ask exactly once. Raises OSError, TimeoutError, ValueError: then it may have been done or not."""
        async with self._lock:
            whole = False
            try:
                answer = await self._exchange(Message(destination=address, source=HOST, header=header, data=data))
                whole = True
            finally:
                if not whole:
                    self.close()
        if answer.header != ACK:
            raise ValueError(f"answered with {answer.header}")
        return answer.data

    def close(self) -> None:
        """Let go of the line; the next question opens it again, and what was still in it is dropped."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    async def _exchange(self, question: Message) -> Message:
        if self._stream is None:
            self._stream = self._open()
            await _hear_out(self._stream)
        async with asyncio.timeout(self._seconds):
            await self._stream.write(question.octets())
            return await _answer(self._stream, source=question.destination)


async def _answer(stream: Stream, *, source: int) -> Message:
    octets = b""
    while True:
        while (found := parse(octets)) is not None:
            message, octets = found
            if message.destination == HOST and message.source == source:
                return message  # all else is our echo
        octets += await stream.read()


async def _hear_out(stream: Stream) -> None:
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(_SILENCE_SECONDS):
                await stream.read()


def open_line(path: Path) -> DeviceStream:
    """9600 8N1, nothing else. Raises OSError."""
    device = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        tty.setraw(device, termios.TCSANOW)
        settings = termios.tcgetattr(device)
        settings[0] &= ~(termios.IXON | termios.IXOFF)
        settings[2] = (settings[2] | termios.CLOCAL | termios.CREAD) & ~(termios.CRTSCTS | termios.CSTOPB)
        settings[4] = settings[5] = termios.B9600
        termios.tcsetattr(device, termios.TCSANOW, settings)
        termios.tcflush(device, termios.TCIOFLUSH)
    except (OSError, termios.error) as error:
        os.close(device)
        raise OSError(errno.ENODEV, "not a serial line") from error
    return DeviceStream(device)
