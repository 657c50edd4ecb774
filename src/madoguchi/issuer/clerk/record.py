"""The clerk's own way to the record: one query from the card's serial, and its own decoding into plain values.

Deliberately not `issuer.reading_cases`: a wrong join or a wrong decoding there must not be repeated here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from madoguchi.issuer.case import Pair
from madoguchi.issuer.problems import CLERK_STOPPED
from madoguchi.issuer.secrets_at_rest import ColumnKey
from madoguchi.runtime.database import Pool, transaction

Plain = dict[str, Any]

_QUERY = """
SELECT p.addressee_number AS number, p.version AS version, p.sealed AS person, r.sealed AS record, i.sealed AS terms
  FROM serials AS s
  JOIN persons AS p ON p.addressee_number = s.addressee_number
  JOIN records AS r ON r.addressee_number = p.addressee_number AND r.fiscal_year = %(year)s
  LEFT JOIN instalments AS i ON i.addressee_number = p.addressee_number AND i.fiscal_year = r.fiscal_year
 WHERE s.serial = %(serial)s AND s.ca_key_digest = %(ca)s AND s.status = 'valid' AND NOT s.ambiguous
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClerksRecord:
    """What the ward's record of the card's holder says, as plain columns by name."""

    addressee_number: str = field(repr=False)
    version: int
    person: Plain = field(repr=False)
    tax: Plain = field(repr=False)
    terms: tuple[Plain, ...] = field(repr=False)


async def look_up(pool: Pool, *, columns: ColumnKey, pair: Pair, fiscal_year: int) -> ClerksRecord:
    """The record that belongs to this card and year. Raises `issuer.clerk_stopped` when there is not exactly one."""
    async with transaction(pool) as connection:
        cursor = await connection.execute(
            _QUERY, {"year": fiscal_year, "serial": pair.serial, "ca": pair.ca_key_digest}
        )
        rows = await cursor.fetchall()
    if len(rows) != 1:
        raise CLERK_STOPPED.error(f"{len(rows)} records for the card and year")
    row = rows[0]
    number: str = row["number"]

    def opened(cell: bytes, what: str, year: int) -> Plain:
        plain: Plain = msgspec.msgpack.decode(columns.open(cell, addressee=number, year=year, columns=what))
        return plain

    tax = opened(row["record"], "record", fiscal_year)
    terms = opened(row["terms"], "instalments", fiscal_year)["rows"] if row["terms"] is not None else []
    for part in (tax, *terms):
        if part["addressee_number"] != number or part["fiscal_year"] != fiscal_year:
            raise CLERK_STOPPED.error("a row of another person or year")
    return ClerksRecord(
        addressee_number=number,
        version=row["version"],
        person=opened(row["person"], "person", 0),
        tax=tax,
        terms=tuple(terms),
    )
