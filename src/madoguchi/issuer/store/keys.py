"""Data keys: one for the columns of persons, one per fiscal year; wrapped, in the database.

Each is 32 random octets, wrapped with AES-256-GCM by the key-encryption key, which is a file and never in the database.
The wrapping binds the key's id and its year. New rows are sealed under the active key of their year; a cell names its
key, so rows under an older one stay readable until `rotation` has moved them.

Two files are read: `data_keys.kek`, and the one beside it with `.new` added, if there. While the key-encryption key is
being exchanged both lie there, and no replica has to restart at a certain moment.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.issuer.problems import KEY_UNUSABLE, ROW_DAMAGED
from madoguchi.issuer.secrets_at_rest import KEY_OCTETS, read_key
from madoguchi.issuer.store.cells import KEY_ID_OCTETS, Material, key_of, open_cell
from madoguchi.runtime.database import Connection

PERSONS: Final = 0
"""The year of what belongs to no year."""
_NONCE_OCTETS: Final = 12
_LABEL: Final = b"madoguchi issuer data key\x00"


class Kek:
    """A key-encryption key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.check = hmac.digest(key, b"madoguchi issuer key-encryption key check", hashlib.sha256)
        """Names the key without revealing it."""

    def wrap(self, key: bytes, *, key_id: bytes, year: int) -> bytes:
        """Nonce, wrapped key, tag: 60 octets."""
        nonce = os.urandom(_NONCE_OCTETS)
        return nonce + self._cipher.encrypt(nonce, key, _bound(key_id, year))

    def unwrap(self, wrapped: bytes, *, key_id: bytes, year: int) -> bytes:
        """The key. Raises `issuer.key_unusable` for a row that was not made by this key for this id and year."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_OCTETS], wrapped[_NONCE_OCTETS:], _bound(key_id, year))
        except (InvalidTag, ValueError):
            raise KEY_UNUSABLE.error(f"data key {key_id.hex()[:8]} of year {year} does not unwrap") from None


def _bound(key_id: bytes, year: int) -> bytes:
    return _LABEL + key_id + year.to_bytes(4, "big")


def beside(path: Path) -> Path:
    """Where the next key-encryption key lies while it is being exchanged."""
    return path.with_name(path.name + ".new")


def read_keks(path: Path) -> dict[bytes, Kek]:
    """The key-encryption keys of this machine by their check. Raises `issuer.key_unusable`."""
    found = [Kek(read_key(path))]
    if beside(path).exists():
        found.append(Kek(read_key(beside(path))))
    return {kek.check: kek for kek in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """One unwrapped data key."""

    id: bytes
    year: int
    active: bool
    made_at: datetime
    key: bytes = field(repr=False)


class KeyRing:
    """The data keys as this process knows them; what it does not know it looks up in the table."""

    def __init__(self, kek_file: Path) -> None:
        self._file = kek_file
        self._keys: dict[bytes, AESGCM] = {}

    async def refresh(self, connection: Connection) -> tuple[DataKey, ...]:
        """Read the table again, and forget what is not in it any more. Raises `issuer.key_unusable`."""
        keys = await read_data_keys(connection, self._file)
        self._keys = {each.id: AESGCM(each.key) for each in keys}
        return keys

    async def open(self, connection: Connection, cell: bytes, *, person: bytes, year: int, columns: str) -> bytes:
        """Open a cell. Raises `issuer.row_damaged`, also when its key is destroyed."""
        cipher = self._keys.get(key_of(cell))
        if cipher is None:
            await self.refresh(connection)
            cipher = self._keys.get(key_of(cell))
        if cipher is None:
            raise ROW_DAMAGED.error(f"columns {columns} of year {year}: no such key")
        return open_cell(cell, cipher=cipher, person=person, year=year, columns=columns)


async def read_data_keys(connection: Connection, kek_file: Path) -> tuple[DataKey, ...]:
    """Every data key, unwrapped. Raises `issuer.key_unusable` when a key-encryption key is not on this machine."""
    cursor = await connection.execute(
        "SELECT id, fiscal_year, kek, wrapped, active, made_at FROM data_keys ORDER BY fiscal_year, made_at"
    )
    keks, rows = read_keks(kek_file), await cursor.fetchall()
    return tuple(_unwrapped(row, keks) for row in rows)


def _unwrapped(row: dict[str, Any], keks: dict[bytes, Kek]) -> DataKey:
    kek = keks.get(bytes(row["kek"]))
    if kek is None:
        raise KEY_UNUSABLE.error(f"data_keys.kek: not the key that wrapped data key {bytes(row['id']).hex()[:8]}")
    key_id, year = bytes(row["id"]), row["fiscal_year"]
    return DataKey(
        id=key_id,
        year=year,
        active=row["active"],
        made_at=row["made_at"],
        key=kek.unwrap(bytes(row["wrapped"]), key_id=key_id, year=year),
    )


async def add_data_key(connection: Connection, kek: Kek, *, year: int, at: datetime) -> bytes:
    """Make the active key of a year that has none; returns its id."""
    key_id, key = secrets.token_bytes(KEY_ID_OCTETS), secrets.token_bytes(KEY_OCTETS)
    await connection.execute(
        "INSERT INTO data_keys (id, fiscal_year, kek, wrapped, active, made_at) VALUES (%s, %s, %s, %s, true, %s)",
        (key_id, year, kek.check, kek.wrap(key, key_id=key_id, year=year), at),
    )
    return key_id


async def kek_in_force(connection: Connection, kek_file: Path) -> Kek:
    """The key-encryption key for new data keys: the one that the database names. Raises `issuer.key_unusable`."""
    cursor = await connection.execute("SELECT digest FROM key_checks WHERE name = 'kek'")
    row = await cursor.fetchone()
    kek = read_keks(kek_file).get(bytes(row["digest"])) if row else None
    if kek is None:
        raise KEY_UNUSABLE.error("data_keys.kek: not the key that this database was written with")
    return kek


async def material_for(
    connection: Connection, *, years: Iterable[int], kek_file: Path, index: bytes, at: datetime
) -> Material:
    """Keys to seal rows of these years with, and persons; makes those that are missing. Hold the load lock."""
    wanted = {PERSONS, *years}
    kek = await kek_in_force(connection, kek_file)
    there = {each.year for each in await read_data_keys(connection, kek_file) if each.active}
    for year in sorted(wanted - there):
        await add_data_key(connection, kek, year=year, at=at)
    keys = [each for each in await read_data_keys(connection, kek_file) if each.active and each.year in wanted]
    return Material(index=index, keys={each.year: (each.id, each.key) for each in keys})


async def rewrap(connection: Connection, *, old: Kek, new: Kek) -> int:
    """Wrap every data key by another key-encryption key, in the caller's transaction; returns how many."""
    cursor = await connection.execute("SELECT id, fiscal_year, wrapped FROM data_keys FOR UPDATE")
    rows = await cursor.fetchall()
    for row in rows:
        key_id, year = bytes(row["id"]), row["fiscal_year"]
        key = old.unwrap(bytes(row["wrapped"]), key_id=key_id, year=year)
        await connection.execute(
            "UPDATE data_keys SET wrapped = %s, kek = %s WHERE id = %s",
            (new.wrap(key, key_id=key_id, year=year), new.check, key_id),
        )
    await connection.execute("UPDATE key_checks SET digest = %s WHERE name = 'kek'", (new.check,))
    return len(rows)
