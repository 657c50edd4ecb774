"""The tax system's ledger (税務システム): system of record for 特別区民税・都民税.

Every change of a person stamps that person's row with a number of the sequence `changes`; a package to the issuing
server says up to which change it goes. Replacing the ledger is a change of its own: who is gone from it leaves no row
that could be stamped, so the next package is a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from madoguchi.records import Instalment, RecordSet, Resident, TaxRecord
from madoguchi.records.package import PackageRecords
from madoguchi.runtime.database import Connection
from madoguchi.tax.problems import NO_SUCH_PERSON, NO_SUCH_YEAR, RECEIPT_TAKEN

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
        await cursor.executemany(_INSERT_TERM, [_term(each) for each in records.instalments])


async def suppress(connection: Connection, addressee_number: str, *, suppressed: bool) -> None:
    """Set or lift a person's suppression (発行抑止, 支援措置). Raises `tax.no_such_person`."""
    await put_person(connection, replace(await person(connection, addressee_number), suppression=suppressed))


async def person(connection: Connection, addressee_number: str) -> Resident:
    """A person, whose rows nobody else changes before this transaction ends. Raises `tax.no_such_person`."""
    # The lock of the changes first, as everywhere: whoever holds a person would otherwise wait for whoever waits.
    await _lock_changes(connection)
    cursor = await connection.execute(
        "SELECT row FROM residents WHERE addressee_number = %s FOR UPDATE", (addressee_number,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise NO_SUCH_PERSON.error()
    return _typed(Resident, [row["row"]])[0]


async def put_person(connection: Connection, row: Resident) -> None:
    """Write a person who is there; all their rows go out with the next package."""
    await connection.execute(
        "UPDATE residents SET row = %s, changed = %s WHERE addressee_number = %s",
        (_json(row), await _next_change(connection), row.addressee_number),
    )


async def taxes_of(connection: Connection, addressee_number: str) -> tuple[TaxRecord, ...]:
    """A person's tax records, by year."""
    cursor = await connection.execute(
        "SELECT row FROM taxes WHERE addressee_number = %s ORDER BY fiscal_year", (addressee_number,)
    )
    return _typed(TaxRecord, [row["row"] for row in await cursor.fetchall()])


async def tax(connection: Connection, addressee_number: str, fiscal_year: int) -> TaxRecord:
    """One tax record. Raises `tax.no_such_year`."""
    for record in await taxes_of(connection, addressee_number):
        if record.fiscal_year == fiscal_year:
            return record
    raise NO_SUCH_YEAR.error()


async def put_tax(connection: Connection, row: TaxRecord) -> None:
    """Write a tax record that is there."""
    await connection.execute(
        "UPDATE taxes SET row = %s WHERE addressee_number = %s AND fiscal_year = %s",
        (_json(row), row.addressee_number, row.fiscal_year),
    )


async def terms_of(connection: Connection, addressee_number: str, fiscal_year: int) -> tuple[Instalment, ...]:
    """The instalments of a person's year."""
    cursor = await connection.execute(
        "SELECT row FROM instalments WHERE addressee_number = %s AND fiscal_year = %s ORDER BY collection, instalment",
        (addressee_number, fiscal_year),
    )
    return _typed(Instalment, [row["row"] for row in await cursor.fetchall()])


async def put_terms(connection: Connection, record: TaxRecord, terms: Sequence[Instalment]) -> None:
    """Replace the instalments of a person's year."""
    await connection.execute(
        "DELETE FROM instalments WHERE addressee_number = %s AND fiscal_year = %s",
        (record.addressee_number, record.fiscal_year),
    )
    async with connection.cursor() as cursor:
        await cursor.executemany(_INSERT_TERM, [_term(each) for each in terms])


async def receipt_is_new(connection: Connection, receipt: str, *, addressee_number: str, posting: str) -> bool:
    """Remember a receipt. False when this very posting is there already; raises `tax.receipt_taken` for another."""
    cursor = await connection.execute(
        "INSERT INTO receipts (receipt, addressee_number, posting) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (receipt, addressee_number, posting),
    )
    if cursor.rowcount == 1:
        return True
    cursor = await connection.execute(
        "SELECT FROM receipts WHERE receipt = %s AND addressee_number = %s AND posting = %s",
        (receipt, addressee_number, posting),
    )
    if await cursor.fetchone() is None:
        raise RECEIPT_TAKEN.error()
    return False


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
    return _package(await cursor.fetchall())


def _package(found: Iterable[DictRow]) -> PackageRecords:
    rows: dict[str, list[Any]] = {"residents": [], "taxes": [], "instalments": []}
    for row in found:
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


async def year_records(connection: Connection, fiscal_year: int) -> PackageRecords:
    """Everyone with a tax record of a year, with the rows of that year, in the order of their keys."""
    cursor = await connection.execute(_OF_A_YEAR, {"year": fiscal_year})
    return _package(await cursor.fetchall())


_OF_A_YEAR = """
    WITH who AS (SELECT residents.* FROM residents JOIN taxes USING (addressee_number) WHERE fiscal_year = %(year)s)
    SELECT 'residents' AS file, addressee_number, '' AS collection, 0 AS instalment, row FROM who
    UNION ALL
    SELECT 'taxes', addressee_number, '', 0, row FROM taxes WHERE fiscal_year = %(year)s
    UNION ALL
    SELECT 'instalments', addressee_number, collection, instalment, row FROM instalments WHERE fiscal_year = %(year)s
    ORDER BY addressee_number, collection, instalment
"""


async def _next_change(connection: Connection) -> int:
    # Numbers are given under this lock, so that whoever commits later also has the higher number: a package that goes
    # "up to n" misses nobody.
    await _lock_changes(connection)
    cursor = await connection.execute("SELECT nextval('changes') AS change")
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError
    return int(row["change"])


async def _lock_changes(connection: Connection) -> None:
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('tax changes'))")


_INSERT_TERM = "INSERT INTO instalments VALUES (%s, %s, %s, %s, %s)"


def _term(row: Instalment) -> tuple[object, ...]:
    return (row.addressee_number, row.fiscal_year, row.collection, row.instalment, _json(row))


def _typed(kind: type[Row], plain: list[Any]) -> tuple[Row, ...]:
    return tuple(msgspec.convert(each, type=kind, strict=False) for each in plain)


def _json(row: msgspec.Struct) -> Jsonb:
    return Jsonb(msgspec.to_builtins(row))
