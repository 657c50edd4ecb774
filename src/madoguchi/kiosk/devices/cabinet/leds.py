"""Outputs by the LED class of Linux (`/sys/class/leds/NAME`): a lamp, or whatever hangs at a pin that it drives."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from madoguchi.kiosk.devices.kinds import LampState
from madoguchi.runtime import log

FAILED = log.event("kiosk.cabinet_output_failed", "what", "cause")

_CALLING_MILLISECONDS: Final = 500
_STAFF_MILLISECONDS: Final = 150
"""Under three flashes a second nobody is harmed (WCAG 2.3.1): 150 ms on, 350 ms off."""
_STAFF_OFF_MILLISECONDS: Final = 350


class Led:
    """One output. What cannot be written is told in the log, and the machine goes on: it is never the only sign."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def on(self) -> None:
        """Steadily."""
        full = self._read("max_brightness") or "1"
        self._write(trigger="none", brightness=full)

    def off(self) -> None:
        """Dark, or without current."""
        self._write(trigger="none", brightness="0")

    def blink(self, *, on_milliseconds: int, off_milliseconds: int) -> None:
        """The kernel blinks, so it goes on while we are busy."""
        self._write(trigger="timer", delay_on=str(on_milliseconds), delay_off=str(off_milliseconds))

    def _read(self, name: str) -> str:
        try:
            return (self._directory / name).read_text().strip()
        except OSError:
            return ""

    def _write(self, **values: str) -> None:
        try:
            for name, value in values.items():
                (self._directory / name).write_text(value)
        except OSError as error:
            log.get_log().error(FAILED, what=self._directory.name, cause=type(error).__name__)


class LedLamp:
    """The lamp beside slot and tray."""

    def __init__(self, directory: Path) -> None:
        self._led = Led(directory)
        self._state: LampState | None = None

    def show(self, lamp: LampState) -> None:
        """Say it by light."""
        if lamp is self._state:
            return
        self._state = lamp
        match lamp:
            case LampState.OFF:
                self._led.off()
            case LampState.WORKING:
                self._led.on()
            case LampState.CALLING:
                self._led.blink(on_milliseconds=_CALLING_MILLISECONDS, off_milliseconds=_CALLING_MILLISECONDS)
            case LampState.STAFF:
                self._led.blink(on_milliseconds=_STAFF_MILLISECONDS, off_milliseconds=_STAFF_OFF_MILLISECONDS)
