"""One contact: a switch at a door or a light barrier in a tray."""

from __future__ import annotations

from collections.abc import Callable

from madoguchi.kiosk.config import Contact
from madoguchi.kiosk.devices.cabinet.inputs import EV_KEY, EV_SW, InputEvent, InputFile, Ioctl, Kernel


class ContactWatch:
    """Follows one contact. Before it is seen, and while it is lost, nothing is known."""

    def __init__(
        self, contact: Contact, changed: Callable[[bool | None], None], *, kernel: Kernel | None = None
    ) -> None:
        """`changed` is told True for closed, False for open, None for lost; once per change."""
        self._contact = contact
        self._kind = EV_SW if contact.kind == "switch" else EV_KEY
        self._changed = changed
        self._kernel = kernel or Ioctl()
        self._file = InputFile(contact.device, opened=self._ask, heard=self._hear, lost=lambda: self._set(None))
        self.closed: bool | None = None

    def start(self) -> None:
        """Begin; how it stands is known on return, where the device is there."""
        self._file.start()

    def stop(self) -> None:
        """Let go."""
        self._file.stop()

    def _ask(self, device: int) -> None:
        self._down(self._kernel.is_down(device, kind=self._kind, code=self._contact.code))

    def _hear(self, event: InputEvent) -> None:
        if (event.kind, event.code) == (self._kind, self._contact.code):
            self._down(event.value != 0)

    def _down(self, down: bool) -> None:
        self._set(down != self._contact.inverted)

    def _set(self, closed: bool | None) -> None:
        if closed != self.closed:
            self.closed = closed
            self._changed(closed)
