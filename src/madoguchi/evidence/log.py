"""The evidence log: append-only, hash-chained rows in the party's own PostgreSQL.

An entry is written inside the transaction whose effect it records: no evidence, no issue (invariant 8). The database
itself computes each hash and refuses an entry that does not follow the one before; nobody may update or delete one, and
the serving role may only insert and read. A database superuser can still cut entries off the end and nothing in the
database would show it: position and hash of the end go out with every account, for whoever keeps them elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import tuple_row

from madoguchi.evidence.problems import BROKEN
from madoguchi.runtime.clock import epoch
from madoguchi.wire.codec import decode_plain, encode_plain
from madoguchi.wire.identifiers import sha256

Plain = bool | int | str | bytes | None
GENESIS = bytes(32)
_LOCK = 0x65766964  # "evid": one advisory lock per database: the chain has one end


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: when (Unix seconds), what, and a body of plain values by name, without personal data."""

    position: int
    at: int
    event: str
    raw_body: bytes
    """Deterministic CBOR, as it was hashed."""
    previous: bytes
    hash: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The body's values by name. Raises `wire.malformed` for an entry that was tampered with."""
        body: dict[str, Any] = decode_plain(self.raw_body)
        return body


def entry_hash(*, previous: bytes, position: int, at: int, event: str, body: bytes) -> bytes:
    """SHA-256 over previous hash (32 octets), position and time (8 octets each, big-endian), event, NUL, body.

    No two different entries give the same octets: the first three have fixed lengths, and no event holds a NUL.
    """
    return sha256(
        b"".join((previous, position.to_bytes(8, "big"), at.to_bytes(8, "big"), event.encode(), b"\x00", body))
    )


async def append(connection: AsyncConnection[Any], event: str, body: Mapping[str, Plain], *, at: datetime) -> bytes:
    """Append an entry inside the caller's transaction and return its hash. The chain's end stays locked until commit.

    Call it last before the commit. `event` is a static name such as `certificate.issued`; `body` holds keyed
    pseudonyms and digests, never personal data. Any database error means: not recorded, so do not act.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    position, previous = await end(connection)
    position += 1
    encoded = encode_plain(dict(body))
    seconds = epoch(at)
    made = entry_hash(previous=previous, position=position, at=seconds, event=event, body=encoded)
    await connection.execute(
        "INSERT INTO evidence (position, at, event, body, previous, hash) VALUES (%s, %s, %s, %s, %s, %s)",
        (position, seconds, event, encoded, previous, made),
    )
    return made


async def entries(connection: AsyncConnection[Any], *, after: int = 0) -> AsyncIterator[Entry]:
    """Entries in order, from the one after position `after`. In a transaction: a log of years comes in pieces."""
    async with connection.cursor("evidence_entries", row_factory=tuple_row) as cursor:
        await cursor.execute(
            "SELECT position, at, event, body, previous, hash FROM evidence WHERE position > %s ORDER BY position",
            (after,),
        )
        async for position, at, event, body, previous, hashed in cursor:
            yield Entry(position, at, event, bytes(body), bytes(previous), bytes(hashed))


async def check(connection: AsyncConnection[Any]) -> tuple[int, bytes]:
    """Recompute the whole chain. Returns position and hash of its end; raises `evidence.broken` naming the position."""
    position, last = 0, GENESIS
    async for entry in entries(connection):
        position += 1
        made = entry_hash(previous=last, position=position, at=entry.at, event=entry.event, body=entry.raw_body)
        if (entry.position, entry.previous, entry.hash) != (position, last, made):
            raise BROKEN.error(f"at position {position}")
        last = made
    return position, last


async def end(connection: AsyncConnection[Any]) -> tuple[int, bytes]:
    """Position and hash of the chain's end, without checking it."""
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute("SELECT position, hash FROM evidence ORDER BY position DESC LIMIT 1")
        last = await cursor.fetchone()
    return (0, GENESIS) if last is None else (last[0], bytes(last[1]))


def ddl(*, serving_role: str) -> str:
    """SQL that creates the log in a party's migration, run by the owner role; the serving role may insert and read."""
    return _DDL.replace("@role@", sql.Identifier(serving_role).as_string(None))


_DDL = """
CREATE TABLE evidence (
    position bigint PRIMARY KEY CHECK (position > 0),
    at bigint NOT NULL,
    event text NOT NULL CHECK (event ~ '^[a-z_]+([.][a-z_]+)*$'),
    body bytea NOT NULL CHECK (octet_length(body) <= 4000),
    previous bytea NOT NULL CHECK (octet_length(previous) = 32),
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32)
);
CREATE FUNCTION evidence_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    SELECT position, hash INTO last FROM evidence ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(last.position, 0) + 1
       OR NEW.previous <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
       OR NEW.hash <> sha256(NEW.previous || int8send(NEW.position) || int8send(NEW.at)
                             || convert_to(NEW.event, 'UTF8') || '\\x00'::bytea || NEW.body) THEN
        RAISE EXCEPTION 'an entry of evidence must follow the one before it';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_follows BEFORE INSERT ON evidence FOR EACH ROW EXECUTE FUNCTION evidence_follows();
CREATE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is append-only';
END $$;
CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION evidence_stays();
CREATE TRIGGER evidence_stays_whole BEFORE TRUNCATE ON evidence EXECUTE FUNCTION evidence_stays();
GRANT SELECT, INSERT ON evidence TO @role@;
"""
