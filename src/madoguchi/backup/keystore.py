"""The key stores: directories, each on a medium of its own, with one small record per backup.

Never in the database, because every later backup would hold the keys of those before it, and destroying one would not
end them. A destroyed record leaves a tombstone, so that a medium that was not there is told from one that is done.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from madoguchi.backup.container import BackupId
from madoguchi.backup.keys import write_new
from madoguchi.backup.problems import FILE, KEY_DESTROYED, NO_KEY, STORE
from madoguchi.errors import MadoguchiError
from madoguchi.wire.codec import Message, decode, encode
from madoguchi.wire.identifiers import Digest, Epoch, KeyId

_SUFFIX = ".key"


class KeyRecord(Message, frozen=True, kw_only=True):
    """One backup's sealed key, or that it was destroyed: then `sealed` is as many zeros."""

    backup: BackupId
    at: Epoch
    """When the backup was made."""
    recipient: KeyId
    header: Digest
    """Of the backup's header, to which the key is sealed."""
    sealed: bytes
    destroyed: bool


class KeyStores:
    """All key stores of a party."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = directories

    def refuse_missing(self) -> None:
        """Raise `backup.key_store` unless every store is there."""
        refuse_missing(self._directories)

    def add(self, record: KeyRecord) -> None:
        """Write a record into every store. Raises `backup.key_store`, `backup.file`."""
        self.refuse_missing()
        for directory in self._directories:
            write_new(_place(directory, record.backup), encode(record))

    def find(self, backup: bytes) -> KeyRecord:
        """The record of a backup, from the first store that has it. Raises `backup.no_key`, `backup.key_destroyed`."""
        found = [record for directory in self._directories if (record := _read(_place(directory, backup))) is not None]
        if any(record.destroyed for record in found):
            raise KEY_DESTROYED.error(backup.hex())
        if not found:
            raise NO_KEY.error(backup.hex())
        return found[0]

    def older_than(self, at: int) -> tuple[bytes, ...]:
        """Backups made before `at` (Unix seconds) whose key is whole in some store, oldest first."""
        found = {
            (record.at, record.backup)
            for directory in self._directories
            for path in directory.glob(f"*{_SUFFIX}")
            if (record := _read(path)) is not None and not record.destroyed and record.at < at
        }
        return tuple(backup for _, backup in sorted(found))

    def destroy(self, backup: bytes) -> int:
        """Destroy a backup's key in every store; in how many.

        Raises `backup.no_key` when no store knows it, and `backup.key_store`, before anything is destroyed, when one
        store does not: a copy of the key may lie on a medium that is not here.
        """
        self.refuse_missing()
        records = {directory: _read(_place(directory, backup)) for directory in self._directories}
        if not any(records.values()):
            raise NO_KEY.error(backup.hex())
        for directory, record in records.items():
            if record is None:
                raise STORE.error(f"{directory} holds no record of {backup.hex()}")
        for directory, record in records.items():
            if record is not None and not record.destroyed:
                _bury(_place(directory, backup), record)
        return len(records)

    def forget(self, backup: bytes) -> None:
        """Destroy the key of a backup that failed, wherever it was written already."""
        for directory in self._directories:
            record = _read(_place(directory, backup))
            if record is not None and not record.destroyed:
                _bury(_place(directory, backup), record)


def refuse_missing(directories: Sequence[Path]) -> None:
    """Raise `backup.key_store` unless every store is there."""
    for directory in directories:
        if not directory.is_dir():
            raise STORE.error(f"{directory} is not there")


def _bury(path: Path, record: KeyRecord) -> None:
    overwrite(path, encode(msgspec.structs.replace(record, sealed=bytes(len(record.sealed)), destroyed=True)))


def overwrite(path: Path, content: bytes) -> None:
    """Overwrite in place, octet for octet, and see that on the disk. Raises `backup.file`.

    On a medium that writes elsewhere than it says (flash, copy-on-write) old octets may stay until it reuses them; the
    decision page says what follows from that.
    """
    try:
        with path.open("r+b") as file:
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None


def _place(directory: Path, backup: bytes) -> Path:
    return directory / f"{backup.hex()}{_SUFFIX}"


def _read(path: Path) -> KeyRecord | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None
    try:
        return decode(raw, type=KeyRecord)
    except MadoguchiError:
        raise STORE.error(f"{path} is damaged") from None
