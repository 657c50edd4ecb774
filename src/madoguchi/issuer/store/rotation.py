"""Rotating data keys while issuing goes on.

1. One transaction makes a new active key beside the old one, with evidence. New rows use it from then on; a replica
   that meets its id reads the table of keys again.
2. Rows are moved in batches, each a short transaction of its own: opened under the old key, sealed under the new. What
   a row says, and its version, do not change, so an issue on its way is not disturbed.
3. When no cell names the old key any more, counted over all rows, it is destroyed, with evidence.

It can be killed at any moment and run again: an unfinished rotation is finished before a new one may begin. Packages
and rotation take the load lock in turn, batch by batch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.issuer.kept import note
from madoguchi.issuer.store.cells import KEY_ID_FROM, KEY_ID_OCTETS, key_of, open_cell, seal_cell
from madoguchi.issuer.store.generations import PATIENT_SECONDS, alone_loading, clear, other
from madoguchi.issuer.store.keys import PERSONS, DataKey, add_data_key, kek_in_force, read_data_keys
from madoguchi.issuer.store.layouts import INSTALMENT_COLUMNS, PERSON_COLUMNS, RECORD_COLUMNS
from madoguchi.issuer.store.visible import slot_in_force
from madoguchi.runtime.database import Connection, Pool

BEGAN: Final = "keys.rotation_began"
ENDED: Final = "keys.rotation_ended"
BATCH: Final = 1000
_COLUMNS: Final = {"persons": PERSON_COLUMNS, "records": RECORD_COLUMNS, "instalments": INSTALMENT_COLUMNS}
Told = Callable[[int], Awaitable[None]]
"""Called after each batch, with how many rows are moved in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a rotation did."""

    years: tuple[int, ...]
    rows: int
    resumed: bool
    """It finished one that had been begun before."""


async def rotate(
    pool: Pool,
    *,
    kek_file: Path,
    years: frozenset[int] | None,
    now: Callable[[], datetime],
    told: Told,
    batch: int = BATCH,
) -> Rotated:
    """Rotate the keys of these years (0: persons; None: all), or finish what was begun.

    Raises `issuer.feed_busy` when a package is being applied for longer than a while; run it again.
    """
    async with alone_loading(pool, wait_seconds=PATIENT_SECONDS) as connection, connection.transaction():
        retired = [each for each in await read_data_keys(connection, kek_file) if not each.active]
        resumed = bool(retired)
        if not resumed:
            retired = await _begin(connection, kek_file=kek_file, years=years, at=now())
    rows = 0
    for table in _COLUMNS:
        after: tuple[bytes, int] | None = (b"", 0)
        while after is not None:
            async with alone_loading(pool, wait_seconds=PATIENT_SECONDS) as connection:
                after, moved = await _move(connection, table, kek_file=kek_file, after=after, batch=batch)
            rows += moved
            await told(rows)
    async with alone_loading(pool, wait_seconds=PATIENT_SECONDS) as connection:
        await clear(connection, other(await slot_in_force(connection)))
        async with connection.transaction():
            await _end(connection, kek_file=kek_file, at=now())
    return Rotated(years=tuple(sorted({each.year for each in retired})), rows=rows, resumed=resumed)


async def _begin(
    connection: Connection, *, kek_file: Path, years: frozenset[int] | None, at: datetime
) -> list[DataKey]:
    kek = await kek_in_force(connection, kek_file)
    keys = [each for each in await read_data_keys(connection, kek_file) if years is None or each.year in years]
    for key in keys:
        await connection.execute("UPDATE data_keys SET active = false WHERE id = %s", (key.id,))
        made = await add_data_key(connection, kek, year=key.year, at=at)
        await note(connection, BEGAN, {"fiscal_year": key.year, "old": key.id, "new": made}, at=at)
    return keys


async def _move(
    connection: Connection, table: str, *, kek_file: Path, after: tuple[bytes, int], batch: int
) -> tuple[tuple[bytes, int] | None, int]:
    """Seal one batch anew; returns after which row to go on, None at the end, and how many were moved."""
    slot = await slot_in_force(connection)
    async with connection.transaction():
        keys = {each.id: each for each in await read_data_keys(connection, kek_file)}
        cursor = await connection.execute(
            _NEXT[table].format(slot=slot).encode(), {"person": after[0], "year": after[1], "batch": batch}
        )
        rows = await cursor.fetchall()
        moved = [made for row in rows if (made := _moved(row, keys, _COLUMNS[table])) is not None]
        await connection.execute(
            _PUT[table].format(slot=slot).encode(),
            ([each[0] for each in moved], [each[1] for each in moved], [each[2] for each in moved]),
        )
    last = (bytes(rows[-1]["person"]), rows[-1]["fiscal_year"]) if len(rows) == batch else None
    return last, len(moved)


def _moved(row: Mapping[str, Any], keys: Mapping[bytes, DataKey], columns: str) -> tuple[bytes, int, bytes] | None:
    """Person, year and new cell of a row that lies under a retired key.

    A row whose key was destroyed opens for nobody (a restored database of a deleted year): it is left as it is, and
    `retention apply` counts and deletes it.
    """
    person, year, cell = bytes(row["person"]), row["fiscal_year"], bytes(row["sealed"])
    new = next((each for each in keys.values() if each.active and each.year == year), None)
    old = keys.get(key_of(cell))
    if new is None or old is None or old.id == new.id:
        return None
    plain = open_cell(cell, cipher=AESGCM(old.key), person=person, year=year, columns=columns)
    return (
        person,
        year,
        seal_cell(plain, cipher=AESGCM(new.key), key_id=new.id, person=person, year=year, columns=columns),
    )


async def _end(connection: Connection, *, kek_file: Path, at: datetime) -> None:
    """Count, then destroy. A cell that still names an old key keeps it alive; the next run moves it."""
    await connection.execute("SET LOCAL statement_timeout = 0")
    slot = await slot_in_force(connection)
    retired = [each for each in await read_data_keys(connection, kek_file) if not each.active]
    named: set[bytes] = set()
    for table in _COLUMNS:
        cursor = await connection.execute(_NAMED.format(table=table, slot=slot).encode())
        named |= {bytes(row["key"]) for row in await cursor.fetchall()}
    for key in retired:
        if key.id not in named:
            await connection.execute("DELETE FROM data_keys WHERE id = %s", (key.id,))
            await note(connection, ENDED, {"fiscal_year": key.year, "destroyed": key.id}, at=at)


_NAMED: Final = (
    f"SELECT DISTINCT substr(sealed, {KEY_ID_FROM + 1}, {KEY_ID_OCTETS}) AS key"  # noqa: S608 - our own names
    " FROM {table}_{slot}"
)
_PERSONS_NEXT: Final = (
    f"SELECT person, {PERSONS} AS fiscal_year, sealed FROM persons_{{slot}} WHERE person > %(person)s"  # noqa: S608
    " ORDER BY person LIMIT %(batch)s FOR UPDATE"
)
_YEARS_NEXT: Final = (
    "SELECT person, fiscal_year, sealed FROM {table}_{{slot}} WHERE (person, fiscal_year) > (%(person)s, %(year)s)"
    " ORDER BY person, fiscal_year LIMIT %(batch)s FOR UPDATE"
)
_NEXT: Final = {
    "persons": _PERSONS_NEXT,
    "records": _YEARS_NEXT.format(table="records"),
    "instalments": _YEARS_NEXT.format(table="instalments"),
}
_PERSONS_PUT: Final = (
    "UPDATE persons_{slot} AS old SET sealed = new.sealed"
    " FROM unnest(%s::bytea[], %s::integer[], %s::bytea[]) AS new (person, fiscal_year, sealed)"
    " WHERE old.person = new.person"
)
_YEARS_PUT: Final = (
    "UPDATE {table}_{{slot}} AS old SET sealed = new.sealed"
    " FROM unnest(%s::bytea[], %s::integer[], %s::bytea[]) AS new (person, fiscal_year, sealed)"
    " WHERE old.person = new.person AND old.fiscal_year = new.fiscal_year"
)
_PUT: Final = {
    "persons": _PERSONS_PUT,
    "records": _YEARS_PUT.format(table="records"),
    "instalments": _YEARS_PUT.format(table="instalments"),
}
