"""What the clerk's finding does: incident, suspension of the record, and the alarm at which every replica stops."""

from __future__ import annotations

from datetime import datetime, timedelta

from madoguchi.issuer.clerk import ClerkStopped
from madoguchi.issuer.config import ClerkSection
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.problems import ALARM
from madoguchi.issuer.store.visible import before_commit, show_person
from madoguchi.runtime.database import Connection

PERSON = "issuer.clerk_person"
VALUE = "issuer.clerk_value"
"""Codes of the incidents: another person's data or page; a wrong value."""
BY_HAND = "issuer.by_hand"


async def clerk_stopped(
    connection: Connection, stopped: ClerkStopped, *, transaction: bytes, settings: ClerkSection, at: datetime
) -> None:
    """Record a finding: wrong value, the record is suspended; another person or too many, everything stops."""
    code = PERSON if stopped.another_person else VALUE
    await _suspend(connection, stopped.whose, code)
    await incident(connection, code, at=at, transaction=transaction, detail=stopped.cause)
    if stopped.another_person or await _too_many(connection, settings, at=at):
        await engage_alarm(connection, code=code, at=at)
    await before_commit(connection)
    await note(connection, "clerk.stopped", {"transaction": transaction, "code": code}, at=at)


async def engage_alarm(connection: Connection, *, code: str, at: datetime) -> None:
    """From this commit on every replica refuses everything, until a person clears it."""
    await connection.execute(
        "UPDATE switches SET engaged = true, code = %s, since = %s WHERE name = 'alarm' AND NOT engaged", (code, at)
    )
    await incident(connection, ALARM.code, at=at, detail=code)


async def switch(connection: Connection, name: str, *, engaged: bool, at: datetime) -> bool:
    """Turn a switch by a person's decision, and keep it as evidence. Whether anything changed."""
    cursor = await connection.execute(
        "UPDATE switches SET engaged = %s, code = NULL, since = %s WHERE name = %s AND engaged <> %s",
        (engaged, at, name, engaged),
    )
    if cursor.rowcount:
        await before_commit(connection)
        await note(connection, "switch.turned", {"switch": name, "engaged": engaged}, at=at)
    return cursor.rowcount > 0


async def suspend_record(connection: Connection, person: bytes, *, at: datetime) -> bool:
    """Issue nothing of one record (`BlindIndex.person`) until somebody resumes it. Whether anything changed."""
    changed = await _suspend(connection, person, BY_HAND)
    if changed:
        await before_commit(connection)
        await note(connection, "record.suspended", {"code": BY_HAND}, at=at)
    return changed


async def resume_record(connection: Connection, person: bytes, *, at: datetime) -> bool:
    """Take a suspension back after the inquiry. Whether there was one."""
    await show_person(connection, person)
    cursor = await connection.execute("DELETE FROM suspensions WHERE person = %s RETURNING code", (person,))
    row = await cursor.fetchone()
    if row is not None:
        await note(connection, "record.resumed", {"code": row["code"]}, at=at)
    return row is not None


async def _suspend(connection: Connection, person: bytes, code: str) -> bool:
    await show_person(connection, person)
    cursor = await connection.execute(
        "INSERT INTO suspensions (person, code) VALUES (%s, %s) ON CONFLICT (person) DO NOTHING", (person, code)
    )
    return cursor.rowcount > 0


async def _too_many(connection: Connection, settings: ClerkSection, *, at: datetime) -> bool:
    """Findings since the window began, or since the alarm was last cleared."""
    cursor = await connection.execute(
        "SELECT count(*) AS found FROM incidents WHERE code = %s AND at > greatest(%s,"
        " (SELECT coalesce(since, '-infinity') FROM switches WHERE name = 'alarm'))",
        (VALUE, at - timedelta(minutes=settings.within_minutes)),
    )
    row = await cursor.fetchone()
    return row is not None and row["found"] >= settings.stop_after
