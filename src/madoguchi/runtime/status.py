"""How a party stands, as its database knows it: for `PARTY status`, and for the gauges of `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from madoguchi import __version__, custody, evidence
from madoguchi.runtime import metrics, replicas
from madoguchi.runtime.config import PartyConfig, config_fingerprint


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A program that may serve."""

    version: str
    fingerprint: str
    names: tuple[str, ...]
    declared_by: str
    declared_at: datetime


class Replica(msgspec.Struct, frozen=True, kw_only=True):
    """A process as it was last seen."""

    name: str
    state: str
    """`serves`, the code for which it refuses, or `gone`."""
    version: str
    fingerprint: str
    seen_seconds_ago: float
    clock_off_seconds: float
    """Its clock minus the database's, when it was last seen."""


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts for plaintext."""

    held: int
    erased: int
    open: int
    oldest_open_seconds: int


class ProgramStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Who may serve and who does."""

    party: str
    at: datetime
    """The database's clock."""
    version: str
    fingerprint: str
    """Of the configuration that the command was given."""
    programs: tuple[Declared, ...]
    replicas: tuple[Replica, ...]


class PartyStatus(ProgramStatus, frozen=True, kw_only=True):
    """What every party with two or more processes on one database can say."""

    receipts: Receipts
    evidence_entries: int


async def party_status(connection: AsyncConnection[Any], config: PartyConfig) -> PartyStatus:
    """Read it in the caller's transaction."""
    programs = await program_status(connection, config)
    account = await custody.account(connection, party=config.party)
    position, _ = await evidence.end(connection)
    return PartyStatus(
        **msgspec.structs.asdict(programs),
        receipts=Receipts(
            held=account.held,
            erased=sum(account.erased.values()),
            open=len(account.open),
            oldest_open_seconds=max((each.age_seconds for each in account.open), default=0),
        ),
        evidence_entries=position,
    )


async def program_status(connection: AsyncConnection[Any], config: PartyConfig) -> ProgramStatus:
    """Read it in the caller's transaction; needs no right but on the tables of programs and replicas."""
    now = await replicas.lock(connection)
    programs = await replicas.declared(connection, party=config.party)
    return ProgramStatus(
        party=config.party,
        at=now,
        version=__version__,
        fingerprint=config_fingerprint(config),
        programs=tuple(
            Declared(
                version=each.version,
                fingerprint=each.fingerprint,
                names=each.replicas,
                declared_by=each.declared_by,
                declared_at=each.declared_at,
            )
            for each in programs
        ),
        replicas=tuple(
            Replica(
                name=each.name,
                state=each.state(programs, now=now),
                version=each.version,
                fingerprint=each.fingerprint,
                seen_seconds_ago=round((now - each.seen_at).total_seconds(), 1),
                clock_off_seconds=round((each.own_clock - each.seen_at).total_seconds(), 1),
            )
            for each in await replicas.seen(connection, party=config.party)
        ),
    )


def set_gauges(status: PartyStatus) -> None:
    """The numbers of a status that a monitor watches."""
    metrics.RECEIPTS_OPEN.set(status.receipts.open)
    metrics.RECEIPTS_AGE.set(status.receipts.oldest_open_seconds)
    metrics.PROGRAMS.set(len(status.programs))
    living = [each for each in status.replicas if each.state != "gone"]
    serving = sum(each.state == "serves" for each in living)
    metrics.REPLICAS.labels("serves").set(serving)
    metrics.REPLICAS.labels("refuses").set(len(living) - serving)


def lines_of(status: msgspec.Struct) -> Iterator[str]:
    """The status for a person: a line per value, and one per row of a list."""
    for key, value in msgspec.to_builtins(status).items():
        if isinstance(value, list | tuple):
            yield f"{key}: {len(value) or 'none'}"
            yield from (f"    {_row(each)}" for each in value)
        else:
            yield f"{key}: {_row(value)}"


def as_json(status: msgspec.Struct) -> str:
    """The same for a program."""
    return msgspec.json.format(msgspec.json.encode(status)).decode()


def _row(value: Any) -> str:
    if isinstance(value, Mapping):
        return "  ".join(f"{key} {_row(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(_row, value))
    return "-" if value is None else str(value)
