"""What a center keeps of a visit."""

from __future__ import annotations

from madoguchi.center.parts import Parts
from madoguchi.center.transactions import find
from madoguchi.runtime.database import transaction
from tests.center.world import OPERATOR, Visit


async def state(parts: Parts, visit: Visit) -> str:
    async with transaction(parts.pool) as connection:
        row = await find(connection, visit.transaction, operator=OPERATOR)
    assert row is not None
    return row.state


async def custody_of(parts: Parts, visit: Visit) -> str | None:
    async with transaction(parts.pool) as connection:
        cursor = await connection.execute("SELECT how FROM custody WHERE transaction = %s", (visit.transaction,))
        found = await cursor.fetchone()
    assert found is not None
    return found["how"]  # type: ignore[no-any-return]
