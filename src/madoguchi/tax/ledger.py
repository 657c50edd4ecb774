"""The tax system's ledger (税務システム): system of record for 特別区民税・都民税.

Every change of a person stamps that person's row with a number of the sequence `changes`; a package to the issuing
server says up to which change it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    await connection.execute("DELETE FROM instalments")
    await connection.execute("DELETE FROM taxes")
    await connection.execute("DELETE FROM residents")
    change = await _next_change(connection)
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


_CHANGED_RESIDENTS = "SELECT row FROM residents WHERE changed > %s ORDER BY addressee_number"
_CHANGED_TAXES = """
    SELECT taxes.row FROM taxes JOIN residents USING (addressee_number) WHERE changed > %s
    ORDER BY addressee_number, fiscal_year
"""
_CHANGED_INSTALMENTS = """
    SELECT instalments.row FROM instalments JOIN residents USING (addressee_number) WHERE changed > %s
    ORDER BY addressee_number, fiscal_year, collection, instalment
"""


async def changed_records(connection: Connection, *, after: int) -> PackageRecords:
    """Everyone who changed after a change number, with all their rows, in the order of their keys."""
    return PackageRecords(
        residents=await _rows(connection, _CHANGED_RESIDENTS, after, kind=Resident),
        taxes=await _rows(connection, _CHANGED_TAXES, after, kind=TaxRecord),
        instalments=await _rows(connection, _CHANGED_INSTALMENTS, after, kind=Instalment),
    )


async def _next_change(connection: Connection) -> int:
    # Numbers are given under this lock, so that whoever commits later also has the higher number: a package that goes
    # "up to n" misses nobody.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax changes'))")
    cursor = await connection.execute("SELECT nextval('changes') AS change")
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError
    return int(row["change"])


async def _rows(connection: Connection, query: str, after: int, *, kind: type[Row]) -> tuple[Row, ...]:
    cursor = await connection.execute(query.encode(), (after,))
    return tuple(_typed(kind, [row["row"] for row in await cursor.fetchall()]))


def _typed(kind: type[Row], plain: Iterable[Any]) -> list[Row]:
    return [msgspec.convert(each, type=kind, strict=False) for each in plain]


def _json(row: msgspec.Struct) -> Jsonb:
    return Jsonb(msgspec.to_builtins(row))
