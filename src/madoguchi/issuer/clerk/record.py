"""The clerk's own way to the record: its own queries from the card's serial, and its own decoding into plain values.

Deliberately not `issuer.reading_cases`: a wrong join or a wrong decoding there must not be repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from madoguchi.issuer.case import Pair
from madoguchi.issuer.problems import CLERK_STOPPED
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.keys import KeyRing
from madoguchi.issuer.store.layouts import LAYOUTS, TERM_COLUMNS, by_name
from madoguchi.issuer.store.visible import Slot, begin_reading, show_person, show_serial
from madoguchi.runtime.database import Connection, Pool, transaction

Plain = dict[str, Any]
_PERSON, _RECORD = LAYOUTS["person"], LAYOUTS["record"]
"""Columns in the order that every cell is authenticated with."""

_HOLDER = "SELECT person FROM serials WHERE serial = %s AND status = 'valid' AND NOT ambiguous"
_QUERY = """
SELECT p.person AS whose, p.version AS version, p.sealed AS person, r.sealed AS record, i.sealed AS terms
  FROM serials AS s
  JOIN persons_{slot} AS p ON p.person = s.person
  JOIN records_{slot} AS r ON r.person = p.person AND r.fiscal_year = %(year)s
  LEFT JOIN instalments_{slot} AS i ON i.person = p.person AND i.fiscal_year = r.fiscal_year
 WHERE s.serial = %(serial)s AND s.status = 'valid' AND NOT s.ambiguous
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerksRecord:
    """What the ward's record of the card's holder says, as plain columns by name."""

    whose: bytes = field(repr=False)
    """The keyed name under which it lies."""
    addressee_number: str = field(repr=False)
    version: int
    person: Plain = field(repr=False)
    tax: Plain = field(repr=False)
    terms: tuple[Plain, ...] = field(repr=False)


async def look_up(pool: Pool, *, keys: KeyRing, index: BlindIndex, pair: Pair, fiscal_year: int) -> ClerksRecord:
    """The record that belongs to this card and year. Raises `issuer.clerk_stopped` when there is not exactly one."""
    serial = index.serial(pair)
    async with transaction(pool) as connection, connection.pipeline():
        slot = await begin_reading(connection)
        await show_serial(connection, serial)
        row = await _row(connection, slot, serial, fiscal_year)
        whose = bytes(row["whose"])

        async def opened(cell: bytes, what: str, year: int) -> list[Any]:
            sealed = await keys.open(connection, cell, person=whose, year=year, columns=what)
            values: list[Any] = msgspec.msgpack.decode(sealed)
            return values

        person = by_name(_PERSON, await opened(row["person"], "person", 0))
        tax = by_name(_RECORD, await opened(row["record"], "record", fiscal_year))
        number: str = person["addressee_number"]
        expected = [number, fiscal_year]
        kept: list[Any] = [*expected, []]
        if row["terms"] is not None:
            kept = await opened(row["terms"], "instalments", fiscal_year)
    if index.person(number) != whose:
        raise CLERK_STOPPED.error("a person under another's name")
    if [tax["addressee_number"], tax["fiscal_year"]] != expected or kept[:2] != expected:
        raise CLERK_STOPPED.error("a row of another person or year")
    return ClerksRecord(
        whose=whose,
        addressee_number=number,
        version=row["version"],
        person=person,
        tax=tax,
        terms=tuple(by_name(TERM_COLUMNS, each) for each in kept[2]),
    )


async def _row(connection: Connection, slot: Slot, serial: bytes, fiscal_year: int) -> Plain:
    cursor = await connection.execute(_HOLDER, (serial,))
    for holder in await cursor.fetchall():
        await show_person(connection, holder["person"])
    cursor = await connection.execute(_QUERY.format(slot=slot).encode(), {"year": fiscal_year, "serial": serial})
    rows = await cursor.fetchall()
    if len(rows) != 1:
        raise CLERK_STOPPED.error(f"{len(rows)} records for the card and year")
    return rows[0]
