"""Step 9: what came of a transaction at the kiosk, counted once, acknowledged as often as it is asked.

1. The enrolment is by the operator whose ec is calling; that kiosk signed the outcome, that operator the entry.
2. The operator's entry and the kiosk's outcome say the same.
3. The transaction was opened by this kiosk for this ward.
4. The first outcome stands: stored with its evidence, the transaction settled, the ward's copy queued, in one commit.
   The same one again is acknowledged again; a different one is an incident and is never acknowledged.
5. An outcome that contradicts what the center delivered is stored all the same, because money is a fact, and is an
   incident for a person.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from madoguchi import evidence
from madoguchi.center import incidents, transactions
from madoguchi.center.parts import Parts
from madoguchi.center.problems import OTHER_KIOSK, OUTCOME_CONFLICT, OUTCOME_DOES_NOT_FIT, UNKNOWN_TRANSACTION
from madoguchi.center.transactions import Row
from madoguchi.runtime import log, metrics
from madoguchi.runtime.clock import epoch
from madoguchi.runtime.database import Connection, transaction
from madoguchi.runtime.steps import tell
from madoguchi.statement import Statement, verify, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import ACKNOWLEDGEMENT, OUTCOME, RELAY_ENTRY
from madoguchi.wire.outcome import Acknowledgement, Outcome, RelayedOutcome, RelayEntry

COUNTED = log.event("center.outcome_counted", "transaction", "ward", "result", "contradicts")
CONFLICT = log.event("center.outcome_conflict", "transaction", "ward")
CONTRADICTS = "center.outcome_contradicts"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    kiosk: bytes
    outcome: Statement[Outcome]
    relay: Statement[RelayEntry]


async def take_outcome(parts: Parts, told: RelayedOutcome, *, operator: str) -> bytes:
    """Count an outcome and return the raw ACKNOWLEDGEMENT. Raises `statement.*`, `center.outcome_*` and others."""
    began = time.perf_counter()
    verified = _verify(parts, told, operator=operator)  # 1, 2
    outcome = verified.outcome
    async with transaction(parts.pool) as connection:
        row = await transactions.find(connection, outcome.body.transaction, operator=operator, lock=True)  # 3
        if row is None:
            raise UNKNOWN_TRANSACTION.error()
        if (row.kiosk, row.ward) != (verified.kiosk, outcome.body.ward):
            raise OTHER_KIOSK.error("the outcome speaks of another kiosk's transaction or another ward")
        counted = await _counted(connection, row.id)
        if counted is None:
            await _count(parts, connection, row, told, verified)  # 4, 5
        conflict = counted is not None and counted != outcome.digest
        if conflict:
            await incidents.note(connection, ward=row.ward, id_=row.id, code=OUTCOME_CONFLICT.code)
    if conflict:
        log.get_log().error(CONFLICT, transaction=row.id.hex(), ward=row.ward)
        raise OUTCOME_CONFLICT.error()
    tell("outcome counted by the center", number=9, transaction=row.id, seconds=time.perf_counter() - began)
    acknowledgement = Acknowledgement(transaction=row.id, outcome_digest=outcome.digest, at=epoch(parts.clock.now()))
    return parts.signer.sign(ACKNOWLEDGEMENT, acknowledgement)


def _verify(parts: Parts, told: RelayedOutcome, *, operator: str) -> _Told:
    at, keys = parts.clock.now(), parts.trusted.current()
    kiosk = verify_enrolment(told.enrolment, keys=keys, operator=operator, at=at)
    outcome = verify_by_kiosk(told.outcome, OUTCOME, kiosk=kiosk, at=at)
    relay = verify(told.relay, RELAY_ENTRY, keys=keys, code=operator, at=at)
    expected = entry_of(outcome, at=relay.body.at)
    if relay.body != expected:
        raise OUTCOME_DOES_NOT_FIT.error("entry and outcome")
    return _Told(kiosk=kiosk.enrolment.body.kiosk, outcome=outcome, relay=relay)


def entry_of(outcome: Statement[Outcome], *, at: int) -> RelayEntry:
    """The entry that an operator who counts right makes of an outcome."""
    body = outcome.body
    return RelayEntry(
        transaction=body.transaction,
        outcome_digest=outcome.digest,
        sheets_printed=body.sheets.count("printed"),
        paid_yen=body.paid_yen,
        refunded_yen=body.refunded_yen,
        owed_yen=body.owed_yen,
        at=at,
    )


async def _counted(connection: Connection, id_: bytes) -> bytes | None:
    cursor = await connection.execute("SELECT outcome_digest FROM outcomes WHERE transaction = %s", (id_,))
    row = await cursor.fetchone()
    return None if row is None else bytes(row["outcome_digest"])


async def _count(parts: Parts, connection: Connection, row: Row, told: RelayedOutcome, verified: _Told) -> None:
    await _insert(connection, told, verified)
    await transactions.settle(connection, row.id)
    contradicts = contradiction(row, verified.outcome.body)
    if contradicts is not None:
        await incidents.note(connection, ward=row.ward, id_=row.id, code=CONTRADICTS)
    if row.ward_asked:
        await connection.execute("INSERT INTO ward_queue (transaction, ward) VALUES (%s, %s)", (row.id, row.ward))
    body = {"transaction": row.id, "outcome": verified.outcome.digest, "contradicts": contradicts}
    await evidence.append(connection, "outcome.counted", body, at=parts.clock.now())
    metrics.count_outcome(verified.outcome.body.result)
    log.get_log().info(
        COUNTED,
        transaction=row.id.hex(),
        ward=row.ward,
        result=verified.outcome.body.result,
        contradicts=contradicts or "",
    )


def contradiction(row: Row, outcome: Outcome) -> str | None:
    """What an outcome says that cannot be, as far as the center knows; None when it fits.

    A kiosk that never opened its answer names no issuance; one that names another than the delivered one, or printed
    or took money without a delivery, is for a person to look at.
    """
    named = {
        "application": (outcome.application_digest, row.application_digest),
        "issuance": (outcome.issuance_digest, row.issuance_digest if row.delivery_digest else None),
        "delivery": (outcome.delivery_digest, row.delivery_digest),
    }
    for what, (said, known) in named.items():
        # An application that never arrived, or was never opened here, is known to the kiosk alone.
        if said is not None and said != known and not (what == "application" and known is None):
            return what
    if row.delivery_digest is None and (outcome.sheets.count("printed") or outcome.paid_yen):
        return "printed or paid without a delivery"
    if outcome.sheets and row.delivery_digest is not None and len(outcome.sheets) != row.sheets:
        return "sheets"
    return None


async def _insert(connection: Connection, told: RelayedOutcome, verified: _Told) -> None:
    outcome, relay = verified.outcome.body, verified.relay.body
    await connection.execute(
        "INSERT INTO outcomes (transaction, outcome_digest, enrolment, outcome, relay, result, sheets_printed,"
        " paid_yen, printed_yen, refunded_yen, owed_yen, custody_held, custody_erased, relay_sheets_printed,"
        " relay_paid_yen, relay_refunded_yen, relay_owed_yen)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            outcome.transaction,
            verified.outcome.digest,
            told.enrolment,
            told.outcome,
            told.relay,
            outcome.result,
            outcome.sheets.count("printed"),
            outcome.paid_yen,
            outcome.printed_yen,
            outcome.refunded_yen,
            outcome.owed_yen,
            outcome.custody.held,
            outcome.custody.erased,
            relay.sheets_printed,
            relay.paid_yen,
            relay.refunded_yen,
            relay.owed_yen,
        ),
    )
