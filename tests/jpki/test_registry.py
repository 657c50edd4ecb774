"""The table of certificates, on a real server, as the serving role."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.jpki import registry
from madoguchi.jpki.registry import Registration
from madoguchi.jpki.status import GOOD, UNKNOWN, Reason, State, Status
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.runtime.provision import PartyDatabase
from tests.jpki.authorities import SERIAL

UNTIL = date(2030, 1, 1)


def registered(serial: str = SERIAL, *, generation: str = "g1", revoked: Reason | None = None) -> Registration:
    return Registration(generation=generation, serial=serial, valid_until=UNTIL, revoked=revoked)


async def status(connection: Connection, serial: str = SERIAL, generation: str = "g1") -> Status:
    return await registry.status_of(connection, generation=generation, serial=serial)


async def test_a_revocation_is_for_one_generation_and_for_ever(pool: Pool) -> None:
    async with transaction(pool) as connection:
        assert await registry.load(connection, [registered(), registered(generation="g2")]) == 2
        before = await status(connection)
        done = await registry.revoke(connection, generation="g1", serial=SERIAL, reason=Reason.KEY_COMPROMISE)
        again = await registry.revoke(connection, generation="g1", serial=SERIAL, reason=Reason.SUPERSEDED)
    assert before == GOOD
    assert done == again
    assert (done.state, done.reason) == (State.REVOKED, Reason.KEY_COMPROMISE)
    async with transaction(pool) as connection:
        assert await status(connection) == done
        assert await status(connection, generation="g2") == GOOD
        assert await status(connection, serial="FF") == UNKNOWN


async def test_what_was_never_issued_cannot_be_revoked(pool: Pool) -> None:
    with pytest.raises(MadoguchiError) as refused:
        async with transaction(pool) as connection:
            await registry.revoke(connection, generation="g1", serial="FF", reason=Reason.UNSPECIFIED)
    assert refused.value.code == "jpki.certificate_unknown"


async def test_loading_again_adds_what_is_new_and_takes_no_revocation_back(pool: Pool) -> None:
    async with transaction(pool) as connection:
        rows = [registered("A1"), registered("A2", revoked=Reason.SUPERSEDED), registered("A3")]
        assert await registry.load(connection, rows) == 3
    async with transaction(pool) as connection:
        rows = [registered("A1", revoked=Reason.UNSPECIFIED), registered("A2"), registered("A3"), registered("A4")]
        assert await registry.load(connection, rows) == 2
        assert (await status(connection, "A1")).reason is Reason.UNSPECIFIED
        assert (await status(connection, "A2")).reason is Reason.SUPERSEDED
        assert await status(connection, "A3") == await status(connection, "A4") == GOOD


async def test_loading_is_all_or_nothing(pool: Pool) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transaction(pool) as connection:
            await registry.load(connection, [registered("A1"), registered("a2")])
    async with transaction(pool) as connection:
        assert await status(connection, "A1") == UNKNOWN


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certificates SET revoked_at = NULL, reason = NULL",
        "UPDATE certificates SET revoked_at = revoked_at + interval '1 day'",
    ],
)
async def test_the_database_itself_keeps_a_revocation(pool: Pool, party: PartyDatabase, statement: str) -> None:
    async with transaction(pool) as connection:
        await registry.load(connection, [registered(revoked=Reason.CESSATION)])
    for url in (party.url, party.owner_url):
        async with await psycopg.AsyncConnection.connect(url) as other:
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="for ever"):
                await other.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM certificates",
        "TRUNCATE certificates",
        "UPDATE certificates SET serial = '1'",
        "UPDATE certificates SET valid_until = '2099-01-01'",
        "DELETE FROM revocation_lists",
        "UPDATE revocation_lists SET der = ''",
    ],
)
async def test_the_serving_role_can_do_no_more_than_it_needs(pool: Pool, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(pool) as connection:
            await connection.execute(statement.encode())


async def test_the_list_holds_what_was_revoked_by_then(pool: Pool) -> None:
    rows = [registered("A1", revoked=Reason.SUPERSEDED), registered("A2"), registered("A3", generation="g2")]
    expired = Registration(generation="g1", serial="A4", valid_until=date(2020, 1, 1), revoked=Reason.UNSPECIFIED)
    async with transaction(pool) as connection:
        await registry.load(connection, [*rows, expired])
    now = datetime.now(UTC)
    async with transaction(pool) as connection:
        later = await registry.revoked_before(connection, generation="g1", at=now + timedelta(minutes=1))
        earlier = await registry.revoked_before(connection, generation="g1", at=now - timedelta(minutes=1))
    assert [(each.serial, each.reason) for each in later] == [("A1", Reason.SUPERSEDED)]
    assert earlier == []


async def test_the_first_list_of_a_day_counts(pool: Pool) -> None:
    day = datetime(2026, 11, 22, 15, tzinfo=UTC)
    async with transaction(pool) as connection:
        assert await registry.find_list(connection, generation="g1", this_update=day) is None
        assert await registry.keep_list(connection, b"first", generation="g1", this_update=day) == b"first"
        assert await registry.keep_list(connection, b"second", generation="g1", this_update=day) == b"first"
        assert await registry.keep_list(connection, b"other", generation="g2", this_update=day) == b"other"
