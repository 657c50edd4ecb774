"""The tax system's ledger (税務システム): system of record for 特別区民税・都民税.

Every change of a person stamps that person's row with a number of the sequence `changes`; a package to the issuing
server says up to which change it goes. Replacing the ledger is a change of its own: who is gone from it leaves no row
that could be stamped, so the next package is a snapshot.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from psycopg.types.json import Jsonb

from madoguchi.records import Instalment, RecordSet, Resident, TaxRecord
from madoguchi.records.package import PackageRecords
from madoguchi.runtime.database import Connection
from madoguchi.tax.problems import NO_SUCH_PERSON

Row = TypeVar("Row", bound=msgspec.Struct)


async def load(connection: Connection, records: RecordSet) -> None:
    """Replace the whole ledger with an export, in the caller's transaction."""
    change = await _next_change(connection)
    await connection.execute("INSERT INTO loads (change) VALUES (%s)", (change,))
    for table in (b"instalments", b"taxes", b"residents"):
        await connection.execute(b"DELETE FROM " + table)
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO residents VALUES (%s, %s, %s)",
            [(each.addressee_number, _json(each), change) for each in records.residents],
        )
        await cursor.executemany(
            "INSERT INTO taxes VALUES (%s, %s, %s)",
            [(each.addressee_number, each.fiscal_year, _json(each)) for each in records.taxes],
        )
        await cursor.executemany(
            "INSERT INTO instalments VALUES (%s, %s, %s, %s, %s)",
            [
                (each.addressee_number, each.fiscal_year, each.collection, each.instalment, _json(each))
                for each in records.instalments
            ],
        )


async def suppress(connection: Connection, addressee_number: str, *, suppressed: bool) -> None:
    """Set or lift a person's suppression (発行抑止, 支援措置). Raises `tax.no_such_person`."""
    change = await _next_change(connection)
    cursor = await connection.execute(
        "UPDATE residents SET row = jsonb_set(row, '{suppression}', to_jsonb(%s::boolean)), changed = %s"
        " WHERE addressee_number = %s",
        (suppressed, change, addressee_number),
    )
    if cursor.rowcount != 1:
        raise NO_SUCH_PERSON.error()


async def last_change(connection: Connection) -> int:
    """The highest change number in the ledger; 0 when it is empty."""
    cursor = await connection.execute("SELECT coalesce(max(changed), 0) AS last FROM residents")
    row = await cursor.fetchone()
    return int(row["last"]) if row else 0


async def was_replaced(connection: Connection, *, after: int) -> bool:
    """Whether the whole ledger was replaced after a change number."""
    cursor = await connection.execute("SELECT FROM loads WHERE change > %s LIMIT 1", (after,))
    return await cursor.fetchone() is not None


async def changed_records(connection: Connection, *, after: int) -> PackageRecords:
    """Everyone who changed after a change number, with all their rows, in the order of their keys."""
    cursor = await connection.execute(_CHANGED, {"after": after})
    rows: dict[str, list[Any]] = {"residents": [], "taxes": [], "instalments": []}
    for row in await cursor.fetchall():
        rows[row["file"]].append(row["row"])
    return PackageRecords(
        residents=_typed(Resident, rows["residents"]),
        taxes=_typed(TaxRecord, rows["taxes"]),
        instalments=_typed(Instalment, rows["instalments"]),
    )


_CHANGED = """
    WITH who AS (SELECT addressee_number, row FROM residents WHERE changed > %(after)s)
    SELECT 'residents' AS file, addressee_number, 0 AS fiscal_year, '' AS collection, 0 AS instalment, row FROM who
    UNION ALL
    SELECT 'taxes', addressee_number, fiscal_year, '', 0, taxes.row FROM taxes JOIN who USING (addressee_number)
    UNION ALL
    SELECT 'instalments', addressee_number, fiscal_year, collection, instalment, instalments.row
    FROM instalments JOIN who USING (addressee_number)
    ORDER BY addressee_number, fiscal_year, collection, instalment
"""
"""One statement sees one moment: three of them could see a person's taxes and not the person."""


async def _next_change(connection: Connection) -> int:
    # Numbers are given under this lock, so that whoever commits later also has the higher number: a package that goes
    # "up to n" misses nobody.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax changes'))")
    cursor = await connection.execute("SELECT nextval('changes') AS change")
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError
    return int(row["change"])


def _typed(kind: type[Row], plain: list[Any]) -> tuple[Row, ...]:
    return tuple(msgspec.convert(each, type=kind, strict=False) for each in plain)


def _json(row: msgspec.Struct) -> Jsonb:
    return Jsonb(msgspec.to_builtins(row))
