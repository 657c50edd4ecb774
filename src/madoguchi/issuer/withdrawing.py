"""Taking back papers that were handed over: superseded (更正) or revoked (取消し), with who, when and why.

A receiver who asks from the commit on is told. What was withdrawn never counts again: the resident applies anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from madoguchi.issuer.desk_problems import PAPER_NOT_KNOWN, PAPER_NOT_WITHDRAWN
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.stopping import Decision
from madoguchi.issuer.store.visible import before_commit
from madoguchi.runtime.database import Connection

WRONG_PERSON: Final = "issuer.wrong_person"
"""Incident: somebody holds another person's paper. It is what this system exists to prevent, so it is explained."""


class Withdrawn(StrEnum):
    """What a withdrawn paper is from then on."""

    SUPERSEDED = "superseded"
    """A later certificate says otherwise."""
    REVOKED = "revoked"
    """It should not have been issued, or must not be relied on."""


class Why(StrEnum):
    """The reasons there are. Free words stand beside them, never instead."""

    CORRECTION = "correction"
    """更正: the tax was corrected afterwards."""
    WRONG_CONTENT = "wrong_content"
    """記載誤り"""
    WRONG_PERSON = "wrong_person"
    """他人への交付"""
    LOST = "lost"
    """遺失・盗難の届出"""


_REASONS: Final = {
    Withdrawn.SUPERSEDED: frozenset({Why.CORRECTION, Why.WRONG_CONTENT}),
    Withdrawn.REVOKED: frozenset(Why),
}
_BEFORE: Final = {
    Withdrawn.SUPERSEDED: frozenset({"printed", "unknown"}),
    Withdrawn.REVOKED: frozenset({"printed", "unknown", "superseded"}),
}
"""What may be withdrawn: a sheet that is, or may be, in somebody's hands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """One decision about one paper, or about all papers of its issuance."""

    to: Withdrawn
    why: Why
    decision: Decision
    whole_issuance: bool = False
    successor: bytes | None = None
    """The paper that says it rightly, where there is one."""

    def __post_init__(self) -> None:
        """Raises `issuer.paper_not_withdrawn` for a reason that does not fit."""
        if self.why not in _REASONS[self.to]:
            raise PAPER_NOT_WITHDRAWN.error(f"{self.why} is no reason for {self.to}")
        if self.successor is not None and self.to is not Withdrawn.SUPERSEDED:
            raise PAPER_NOT_WITHDRAWN.error("only a superseded paper has a successor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One paper as the ward's staff see it; nobody's name is kept beside it."""

    paper_number: bytes
    transaction: bytes
    position: int
    copy: int
    page: int
    pages: int
    state: str


async def withdraw(
    connection: Connection, paper_number: bytes, withdrawal: Withdrawal, *, at: datetime
) -> tuple[Sheet, ...]:
    """Withdraw a paper, or every sheet of its issuance that came out. Returns them as they are now, in order.

    Nothing is changed when any of it cannot be done. Raises `issuer.paper_not_known`, `issuer.paper_not_withdrawn`.
    """
    sheets = await _locked(connection, paper_number)
    chosen = _chosen(sheets, paper_number, withdrawal)
    if withdrawal.successor is not None:
        await _expect_successor(connection, withdrawal.successor, of=chosen[0].transaction)
    for sheet in chosen:
        await _write(connection, sheet, withdrawal, at=at)
    name = chosen[0].transaction
    if withdrawal.why is Why.WRONG_PERSON:
        await incident(connection, WRONG_PERSON, at=at, transaction=name, detail=withdrawal.to)
    await before_commit(connection)
    # The transaction and the places of its sheets, not the numbers: whoever reads the evidence holds no paper.
    body = {
        "transaction": name,
        "sheets": " ".join(str(sheet.position) for sheet in chosen),
        "state": withdrawal.to.value,
        "why": withdrawal.why.value,
        **withdrawal.decision.plain(),
    }
    await note(connection, "paper.withdrawn", body, at=at)
    return tuple(_now(sheet, withdrawal.to) for sheet in chosen)


async def sheets_of(connection: Connection, paper_number: bytes) -> tuple[Sheet, ...]:
    """Every sheet of the issuance to which a paper belongs. Raises `issuer.paper_not_known`."""
    cursor = await connection.execute(
        "SELECT paper_number, transaction, position, copy, page, pages, state FROM papers"
        " WHERE transaction = (SELECT transaction FROM papers WHERE paper_number = %s) ORDER BY position",
        (paper_number,),
    )
    rows = await cursor.fetchall()
    if not rows:
        raise PAPER_NOT_KNOWN.error()
    return tuple(Sheet(**row) for row in rows)


async def history_of(connection: Connection, paper_number: bytes) -> Sequence[dict[str, Any]]:
    """What was withdrawn of one paper, oldest first: state, why, at, set_by, reason."""
    cursor = await connection.execute(
        "SELECT state, why, at, set_by, reason FROM withdrawals WHERE paper_number = %s ORDER BY at, state",
        (paper_number,),
    )
    return await cursor.fetchall()


async def _locked(connection: Connection, paper_number: bytes) -> tuple[Sheet, ...]:
    """As `sheets_of`, and from now on no outcome and no other decision touches them before the commit."""
    sheets = await sheets_of(connection, paper_number)
    await connection.execute("SELECT FROM issuances WHERE transaction = %s FOR UPDATE", (sheets[0].transaction,))
    return await sheets_of(connection, paper_number)


def _chosen(sheets: tuple[Sheet, ...], paper_number: bytes, withdrawal: Withdrawal) -> tuple[Sheet, ...]:
    allowed = _BEFORE[withdrawal.to]
    if withdrawal.whole_issuance:
        chosen = tuple(sheet for sheet in sheets if sheet.state in allowed)
        if not chosen:
            raise PAPER_NOT_WITHDRAWN.error(f"no sheet of it can be {withdrawal.to}")
        return chosen
    (sheet,) = [each for each in sheets if each.paper_number == paper_number]
    if sheet.state not in allowed:
        raise PAPER_NOT_WITHDRAWN.error(f"it is {sheet.state}")
    return (sheet,)


async def _expect_successor(connection: Connection, successor: bytes, *, of: bytes) -> None:
    """A paper of a later issuance of this ward, which counts."""
    cursor = await connection.execute(
        "SELECT papers.state FROM papers JOIN issuances USING (transaction)"
        " WHERE paper_number = %s AND issued_at > (SELECT issued_at FROM issuances WHERE transaction = %s)",
        (successor, of),
    )
    row = await cursor.fetchone()
    if row is None or row["state"] != "printed":
        raise PAPER_NOT_WITHDRAWN.error("the successor is no later paper that counts")


async def _write(connection: Connection, sheet: Sheet, withdrawal: Withdrawal, *, at: datetime) -> None:
    decision = withdrawal.decision
    await connection.execute(
        "INSERT INTO withdrawals (paper_number, state, why, successor, at, set_by, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        (
            sheet.paper_number,
            withdrawal.to.value,
            withdrawal.why.value,
            withdrawal.successor,
            at,
            decision.by,
            decision.reason or None,
        ),
    )
    await connection.execute(
        "UPDATE papers SET state = %s WHERE paper_number = %s", (withdrawal.to.value, sheet.paper_number)
    )


def _now(sheet: Sheet, state: Withdrawn) -> Sheet:
    return Sheet(
        paper_number=sheet.paper_number,
        transaction=sheet.transaction,
        position=sheet.position,
        copy=sheet.copy,
        page=sheet.page,
        pages=sheet.pages,
        state=state.value,
    )
