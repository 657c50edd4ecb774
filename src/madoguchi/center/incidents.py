"""What a person must look at: counted per ward, by code, without personal data."""

from __future__ import annotations

from datetime import date

from madoguchi.runtime.database import Connection


async def note(connection: Connection, *, ward: str, id_: bytes | None, code: str) -> None:
    """Write an incident in the caller's transaction. `code` is the code of a problem."""
    await connection.execute("INSERT INTO incidents (ward, transaction, code) VALUES (%s, %s, %s)", (ward, id_, code))


async def of_day(connection: Connection, *, ward: str, day: date) -> tuple[str, ...]:
    """The codes of a ward's incidents of one Japanese calendar day, in order."""
    cursor = await connection.execute(
        "SELECT code FROM incidents WHERE ward = %s AND (at AT TIME ZONE 'Asia/Tokyo')::date = %s ORDER BY id",
        (ward, day),
    )
    return tuple(row["code"] for row in await cursor.fetchall())
