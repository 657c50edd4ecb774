"""Rows that stand in the key stores and in no backup: the wrapped data keys of a ward's issuing database.

A year is deleted with its data key (`issuer/store/retention.py`). A backup made before would give key and rows back, so
the keys are kept apart: one small file each in every key store, the same for all backups, destroyed there once the
database says that the key was destroyed. The other years of an old backup still open.

A key that is merely missing from a database (a fresh one, one of another day, one whose keys were rotated) is never
destroyed for that: a table that the database fills by itself says of which years the last key was deleted, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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


class _Key(msgspec.Struct, frozen=True, kw_only=True):
    """What of a row is read here."""

    id: str
    fiscal_year: int
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack:
    """What became of the data keys in a restored database."""

    number: int
    left_out: int
    """Wrapped by an earlier key-encryption key: rows that only they open stay shut."""


Gone = Mapping[int, datetime]
"""Year → when the last of its keys was deleted."""


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

    def destroy(self, gone: Gone) -> int:
        """Destroy in every store the keys of these years that were made before; how many were still whole."""
        refuse_missing(self._directories)
        ended = self.ended(gone)
        for directory in self._directories:
            for row_id in ended:
                path = _place(directory, row_id)
                record = _read(path)
                if record is None:
                    write_new(path, encode(ApartRecord(id=row_id, row=b"", destroyed=True)))
                elif not record.destroyed:
                    overwrite(path, encode(msgspec.structs.replace(record, row=bytes(len(record.row)), destroyed=True)))
        return len(ended)

    def ended(self, gone: Gone) -> list[bytes]:
        """Keys that some store still holds, and that went with their year."""
        found = set()
        for record in self._records():
            if not record.destroyed and (key := _key_in(record)).fiscal_year in gone:
                found |= {record.id} if key.made_at <= gone[key.fiscal_year] else set()
        return sorted(found)

    def rows(self) -> list[bytes]:
        """Every row that no store knows to be destroyed, oldest key first; of each year the newest alone is active."""
        gone = {record.id for record in self._records() if record.destroyed}
        whole = {record.id: record for record in self._records() if record.id not in gone}
        keys = sorted(map(_key_in, whole.values()), key=lambda key: key.made_at)
        newest = {key.fiscal_year: key.id for key in keys}
        return [
            msgspec.json.encode(
                msgspec.json.decode(whole[_octets(key.id)].row) | {"active": newest[key.fiscal_year] == key.id}
            )
            for key in keys
        ]

    def _records(self) -> list[ApartRecord]:
        paths = [path for directory in self._directories for path in sorted(directory.glob(f"*{_SUFFIX}"))]
        return [record for path in paths if (record := _read(path)) is not None]


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
    return len(Kept(stores).ended(_gone(connection))) if party in _HAVE_DATA_KEYS else 0


async def put_back(connection: Connection, party: str, stores: Sequence[Path]) -> PutBack:
    """Into a database that was just restored: the rows that are not destroyed.

    They are wrapped by the key-encryption key of today, which may be another than on the day of the backup. A key that
    was rotated away before that was exchanged is wrapped by the one before, and left out: nobody could start with it.
    """
    rows = Kept(stores).rows() if party in _HAVE_DATA_KEYS else []
    wrapped_by = [msgspec.json.decode(row)["kek"] for row in rows]
    whole = [row for row, kek in zip(rows, wrapped_by, strict=True) if kek == wrapped_by[-1]]
    for row in whole:
        await connection.execute(
            "INSERT INTO data_keys SELECT * FROM json_populate_record(NULL::data_keys, %s::json)", (row.decode(),)
        )
    if whole:
        await connection.execute("UPDATE key_checks SET digest = %s WHERE name = 'kek'", (_octets(wrapped_by[-1]),))
    return PutBack(number=len(whole), left_out=len(rows) - len(whole))


def _gone(connection: psycopg.Connection[TupleRow]) -> Gone:
    return dict(connection.execute("SELECT fiscal_year, at FROM data_keys_gone").fetchall())


def _key_in(record: ApartRecord) -> _Key:
    try:
        return msgspec.json.decode(record.row, type=_Key)
    except msgspec.MsgspecError:
        raise STORE.error(f"{record.id.hex()}{_SUFFIX} is damaged") from None


def _octets(name: str) -> bytes:
    """PostgreSQL writes octets in JSON as a backslash, an x and hexadecimal digits."""
    return bytes.fromhex(name.removeprefix("\\x"))


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
