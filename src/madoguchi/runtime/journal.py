"""A small durable journal in SQLite for ec and kiosk, which must keep almost nothing but must not forget that.

What a write block has committed survives a power failure (WAL with synchronous=FULL). Freed pages are overwritten
(`secure_delete`), and no temporary file is made.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from madoguchi.runtime.problems import JOURNAL

T = TypeVar("T")

_BUSY_SECONDS = 5.0


class Journal:
    """One SQLite file, one connection; blocks are serialised. Raises `runtime.journal` when SQLite refuses."""

    def __init__(self, path: Path, *, schema: Sequence[str]) -> None:
        """Open or create; `schema` is the list of migrations, each an SQL script, applied once in order."""
        self._lock = threading.RLock()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        try:
            self._connection = _open(path)
            _migrate(self._connection, schema)
        except sqlite3.Error as error:
            raise JOURNAL.error(_describe(error)) from error

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: it is on disk when the block has ended, or it never was."""
        yield from self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A consistent view."""
        yield from self._transaction("BEGIN DEFERRED")

    async def run(self, work: Callable[[Journal], T]) -> T:
        """Do blocking work with this journal in its own thread, so that fsync does not stop the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work, self)

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        self._worker.shutdown(wait=True)
        with self._lock:
            self._connection.close()

    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute(begin)
                try:
                    yield self._connection
                except BaseException:
                    self._connection.rollback()
                    raise
                self._connection.commit()
            except sqlite3.Error as error:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise JOURNAL.error(_describe(error)) from error


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _migrate(connection: sqlite3.Connection, schema: Sequence[str]) -> None:
    applied: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if applied > len(schema):
        raise JOURNAL.error(f"the file has schema {applied}, this program knows {len(schema)}")
    for number, script in enumerate(schema[applied:], start=applied + 1):
        connection.executescript(f"BEGIN IMMEDIATE;\n{script};\nPRAGMA user_version={number};\nCOMMIT;")


def _describe(error: sqlite3.Error) -> str:
    """The name of SQLite's error; its message may quote values."""
    return getattr(error, "sqlite_errorname", type(error).__name__)
