"""How an issuance ended at the kiosk: the whole chain behind the outcome is verified, then it is counted, once.

1. Find the transaction that the outcome speaks of: its kiosk and operator stand in the application that was proven.
2. The operator enrolled the kiosk; the kiosk signed the outcome; the operator signed its own entry beside it.
3. The delivery is the center's, and names our issuance and its papers; the outcome names both.
4. Sheets and money fit what was issued. A sheet printed of what was never issued is an incident.
5. Count it: state, papers, sums, evidence. The same outcome again changes nothing; another one is a conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

from madoguchi.errors import MadoguchiError
from madoguchi.issuer.config import IssuerConfig
from madoguchi.issuer.issuances import paper_states
from madoguchi.issuer.kept import incident, note
from madoguchi.issuer.problems import OUTCOME_CONFLICT, UNKNOWN_TRANSACTION
from madoguchi.issuer.trusted import TrustSource
from madoguchi.runtime import metrics
from madoguchi.runtime.clock import Clock
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.runtime.steps import measured
from madoguchi.statement import KeySource, Statement, verify, verify_by_kiosk, verify_enrolment
from madoguchi.statement.kinds import DELIVERY, OUTCOME, RELAY_ENTRY
from madoguchi.wire.codec import decode_plain
from madoguchi.wire.identifiers import CENTER_CODE
from madoguchi.wire.outcome import Outcome, RelayEntry, WardOutcome
from madoguchi.wire.transaction import Delivery

STEP: Final = 9
"""The number of this step in the architecture's list: 突合."""
RELAY_DIFFERS = "issuer.relay_differs"
"""Incident: the operator's count is not the kiosk's."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The verified statements behind one outcome."""

    outcome: Statement[Outcome]
    relay: Statement[RelayEntry]
    delivery: Statement[Delivery] | None


class Outcomes:
    """Takes outcomes from the center; idempotent."""

    def __init__(self, *, pool: Pool, config: IssuerConfig, trust: TrustSource, clock: Clock) -> None:
        self._pool = pool
        self._config = config
        self._trust = trust
        self._clock = clock

    async def take(self, sent: WardOutcome) -> None:
        """Count an outcome. Raises `issuer.unknown_transaction`, `issuer.outcome_conflict` or `statement.*`."""
        name, now = _claimed_transaction(sent.outcome), self._clock.now()
        try:
            async with transaction(self._pool) as connection:
                row = await _row(connection, name)  # 1
                chain = _verified(sent, row, keys=self._trust.current().keys, at=now)  # 2
                if row["outcome_digest"] == chain.outcome.digest:
                    return
                papers = await _papers(connection, name)
                _check(chain, row, papers, ward=self._config.ward.code)  # 3, 4
                with measured("outcome counted by the ward", number=STEP, transaction=name):
                    state = await _count(connection, chain, row, at=now)  # 5
            metrics.count_outcome(state)
        except MadoguchiError as refused:
            if refused.code == OUTCOME_CONFLICT.code:
                async with transaction(self._pool) as connection:
                    await incident(connection, refused.code, at=now, transaction=name, detail=refused.cause)
            raise


def _claimed_transaction(raw: bytes) -> bytes:
    """The transaction that an outcome claims to be of, before anything is verified: only to find the row."""
    match decode_plain(raw):
        case [bytes(), {}, bytes() as payload, bytes()]:
            body = decode_plain(payload)
        case _:
            raise UNKNOWN_TRANSACTION.error("not a statement")
    match body:
        case [*_, {"transaction": bytes() as name}]:
            return name
        case _:
            raise UNKNOWN_TRANSACTION.error("no transaction")


_ROW: Final = (
    "SELECT application_digest, fee_yen, issuance_digest, kiosk, operator, outcome_digest, sheets, state, transaction"
    " FROM issuances WHERE transaction = %s FOR UPDATE"
)


async def _row(connection: Connection, name: bytes) -> Row:
    cursor = await connection.execute(_ROW, (name,))
    row = await cursor.fetchone()
    if row is None or row["operator"] is None:
        raise UNKNOWN_TRANSACTION.error()
    return row


async def _papers(connection: Connection, name: bytes) -> tuple[bytes, ...]:
    cursor = await connection.execute(
        "SELECT paper_number FROM papers WHERE transaction = %s ORDER BY position", (name,)
    )
    return tuple(row["paper_number"] for row in await cursor.fetchall())


def _verified(sent: WardOutcome, row: Row, *, keys: KeySource, at: datetime) -> Chain:
    kiosk = verify_enrolment(sent.enrolment, keys=keys, operator=row["operator"], at=at)
    if kiosk.enrolment.body.kiosk != row["kiosk"]:
        _conflict("of another kiosk")
    outcome = verify_by_kiosk(sent.outcome, OUTCOME, kiosk=kiosk, at=at)
    relay = verify(sent.relay, RELAY_ENTRY, keys=keys, code=row["operator"], at=at)
    delivery = None
    if sent.delivery is not None:
        delivery = verify(sent.delivery, DELIVERY, keys=keys, code=CENTER_CODE, at=at)
    return Chain(outcome=outcome, relay=relay, delivery=delivery)


def _check(chain: Chain, row: Row, papers: tuple[bytes, ...], *, ward: str) -> None:
    outcome, delivery = chain.outcome.body, chain.delivery
    if row["outcome_digest"] is not None:
        _conflict("a second, different outcome")
    if outcome.transaction != row["transaction"] or outcome.ward != ward:
        _conflict("of another transaction or ward")
    if chain.relay.body.transaction != row["transaction"] or chain.relay.body.outcome_digest != chain.outcome.digest:
        _conflict("the operator's entry is of another outcome")
    if outcome.application_digest not in {None, row["application_digest"]}:
        _conflict("of another application")
    if delivery is not None:
        _check_delivery(delivery.body, row, papers)
    if _on_paper(outcome):
        _check_printed(chain, row, papers)
    elif outcome.printed_yen:
        _conflict("yen for a sheet that was not printed")


def _check_delivery(delivery: Delivery, row: Row, papers: tuple[bytes, ...]) -> None:
    if (delivery.transaction, delivery.application_digest, delivery.issuance_digest) != (
        row["transaction"],
        row["application_digest"],
        row["issuance_digest"],
    ):
        _conflict("the delivery is of another issuance")
    if tuple(marks.paper_number for marks in delivery.marks) != papers:
        _conflict("the delivery has other papers")


def _check_printed(chain: Chain, row: Row, papers: tuple[bytes, ...]) -> None:
    """Something may have come out of the machine: then every link of the chain is there."""
    outcome = chain.outcome.body
    if row["state"] != "issued" or row["issuance_digest"] is None:
        _conflict("a sheet of what was never issued")
    if chain.delivery is None or outcome.delivery_digest != chain.delivery.digest:
        _conflict("a sheet of what was never delivered")
    if outcome.issuance_digest != row["issuance_digest"]:
        _conflict("a sheet of another issuance")
    if len(outcome.sheets) != len(papers):
        _conflict("another number of sheets than issued")
    if outcome.printed_yen > row["fee_yen"]:
        _conflict("more yen than the fee")


def _on_paper(outcome: Outcome) -> bool:
    return any(sheet != "not_printed" for sheet in outcome.sheets)


async def _count(connection: Connection, chain: Chain, row: Row, *, at: datetime) -> str:
    """The state that the transaction is in now."""
    outcome = chain.outcome.body
    printed = sum(sheet == "printed" for sheet in outcome.sheets)
    # An issuance whose statement was never finished reached nobody; it stays as it is, and its outcome is kept.
    settles = row["state"] == "issued" and row["issuance_digest"] is not None
    state = _state(outcome) if settles else row["state"]
    await connection.execute(
        "UPDATE issuances SET state = %s, outcome_digest = %s, sheets_printed = %s, paid_yen = %s,"
        " refunded_yen = %s, owed_yen = %s, settled_at = %s WHERE transaction = %s",
        (
            state,
            chain.outcome.digest,
            printed,
            outcome.paid_yen,
            outcome.refunded_yen,
            outcome.owed_yen,
            at,
            row["transaction"],
        ),
    )
    if settles:
        sheets = outcome.sheets if _on_paper(outcome) else ("not_printed",) * row["sheets"]
        await paper_states(connection, row["transaction"], sheets)
    if _operators_count(chain.relay.body) != (printed, outcome.paid_yen, outcome.refunded_yen, outcome.owed_yen):
        await incident(connection, RELAY_DIFFERS, at=at, transaction=row["transaction"])
    body = {
        "transaction": row["transaction"],
        "outcome": chain.outcome.digest,
        "state": state,
        "printed": printed,
        "paid_yen": outcome.paid_yen,
        "owed_yen": outcome.owed_yen,
    }
    await note(connection, "outcome.counted", body, at=at)
    return str(state)


def _operators_count(relay: RelayEntry) -> tuple[int, int, int, int]:
    return relay.sheets_printed, relay.paid_yen, relay.refunded_yen, relay.owed_yen


def _state(outcome: Outcome) -> str:
    """By the sheets: all printed, none, or anything between (a sheet of which nobody knows counts as between)."""
    if not _on_paper(outcome):
        return "not_printed"
    return "printed" if all(sheet == "printed" for sheet in outcome.sheets) else "partly_printed"


def _conflict(what: str) -> NoReturn:
    raise OUTCOME_CONFLICT.error(what)
