"""What the next life of this process needs to know: ids, digests, counts, money. No name, no serial, no paper.

`opened → applied → held → asked → paid → sending → sheet k → (refunding) → concluded → acknowledged`, each durable
before the act that it announces. A step that does not follow from the one on disk is refused, so a program error
cannot write a history that never was.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from msgspec import convert

from madoguchi.kiosk.lost import Lying
from madoguchi.kiosk.machine.states import Thing
from madoguchi.kiosk.money import Balance, Means, Price
from madoguchi.kiosk.problems import OUT_OF_STEP
from madoguchi.runtime.journal import Journal
from madoguchi.wire.lost import LostProperty
from madoguchi.wire.outcome import SheetState

_SCHEMA = (
    """
    CREATE TABLE visit (
        transaction_id BLOB PRIMARY KEY NOT NULL CHECK (length(transaction_id) = 16),
        ward TEXT NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('opened', 'applied', 'held', 'asked', 'paid', 'sending', 'refunding',
            'concluded', 'acknowledged')),
        application_digest BLOB CHECK (length(application_digest) = 32),
        issuance_digest BLOB CHECK (length(issuance_digest) = 32),
        delivery_digest BLOB CHECK (length(delivery_digest) = 32),
        held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
        fee_yen INTEGER NOT NULL DEFAULT 0 CHECK (fee_yen >= 0),
        copies INTEGER NOT NULL DEFAULT 0,
        pages INTEGER NOT NULL DEFAULT 0,
        claim TEXT,
        paid_yen INTEGER NOT NULL DEFAULT 0,
        sheet INTEGER NOT NULL DEFAULT 0,
        refunding_yen INTEGER NOT NULL DEFAULT 0,
        sheets TEXT NOT NULL DEFAULT '',
        outcome BLOB,
        outcome_digest BLOB,
        owed_yen INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX visit_open ON visit (stage) WHERE stage <> 'acknowledged';
    CREATE TABLE seen (name TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL) STRICT
    """,
    """
    ALTER TABLE visit ADD COLUMN before INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE visit ADD COLUMN jobs INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE lying (
        thing TEXT PRIMARY KEY NOT NULL CHECK (thing IN ('card', 'paper')),
        transaction_id BLOB CHECK (length(transaction_id) = 16),
        ward TEXT,
        papers BLOB NOT NULL DEFAULT x'',
        lost INTEGER NOT NULL DEFAULT 0 CHECK (lost IN (0, 1))
    ) STRICT;
    CREATE TABLE lost_property (
        id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
        thing TEXT NOT NULL,
        noticed_at INTEGER NOT NULL,
        notice BLOB
    ) STRICT
    """,
    """
    ALTER TABLE visit ADD COLUMN means TEXT NOT NULL DEFAULT 'coins' CHECK (means IN ('coins', 'emoney'));
    ALTER TABLE visit ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0
    """,
)
_PAPER_OCTETS = 16

_BEFORE: dict[str, tuple[str, ...]] = {
    "applied": ("opened",),
    "held": ("applied",),
    "asked": ("held",),
    "paid": ("asked",),
    "sending": ("paid", "sending"),
    "refunding": ("paid", "sending", "refunding"),
    "concluded": ("opened", "applied", "held", "asked", "paid", "sending", "refunding"),
    "acknowledged": ("concluded",),
}
"""From which stages a stage can be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One transaction as the disk knows it."""

    transaction: bytes
    ward: str
    stage: str
    application_digest: bytes | None
    issuance_digest: bytes | None
    delivery_digest: bytes | None
    held: bool
    price: Price
    claim: str | None
    paid_yen: int
    means: Means
    attempt: int
    sheet: int
    """The sheet that was about to be printed last; those before it are out. 0: none."""
    before: int
    """Sheets that came out of the job before this one, if the present one is the second."""
    again: bool
    refunding_yen: int
    sheets: tuple[SheetState, ...]
    """What was known of each sheet when a refund was journalled; empty before."""


class KioskJournal:
    """The kiosk's journal. Blocking; call it through `run` where an event loop waits. Raises `runtime.journal`."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path, schema=_SCHEMA)
        self.run = self._journal.run

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def opened(self, transaction: bytes, *, ward: str) -> None:
        """The center knows this transaction. The same id twice is refused."""
        with self._journal.write() as connection:
            connection.execute(
                "INSERT INTO visit (transaction_id, ward, stage) VALUES (?, ?, 'opened')", (transaction, ward)
            )

    def applied(self, transaction: bytes, *, application_digest: bytes) -> None:
        """The application will be sent."""
        self._go(transaction, "applied", application_digest=application_digest)

    def held(self, transaction: bytes) -> None:
        """A seal will be opened: from here on plaintext may be in this process."""
        self._go(transaction, "held", held=1)

    def asked(
        self, transaction: bytes, *, price: Price, claim: str, issuance_digest: bytes, delivery_digest: bytes
    ) -> None:
        """Money will be asked."""
        self._go(
            transaction,
            "asked",
            fee_yen=price.fee_yen,
            copies=price.copies,
            pages=price.pages,
            claim=claim,
            issuance_digest=issuance_digest,
            delivery_digest=delivery_digest,
        )

    def paid(self, transaction: bytes, *, yen: int, means: Means = Means.COINS, attempt: int = 0) -> None:
        """The money will be taken in, by this means; every attempt with e-money has a number of its own."""
        self._go(transaction, "paid", paid_yen=yen, means=means.value, attempt=attempt)

    def declined(self, transaction: bytes) -> None:
        """The e-money device took nothing, for certain: back to where money is asked. Coins have no such way."""
        with self._journal.write() as connection:
            done = connection.execute(
                "UPDATE visit SET stage = 'asked', paid_yen = 0, means = 'coins'"
                " WHERE transaction_id = ? AND stage = 'paid' AND means = 'emoney'",
                (transaction,),
            )
            if done.rowcount != 1:
                raise OUT_OF_STEP.error("to asked again")

    def sending(self, transaction: bytes, *, before: int = 0) -> None:
        """A job will be sent to the printer: the first, or a second one after `before` sheets."""
        with self._journal.write() as connection:
            _go(connection, transaction, "sending", sheet=before, before=before)
            connection.execute("UPDATE visit SET jobs = jobs + 1 WHERE transaction_id = ?", (transaction,))

    def sheet(self, transaction: bytes, number: int, *, paper: bytes) -> None:
        """Sheet `number` will be printed; those before it are out. From now on it may lie in the tray."""
        with self._journal.write() as connection:
            _go(connection, transaction, "sending", sheet=number)
            connection.execute(
                "INSERT INTO lying (thing, transaction_id, ward, papers)"
                " SELECT 'paper', transaction_id, ward, ? FROM visit WHERE transaction_id = ?"
                " ON CONFLICT (thing) DO UPDATE SET papers = CAST(papers || excluded.papers AS BLOB)",
                (paper, transaction),
            )

    def refunding(self, transaction: bytes, *, yen: int, sheets: tuple[SheetState, ...]) -> None:
        """So much will be given back, because this is known of each sheet."""
        self._go(transaction, "refunding", refunding_yen=yen, sheets=" ".join(sheets))

    def concluded(self, transaction: bytes, *, outcome: bytes, outcome_digest: bytes, balance: Balance) -> None:
        """The signed outcome, kept until it is acknowledged; and what was taken in, no longer what was about to be."""
        self._go(
            transaction,
            "concluded",
            outcome=outcome,
            outcome_digest=outcome_digest,
            paid_yen=balance.paid_yen,
            owed_yen=balance.owed_yen,
        )

    def acknowledged(self, transaction: bytes) -> None:
        """The center has counted it: the statement goes, what is owed stays on the books."""
        self._go(transaction, "acknowledged", outcome=None)

    def lying(self, thing: Thing) -> Lying | None:
        """What is known of something that lies in the machine."""
        with self._journal.read() as connection:
            row = connection.execute("SELECT * FROM lying WHERE thing = ?", (thing.value,)).fetchone()
        if row is None:
            return None
        papers = row["papers"]
        numbers = dict.fromkeys(papers[at : at + _PAPER_OCTETS] for at in range(0, len(papers), _PAPER_OCTETS))
        return Lying(transaction=row["transaction_id"], ward=row["ward"], papers=tuple(numbers), lost=bool(row["lost"]))

    def taken(self) -> None:
        """Nothing lies in the machine any more."""
        with self._journal.write() as connection:
            connection.execute("DELETE FROM lying")

    def lost(self, body: LostProperty, *, notice: bytes) -> None:
        """It is lost property; the signed notice is kept until the operator has acknowledged it."""
        with self._journal.write() as connection:
            connection.execute(
                "INSERT INTO lost_property VALUES (?, ?, ?, ?)", (body.id, body.thing, body.noticed_at, notice)
            )
            connection.execute(
                "INSERT INTO lying (thing, lost) VALUES (?, 1) ON CONFLICT (thing) DO UPDATE SET lost = 1",
                (body.thing,),
            )

    def untold_lost(self) -> tuple[tuple[bytes, bytes], ...]:
        """(id, signed notice) of everything lost that the operator has not acknowledged."""
        with self._journal.read() as connection:
            rows = connection.execute("SELECT id, notice FROM lost_property WHERE notice IS NOT NULL").fetchall()
        return tuple((row["id"], row["notice"]) for row in rows)

    def lost_told(self, id_: bytes) -> None:
        """The operator has it: the notice goes, the fact stays."""
        with self._journal.write() as connection:
            connection.execute("UPDATE lost_property SET notice = NULL WHERE id = ?", (id_,))

    def unfinished(self) -> tuple[Visit, ...]:
        """Transactions without an outcome: what an earlier life left behind."""
        with self._journal.read() as connection:
            rows = connection.execute("SELECT * FROM visit WHERE stage NOT IN ('concluded', 'acknowledged')").fetchall()
        return tuple(_visit(row) for row in rows)

    def undelivered(self) -> tuple[tuple[bytes, bytes], ...]:
        """(transaction, outcome statement) of every outcome that nobody acknowledged yet."""
        with self._journal.read() as connection:
            rows = connection.execute("SELECT transaction_id, outcome FROM visit WHERE stage = 'concluded'").fetchall()
        return tuple((row["transaction_id"], row["outcome"]) for row in rows)

    def stage_of(self, transaction: bytes) -> str | None:
        """How far a transaction came; None when the disk does not know it."""
        with self._journal.read() as connection:
            row = connection.execute("SELECT stage FROM visit WHERE transaction_id = ?", (transaction,)).fetchone()
        return None if row is None else str(row["stage"])

    def seen(self, name: str) -> int:
        """The highest number seen under a name; 0 for none."""
        with self._journal.read() as connection:
            row = connection.execute("SELECT number FROM seen WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row["number"])

    def remember_seen(self, name: str, number: int) -> None:
        """Numbers only rise."""
        with self._journal.write() as connection:
            connection.execute(
                "INSERT INTO seen VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET number = max(number, excluded.number)",
                (name, number),
            )

    def _go(self, transaction: bytes, stage: str, **values: object) -> None:
        with self._journal.write() as connection:
            _go(connection, transaction, stage, **values)


def _go(connection: sqlite3.Connection, transaction: bytes, stage: str, **values: object) -> None:
    before = _BEFORE[stage]
    columns = "".join(f", {name} = ?" for name in values)
    places = ", ".join("?" * len(before))
    sql = f"UPDATE visit SET stage = ?{columns} WHERE transaction_id = ? AND stage IN ({places})"  # noqa: S608
    done = connection.execute(sql, (stage, *values.values(), transaction, *before))
    if done.rowcount != 1:
        raise OUT_OF_STEP.error(f"to {stage}")


def _visit(row: sqlite3.Row) -> Visit:
    return Visit(
        transaction=row["transaction_id"],
        ward=row["ward"],
        stage=row["stage"],
        application_digest=row["application_digest"],
        issuance_digest=row["issuance_digest"],
        delivery_digest=row["delivery_digest"],
        held=bool(row["held"]),
        price=Price(fee_yen=row["fee_yen"], copies=row["copies"], pages=row["pages"]),
        claim=row["claim"],
        paid_yen=row["paid_yen"],
        means=Means(row["means"]),
        attempt=row["attempt"],
        sheet=row["sheet"],
        before=row["before"],
        again=row["jobs"] > 1,
        refunding_yen=row["refunding_yen"],
        sheets=convert(row["sheets"].split(), type=tuple[SheetState, ...]),
    )
