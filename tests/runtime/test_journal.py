from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.journal import Journal

SCHEMA = (
    "CREATE TABLE sheet (id INTEGER PRIMARY KEY, state TEXT NOT NULL) STRICT",
    "CREATE TABLE coin (sheet INTEGER NOT NULL REFERENCES sheet(id), yen INTEGER NOT NULL) STRICT",
)

WRITER = """
import os, signal, sys
from pathlib import Path
from madoguchi.runtime.journal import Journal
journal = Journal(Path(sys.argv[1]), schema=("CREATE TABLE sheet (id INTEGER PRIMARY KEY, state TEXT) STRICT",))
with journal.write() as book:
    book.execute("INSERT INTO sheet VALUES (1, 'committed')")
with journal.write() as book:
    book.execute("INSERT INTO sheet VALUES (2, 'not committed')")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kiosk.journal"


def states(journal: Journal) -> list[str]:
    with journal.read() as book:
        return [row["state"] for row in book.execute("SELECT state FROM sheet ORDER BY id")]


def test_what_was_committed_survives_a_kill_and_nothing_else(path: Path) -> None:
    writer = subprocess.run([sys.executable, "-c", WRITER, str(path)], check=False)
    assert writer.returncode == -signal.SIGKILL
    journal = Journal(path, schema=SCHEMA[:1])
    assert states(journal) == ["committed"]
    journal.close()


def test_settings_are_durable(path: Path) -> None:
    journal = Journal(path, schema=SCHEMA)
    with journal.read() as book:
        settings = {
            name: book.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    journal.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_block_that_raises_writes_nothing(path: Path) -> None:
    journal = Journal(path, schema=SCHEMA)
    with pytest.raises(KeyError), journal.write() as book:  # noqa: PT012
        book.execute("INSERT INTO sheet VALUES (1, 'paid')")
        raise KeyError
    assert states(journal) == []
    journal.close()


def test_sqlite_refusals_are_of_the_catalogue_and_quote_nothing(path: Path) -> None:
    journal = Journal(path, schema=SCHEMA)
    with pytest.raises(MadoguchiError) as refused, journal.write() as book:
        book.execute("INSERT INTO coin VALUES (99, 300)")
    assert refused.value.cause == "SQLITE_CONSTRAINT_FOREIGNKEY"
    with journal.write() as book:
        book.execute("INSERT INTO sheet VALUES (1, 'after')")
    assert states(journal) == ["after"]
    journal.close()


def test_migrations_run_once_and_a_newer_file_is_refused(path: Path) -> None:
    Journal(path, schema=SCHEMA[:1]).close()
    Journal(path, schema=SCHEMA).close()
    Journal(path, schema=SCHEMA).close()
    with pytest.raises(MadoguchiError, match="schema 2"):
        Journal(path, schema=SCHEMA[:1])


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    with pytest.raises(MadoguchiError) as refused:
        Journal(path, schema=SCHEMA)
    assert refused.value.cause == "SQLITE_NOTADB"


async def test_work_runs_in_the_journals_own_thread(path: Path) -> None:
    journal = Journal(path, schema=SCHEMA)

    def work(own: Journal) -> str:
        with own.write() as book:
            book.execute("INSERT INTO sheet VALUES (1, 'paid')")
        return threading.current_thread().name

    assert (await journal.run(work)).startswith("journal")
    assert states(journal) == ["paid"]
    journal.close()


def test_deleted_content_is_gone_from_the_file(path: Path) -> None:
    journal = Journal(path, schema=SCHEMA)
    with journal.write() as book:
        book.execute("INSERT INTO sheet VALUES (1, ?)", ("very-particular-state" * 200,))
    with journal.write() as book:
        book.execute("DELETE FROM sheet")
    journal.close()
    assert b"very-particular-state" not in path.read_bytes()
    assert not path.with_name(f"{path.name}-wal").exists()


def test_python_sqlite_is_threadsafe() -> None:
    assert sqlite3.threadsafety == 3
