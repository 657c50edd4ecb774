"""Input devices as pipes that carry the kernel's octets, and a LED class as a directory of files.

The kernel's own (`uinput`, `gpio-sim`) need its modules, which a test's machine does not have: what it answers to an
ioctl is played here, the octets are read by the driver itself.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from madoguchi.kiosk.config import Contact
from madoguchi.kiosk.devices.cabinet.inputs import EV_KEY, EV_SW, EV_SYN, SYN_DROPPED, InputEvent, event_octets

CODE = 5


class Wire:
    """Implements `Kernel`, and is the device of one contact or key reader."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.down = False
        self.grabbed = 0
        self._end: int | None = None

    def plug(self) -> None:
        """The device appears."""
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    def unplug(self) -> None:
        """It is gone: whoever reads hears the end."""
        self.path.unlink()
        assert self._end is not None
        os.close(self._end)
        self._end = None

    def contact(self, *, kind: str = "switch", inverted: bool = False) -> Contact:
        assert kind in {"switch", "key"}
        return Contact(device=self.path, code=CODE, kind="switch" if kind == "switch" else "key", inverted=inverted)

    def press(self, *, down: bool, kind: int = EV_SW, code: int = CODE) -> None:
        self.down = down
        self.write(InputEvent(kind, code, int(down)), InputEvent(EV_SYN, 0, 0))

    def overrun(self, *, down: bool) -> None:
        """Events were lost on the way."""
        self.down = down
        self.write(InputEvent(EV_SYN, SYN_DROPPED, 0))

    def type(self, *codes: int) -> None:
        """Keys go down, repeat, and come up again."""
        for code in codes:
            self.write(*(InputEvent(EV_KEY, code, value) for value in (1, 2, 0)))

    def write(self, *events: InputEvent) -> None:
        assert self._end is not None
        os.write(self._end, b"".join(map(event_octets, events)))

    # -- what the kernel answers

    def is_down(self, _device: int, *, kind: int, code: int) -> bool:
        if (kind, code) not in {(EV_SW, CODE), (EV_KEY, CODE)}:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        return self.down

    def grab(self, _device: int) -> None:
        self.grabbed += 1


def led(directory: Path) -> Path:
    """An output of the LED class."""
    directory.mkdir()
    for name, value in {"brightness": "0", "max_brightness": "255", "trigger": "none"}.items():
        (directory / name).write_text(value)
    return directory


def lit(directory: Path) -> str:
    return (directory / "brightness").read_text()
