"""Rows that stand in the key stores and in no backup: the wrapped data keys of a ward's issuing database.

A year is deleted with its data key (`issuer/store/retention.py`). A backup made before would give key and rows back, so
the keys are kept apart: one small file each in every key store, the same for all backups, destroyed there once the
database says that the key was destroyed. The other years of an old backup still open.

A key that is merely missing from a database (a fresh one, one of another day) is never destroyed for that: a table that
the database fills by itself when a key is deleted says which are gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
import psycopg
from psycopg.rows import TupleRow

from madoguchi.backup.keys import write_new
from madoguchi.backup.keystore import overwrite, refuse_missing
from madoguchi.backup.problems import FILE, STORE
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.database import Connection
from madoguchi.wire.codec import Message, decode, encode

_SUFFIX: Final = ".datakey"
_HAVE_DATA_KEYS: Final = frozenset({"issuer"})
"""Parties with a table `data_keys`, and beside it `data_keys_gone`."""


class ApartRecord(Message, frozen=True, kw_only=True):
    """One row, or that it was destroyed: then `row` is as many zeros."""

    id: bytes
    row: bytes
    """The columns as PostgreSQL's JSON. A data key in it is wrapped by the key-encryption key, which is not here."""
    destroyed: bool


class Kept:
    """The rows of one party in all its key stores."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = directories

    def keep(self, rows: Mapping[bytes, bytes]) -> None:
        """Have these rows in every store. Raises `backup.key_store` also where a row was destroyed before."""
        refuse_missing(self._directories)
        for directory in self._directories:
            for row_id, row in rows.items():
                _write(directory, ApartRecord(id=row_id, row=row, destroyed=False))

    def destroy(self, gone: Sequence[bytes]) -> int:
        """Destroy these rows in every store; how many were still whole in one of them."""
        refuse_missing(self._directories)
        whole = self.still_whole(gone)
        for directory in self._directories:
            for row_id in gone:
                path = _place(directory, row_id)
                record = _read(path)
                if record is None:
                    write_new(path, encode(ApartRecord(id=row_id, row=b"", destroyed=True)))
                elif not record.destroyed:
                    overwrite(path, encode(msgspec.structs.replace(record, row=bytes(len(record.row)), destroyed=True)))
        return whole

    def still_whole(self, gone: Sequence[bytes]) -> int:
        """How many of these rows some store still holds."""
        found = [[_read(_place(directory, row_id)) for directory in self._directories] for row_id in gone]
        return sum(any(record and not record.destroyed for record in records) for records in found)

    def rows(self) -> tuple[bytes, ...]:
        """Every row that no store knows to be destroyed."""
        found: dict[bytes, bytes] = {}
        gone: set[bytes] = set()
        for path in (each for directory in self._directories for each in sorted(directory.glob(f"*{_SUFFIX}"))):
            if (record := _read(path)) is not None:
                found[record.id] = record.row
                gone |= {record.id} if record.destroyed else set()
        return tuple(row for row_id, row in sorted(found.items()) if row_id not in gone)


def left_out(party: str) -> tuple[str, ...]:
    """Options of pg_dump that leave these rows out of a backup."""
    return ("--exclude-table-data=data_keys",) if party in _HAVE_DATA_KEYS else ()


def settle(connection: psycopg.Connection[TupleRow], party: str, stores: Sequence[Path]) -> int:
    """Bring the stores in line with the database; how many rows were destroyed in them.

    The connection sees the state that a backup holds. Raises `backup.key_store`, `backup.file`.
    """
    if party not in _HAVE_DATA_KEYS:
        return 0
    kept, gone = Kept(stores), _gone(connection)
    rows = connection.execute("SELECT id, to_json(data_keys)::text FROM data_keys ORDER BY id").fetchall()
    kept.keep({bytes(row[0]): str(row[1]).encode() for row in rows})
    return kept.destroy(gone)


def waiting(connection: psycopg.Connection[TupleRow], party: str, stores: Sequence[Path]) -> int:
    """How many rows that the database has destroyed a store still holds."""
    return Kept(stores).still_whole(_gone(connection)) if party in _HAVE_DATA_KEYS else 0


async def put_back(connection: Connection, party: str, stores: Sequence[Path]) -> int:
    """Into a database that was just restored: the rows that are not destroyed; how many.

    They are wrapped by the key-encryption key of today, which may be another than on the day of the backup.
    """
    rows = Kept(stores).rows() if party in _HAVE_DATA_KEYS else ()
    for row in rows:
        await connection.execute(
            "INSERT INTO data_keys SELECT * FROM json_populate_record(NULL::data_keys, %s::json)", (row.decode(),)
        )
    if rows:
        newest = "(SELECT kek FROM data_keys ORDER BY made_at DESC LIMIT 1)"
        await connection.execute(f"UPDATE key_checks SET digest = {newest} WHERE name = 'kek'".encode())  # noqa: S608 - our own words
    return len(rows)


def _gone(connection: psycopg.Connection[TupleRow]) -> tuple[bytes, ...]:
    return tuple(bytes(row[0]) for row in connection.execute("SELECT id FROM data_keys_gone ORDER BY id").fetchall())


def _write(directory: Path, record: ApartRecord) -> None:
    path = _place(directory, record.id)
    there = _read(path)
    if there is None:
        write_new(path, encode(record))
    elif there.destroyed:
        raise STORE.error(f"{path} says that this row was destroyed")
    elif there != record:
        overwrite(path, encode(record))


def _place(directory: Path, row_id: bytes) -> Path:
    return directory / f"{row_id.hex()}{_SUFFIX}"


def _read(path: Path) -> ApartRecord | None:
    try:
        return decode(path.read_bytes(), type=ApartRecord)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FILE.error(f"{path}: {error.strerror}") from None
    except MadoguchiError:
        raise STORE.error(f"{path} is damaged") from None
