"""PostgreSQL: a pool of connections of the serving role, transactions, and the proof that commits are durable.

A commit of state or evidence must survive a power failure, or the party stops (invariant 8: no evidence, no issue).
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from madoguchi.runtime import log
from madoguchi.runtime.config import Database
from madoguchi.runtime.problems import DATABASE_FULL, DATABASE_NOT_DURABLE, DATABASE_UNAVAILABLE

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

CONNECT_SECONDS: Final = 10
WAIT_SECONDS: Final = 10.0
"""How long a request waits for a free connection before it is refused."""
RECONNECT_SECONDS: Final = 1.0
"""Between attempts to reach a server that is away."""
STATEMENT_MILLISECONDS: Final = 15_000
IDLE_TRANSACTION_MILLISECONDS: Final = 30_000

_DURABLE: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    # `local` is durable on this machine but, with a standby, not where it counts.
    "synchronous_commit": {"on", "remote_write", "remote_apply"},
}

VOLATILE = log.event("runtime.database_volatile", "setting")


@asynccontextmanager
async def connect(
    database: Database, *, application_name: str = "madoguchi", wait_seconds: float = WAIT_SECONDS
) -> AsyncIterator[Pool]:
    """A pool of open connections; refuses a server whose commits could be lost.

    Raises runtime.database_unavailable and runtime.database_not_durable.
    """
    options = (
        f"-c statement_timeout={STATEMENT_MILLISECONDS} "
        f"-c idle_in_transaction_session_timeout={IDLE_TRANSACTION_MILLISECONDS} "
        "-c timezone=UTC"
    )
    pool: Pool = AsyncConnectionPool(
        database.url,
        connection_class=AsyncConnection[DictRow],
        kwargs={
            "row_factory": dict_row,
            "connect_timeout": CONNECT_SECONDS,
            "application_name": application_name,
            "options": options,
        },
        min_size=min(2, database.pool_size),
        max_size=database.pool_size,
        timeout=wait_seconds,
        check=_refuse_closed,
        # The pool's own pauses between attempts double up to minutes; ours begin anew, so that a server that is back
        # serves within seconds.
        reconnect_timeout=RECONNECT_SECONDS,
        reconnect_failed=_go_on_trying,
        open=False,
    )
    try:
        await pool.open(wait=True, timeout=wait_seconds)
        async with pool.connection() as connection:
            await _refuse_volatile(connection, declared=database.declared_volatile)
    except (psycopg.OperationalError, PoolTimeout) as error:
        await pool.close()
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error
    except BaseException:
        await pool.close()
        raise
    try:
        yield pool
    finally:
        await pool.close()


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One database transaction: committed when the block ends, rolled back when it raises.

    Isolation is READ COMMITTED; what must not change meanwhile is locked (`SELECT … FOR UPDATE`) or guarded by a
    conditional update, as the caller's comment says. Raises runtime.database_full when the server has no room left
    (nothing was written), runtime.database_unavailable when it is gone; if that happens while committing, whether it
    was committed is unknown, and the unique row that claims the work says.
    """
    try:
        async with pool.connection() as connection, connection.transaction():
            yield connection
    except psycopg.errors.DiskFull as error:
        raise DATABASE_FULL.error(error.diag.table_name or "") from error
    except (psycopg.OperationalError, PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error


async def answers(pool: Pool) -> None:
    """Raise runtime.database_unavailable unless the server answers: the least that `/ready` asks."""
    async with transaction(pool) as connection:
        await connection.execute("SELECT 1")


async def _refuse_closed(connection: AsyncConnection[Any]) -> None:
    """Raise for a connection that the server has closed while nobody used it: after a restart of the server all are.

    The server is asked only when there is something to read: on an idle connection that mostly is its farewell.
    """
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


async def _go_on_trying(pool: Any) -> None:
    """`check` lets a pool without connections grow again: with an attempt at once, and one after the pause."""
    if not pool.closed:
        await pool.check()


@asynccontextmanager
async def session(pool: Pool) -> AsyncIterator[Connection]:
    """One connection for several transactions in a row, each `async with connection.transaction()`.

    For work that holds a lock of the session across commits. Raises what `transaction` raises.
    """
    try:
        async with pool.connection() as connection:
            await connection.set_autocommit(True)
            try:
                yield connection
            finally:
                if not connection.closed:
                    await connection.set_autocommit(False)
    except psycopg.errors.DiskFull as error:
        raise DATABASE_FULL.error(error.diag.table_name or "") from error
    except (psycopg.OperationalError, PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise DATABASE_UNAVAILABLE.error(type(error).__name__) from error


async def _refuse_volatile(connection: AsyncConnection[Any], *, declared: bool) -> None:
    for setting, durable in _DURABLE.items():
        cursor = await connection.execute("SELECT current_setting(%s) AS value", (setting,))
        row = await cursor.fetchone()
        value = row["value"] if row else "unknown"
        if value in durable:
            continue
        if not declared:
            raise DATABASE_NOT_DURABLE.error(f"{setting} is {value}")
        log.get_log().warning(VOLATILE, setting=setting)
