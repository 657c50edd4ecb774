"""The door of a real cabinet: its switch, its lock, and a reader for the keys of whoever maintains it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from madoguchi.kiosk.config import Contact
from madoguchi.kiosk.devices.cabinet.contact import ContactWatch
from madoguchi.kiosk.devices.cabinet.inputs import EV_KEY, InputEvent, InputFile, Ioctl, Kernel
from madoguchi.kiosk.devices.cabinet.leds import Led
from madoguchi.kiosk.devices.door import is_authorised
from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import DoorClosed, DoorOpened, KeyTurned

_DIGITS: Final = {2 + at: character for at, character in enumerate("1234567890")}
_LETTERS: Final = {
    first + at: character
    for first, row in ((16, "QWERTYUIOP"), (30, "ASDFGHJKL"), (44, "ZXCVBNM"))
    for at, character in enumerate(row)
}
_CHARACTERS: Final = _DIGITS | _LETTERS
_ENDS: Final = frozenset({28, 96})
"""KEY_ENTER and KEY_KPENTER."""
_MOST_CHARACTERS: Final = 64
_PAUSE_SECONDS: Final = 2.0
"""Between two characters of one key; whatever came before a longer one is forgotten."""


class CabinetDoor:
    """Implements `Door` and `Watched`. A door that is not seen counts as open."""

    def __init__(
        self,
        *,
        switch: Contact,
        lock: Path,
        key_reader: Path,
        key_digests: tuple[str, ...],
        kernel: Kernel | None = None,
    ) -> None:
        """`switch` is closed while the door is. `lock` is an LED directory: with current it can be opened."""
        self._switch = ContactWatch(switch, self._moved, kernel=kernel)
        self._lock = Led(lock)
        self._keys = KeyReader(key_reader, self._turned, kernel=kernel)
        self._digests = key_digests
        self._sense: Sense = lambda _event: None

    def start(self, sense: Sense) -> None:
        """Lock it, and look."""
        self._sense = sense
        self._lock.off()
        self._switch.start()
        self._keys.start()

    async def stop(self) -> None:
        """Leave it locked."""
        self._switch.stop()
        self._keys.stop()
        self._lock.off()

    def is_open(self) -> bool:
        """What the switch sees."""
        return self._switch.closed is not True

    def unlock(self) -> None:
        """Let it be opened."""
        self._lock.on()

    def lock(self) -> None:
        """Shut the lock."""
        self._lock.off()

    def _moved(self, closed: bool | None) -> None:
        self._sense(DoorClosed() if closed else DoorOpened())

    def _turned(self, key: str) -> None:
        self._sense(KeyTurned(authorised=is_authorised(key, self._digests)))


class KeyReader:
    """A reader of cards or tags that types what it read, and Enter. Nobody else on this machine hears it type."""

    def __init__(self, device: Path, turned: Callable[[str], None], *, kernel: Kernel | None = None) -> None:
        self._turned = turned
        self._kernel = kernel or Ioctl()
        self._file = InputFile(device, opened=self._take, heard=self._hear, lost=self._forget)
        self._typed = ""
        self._last = 0.0

    def start(self) -> None:
        """Begin to listen."""
        self._file.start()

    def stop(self) -> None:
        """Let go."""
        self._file.stop()
        self._forget()

    def _take(self, device: int) -> None:
        self._forget()
        self._kernel.grab(device)

    def _forget(self) -> None:
        self._typed = ""

    def _hear(self, event: InputEvent) -> None:
        if event.kind != EV_KEY or event.value != 1:
            return
        now = asyncio.get_running_loop().time()
        if now - self._last > _PAUSE_SECONDS:
            self._forget()
        self._last = now
        if event.code in _ENDS:
            typed, self._typed = self._typed, ""
            if typed:
                self._turned(typed)
        elif event.code in _CHARACTERS:
            self._typed = (self._typed + _CHARACTERS[event.code])[-_MOST_CHARACTERS:]
