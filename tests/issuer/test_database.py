"""What the database itself refuses, whatever a program does."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RaiseException

from madoguchi import evidence
from madoguchi.runtime.database import transaction
from madoguchi.runtime.schema import migrations_of, refuse_other_schema
from tests.issuer.world import HANAKO, World


async def _issued(world: World) -> bytes:
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    visit = world.street.visit(card)
    await replica.issue(visit.request)
    return visit.transaction


FORBIDDEN = [
    "UPDATE evidence SET event = 'x.y'",
    "DELETE FROM evidence",
    "TRUNCATE evidence",
    "DELETE FROM custody",
    "DELETE FROM issuances",
    "DELETE FROM papers",
    "DELETE FROM incidents",
    "UPDATE incidents SET code = 'x'",
    "UPDATE issuance_steps SET after = 'printed'",
    "INSERT INTO issuance_steps VALUES ('refused', 'issued')",
    "UPDATE papers SET paper_number = '\\x00000000000000000000000000000000'",
    "DELETE FROM stops",
    "UPDATE stops SET stopped = false",
    "UPDATE feeds SET as_of = now()",
    "UPDATE suspensions SET code = 'x'",
    "DELETE FROM serials",
    "DELETE FROM data_keys",
    "UPDATE data_keys SET active = active",
    "INSERT INTO data_keys SELECT * FROM data_keys",
    *(f"UPDATE {table}_a SET sealed = ''" for table in ("persons", "records", "instalments")),
    *(f"DELETE FROM {table}_b" for table in ("persons", "records", "instalments")),
    "INSERT INTO records_a SELECT * FROM records_a",
    "TRUNCATE persons_a",
    "SELECT clear_generation('b')",
    "SELECT index_generation('b')",
    "SELECT nextval('record_versions')",
    "ALTER TABLE records_a DISABLE ROW LEVEL SECURITY",
    "CREATE POLICY all_of_them ON records_a USING (true)",
    "UPDATE key_checks SET digest = digest",
    "INSERT INTO switches (name) VALUES ('other')",
    "CREATE TABLE mine (id integer)",
    "ALTER TABLE evidence DISABLE TRIGGER ALL",
]


async def test_the_serving_role_may_not(world: World) -> None:
    await _issued(world)
    for statement in FORBIDDEN:
        with pytest.raises(InsufficientPrivilege):
            await _run(world, statement)


IMPOSSIBLE = [
    "UPDATE issuances SET state = 'refused', refusal = 'x'",
    "UPDATE issuances SET state = 'claimed'",
    "UPDATE issuances SET certificate_number = 'X'",
    "UPDATE issuances SET fee_yen = 1",
    "UPDATE issuances SET application_digest = sha256('x')",
    "UPDATE issuances SET issuance_digest = sha256('x')",
    "UPDATE issuances SET claimed_at = now()",
    "UPDATE papers SET state = 'superseded'",
    "UPDATE papers SET state = 'printed' WHERE state = 'issued'; UPDATE papers SET state = 'issued'",
    (
        "INSERT INTO issuances (transaction, application_digest, state, replica, process, claimed_at)"
        " VALUES (decode(repeat('01', 16), 'hex'), sha256('x'), 'issued', 'r', decode(repeat('01', 16), 'hex'), now())"
    ),
    (
        "INSERT INTO papers (paper_number, transaction, position, copy, page, pages, state)"
        " SELECT decode(repeat('01', 16), 'hex'), transaction, 9, 1, 1, 1, 'printed' FROM issuances"
    ),
]


async def test_a_step_that_is_not_allowed_cannot_be_written(world: World) -> None:
    await _issued(world)
    for statement in IMPOSSIBLE:
        with pytest.raises((RaiseException, CheckViolation)):
            await _run(world, statement)


async def _run(world: World, statements: str) -> None:
    for each in statements.split("; "):
        async with transaction(world.pool) as connection:
            await connection.execute(each.encode())


@pytest.mark.parametrize("state", ["printed", "partly_printed", "not_printed"])
async def test_an_outcome_without_its_proof_cannot_be_written(world: World, state: str) -> None:
    await _issued(world)
    with pytest.raises(CheckViolation):
        await world.all(f"UPDATE issuances SET state = '{state}' RETURNING 1")


async def test_the_evidence_holds_together(world: World) -> None:
    await _issued(world)
    async with transaction(world.pool) as connection:
        position, _ = await evidence.check(connection)
    assert position == 2


async def test_the_schema_is_the_programs(world: World) -> None:
    await refuse_other_schema(world.pool, migrations=migrations_of("issuer"))


async def test_even_the_owner_cannot_rewrite_evidence_by_a_statement(world: World) -> None:
    await _issued(world)
    owner = world.database.owner_url
    assert owner is not None
    with psycopg.connect(owner) as connection, pytest.raises(RaiseException):
        connection.execute("UPDATE evidence SET at = 0")
