"""The table of transactions: every statement that the center's steps write, and nothing else.

Each is one conditional UPDATE on the state it expects; the database's trigger refuses any other step. Lifetimes are
compared with the database's clock, so that replicas with different clocks agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from madoguchi.center.problems import (
    CARD_BUSY,
    CHALLENGE_USED,
    EXPIRED,
    GIVEN_UP,
    REQUEST_REPEATED,
    UNKNOWN_TRANSACTION,
)
from madoguchi.errors import PublicReason
from madoguchi.runtime.database import Connection
from madoguchi.wire.transaction import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What is written when a transaction is opened."""

    id: bytes
    ward: str
    operator: str
    kiosk: bytes
    kiosk_key_id: bytes
    request_digest: bytes
    opened: bytes
    challenge: bytes
    sealing_key_id: bytes
    lifetime_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the later steps need to know of a transaction."""

    id: bytes
    ward: str
    operator: str
    kiosk: bytes
    kiosk_key_id: bytes
    request_digest: bytes
    opened: bytes
    sealing_key_id: bytes
    state: str
    application_digest: bytes | None
    issuance_digest: bytes | None
    sheets: int | None
    delivery: bytes | None
    delivery_digest: bytes | None
    ward_asked: bool


_COLUMNS = ", ".join(Row.__dataclass_fields__)


async def begin(connection: Connection, begun: Begun) -> None:
    """Write a new transaction. Raises `center.request_repeated` when its open request was used before."""
    try:
        await connection.execute(
            "INSERT INTO transactions (id, ward, operator, kiosk, kiosk_key_id, request_digest, opened, challenge,"
            " sealing_key_id, deadline) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s,"
            " clock_timestamp() + make_interval(secs => %s))",
            (
                begun.id,
                begun.ward,
                begun.operator,
                begun.kiosk,
                begun.kiosk_key_id,
                begun.request_digest,
                begun.opened,
                begun.challenge,
                begun.sealing_key_id,
                begun.lifetime_seconds,
            ),
        )
    except psycopg.errors.UniqueViolation:
        raise REQUEST_REPEATED.error() from None


async def use_up_challenge(connection: Connection, id_: bytes, *, operator: str, applied_by: str, seconds: int) -> Row:
    """opened → applying, once: the ONE conditional update that makes a replayed application too late.

    Two updates at the same moment wait for each other on the row, and the second finds the state changed. Raises
    `center.unknown_transaction`, `center.expired` or `center.challenge_used`.
    """
    cursor = await connection.execute(
        "UPDATE transactions SET state = 'applying', applied_by = %s,"  # noqa: S608 - constant column names
        " deadline = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND operator = %s AND state = 'opened' AND deadline > clock_timestamp()"
        f" RETURNING {_COLUMNS}",
        (applied_by, seconds, id_, operator),
    )
    found = await cursor.fetchone()
    if found is not None:
        return Row(**found)
    row = await find(connection, id_, operator=operator)
    if row is None:
        raise UNKNOWN_TRANSACTION.error()
    raise (EXPIRED if row.state in {"opened", "expired"} else CHALLENGE_USED).error(f"state {row.state}")


async def claim_card(
    connection: Connection, id_: bytes, *, pseudonyms: tuple[bytes, bytes], digest: bytes, transcript: Transcript
) -> None:
    """Write what is applied for, and make the card this transaction's alone. The ward is asked only after the commit.

    `pseudonyms` are today's, which is written, and yesterday's, which is looked for; both are locked until commit, so
    that no two claims of one card pass each other at midnight. Raises `center.card_busy`, `center.given_up`.
    """
    await end_overdue(connection)
    for pseudonym in sorted(pseudonyms):
        await connection.execute(
            "SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(pseudonym[:8], "big", signed=True),)
        )
    cursor = await connection.execute(
        "SELECT 1 FROM transactions WHERE card_pseudonym = ANY(%s) AND state IN ('applying', 'delivered')",
        (list(pseudonyms),),
    )
    if await cursor.fetchone() is not None:
        raise CARD_BUSY.error()
    applied = (pseudonyms[0], digest, transcript.kind, transcript.fiscal_year, transcript.copies, transcript.fee_yen)
    try:
        claimed = await _update(
            connection,
            "card_pseudonym = %s, application_digest = %s, kind = %s, fiscal_year = %s, copies = %s, fee_yen = %s,"
            " ward_asked = true",
            applied,
            id_,
        )
    except psycopg.errors.UniqueViolation:  # the index holds even if the locks above are ever lost
        raise CARD_BUSY.error("unique index") from None
    if not claimed:
        raise GIVEN_UP.error()


async def note_issuance(connection: Connection, id_: bytes, *, issuance_digest: bytes, sheets: int) -> None:
    """The ward has issued: written in whatever state the transaction is, so that reconciliation can find it."""
    await connection.execute(
        "UPDATE transactions SET issuance_digest = %s, sheets = %s WHERE id = %s", (issuance_digest, sheets, id_)
    )


async def deliver(connection: Connection, id_: bytes, *, delivery: bytes, digest: bytes, seconds: int) -> bool:
    """applying → delivered. False when the transaction has ended meanwhile."""
    return await _update(
        connection,
        "state = 'delivered', delivery = %s, delivery_digest = %s,"
        " deadline = clock_timestamp() + make_interval(secs => %s)",
        (delivery, digest, seconds),
        id_,
    )


async def refuse(connection: Connection, id_: bytes, *, reason: PublicReason | str) -> bool:
    """applying → refused: a signed refusal goes back. False when the transaction has ended meanwhile."""
    return await _update(connection, "state = 'refused', refusal = %s", (str(reason),), id_)


async def fail(connection: Connection, id_: bytes) -> bool:
    """applying → failed: no signed answer goes back. False when the transaction has ended meanwhile."""
    return await _update(connection, "state = 'failed'", (), id_)


async def fail_own(connection: Connection, *, applied_by: str) -> int:
    """At start, under the process lock: what this replica was working on ended with its process. Returns how many."""
    cursor = await connection.execute(
        "UPDATE transactions SET state = 'failed' WHERE state = 'applying' AND applied_by = %s", (applied_by,)
    )
    return cursor.rowcount


async def end_overdue(connection: Connection) -> int:
    """Whatever is past its deadline ends: opened → expired, applying → failed, delivered → undelivered."""
    cursor = await connection.execute(
        "UPDATE transactions SET state = CASE state WHEN 'opened' THEN 'expired' WHEN 'applying' THEN 'failed'"
        " ELSE 'undelivered' END"
        " WHERE id IN (SELECT id FROM transactions WHERE state IN ('opened', 'applying', 'delivered')"
        " AND deadline < clock_timestamp() ORDER BY id FOR UPDATE SKIP LOCKED)"
    )
    return cursor.rowcount


async def settle(connection: Connection, id_: bytes) -> None:
    """Any live or ended state → settled: the kiosk's outcome is counted."""
    await connection.execute("UPDATE transactions SET state = 'settled' WHERE id = %s AND state <> 'settled'", (id_,))


async def find(connection: Connection, id_: bytes, *, operator: str, lock: bool = False) -> Row | None:
    """A transaction of that operator's kiosks; None when there is none."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM transactions WHERE id = %s AND operator = %s"  # noqa: S608 - constant column names
        + (" FOR UPDATE" if lock else ""),
        (id_, operator),
    )
    found = await cursor.fetchone()
    return None if found is None else Row(**found)


async def _update(connection: Connection, what: LiteralString, values: tuple[Any, ...], id_: bytes) -> bool:
    cursor = await connection.execute(
        f"UPDATE transactions SET {what} WHERE id = %s AND state = 'applying'",  # noqa: S608 - literals of this module
        (*values, id_),
    )
    return cursor.rowcount == 1
