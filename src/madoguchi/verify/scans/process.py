"""One process per upload: limited in memory, time and files, seen dead before anything is answered.

A fork server that holds OpenCV, pdfium and the composer, and none of the page's connections, makes a child for each
upload. The child reads hostile octets; whatever becomes of it, the page's process goes on, and what the upload was is
gone with the child's memory.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from madoguchi.runtime.clock import Clock
from madoguchi.verify.problems import BUSY, NOT_LOOKED_AT
from madoguchi.verify.scans.confining import confine
from madoguchi.verify.scans.seen import Seen

_MAX_ANSWER: Final = 64 * 1024 * 1024
_STARTING_SECONDS: Final = 60.0
"""For the first child the fork server loads its libraries; the limits of a look begin after that."""
_ENDING_SECONDS: Final = 5.0
_READY: Final = b"ready"
_PRELOADED: Final = ["madoguchi.verify.scans.ready", "madoguchi.verify.scans.looking"]

Work = Callable[[Sequence[bytes]], Seen]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one look."""

    seconds: float = 20.0
    """Wall clock and processor time."""
    memory_octets: int = 3 * 1024**3
    """Of address space, the loaded libraries among it."""
    at_once: int = 1
    """Looks at the same time, in this process of the page."""
    waiting_seconds: float = 10.0
    """For one's turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was seen, and the end of the process that saw it."""

    seen: Seen
    octets: int
    """Of the upload."""
    ended_at: datetime
    """The child was seen dead."""


class Looking:
    """Looks at uploads, each in a process of its own. Safe for several threads."""

    def __init__(self, *, clock: Clock, limits: Limits | None = None, work: Work | None = None) -> None:
        """`work` stands in for the look, in tests that make a child misbehave; it must be importable by name."""
        self._clock = clock
        self._limits = limits or Limits()
        self._work = work
        self._turns = threading.BoundedSemaphore(self._limits.at_once)
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)

    def look(self, documents: Sequence[bytes]) -> Looked:
        """Look at files. Raises `verify.busy`, and `verify.not_looked_at` when the child died or went on for ever."""
        if not self._turns.acquire(timeout=self._limits.waiting_seconds):
            raise BUSY.error()
        try:
            return self._looked(tuple(documents))
        finally:
            self._turns.release()

    def _looked(self, documents: tuple[bytes, ...]) -> Looked:
        here, there = self._context.Pipe(duplex=False)
        child = self._context.Process(target=_child, args=(there, documents, self._limits, self._work), daemon=True)
        child.start()
        there.close()
        answer = b""
        try:
            if _received(here, seconds=_STARTING_SECONDS) == _READY:
                answer = _received(here, seconds=self._limits.seconds)
        finally:
            here.close()
            child.join(_ENDING_SECONDS if answer else 0)
            if child.is_alive():
                child.kill()
            child.join()
            code = child.exitcode
            child.close()
        if not answer:
            raise NOT_LOOKED_AT.error(f"the process ended with {code}")
        try:
            seen = msgspec.msgpack.decode(answer, type=Seen)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NOT_LOOKED_AT.error("an answer of another shape") from None
        return Looked(seen=seen, octets=sum(map(len, documents)), ended_at=self._clock.now())


def _received(line: Connection, *, seconds: float) -> bytes:
    """What the child says in time; nothing when it died or did not come to an end."""
    if not line.poll(seconds):
        return b""
    try:
        return line.recv_bytes(_MAX_ANSWER)
    except (EOFError, OSError):
        return b""


def _child(line: Connection, documents: tuple[bytes, ...], limits: Limits, work: Work | None) -> None:
    """Runs in the child; ends with it."""
    confine(seconds=limits.seconds, memory_octets=limits.memory_octets)
    line.send_bytes(_READY)
    line.send_bytes(msgspec.msgpack.encode((work or _real_look())(documents)))
    line.close()


def _real_look() -> Work:
    from madoguchi.verify.scans.looking import look  # OpenCV: in this process alone

    return look
