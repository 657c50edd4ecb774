"""The in-process door: a lock that knows digests of keys, and a door that can also be forced."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from madoguchi.kiosk.devices.kinds import Sense
from madoguchi.kiosk.machine.events import DoorClosed, DoorOpened, KeyTurned
from madoguchi.kiosk.problems import NONSENSE

DEMO_KEY: Final = "demo-maintenance-key"
"""Hangs at the panel of every demo machine, so it is nobody's secret: outside demo and test no lock may know it."""


def key_digest(key: str) -> str:
    """As the configuration names a key: SHA-256 in hex."""
    return sha256(key.encode()).hexdigest()


def is_authorised(key: str, digests: tuple[str, ...]) -> bool:
    """Whether this key is known. Every digest is compared, so that time tells nothing."""
    given = key_digest(key)
    known = [hmac.compare_digest(given, digest) for digest in digests]
    return any(known)


class PlayedDoor:
    """Implements `Door`."""

    def __init__(self, key_digests: tuple[str, ...]) -> None:
        self._digests = key_digests
        self._open = False
        self.locked = True
        self.sense: Sense = lambda _event: None

    def is_open(self) -> bool:
        """What the sensor sees."""
        return self._open

    def unlock(self) -> None:
        """Let it be opened."""
        self.locked = False

    def lock(self) -> None:
        """Shut the lock."""
        self.locked = True

    def turn_key(self, key: str) -> None:
        """Hold a key to the lock."""
        self.sense(KeyTurned(authorised=is_authorised(key, self._digests)))

    def open(self) -> None:
        """Open it; the sensor does not ask how. Raises `kiosk.nonsense` when it stands open."""
        if self._open:
            raise NONSENSE.error("the door stands open")
        self._open = True
        self.sense(DoorOpened())

    def close(self) -> None:
        """Shut it. Raises `kiosk.nonsense` when it is shut."""
        if not self._open:
            raise NONSENSE.error("the door is shut")
        self._open = False
        self.sense(DoorClosed())
