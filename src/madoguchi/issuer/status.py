"""How the ward's issuing stands, for `issuer status` and for the gauges."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from madoguchi.issuer.config import FeedLimits, IssuerConfig
from madoguchi.issuer.intake.config import IntakeConfig
from madoguchi.runtime import metrics
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection
from madoguchi.runtime.status import PartyStatus, ProgramStatus, party_status, program_status, set_gauges


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What is received from one source."""

    feed: Literal["tax", "jukinet"]
    sequence: int
    age_seconds: int | None
    """None while nothing came yet."""
    limit_seconds: int
    too_old: bool


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """A switch that stops everybody."""

    name: str
    engaged: bool
    code: str | None
    """Which finding engaged it; None for a person's decision."""
    set_by: str | None
    """Who turned it last; None for the program itself."""
    since: datetime | None


class IssuerStatus(PartyStatus, frozen=True, kw_only=True):
    """With what only an issuing server has."""

    feeds: tuple[Feed, ...]
    switches: tuple[Switch, ...]
    suspended_records: int
    last_issue_at: datetime | None
    issued_today: int
    refused_today: int
    incidents_today: dict[str, int]


class IntakeStatus(ProgramStatus, frozen=True, kw_only=True):
    """What an intake's role can say: nothing of what was issued."""

    feeds: tuple[Feed, ...]


async def intake_status(connection: Connection, config: IntakeConfig) -> IntakeStatus:
    """Read everything in one transaction."""
    programs = await program_status(connection, config)
    return IntakeStatus(**msgspec.structs.asdict(programs), feeds=await feeds_of(connection, config.feeds))


async def issuer_status(connection: Connection, config: IssuerConfig) -> IssuerStatus:
    """Read everything in one transaction. Today is the Japanese calendar day of the database's clock."""
    party = await party_status(connection, config)
    begins = party.at.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    cursor = await connection.execute(_COUNTS, {"begins": begins, "ends": begins + timedelta(days=1)})
    counts = await cursor.fetchone()
    cursor = await connection.execute(
        "SELECT code, count(*) AS number FROM incidents WHERE at >= %s AND at < %s GROUP BY code ORDER BY code",
        (begins, begins + timedelta(days=1)),
    )
    incidents = {row["code"]: row["number"] for row in await cursor.fetchall()}
    return IssuerStatus(
        **msgspec.structs.asdict(party),
        feeds=await feeds_of(connection, config.feeds),
        switches=await _switches(connection),
        incidents_today=incidents,
        **(counts or {}),
    )


def set_issuer_gauges(status: IssuerStatus) -> None:
    """The numbers that a monitor watches."""
    set_gauges(status)
    for feed in status.feeds:
        metrics.FEED_AGE.labels(feed.feed).set(float("inf") if feed.age_seconds is None else feed.age_seconds)
    for switch in status.switches:
        metrics.SWITCH.labels(switch.name).set(switch.engaged)


_COUNTS = """
    SELECT (SELECT count(*) FROM suspensions) AS suspended_records,
           (SELECT max(issued_at) FROM issuances WHERE claimed_at >= %(begins)s - interval '30 days') AS last_issue_at,
           count(*) FILTER (WHERE issued_at IS NOT NULL) AS issued_today,
           count(*) FILTER (WHERE state IN ('refused', 'failed')) AS refused_today
    FROM issuances WHERE claimed_at >= %(begins)s AND claimed_at < %(ends)s
"""


async def feeds_of(connection: Connection, settings: FeedLimits) -> tuple[Feed, ...]:
    """How old what was received is, by the database's clock; tax first."""
    limits = {"tax": settings.tax_seconds, "jukinet": settings.jukinet_seconds}
    cursor = await connection.execute(
        "SELECT feed, sequence, as_of, clock_timestamp() AS now FROM feeds ORDER BY feed DESC"
    )
    found = []
    for row in await cursor.fetchall():
        age = None if row["as_of"] is None else max(0, int((row["now"] - row["as_of"]).total_seconds()))
        limit = limits[row["feed"]]
        old = age is None or age > limit
        found.append(
            Feed(feed=row["feed"], sequence=row["sequence"], age_seconds=age, limit_seconds=limit, too_old=old)
        )
    return tuple(found)


async def _switches(connection: Connection) -> tuple[Switch, ...]:
    cursor = await connection.execute("SELECT name, engaged, code, set_by, since FROM switches ORDER BY name")
    return tuple(Switch(**row) for row in await cursor.fetchall())
