"""Which programs a party's database knows: those that its people declared, and the processes beside each other.

Takamatsu 2024: a single-server program on a multi-server site handed out another resident's paper. What a process
believes about itself cannot show that. So what may serve is a row in the database that all of them share (`programs`),
written by a person's command, and every process writes beside it what it is (`replicas`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from psycopg import sql

from madoguchi import __version__, evidence
from madoguchi.runtime.config import PartyConfig, config_fingerprint
from madoguchi.runtime.database import Connection
from madoguchi.runtime.problems import OTHERS_RUN, STRANGER

GONE_AFTER: Final = timedelta(seconds=60)
"""Whoever was not seen for this long counts as gone, and must itself stop serving by then (`standing`)."""
_FORGET_AFTER: Final = timedelta(days=1)
_LOCK: Final = 0x7265706C  # "repl": processes that start together are compared one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program with its configuration that may serve: declared by a person."""

    party: str
    """Whose processes these are: two parties may share a database (the issuing server's issuers and intakes)."""
    version: str
    fingerprint: str
    """`config_fingerprint`: version, names of all replicas, and every setting that they share."""
    replicas: tuple[str, ...]
    declared_by: str
    declared_at: datetime

    @classmethod
    def of(cls, config: PartyConfig, *, by: str, at: datetime) -> Program:
        """What this configuration and this installation would declare."""
        return cls(
            party=config.party,
            version=__version__,
            fingerprint=config_fingerprint(config),
            replicas=config.topology.replicas,
            declared_by=by,
            declared_at=at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A process as it was last seen. Times are the database's, but for `own_clock`."""

    process: bytes
    """16 random octets of this run of the program."""
    party: str
    name: str
    version: str
    fingerprint: str
    own_clock: datetime
    started_at: datetime
    seen_at: datetime
    refusing: str | None
    """The code for which it refuses to serve; None while it serves."""
    reported: bool
    """An incident was written of it."""

    def lives(self, *, now: datetime) -> bool:
        """Whether it was seen lately, on the database's clock."""
        return now - self.seen_at <= GONE_AFTER

    def declared(self, programs: Iterable[Program]) -> bool:
        """Whether somebody declared this program, and this name in it."""
        mine = (self.version, self.fingerprint)
        return any((each.version, each.fingerprint) == mine and self.name in each.replicas for each in programs)

    def state(self, programs: Iterable[Program], *, now: datetime) -> str:
        """In a word or a code: `serves`, why it refuses, or `gone`."""
        if not self.lives(now=now):
            return "gone"
        return self.refusing or ("serves" if self.declared(programs) else STRANGER.code)


async def lock(connection: Connection) -> datetime:
    """Until the transaction ends nobody else compares or declares. The database's time."""
    await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor = await connection.execute("SELECT clock_timestamp() AS now")
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError
    at: datetime = row["now"]
    return at


async def declared(connection: Connection, *, party: str) -> tuple[Program, ...]:
    """What of this party may serve, the oldest declaration first."""
    cursor = await connection.execute(
        "SELECT party, version, fingerprint, replicas, declared_by, declared_at FROM programs WHERE party = %s"
        " ORDER BY declared_at, fingerprint",
        (party,),
    )
    return tuple(Program(**{**row, "replicas": tuple(row["replicas"])}) for row in await cursor.fetchall())


async def seen(connection: Connection, *, party: str) -> tuple[Seen, ...]:
    """Every process of this party that was seen within a day, by name and start."""
    cursor = await connection.execute(
        "SELECT process, party, name, version, fingerprint, own_clock, started_at, seen_at, refusing, reported"
        " FROM replicas WHERE party = %s ORDER BY name, started_at, process",
        (party,),
    )
    return tuple(Seen(**{**row, "process": bytes(row["process"])}) for row in await cursor.fetchall())


async def declare(connection: Connection, program: Program) -> bool:
    """Let a program serve beside those that may already; kept as evidence. False if it may already."""
    await lock(connection)
    cursor = await connection.execute(
        "INSERT INTO programs (party, version, fingerprint, replicas, declared_by, declared_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (fingerprint) DO NOTHING",
        (
            program.party,
            program.version,
            program.fingerprint,
            list(program.replicas),
            program.declared_by,
            program.declared_at,
        ),
    )
    if cursor.rowcount:
        await _note(connection, "topology.declared", program, by=program.declared_by, at=program.declared_at)
    return cursor.rowcount > 0


async def conclude(
    connection: Connection, program: Program, *, by: str, at: datetime, stop_others: bool
) -> tuple[Program, ...]:
    """From now on only this program of its party may serve; returns those that may not any more.

    Raises `runtime.stranger` when the program was not declared, and `runtime.others_run` while processes of another
    declared program serve, unless `stop_others`.
    """
    now = await lock(connection)
    programs = await declared(connection, party=program.party)
    if program.fingerprint not in {each.fingerprint for each in programs}:
        raise STRANGER.error(f"fingerprint {program.fingerprint} is not declared")
    others = tuple(each for each in programs if each.fingerprint != program.fingerprint)
    living = [each for each in await seen(connection, party=program.party) if each.lives(now=now)]
    running = [each.name for each in living if each.declared(others)]
    if running and not stop_others:
        raise OTHERS_RUN.error(", ".join(running))
    for other in others:
        await connection.execute("DELETE FROM programs WHERE fingerprint = %s", (other.fingerprint,))
        await _note(connection, "topology.concluded", other, by=by, at=at)
    return others


async def write_own(connection: Connection, own: Seen, *, previous: bytes | None) -> None:
    """Say that we live. `previous` is the run before of this name, known dead by the process lock.

    Who comes back after having counted as gone begins anew: another may have taken the name meanwhile.
    """
    await connection.execute(
        "DELETE FROM replicas WHERE party = %s AND ((name = %s AND process = %s) OR seen_at < clock_timestamp() - %s)",
        (own.party, own.name, previous, _FORGET_AFTER),
    )
    await connection.execute(
        "INSERT INTO replicas (process, party, name, version, fingerprint, own_clock) VALUES (%s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (process) DO UPDATE SET own_clock = excluded.own_clock, seen_at = clock_timestamp(), started_at ="
        " CASE WHEN replicas.seen_at < clock_timestamp() - %s THEN clock_timestamp() ELSE replicas.started_at END",
        (own.process, own.party, own.name, own.version, own.fingerprint, own.own_clock, GONE_AFTER),
    )


async def write_refusing(connection: Connection, process: bytes, code: str | None) -> None:
    """Say for which code a process refuses to serve; a new reason is to be reported anew."""
    await connection.execute(
        "UPDATE replicas SET refusing = %s, reported = false WHERE process = %s AND refusing IS DISTINCT FROM %s",
        (code, process, code),
    )


async def write_reported(connection: Connection, process: bytes) -> None:
    """An incident was written of this process, in this transaction."""
    await connection.execute("UPDATE replicas SET reported = true WHERE process = %s", (process,))


async def forget(connection: Connection, process: bytes) -> None:
    """A process ends in good order."""
    await connection.execute("DELETE FROM replicas WHERE process = %s", (process,))


async def _note(connection: Connection, event: str, program: Program, *, by: str, at: datetime) -> None:
    body = {"party": program.party, "version": program.version, "fingerprint": program.fingerprint, "by": by}
    await evidence.append(connection, event, body, at=at)


def ddl(*, serving_role: str) -> str:
    """SQL that creates both tables in a party's migration, run by the owner role."""
    return _DDL.replace("@role@", sql.Identifier(serving_role).as_string(None))


def party_ddl(party: str) -> str:
    """SQL that names the party in both tables; the programs before it knew none, so theirs is the default."""
    return _PARTY_DDL.replace("@party@", sql.Literal(party).as_string(None))


_PARTY_DDL = """
ALTER TABLE programs ADD COLUMN party text NOT NULL DEFAULT @party@;
ALTER TABLE replicas ADD COLUMN party text NOT NULL DEFAULT @party@;
"""
_DDL = """
CREATE TABLE programs (
    fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
    version text NOT NULL,
    replicas text[] NOT NULL,
    declared_by text NOT NULL CHECK (declared_by <> ''),
    declared_at timestamptz NOT NULL
);
CREATE TABLE replicas (
    process bytea PRIMARY KEY CHECK (octet_length(process) = 16),
    name text NOT NULL,
    version text NOT NULL,
    fingerprint text NOT NULL,
    own_clock timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    refusing text,
    reported boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT, DELETE ON programs TO @role@;
GRANT SELECT, INSERT, UPDATE, DELETE ON replicas TO @role@;
"""
