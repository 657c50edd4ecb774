"""What stops issuing: the clerk's finding, and the decisions of the ward's staff, each with who, when and why.

The commands and the ward's desk call the same functions, inside a transaction of theirs: a stop counts with its commit,
on every replica.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from madoguchi.evidence.log import Plain
from madoguchi.issuer import offers
from madoguchi.issuer.clerk import ClerkStopped
from madoguchi.issuer.config import ClerkSection, MenuSection
from madoguchi.issuer.desk_problems import DECISION_INCOMPLETE
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.problems import ALARM
from madoguchi.issuer.secrets_at_rest import Pseudonyms
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.visible import before_commit, show_person
from madoguchi.runtime.database import Connection

PERSON = "issuer.clerk_person"
VALUE = "issuer.clerk_value"
"""Codes of the incidents: another person's data or page; a wrong value."""
BY_HAND = "issuer.by_hand"
MOST_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided, and why. Kept in evidence for ever: never a resident's name.

    Raises `issuer.decision_incomplete` for a decision of nobody, or one that is too long to be kept.
    """

    by: str
    reason: str = ""
    second: str = ""
    """Who agreed, where two must."""

    def __post_init__(self) -> None:
        if not self.by.strip():
            raise DECISION_INCOMPLETE.error("nobody decided")
        if max(len(self.by), len(self.second), len(self.reason)) > MOST_CHARACTERS:
            raise DECISION_INCOMPLETE.error(f"more than {MOST_CHARACTERS} characters")

    def plain(self) -> dict[str, Plain]:
        """For the evidence."""
        return {"by": self.by, "second": self.second or None, "reason": self.reason or None}


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
    """From this commit on every replica refuses everything, until people clear it."""
    cursor = await connection.execute(
        "UPDATE switches SET engaged = true, code = %s, since = %s, set_by = NULL, second = NULL, reason = NULL"
        " WHERE name = 'alarm' AND NOT engaged",
        (code, at),
    )
    if cursor.rowcount:
        await incident(connection, ALARM.code, at=at, detail=code)
    await before_commit(connection)


async def suspend_ward(connection: Connection, decision: Decision, *, at: datetime) -> bool:
    """Issue nothing of the whole ward. Whether anything changed."""
    return await _turn(connection, "suspended", decision, engaged=True, at=at)


async def resume_ward(connection: Connection, decision: Decision, *, at: datetime) -> bool:
    """Issue again. Whether the ward was suspended."""
    return await _turn(connection, "suspended", decision, engaged=False, at=at)


async def clear_alarm(connection: Connection, decision: Decision, *, settings: ClerkSection, at: datetime) -> bool:
    """End the alarm after the inquiry. Whether there was one.

    Raises `issuer.decision_incomplete` without a reason, and without a second person unless the ward's setting
    `clerk.two_clear_an_alarm` is off: an alarm means that somebody may have got another person's paper.
    """
    if not decision.reason.strip():
        raise DECISION_INCOMPLETE.error("an alarm is cleared for a reason")
    first, second = decision.by.strip().casefold(), decision.second.strip().casefold()
    if settings.two_clear_an_alarm and second in {"", first}:
        raise DECISION_INCOMPLETE.error("an alarm is cleared by two people")
    return await _turn(connection, "alarm", decision, engaged=False, at=at)


async def stop_offered(
    connection: Connection,
    configured: MenuSection,
    decision: Decision,
    *,
    kind: str | None,
    year: int | None,
    stopped: bool,
    at: datetime,
) -> bool:
    """Stop a kind, a year of every kind, or a year of one kind, or offer it again. Whether anything changed.

    Raises `issuer.offer_wrong` when nothing like it is offered.
    """
    change = offers.with_stopped(kind, year, stopped=stopped)
    before = await offers.offer_in_force(connection, configured)
    if change(before) == before:
        return False
    what = " ".join(str(each) for each in (kind, year, "stopped" if stopped else "resumed") if each is not None)
    await offers.change_offer(connection, configured, change, by=decision.by, what=what, reason=decision.reason, at=at)
    return True


async def suspend_record(
    connection: Connection,
    number: str,
    decision: Decision,
    *,
    index: BlindIndex,
    pseudonyms: Pseudonyms,
    at: datetime,
) -> bool:
    """Issue nothing of one record until a person resumes it. Whether anything changed."""
    changed = await _suspend(connection, index.person(number), BY_HAND, decision)
    if changed:
        await before_commit(connection)
        body = {"code": BY_HAND, **decision.plain(), **_whose(number, pseudonyms, at=at)}
        await note(connection, "record.suspended", body, at=at)
    return changed


async def resume_record(
    connection: Connection,
    number: str,
    decision: Decision,
    *,
    index: BlindIndex,
    pseudonyms: Pseudonyms,
    at: datetime,
) -> bool:
    """Take a suspension back after the inquiry. Whether there was one."""
    person = index.person(number)
    await show_person(connection, person)
    cursor = await connection.execute("DELETE FROM suspensions WHERE person = %s RETURNING code", (person,))
    row = await cursor.fetchone()
    if row is not None:
        body = {"code": row["code"], **decision.plain(), **_whose(number, pseudonyms, at=at)}
        await note(connection, "record.resumed", body, at=at)
    return row is not None


async def _turn(connection: Connection, name: str, decision: Decision, *, engaged: bool, at: datetime) -> bool:
    cursor = await connection.execute(
        "UPDATE switches SET engaged = %s, code = NULL, since = %s, set_by = %s, second = %s, reason = %s"
        " WHERE name = %s AND engaged <> %s",
        (engaged, at, decision.by, decision.second, decision.reason, name, engaged),
    )
    if cursor.rowcount:
        await before_commit(connection)
        await note(connection, "switch.turned", {"switch": name, "engaged": engaged, **decision.plain()}, at=at)
    return cursor.rowcount > 0


def _whose(number: str, pseudonyms: Pseudonyms, *, at: datetime) -> dict[str, Plain]:
    period, person = pseudonyms.of(number, at=at)
    return {"period": period, "person": person}


async def _suspend(connection: Connection, person: bytes, code: str, decision: Decision | None = None) -> bool:
    by, reason = (decision.by, decision.reason) if decision else (None, None)
    await show_person(connection, person)
    cursor = await connection.execute(
        "INSERT INTO suspensions (person, code, set_by, reason) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (person) DO NOTHING",
        (person, code, by, reason),
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
