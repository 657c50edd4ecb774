"""A line with coin acceptor, validator and hoppers, in a thread of its own on a real pty; it counts its own metal."""

from __future__ import annotations

import os
import pty
import select
import threading
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.kiosk.devices.cctalk.framing import Message, parse

COINS = (10, 50, 100, 500)
NOTES = (1000,)
_QUIET = 0.02


@dataclass
class HopperMetal:
    """One hopper."""

    coin: int
    pieces: int
    event: int = 0
    last: tuple[int, int] = (0, 0)
    count: int = 7_000
    jam_after: int | None = None

    def pay(self, wanted: int) -> int:
        """What falls out."""
        paid = min(wanted, self.pieces, wanted if self.jam_after is None else self.jam_after)
        self.pieces -= paid
        self.count += paid
        self.event = self.event % 255 + 1
        self.last = (paid, wanted - paid)
        return paid


@dataclass
class Metal:
    """Everything that has worth."""

    hoppers: dict[int, HopperMetal]
    inserted: int = 0
    out: int = 0
    note: int = 0
    stacked: int = 0
    open: dict[int, bool] = field(default_factory=lambda: {2: False, 40: False})
    events: dict[int, list[tuple[int, int]]] = field(default_factory=lambda: {2: [], 40: []})
    counter: dict[int, int] = field(default_factory=lambda: {2: 0, 40: 0})
    kinds: dict[int, bytes] = field(default_factory=lambda: {2: b"Coin Acceptor", 40: b"Bill Validator"})

    masked: dict[int, bool] = field(default_factory=lambda: {2: True, 40: True})
    resets_when_stacked: bool = False
    stacks_at_reset: bool = False

    def reset(self, address: int) -> None:
        """Power at one device goes and comes back: it is shut, and knows nothing of before."""
        self.open[address], self.masked[address] = False, True
        self.events[address], self.counter[address] = [], 0
        if address == 40 and self.note:
            self.stacked += self.note if self.stacks_at_reset else 0
            self.out += 0 if self.stacks_at_reset else self.note
            self.note = 0

    def worth(self) -> int:
        """Yen inside."""
        return self.stacked + self.note + sum(each.coin * each.pieces for each in self.hoppers.values())

    def tell(self, address: int, event: tuple[int, int]) -> None:
        """Into the buffer of five."""
        self.counter[address] = self.counter[address] % 255 + 1
        self.events[address] = [event, *self.events[address]][:5]

    def insert(self, yen: int) -> bool:
        """A coin falls in, or a note is drawn in, where the slot is open."""
        address = 40 if yen in NOTES else 2
        if not self.open[address] or self.masked[address] or (address == 40 and self.note):
            return False
        self.inserted += yen
        if address == 40:
            self.note = yen
            self.tell(40, (1, 1))
        else:
            next(each for each in self.hoppers.values() if each.coin == yen).pieces += 1
            self.tell(2, (COINS.index(yen) + 1, 0))
        return True

    def answer(self, address: int, header: int, data: bytes) -> bytes | None:
        """What a device says; None: nothing."""
        if address in self.hoppers:
            return self._hopper(self.hoppers[address], header, data)
        return self._acceptor(address, header, data) if address in self.open else None

    def _acceptor(self, address: int, header: int, data: bytes) -> bytes:
        match header:
            case 245:
                return self.kinds[address]
            case 227:
                return bytes((self.open[address],))
            case 228:
                self.open[address] = bool(data[0])
            case 231:
                self.masked[address] = not any(data)
            case 229 | 159:
                events = (self.events[address] + [(0, 0)] * 5)[:5]
                return bytes((self.counter[address], *(octet for event in events for octet in event)))
            case 154:
                return self._route(data[0])
        return b""

    def _route(self, where: int) -> bytes:
        if self.resets_when_stacked and where == 1:
            self.reset(40)
        if not self.note:
            return b"\xfe"
        if where == 0:
            self.out += self.note
            self.tell(40, (0, 1))
        elif where == 1:
            self.stacked += self.note
            self.tell(40, (1, 0))
        if where != 255:
            self.note = 0
        return b""

    def _hopper(self, hopper: HopperMetal, header: int, data: bytes) -> bytes:
        if header == 245:
            return b"Payout"
        if header == 242:
            return b"\x01\x02\x03"
        if header == 168:
            return hopper.count.to_bytes(3, "little")
        if header == 166:
            return bytes((hopper.event, 0, *hopper.last))
        if header == 167:
            assert data[:3] == b"\x01\x02\x03"
            self.out += hopper.coin * hopper.pay(data[3])
            return bytes((hopper.event,))
        return b""


class Line:
    """The wire. `spoil` may change, or swallow, what a device answers to the n-th message."""

    def __init__(self, metal: Metal, *, echo: bool) -> None:
        self.metal, self.echo = metal, echo
        self.heard = 0
        self.cut = False
        self.spoil: Callable[[int, bytes], bytes] = lambda _number, octets: octets
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = Path(os.ttyname(self._slave))
        self._stopped, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        os.write(self._stop, b"x")
        self._thread.join()
        for each in (self._master, self._slave, self._stopped, self._stop):
            os.close(each)

    def _run(self) -> None:
        octets = b""
        while True:
            ready, _, _ = select.select([self._master, self._stopped], [], [], _QUIET)
            if self._stopped in ready:
                return
            if not ready:
                octets = b""  # what stays half is dropped, as devices do
                continue
            read = os.read(self._master, 64)
            if self.cut:
                continue
            if self.echo:
                os.write(self._master, read)
            octets += read
            while (found := parse(octets)) is not None:
                message, octets = found
                self._serve(message)

    def _serve(self, message: Message) -> None:
        self.heard += 1
        said = self.metal.answer(message.destination, message.header, message.data)
        if said is not None:
            answer = Message(destination=1, source=message.destination, header=0, data=said).octets()
            os.write(self._master, self.spoil(self.heard, answer))
