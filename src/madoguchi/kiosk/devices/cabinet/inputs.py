"""Linux input devices (`/dev/input/event*`): octets to events, and how a contact stands now.

Layout and numbers as in the kernel's `linux/input.h` and `input-event-codes.h`. A driver for a switch at a pin
(`gpio-keys`) or a USB key reader (a keyboard to Linux) needs nothing else.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from madoguchi.runtime import log

LOST = log.event("kiosk.cabinet_lost", "what", "cause")

EV_SYN: Final = 0
EV_KEY: Final = 1
EV_SW: Final = 5
SYN_DROPPED: Final = 3
"""The kernel's queue ran over: events are missing, and how things stand must be asked."""

_EVENT: Final = struct.Struct("@llHHi")
_READ_EVENTS: Final = 64
_STATE_OCTETS: Final = 96
"""One bit for each code: `KEY_CNT` is 0x300."""
_GET_KEYS: Final = 0x18
_GET_SWITCHES: Final = 0x1B
_GRAB: Final = 0x40044590
"""EVIOCGRAB: nobody else on this machine hears of it."""
_AGAIN_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class InputEvent:
    """One event. `kind` is the kernel's `type`."""

    kind: int
    code: int
    value: int


class Kernel(Protocol):
    """What can be asked of an open input device. Raises OSError."""

    def is_down(self, device: int, *, kind: int, code: int) -> bool:
        """Whether this key or switch is down now."""
        ...

    def grab(self, device: int) -> None:
        """Keep its events from everybody else."""
        ...


class Ioctl:
    """Implements `Kernel`."""

    def is_down(self, device: int, *, kind: int, code: int) -> bool:
        """EVIOCGKEY or EVIOCGSW."""
        number = _GET_SWITCHES if kind == EV_SW else _GET_KEYS
        request = (2 << 30) | (_STATE_OCTETS << 16) | (ord("E") << 8) | number
        bits = fcntl.ioctl(device, request, bytes(_STATE_OCTETS))
        return bool(bits[code // 8] >> (code % 8) & 1)

    def grab(self, device: int) -> None:
        """EVIOCGRAB."""
        fcntl.ioctl(device, _GRAB, 1)


class InputFile:
    """An input device that may be unplugged and plugged in again; never more than half a second unnoticed."""

    def __init__(
        self,
        path: Path,
        *,
        opened: Callable[[int], None],
        heard: Callable[[InputEvent], None],
        lost: Callable[[], None],
    ) -> None:
        """`opened` is given the open device and raises OSError where it is another kind of thing."""
        self._path = path
        self._opened, self._heard, self._lost = opened, heard, lost
        self._device: int | None = None
        self._again: asyncio.TimerHandle | None = None
        self._told = False

    def start(self) -> None:
        """Begin to listen, on the event loop that runs."""
        self._again = None
        try:
            device = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._lose(error)
            return
        self._device = device
        try:
            self._opened(device)
        except OSError as error:
            self._lose(error)
            return
        self._told = False
        asyncio.get_running_loop().add_reader(device, self._read)

    def stop(self) -> None:
        """Let go."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._close()

    def _read(self) -> None:
        device = self._device
        if device is None:
            return
        try:
            for event in events_in(_octets_from(device)):
                if (event.kind, event.code) == (EV_SYN, SYN_DROPPED):
                    self._opened(device)
                else:
                    self._heard(event)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(error)

    def _lose(self, error: OSError) -> None:
        self._close()
        if not self._told:
            self._told = True
            log.get_log().error(LOST, what=self._path.name, cause=error.strerror or str(error)[:60])
        self._lost()
        self._again = asyncio.get_running_loop().call_later(_AGAIN_SECONDS, self.start)

    def _close(self) -> None:
        if self._device is None:
            return
        asyncio.get_running_loop().remove_reader(self._device)
        with suppress(OSError):
            os.close(self._device)
        self._device = None


def _octets_from(device: int) -> bytes:
    octets = os.read(device, _READ_EVENTS * _EVENT.size)
    if not octets:
        raise OSError("the device is gone")
    return octets


def events_in(octets: bytes) -> Iterator[InputEvent]:
    """The kernel hands over whole events only."""
    whole = len(octets) - len(octets) % _EVENT.size
    for _seconds, _microseconds, kind, code, value in _EVENT.iter_unpack(octets[:whole]):
        yield InputEvent(kind, code, value)


def event_octets(event: InputEvent) -> bytes:
    """As the kernel writes it, without its time."""
    return _EVENT.pack(0, 0, event.kind, event.code, event.value)
