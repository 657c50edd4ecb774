"""After the money: every outcome is told to the ward until the ward has acknowledged it. Idempotent, without deadline.

A replica takes a few due rows for the time of a lease, so that two replicas rarely tell the same one; if they do, or if
one dies after telling, the ward counts it once all the same.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from madoguchi.center.parts import Parts
from madoguchi.errors import MadoguchiError
from madoguchi.runtime import log
from madoguchi.runtime.caller import PeerRefused
from madoguchi.runtime.database import transaction
from madoguchi.wire.outcome import WardOutcome

NOT_TOLD = log.event("center.ward_not_told", "ward", "transaction", "attempts", "code", "cause")

_BATCH = 16
_LEASE_SECONDS = 30
_LONGEST_SECONDS = 300
_UNKNOWN_TO_WARD = "issuer.unknown_transaction"
_LAST_ATTEMPT_OF_UNKNOWN = 9
"""After about four minutes: longer than any request can still be under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    transaction: bytes
    ward: str
    attempts: int
    issued: bool
    """The center has seen an issuance of this transaction."""
    outcome: WardOutcome


async def tell_wards(parts: Parts) -> int:
    """Tell what is due, at most a batch. Returns how many were due."""
    due = await _take(parts)
    await asyncio.gather(*(_tell(parts, one) for one in due))
    return len(due)


async def waiting(parts: Parts) -> int:
    """How many outcomes no ward has acknowledged yet."""
    async with transaction(parts.pool) as connection:
        cursor = await connection.execute("SELECT count(*) AS waiting FROM ward_queue WHERE done_at IS NULL")
        row = await cursor.fetchone()
    return int(row["waiting"]) if row else 0


async def _take(parts: Parts) -> list[_Due]:
    async with transaction(parts.pool) as connection:
        cursor = await connection.execute(
            "UPDATE ward_queue AS q SET attempts = q.attempts + 1,"
            " next_at = clock_timestamp() + make_interval(secs => %s)"
            " FROM outcomes AS o JOIN transactions AS t ON t.id = o.transaction"
            " WHERE q.transaction = o.transaction AND q.transaction IN ("
            "SELECT transaction FROM ward_queue WHERE done_at IS NULL AND next_at <= clock_timestamp()"
            " ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED)"
            " RETURNING q.transaction, q.ward, q.attempts, o.enrolment, o.outcome, o.relay, t.delivery,"
            " t.issuance_digest IS NOT NULL AS issued",
            (_LEASE_SECONDS, _BATCH),
        )
        rows = await cursor.fetchall()
    return [
        _Due(
            transaction=row["transaction"],
            ward=row["ward"],
            attempts=row["attempts"],
            issued=row["issued"],
            outcome=WardOutcome(
                enrolment=row["enrolment"], outcome=row["outcome"], relay=row["relay"], delivery=row["delivery"]
            ),
        )
        for row in rows
    ]


async def _tell(parts: Parts, due: _Due) -> None:
    try:
        await parts.lines.outcome(due.ward, due.outcome)
    except MadoguchiError as failure:
        log.get_log().warning(
            NOT_TOLD,
            ward=due.ward,
            transaction=due.transaction.hex(),
            attempts=due.attempts,
            code=failure.code,
            cause=failure.cause[:150],
        )
        if not _never_heard(failure, due):
            await _write(parts, due, "next_at = clock_timestamp() + make_interval(secs => %s)", backoff(due.attempts))
            return
    await _write(parts, due, "done_at = clock_timestamp() + make_interval(secs => %s)", 0)


def _never_heard(failure: MadoguchiError, due: _Due) -> bool:
    """The request was lost before the ward had it: it knows of no such transaction, and says so for minutes."""
    unknown = isinstance(failure, PeerRefused) and failure.peer_code == _UNKNOWN_TO_WARD
    return unknown and not due.issued and due.attempts >= _LAST_ATTEMPT_OF_UNKNOWN


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling from one second to five minutes."""
    return float(min(_LONGEST_SECONDS, 2 ** min(attempts - 1, 20)))


async def _write(parts: Parts, due: _Due, what: str, seconds: float) -> None:
    async with transaction(parts.pool) as connection:
        await connection.execute(
            f"UPDATE ward_queue SET {what} WHERE transaction = %s AND done_at IS NULL",  # noqa: S608 - literals of this module
            (seconds, due.transaction),
        )
