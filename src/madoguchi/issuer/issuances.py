"""The rows of transactions and papers. The database holds the steps; a step that is not allowed raises there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.clerk import Reading
from madoguchi.issuer.problems import CLAIMED_ALREADY, FAILED
from madoguchi.runtime.database import Connection
from madoguchi.wire.transaction import Transcript

_SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O, U."""
_GROUPS, _IN_GROUP = 3, 4
_NONE: Final = (None,) * 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One application taken up by this process."""

    transaction: bytes
    application_digest: bytes
    replica: str
    process: bytes = field(repr=False)
    at: datetime


def new_certificate_number() -> str:
    """証明書番号: 60 random bits as `K7Q2-M4XD-9RTB`; a clash is refused by the database."""
    symbols = [secrets.choice(_SYMBOLS) for _ in range(_GROUPS * _IN_GROUP)]
    return "-".join("".join(symbols[at : at + _IN_GROUP]) for at in range(0, len(symbols), _IN_GROUP))


async def claim(connection: Connection, made: Claim, *, transcript: Transcript | None) -> None:
    """Take up a transaction, once: the unique row. Raises `issuer.claimed_already`.

    `transcript` is None for a request whose proof failed: nothing that it says is kept.
    """
    said = transcript
    cursor = await connection.execute(
        "INSERT INTO issuances (transaction, application_digest, replica, process, claimed_at,"
        " operator, kiosk, kind, fiscal_year, copies, fee_yen)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (transaction) DO NOTHING",
        (
            made.transaction,
            made.application_digest,
            made.replica,
            made.process,
            made.at,
            *((said.operator, said.kiosk, said.kind, said.fiscal_year, said.copies, said.fee_yen) if said else _NONE),
        ),
    )
    if cursor.rowcount != 1:
        raise CLAIMED_ALREADY.error()


async def claimed_now_or_before(connection: Connection, made: Claim) -> bool:
    """Claim it, or find that this very request did: its commit may have come through although the answer to it did not.

    False when another request holds the claim, of this process or of another.
    """
    try:
        await claim(connection, made, transcript=None)
    except MadoguchiError:
        cursor = await connection.execute(
            "SELECT FROM issuances WHERE transaction = %s AND process = %s AND claimed_at = %s",
            (made.transaction, made.process, made.at),
        )
        return await cursor.fetchone() is not None
    return True


async def issued(connection: Connection, made: Claim, reading: Reading, *, at: datetime) -> None:
    """From claimed to issued, with its papers. Raises `issuer.failed` when this process does not hold the claim."""
    cursor = await connection.execute(
        "UPDATE issuances SET state = 'issued', certificate_number = %s, issued_at = %s, sheets = %s"
        " WHERE transaction = %s AND state = 'claimed' AND process = %s",
        (reading.certificate_number, at, len(reading.sheets), made.transaction, made.process),
    )
    if cursor.rowcount != 1:
        raise FAILED.error("the claim is not held by this process")
    rows = [
        (sheet.paper_number, made.transaction, at_, sheet.copy, sheet.page, sheet.pages)
        for at_, sheet in enumerate(reading.sheets)
    ]
    async with connection.cursor() as many:
        await many.executemany(
            "INSERT INTO papers (paper_number, transaction, position, copy, page, pages)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )


async def stated(connection: Connection, made: Claim, *, issuance_digest: bytes) -> None:
    """Keep the digest of the signed statement, by which the outcome will name it."""
    cursor = await connection.execute(
        "UPDATE issuances SET issuance_digest = %s WHERE transaction = %s AND state = 'issued' AND process = %s",
        (issuance_digest, made.transaction, made.process),
    )
    if cursor.rowcount != 1:
        raise FAILED.error("no issuance to state")


async def ended(connection: Connection, made: Claim, *, state: str, code: str) -> None:
    """From claimed to refused or failed. An issuance that was committed stays one: its paper was never delivered."""
    await connection.execute(
        "UPDATE issuances SET state = %s, refusal = %s WHERE transaction = %s AND state = 'claimed' AND process = %s",
        (state, code, made.transaction, made.process),
    )


async def settle_dead(connection: Connection, *, replica: str, process: bytes) -> int:
    """At start, under the process lock: what earlier processes of this replica had claimed has failed."""
    cursor = await connection.execute(
        "UPDATE issuances SET state = 'failed', refusal = %s"
        " WHERE replica = %s AND process <> %s AND state = 'claimed'",
        (FAILED.code, replica, process),
    )
    return cursor.rowcount


async def paper_states(connection: Connection, transaction: bytes, states: Sequence[str]) -> None:
    """What became of each sheet of an issuance, in the order of its sheets."""
    async with connection.cursor() as many:
        await many.executemany(
            "UPDATE papers SET state = %s WHERE transaction = %s AND position = %s",
            [(state, transaction, at) for at, state in enumerate(states)],
        )
