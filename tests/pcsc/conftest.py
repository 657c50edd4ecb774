"""One room per test process: pcsc-lite's client remembers the first socket that it was shown."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.pcsc.room import READER
from tests.pcsc.rooms import SOCKET_VARIABLE, Room, a_room


@pytest.fixture(scope="session")
def shared_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A pcscd with a virtual reader. Skips without pyscard (CI has it)."""
    pytest.importorskip("smartcard.scard")
    with a_room(tmp_path_factory.mktemp("pcscd")) as room:
        os.environ[SOCKET_VARIABLE] = room.socket
        yield room


@pytest.fixture
def room(shared_room: Room) -> Iterator[Room]:
    """The same, with nothing on the reader and nothing seen so far."""
    _until_empty()
    shared_room.ask("seen")
    yield shared_room
    shared_room.ask("take")


def _until_empty() -> None:
    """pcscd looks at the virtual reader some times a second only."""
    from madoguchi.kiosk.devices.pcsc.service import UNKNOWN_STATUS, service

    with service() as here:
        known = here.wait(READER, known=UNKNOWN_STATUS, milliseconds=0)
        while known.present:
            known = here.wait(READER, known=known, milliseconds=1000)
