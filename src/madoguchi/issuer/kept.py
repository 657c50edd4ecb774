"""Evidence and incidents, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from madoguchi import evidence
from madoguchi.runtime.database import Connection


async def note(connection: Connection, event: str, body: Mapping[str, evidence.Plain], *, at: datetime) -> None:
    """Append to the evidence log; call it last before the commit."""
    await evidence.append(connection, event, body, at=at)


async def incident(
    connection: Connection, code: str, *, at: datetime, transaction: bytes | None = None, detail: str = ""
) -> None:
    """Open an incident. `detail` is short ASCII without personal data; anything else is left out."""
    clean = detail if detail.isascii() and detail.isprintable() else ""
    await connection.execute(
        "INSERT INTO incidents (at, code, transaction, detail) VALUES (%s, %s, %s, %s)",
        (at, code, transaction, clean[:200]),
    )
