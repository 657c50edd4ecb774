"""The table of transactions refuses every illegal step, whoever writes it; and what it may never hold is not there."""

from __future__ import annotations

import io
import secrets
from typing import Any, ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from madoguchi.center.accounts import account
from madoguchi.center.applying import apply
from madoguchi.center.outcomes import take_outcome
from madoguchi.center.parts import Parts
from madoguchi.runtime.clock import JST
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.wire.transaction import Delivered, Refused
from tests.center.conftest import Steps
from tests.center.stub_lines import StubLines
from tests.center.world import HOLDER, OPERATOR, Kiosk, World

STATES = ("opened", "applying", "refused", "delivered", "failed", "expired", "undelivered", "settled")
ALLOWED = {
    ("opened", "applying"),
    ("opened", "expired"),
    ("opened", "settled"),
    ("applying", "refused"),
    ("applying", "delivered"),
    ("applying", "failed"),
    ("applying", "settled"),
    ("delivered", "settled"),
    ("delivered", "undelivered"),
    ("undelivered", "settled"),
    ("refused", "settled"),
    ("failed", "settled"),
    ("expired", "settled"),
}
NEEDS_DEADLINE_PAST = {"expired", "undelivered"}


class Machine(RuleBasedStateMachine):
    """Writes any state at any time, as a broken program would, and remembers what the table must say."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.connection = psycopg.connect(self.url, autocommit=True)
        self.id = secrets.token_bytes(16)
        self.state = "opened"
        self.overdue = False

    def teardown(self) -> None:
        self.connection.close()

    @initialize(overdue=st.booleans())
    def begin(self, overdue: bool) -> None:
        self.overdue = overdue
        insert(self.connection, self.id, seconds=-60 if overdue else 600)

    @rule(to=st.sampled_from(STATES))
    def step(self, to: str) -> None:
        legal = to == self.state or (
            (self.state, to) in ALLOWED
            and (to not in NEEDS_DEADLINE_PAST or self.overdue)
            and not (to == "applying" and self.overdue)
        )
        try:
            self.connection.execute(
                "UPDATE transactions SET state = %(to)s, refusal = coalesce(refusal, %(refusal)s),"
                " application_digest = coalesce(application_digest, %(digest)s), kind = 'taxation',"
                " fiscal_year = 2026, copies = 1, fee_yen = 300, ward_asked = true,"
                " issuance_digest = coalesce(issuance_digest, %(digest)s), sheets = 1,"
                " delivery = coalesce(delivery, %(digest)s), delivery_digest = coalesce(delivery_digest, %(digest)s)"
                " WHERE id = %(id)s"
                if to != "opened"
                else "UPDATE transactions SET state = %(to)s WHERE id = %(id)s",
                {"to": to, "refusal": "card", "digest": self.id + self.id, "id": self.id},
            )
        except psycopg.errors.CheckViolation:
            assert not legal
        else:
            assert legal
            self.state = to

    @rule(column=st.sampled_from(["ward", "operator", "challenge", "opened", "opened_at", "changed_at", "id"]))
    def change_what_it_is(self, column: str) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            self.connection.execute(f"UPDATE transactions SET {column} = {column} WHERE id = %s", (self.id,))

    @rule()
    def change_a_digest(self) -> None:
        written = self.connection.execute(
            "SELECT application_digest IS NOT NULL FROM transactions WHERE id = %s", (self.id,)
        ).fetchone()
        if written != (True,):
            return
        with pytest.raises(psycopg.errors.CheckViolation):
            self.connection.execute(
                "UPDATE transactions SET application_digest = %s WHERE id = %s", (secrets.token_bytes(32), self.id)
            )

    @rule()
    def delete(self) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            self.connection.execute("DELETE FROM transactions WHERE id = %s", (self.id,))

    @invariant()
    def the_table_says_the_same(self) -> None:
        found = self.connection.execute("SELECT state FROM transactions WHERE id = %s", (self.id,)).fetchone()
        assert found is None or found[0] == self.state


def insert(
    connection: psycopg.Connection[tuple[object, ...]], id_: bytes, *, seconds: int, state: str = "opened"
) -> None:
    connection.execute(
        "INSERT INTO transactions (id, ward, operator, kiosk, kiosk_key_id, request_digest, opened, challenge,"
        " sealing_key_id, deadline, state) VALUES (%s, '139998', 'asahi-mart', %s, %s, %s, %s, %s, %s,"
        " clock_timestamp() + make_interval(secs => %s), %s)",
        (id_, id_, id_, secrets.token_bytes(32), b"x", secrets.token_bytes(32), id_, seconds, state),
    )


def test_no_illegal_step_can_be_written(party_database: PartyDatabase) -> None:
    Machine.url = party_database.url
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.parametrize("begun", [name for name in STATES if name != "opened"])
def test_a_transaction_begins_opened(party_database: PartyDatabase, begun: str) -> None:
    with (
        psycopg.connect(party_database.url) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        insert(connection, secrets.token_bytes(16), seconds=60, state=begun)


def test_allowed_steps_never_lead_back(owner: psycopg.Connection[tuple[str, str]]) -> None:
    steps = set(owner.execute("SELECT from_state, to_state FROM allowed_step").fetchall())
    assert steps == ALLOWED
    reached = {"opened": 0}
    while grown := {to: reached[start] + 1 for start, to in steps if start in reached and to not in reached}:
        reached |= grown
    assert set(reached) == set(STATES)

    def descendants(state: str) -> set[str]:
        found = {to for start, to in steps if start == state}
        return found | {far for near in found for far in descendants(near)}

    assert all(state not in descendants(state) for state in STATES)


def test_the_serving_role_can_do_no_more_than_it_needs(party_database: PartyDatabase) -> None:
    forbidden = (
        "DELETE FROM transactions",
        "TRUNCATE transactions",
        "UPDATE outcomes SET paid_yen = 0",
        "DELETE FROM outcomes",
        "DELETE FROM evidence",
        "UPDATE incidents SET code = 'a.b'",
        "UPDATE sealing_keys SET wrapped = wrapped",
        "INSERT INTO allowed_step VALUES ('settled', 'opened')",
        "ALTER TABLE transactions DISABLE TRIGGER transaction_step",
        "CREATE TABLE more (x int)",
    )
    with psycopg.connect(party_database.url, autocommit=True) as connection:
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


async def test_no_serial_name_or_paper_in_any_column(
    one: Parts,
    steps: Steps,
    kiosk: Kiosk,
    world: World,
    lines: StubLines,
    owner: psycopg.Connection[Any],
    log_lines: io.StringIO,
) -> None:
    serial = f"{secrets.randbits(150) | 1:X}"
    card = world.card(serial=serial)
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await apply(one, kiosk.apply(visit, card), operator=OPERATOR))
    assert isinstance(delivered, Delivered)
    during = _dump(owner)
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered)), operator=OPERATOR)
    lines.ward_down = True
    refused = await steps.open(one)
    assert isinstance(kiosk.open(refused, await steps.apply(one, refused)), Refused)
    everything = during + _dump(owner)
    needles = [
        serial.encode(),
        int(serial, 16).to_bytes(20, "big").lstrip(b"\x00"),
        HOLDER.encode(),
        "令和8年第1号".encode(),
        b"%PDF",
        visit.secret,
        card.contents.certificate,
        *(mark.back for mark in delivered.marks),
        delivered.pdf,
    ]
    for needle in needles:
        assert needle not in everything
        assert needle.hex().encode() not in everything
        assert needle.hex().upper().encode() not in everything
    logged = log_lines.getvalue()
    assert visit.transaction.hex() in logged
    assert serial not in logged
    assert HOLDER not in logged


async def test_a_pseudonym_lives_no_longer_than_its_transaction(
    one: Parts, steps: Steps, kiosk: Kiosk, owner: psycopg.Connection[tuple[bytes | None]]
) -> None:
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await steps.apply(one, visit))
    assert isinstance(delivered, Delivered)
    query = "SELECT card_pseudonym FROM transactions WHERE id = %s"
    found = owner.execute(query, (visit.transaction,)).fetchone()
    assert found is not None
    assert found[0] is not None
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered)), operator=OPERATOR)
    assert owner.execute(query, (visit.transaction,)).fetchone() == (None,)


def _dump(owner: psycopg.Connection[Any]) -> bytes:
    """Every value of every column of every table: as text, and the bytes of binary ones as they are."""
    columns = owner.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    ).fetchall()
    found: list[bytes] = []
    for table, column in columns:
        values = [row[0] for row in owner.execute(f'SELECT "{column}" FROM "{table}"')]
        found += [value if isinstance(value, bytes) else str(value).encode() for value in values]
    return b"\n".join(found)


async def test_the_days_account(one: Parts, steps: Steps, kiosk: Kiosk, world: World) -> None:
    visit = await steps.open(one)
    delivered = kiosk.open(visit, await steps.apply(one, visit, copies=2))
    assert isinstance(delivered, Delivered)
    unreported = await steps.open(one)
    await steps.apply(one, unreported)
    await take_outcome(one, kiosk.relayed(kiosk.outcome(visit, delivered)), operator=OPERATOR)
    day = one.clock.now().astimezone(JST).date()
    found = await account(one, ward=world.ward, day=day)
    own = {each.transaction: each for each in found.transactions}
    assert (own[visit.transaction].state, own[unreported.transaction].state) == ("settled", "delivered")
    for listed in (found.relayed, found.reported):
        counted = {each.transaction: each for each in listed}
        told = counted[visit.transaction]
        assert (told.sheets_issued, told.sheets_printed, told.paid_yen) == (2, 2, 600)
        assert unreported.transaction not in counted
    center, kiosks = found.custody
    assert center.party == "center"
    assert kiosks.held == sum(kiosks.erased.values()) + len(kiosks.open)
    assert (await account(one, ward="131113", day=day)).transactions == ()
