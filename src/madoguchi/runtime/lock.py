"""One living process per name: holding the lock proves that the earlier process of that name is dead.

That is what `erased: process ended, known dead` rests on. The kernel drops an flock when the last descriptor closes,
so the lock of a killed process is free, and a child that it forked (with a copy of its memory) still holds it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from madoguchi.runtime.problems import ALREADY_RUNNING

_INCARNATION_BYTES = 16


class ProcessLock:
    """Context manager; raises `runtime.already_running` on entry while another process of that name lives."""

    def __init__(self, state_dir: Path, *, name: str) -> None:
        self._path = state_dir / f"{name}.lock"
        self._descriptor: int | None = None
        self.incarnation = secrets.token_hex(_INCARNATION_BYTES)
        """Random name of this life of the process (hex); receipts for plaintext name it."""
        self.previous: str | None = None
        """The incarnation that held the lock before, now known dead; None at the very first start."""

    def __enter__(self) -> Self:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise ALREADY_RUNNING.error(f"lock {self._path.name} is held") from error
        self._descriptor = descriptor
        self.previous = os.pread(descriptor, 2 * _INCARNATION_BYTES, 0).decode("ascii", "replace") or None
        os.pwrite(descriptor, self.incarnation.encode("ascii"), 0)
        os.fsync(descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
