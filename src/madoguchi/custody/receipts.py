"""Receipts for plaintext certificate data: `held` before it exists, `erased` afterwards, saying how (invariant 5).

held = erased, always; what is open is shown with its age. The promise is a bounded life of the process's copy and no
durable trace, not a wiped memory. A row is committed before the plaintext exists in a process; a process that died is
known dead because its successor holds the process lock of the same name.
"""

from __future__ import annotations

from typing import Any, Literal

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

from madoguchi.custody.problems import NOT_HELD
from madoguchi.wire.account import CustodyAccount, OpenCustody

ErasedHow = Literal["wiped", "process_ended", "never_opened", "printer_confirmed"]


async def hold(connection: AsyncConnection[Any], transaction: bytes, *, holder: str, process: bytes) -> None:
    """Record that `holder` is about to have this transaction's plaintext. Commit before any plaintext exists.

    `process` are the 16 random octets of this run of the program. Raises psycopg's UniqueViolation when it is held.
    """
    await connection.execute(
        "INSERT INTO custody (transaction, holder, process) VALUES (%s, %s, %s)", (transaction, holder, process)
    )


async def erase(connection: AsyncConnection[Any], transaction: bytes, *, holder: str, how: ErasedHow) -> None:
    """Record that the plaintext is gone, and how. Raises `custody.not_held` when nothing open was held."""
    cursor = await connection.execute(
        "UPDATE custody SET erased_at = clock_timestamp(), how = %s"
        " WHERE transaction = %s AND holder = %s AND erased_at IS NULL",
        (how, transaction, holder),
    )
    if cursor.rowcount != 1:
        raise NOT_HELD.error(f"holder {holder}")


async def settle_dead(connection: AsyncConnection[Any], *, holder: str, process: bytes) -> int:
    """At start, under the process lock: what earlier processes of `holder` held ended with them. Returns how many."""
    cursor = await connection.execute(
        "UPDATE custody SET erased_at = clock_timestamp(), how = 'process_ended'"
        " WHERE holder = %s AND process <> %s AND erased_at IS NULL",
        (holder, process),
    )
    return cursor.rowcount


async def account(connection: AsyncConnection[Any], *, party: str) -> CustodyAccount:
    """All receipts of a party, counted, and what is open with its age in seconds, oldest first."""
    cursor = connection.cursor(row_factory=dict_row)
    await cursor.execute(_ACCOUNT)  # one statement: what is counted as open is what is listed
    rows = {row["how"]: row for row in await cursor.fetchall()}
    still = rows.get(None, {"holders": (), "ages": ()})
    return CustodyAccount(
        party=party,
        held=sum(row["number"] for row in rows.values()),
        erased={how: row["number"] for how, row in rows.items() if how is not None},
        open=tuple(
            OpenCustody(holder=holder, age_seconds=max(0, age))
            for holder, age in zip(still["holders"], still["ages"], strict=True)
        ),
    )


_ACCOUNT = """
    SELECT how, count(*) AS number, array_agg(holder ORDER BY held_at) AS holders,
           array_agg(extract(epoch FROM clock_timestamp() - held_at)::bigint ORDER BY held_at) AS ages
    FROM custody GROUP BY how
"""


def ddl(*, serving_role: str) -> str:
    """SQL that creates the receipts in a party's migration: rows are never deleted and are erased once."""
    return _DDL.replace("@role@", sql.Identifier(serving_role).as_string(None))


_DDL = """
CREATE TABLE custody (
    transaction bytea NOT NULL CHECK (octet_length(transaction) = 16),
    holder text NOT NULL,
    process bytea NOT NULL CHECK (octet_length(process) = 16),
    held_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    how text CHECK (how IN ('wiped', 'process_ended', 'never_opened', 'printer_confirmed')),
    PRIMARY KEY (transaction, holder),
    CHECK ((erased_at IS NULL) = (how IS NULL))
);
CREATE INDEX custody_open ON custody (held_at) WHERE erased_at IS NULL;
CREATE FUNCTION custody_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.erased_at IS NOT NULL
       OR (NEW.transaction, NEW.holder, NEW.process, NEW.held_at)
          IS DISTINCT FROM (OLD.transaction, OLD.holder, OLD.process, OLD.held_at) THEN
        RAISE EXCEPTION 'a custody receipt is erased once and changed in nothing else';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER custody_once BEFORE UPDATE ON custody FOR EACH ROW EXECUTE FUNCTION custody_once();
CREATE FUNCTION custody_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'custody receipts are kept';
END $$;
CREATE TRIGGER custody_stays BEFORE DELETE ON custody FOR EACH ROW EXECUTE FUNCTION custody_stays();
CREATE TRIGGER custody_stays_whole BEFORE TRUNCATE ON custody EXECUTE FUNCTION custody_stays();
GRANT SELECT, INSERT (transaction, holder, process) ON custody TO @role@;
GRANT UPDATE (erased_at, how) ON custody TO @role@;
"""
