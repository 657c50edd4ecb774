"""Paper of a ward that was left in a kiosk: the operator's word, kept for the ward's desk.

1. The entry is signed by the operator whose ec is calling, and speaks of a transaction of that operator and ward.
2. The first entry opens it, a later one may settle it, once. The same one again is acknowledged again.
3. The center hears neither which kiosk it was nor the number of a paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from madoguchi import evidence
from madoguchi.center import transactions
from madoguchi.center.parts import Parts
from madoguchi.center.problems import LOST_DOES_NOT_FIT, UNKNOWN_TRANSACTION
from madoguchi.runtime import log
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import Connection, transaction
from madoguchi.statement import Statement, verify
from madoguchi.statement.kinds import LOST_COUNTED, LOST_ENTRY
from madoguchi.wire.account import LostAccount
from madoguchi.wire.lost import LostEntry, LostNoted

COUNTED = log.event("center.lost_property", "transaction", "ward", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    """What is on disk of one lost paper."""

    transaction: bytes
    ended: str | None
    receipt: str | None


async def take_lost(parts: Parts, raw: bytes, *, operator: str) -> bytes:
    """Keep an entry and return the raw LOST_COUNTED. Raises `statement.*`, `center.lost_does_not_fit` and others."""
    said = verify(raw, LOST_ENTRY, keys=parts.trusted.current(), code=operator, at=parts.clock.now())  # 1
    body = said.body
    async with transaction(parts.pool) as connection:
        row = await transactions.find(connection, body.transaction, operator=operator, lock=True)
        if row is None:
            raise UNKNOWN_TRANSACTION.error()
        if row.ward != body.ward:
            raise LOST_DOES_NOT_FIT.error("another ward")
        if await _keep(connection, said, operator=operator):  # 2
            state = body.end or "open"
            evidence_body = {"transaction": body.transaction, "id": body.id, "state": state}
            await evidence.append(connection, "lost_property.told", evidence_body, at=parts.clock.now())
            log.get_log().info(COUNTED, transaction=body.transaction.hex(), ward=body.ward, state=state)
    noted = LostNoted(id=body.id, statement_digest=said.digest, at=epoch(parts.clock.now()))
    return parts.signer.sign(LOST_COUNTED, noted)


async def _keep(connection: Connection, said: Statement[LostEntry], *, operator: str) -> bool:
    """Whether it said anything new. Raises `center.lost_does_not_fit` for what contradicts what stands."""
    body = said.body
    ended_at = None if body.ended_at is None else datetime.fromtimestamp(body.ended_at, UTC)
    stands = await _find(connection, body.id)
    if stands is None:
        noticed_at = datetime.fromtimestamp(body.noticed_at, UTC)
        await connection.execute(
            "INSERT INTO lost_property (id, transaction, ward, operator, noticed_at, ended, receipt, ended_at, entry)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                body.id,
                body.transaction,
                body.ward,
                operator,
                noticed_at,
                body.end,
                body.receipt,
                ended_at,
                said.raw,
            ),
        )
        return True
    if stands.transaction != body.transaction or (stands.ended and not _same(stands, body)):
        raise LOST_DOES_NOT_FIT.error("it stands otherwise")
    if body.end is None or stands.ended:
        return False
    await connection.execute(
        "UPDATE lost_property SET ended = %s, receipt = %s, ended_at = %s, entry = %s WHERE id = %s",
        (body.end, body.receipt, ended_at, said.raw, body.id),
    )
    return True


def _same(stands: _Stands, body: LostEntry) -> bool:
    """A late repetition of the opening entry changes nothing either."""
    return body.end is None or (stands.ended, stands.receipt) == (body.end, body.receipt)


async def _find(connection: Connection, id_: bytes) -> _Stands | None:
    cursor = await connection.execute("SELECT transaction, ended, receipt FROM lost_property WHERE id = %s", (id_,))
    row = await cursor.fetchone()
    if row is None:
        return None
    return _Stands(transaction=bytes(row["transaction"]), ended=row["ended"], receipt=row["receipt"])


async def of_ward(connection: Connection, *, ward: str, day: date) -> tuple[LostAccount, ...]:
    """What is open, whenever it was found, and what was settled on a Japanese calendar day."""
    cursor = await connection.execute(
        "SELECT transaction, extract(epoch FROM noticed_at)::bigint AS noticed_at, ended, receipt,"
        " extract(epoch FROM ended_at)::bigint AS ended_at FROM lost_property"
        " WHERE ward = %s AND (ended IS NULL OR (ended_at AT TIME ZONE 'Asia/Tokyo')::date = %s)"
        " ORDER BY noticed_at, id",
        (ward, day),
    )
    return tuple(
        LostAccount(
            transaction=row["transaction"],
            noticed_at=row["noticed_at"],
            end=row["ended"],
            receipt=row["receipt"],
            ended_at=row["ended_at"],
        )
        for row in await cursor.fetchall()
    )
