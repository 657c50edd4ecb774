"""Evidence and incidents, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import psycopg

from madoguchi import evidence
from madoguchi.issuer.problems import EVIDENCE_UNWRITABLE
from madoguchi.runtime.database import Connection


async def note(connection: Connection, event: str, body: Mapping[str, evidence.Plain], *, at: datetime) -> None:
    """Append to the evidence log; call it last before the commit.

    Raises `issuer.evidence_unwritable` when the log does not take the entry: a right is missing, the disk is full, the
    chain was tampered with. A connection that breaks is none of these, and passes.
    """
    try:
        await evidence.append(connection, event, body, at=at)
    except psycopg.Error as error:
        if _passes(error):
            raise
        raise EVIDENCE_UNWRITABLE.error(type(error).__name__) from error


_PASSING: Final = ("08", "40", "53", "55", "57")
"""Classes of SQLSTATE that time mends: connection, rollback, resources, a lock held, intervention of the operator."""


def _passes(error: psycopg.Error) -> bool:
    return error.sqlstate is None or (error.sqlstate[:2] in _PASSING and not isinstance(error, psycopg.errors.DiskFull))


async def incident(
    connection: Connection, code: str, *, at: datetime, transaction: bytes | None = None, detail: str = ""
) -> None:
    """Open an incident. `detail` is short ASCII without personal data; anything else is left out."""
    clean = detail if detail.isascii() and detail.isprintable() else ""
    await connection.execute(
        "INSERT INTO incidents (at, code, transaction, detail) VALUES (%s, %s, %s, %s)",
        (at, code, transaction, clean[:200]),
    )
