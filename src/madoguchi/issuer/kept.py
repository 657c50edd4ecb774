"""Evidence, receipts and incidents, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import tuple_row

from madoguchi import evidence
from madoguchi.evidence.log import Plain
from madoguchi.runtime.database import Connection


@contextmanager
def tuple_rows(connection: Connection) -> Iterator[AsyncConnection[Any]]:
    """The same connection with rows as tuples, which the shared rooms `evidence` and `custody` read."""
    changed: AsyncConnection[Any] = connection
    before = connection.row_factory
    changed.row_factory = tuple_row
    try:
        yield changed
    finally:
        connection.row_factory = before


async def note(connection: Connection, event: str, body: Mapping[str, Plain], *, at: datetime) -> None:
    """Append to the evidence log; call it last before the commit."""
    with tuple_rows(connection) as plain:
        await evidence.append(plain, event, body, at=at)


async def incident(
    connection: Connection, code: str, *, at: datetime, transaction: bytes | None = None, detail: str = ""
) -> None:
    """Open an incident. `detail` is short ASCII without personal data; anything else is left out."""
    clean = detail if detail.isascii() and detail.isprintable() else ""
    await connection.execute(
        "INSERT INTO incidents (at, code, transaction, detail) VALUES (%s, %s, %s, %s)",
        (at, code, transaction, clean[:200]),
    )
