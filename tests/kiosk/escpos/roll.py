"""A receipt printer that speaks ESC/POS: octets in, answers out, and a roll of paper that can be looked at.

It is stricter than a real one: a command that it does not know is kept as a complaint, where metal would print rubbish.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from PIL import Image

from madoguchi.kiosk.devices.escpos.commands import CLEAR, Asked, ask

_REAL_TIME = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
_SIMPLE = ((b"\x1b@", 2), (b"\x1da", 3), (b"\x1c&", 2), (b"\x1cC", 3), (b"\x1dV", 4), (b"\x1dr", 3))
"""Commands of a fixed length, and how long each is."""
_CLEARED = b"\x37\x25\x00"


@dataclass
class Roll:
    """The mechanism. `paper` is what was cut off, `hanging` what was printed and not cut."""

    dots: int = 576
    paper: list[list[bytes]] = field(default_factory=list)
    """Cut pieces, row by row; a line of text in the printer's own letters is one row."""
    hanging: list[bytes] = field(default_factory=list)
    rows_left: int = 100_000
    open: bool = False
    broken: bool = False
    silent: bool = False
    hangs_up_after: int | None = None
    """Octets that it still takes."""
    chatty: bool = False
    """It tells of its state unasked, before it is told not to."""
    complaints: list[str] = field(default_factory=list)
    _buffer: bytes = b""
    _swallows: int = 0
    """Octets that it takes for the rest of a command whose beginning it had when the line was cut."""
    _japanese: bool = False

    def hear(self, octets: bytes) -> bytes:
        """Take octets and say what is to be said. Raises ConnectionAbortedError when it hangs up."""
        if self.hangs_up_after is not None:
            if len(octets) > self.hangs_up_after:
                self._take(octets[: self.hangs_up_after])
                self.hangs_up_after = None
                raise ConnectionAbortedError
            self.hangs_up_after -= len(octets)
        answers = self._take(octets)
        return b"" if self.silent else answers

    def repair(self) -> None:
        """A person loads paper and shuts the lid: what was held back goes on."""
        self.open = self.broken = self.silent = False
        self.rows_left = 100_000
        self._work()

    def forget_connection(self) -> None:
        """Whoever spoke has gone. What is in the buffer stays there, as in the metal; half a command waits for more."""
        self.hangs_up_after = None
        for whole in (CLEAR, ask(Asked.PAPER)):
            for had in range(len(whole) - 1, 0, -1):
                if self._buffer.endswith(whole[:had]):
                    self._buffer, self._swallows = self._buffer[:-had], len(whole) - had
                    return

    def pictures(self) -> list[Image.Image]:
        """Every cut piece, black on white."""
        return [self._picture(piece) for piece in self.paper if piece]

    def texts(self) -> list[str]:
        """Every cut piece that was printed in the printer's own letters."""
        return ["".join(row.decode("cp932") + "\n" for row in piece) for piece in self.paper if piece]

    def _picture(self, rows: list[bytes]) -> Image.Image:
        octets = self.dots // 8
        drawn = b"".join(bytes(~octet & 0xFF for octet in row.ljust(octets, b"\0")) for row in rows)
        return Image.frombytes("1", (self.dots, len(rows)), drawn)

    def _take(self, octets: bytes) -> bytes:
        octets, self._swallows = octets[self._swallows :], max(0, self._swallows - len(octets))
        answers = b"\x1c\x00\x00\x0f" if self.chatty else b""
        self.chatty = False
        rest = 0
        for found in _REAL_TIME.finditer(octets):
            self._buffer += octets[rest : found.start()]
            rest = found.end()
            answers += self._work() + self._in_real_time(found.group())
        self._buffer += octets[rest:]
        return answers + self._work()

    def _in_real_time(self, command: bytes) -> bytes:
        if command[1] == 0x14:
            self._buffer, self._japanese = b"", False
            return _CLEARED
        return bytes((0x12 | self._status(command[2]),))

    def _status(self, what: int) -> int:
        out = self.rows_left <= 0
        match what:
            case 1:
                return 0x08 if self._stands else 0
            case 2:
                return (0x04 if self.open else 0) | (0x20 if out else 0) | (0x40 if self.broken else 0)
            case 3:
                return 0x08 if self.broken else 0
            case _:
                return 0x60 if out else 0

    @property
    def _stands(self) -> bool:
        return self.open or self.broken or self.rows_left <= 0

    def _work(self) -> bytes:
        answers = b""
        while self._buffer and not self._stands:
            used, answer = self._command(self._buffer)
            if not used:
                break
            self._buffer = self._buffer[used:]
            answers += answer
        return answers

    def _command(self, octets: bytes) -> tuple[int, bytes]:
        """(octets used, answer) of the command at the beginning; nothing used while it is not whole."""
        for begin, length in _SIMPLE:
            if octets.startswith(begin):
                return (length, self._simple(octets[:length])) if len(octets) >= length else (0, b"")
        if octets.startswith(b"\x1dv0"):
            return self._raster(octets), b""
        if any(begin.startswith(octets) for begin in (CLEAR, b"\x10\x04\x01", b"\x1dv0")):
            return 0, b""  # half a command
        if octets[:1] in {b"\x1b", b"\x1d", b"\x1c", b"\x10"}:
            if len(octets) > 1:
                self.complaints.append(f"unknown: {octets[:4].hex()}")
            return (1 if len(octets) > 1 else 0), b""
        line, feed, _rest = octets.partition(b"\n")
        if not feed:
            return 0, b""
        self._print(line)
        return len(line) + 1, b""

    def _simple(self, command: bytes) -> bytes:
        match command[:2]:
            case b"\x1b@":
                self._japanese = False
            case b"\x1dV":
                self.paper.append(self.hanging)
                self.hanging = []
            case b"\x1dr":
                return b"\x00"
            case b"\x1c&":
                self._japanese = True
        return b""

    def _raster(self, octets: bytes) -> int:
        if len(octets) < 8:
            return 0
        row, rows = int.from_bytes(octets[4:6], "little"), int.from_bytes(octets[6:8], "little")
        whole = 8 + row * rows
        if len(octets) < whole:
            return 0
        if row * 8 > self.dots:
            self.complaints.append(f"wider than the paper: {row} octets")
        for start in range(8, whole, row):
            self._print(octets[start : start + row])
        return whole

    def _print(self, row: bytes) -> None:
        """A row; what comes after the paper's end is lost, as with a print head over nothing."""
        if self.rows_left > 0:
            self.hanging.append(row)
            self.rows_left -= 1


@asynccontextmanager
async def listening(roll: Roll) -> AsyncIterator[int]:
    """The printer on the store's network: its port."""
    talks: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        try:
            while octets := await reader.read(4096):
                writer.write(roll.hear(octets))
                await writer.drain()
        except ConnectionError:
            writer.transport.abort()
        finally:
            roll.forget_connection()
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*filter(None, talks))
