"""The files of one backup, one per approved medium, written side by side: all of them are kept, or none."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from madoguchi.backup.keys import sync_directory
from madoguchi.backup.problems import FILE


class Copies:
    """New files with the same content. Made by `copies`."""

    def __init__(self, files: dict[Path, BinaryIO]) -> None:
        self._files = files
        self._hash = hashlib.sha256()
        self.octets = 0

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was written."""
        return self._hash.digest()

    def write(self, content: bytes) -> None:
        """Append to every file. Raises `backup.file`: a full medium fails the whole backup."""
        self._hash.update(content)
        self.octets += len(content)
        for path, file in self._files.items():
            try:
                file.write(content)
            except OSError as error:
                raise FILE.error(f"{path}: {error.strerror}") from None

    def settle(self) -> None:
        """See everything on the media. Raises `backup.file`."""
        for path, file in self._files.items():
            try:
                file.flush()
                os.fsync(file.fileno())
                sync_directory(path.parent)
            except OSError as error:
                raise FILE.error(f"{path}: {error.strerror}") from None


@contextmanager
def copies(paths: Iterable[Path]) -> Iterator[Copies]:
    """Open files that must not exist yet, for their owner alone; taken away again when the block fails."""
    files: dict[Path, BinaryIO] = {}
    try:
        for path in paths:
            files[path] = _new(path)
        yield Copies(files)
    except BaseException:
        for path in files:
            path.unlink(missing_ok=True)
        raise
    finally:
        for file in files.values():
            file.close()


def _new(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None
