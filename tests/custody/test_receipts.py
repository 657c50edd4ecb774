"""held = erased: a receipt before the plaintext, erased once, saying how; counted at any moment."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator

import psycopg
import pytest

from madoguchi import custody
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.runtime.provision import PartyDatabase

ONE, OTHER = bytes(16), bytes([1]) * 16
EARLIER, NOW = b"e" * 16, b"n" * 16


@pytest.fixture
def database(postgres: Cluster) -> PartyDatabase:
    name = f"custody_{secrets.token_hex(6)}"
    made = postgres.add_party(name)
    with psycopg.connect(made.owner_url) as connection:
        connection.execute(custody.ddl(serving_role=name).encode())
    return made


@pytest.fixture
async def pool(database: PartyDatabase) -> AsyncIterator[Pool]:
    async with connect(Database(url=database.url)) as opened:
        yield opened


async def hold(pool: Pool, name: bytes, *, holder: str = "issuer-1", process: bytes = NOW) -> None:
    async with transaction(pool) as connection:
        await custody.hold(connection, name, holder=holder, process=process)


async def erase(pool: Pool, name: bytes, *, holder: str = "issuer-1", how: custody.ErasedHow = "wiped") -> None:
    async with transaction(pool) as connection:
        await custody.erase(connection, name, holder=holder, how=how)


async def test_held_is_open_until_it_is_erased(pool: Pool) -> None:
    await hold(pool, ONE)
    await hold(pool, OTHER, holder="issuer-2")
    async with transaction(pool) as connection:
        before = await custody.account(connection, party="issuer")
    assert (before.held, before.erased) == (2, {})
    assert [each.holder for each in before.open] == ["issuer-1", "issuer-2"]
    assert all(0 <= each.age_seconds < 60 for each in before.open)
    await erase(pool, ONE)
    await erase(pool, OTHER, holder="issuer-2", how="never_opened")
    async with transaction(pool) as connection:
        after = await custody.account(connection, party="issuer")
    assert (after.held, after.erased, after.open) == (2, {"wiped": 1, "never_opened": 1}, ())


async def test_nothing_was_ever_held(pool: Pool) -> None:
    async with transaction(pool) as connection:
        account = await custody.account(connection, party="center")
    assert (account.party, account.held, account.erased, account.open) == ("center", 0, {}, ())


async def test_one_holder_holds_a_transaction_once(pool: Pool) -> None:
    await hold(pool, ONE)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await hold(pool, ONE, process=EARLIER)
    await hold(pool, ONE, holder="issuer-2")  # the other replica's copy is a copy of its own


async def test_erased_once_and_only_by_whom_it_is_held(pool: Pool) -> None:
    await hold(pool, ONE)
    for name, holder in ((ONE, "issuer-2"), (OTHER, "issuer-1")):
        with pytest.raises(MadoguchiError, match=r"custody\.not_held"):
            await erase(pool, name, holder=holder)
    await erase(pool, ONE)
    with pytest.raises(MadoguchiError, match=r"custody\.not_held"):
        await erase(pool, ONE)


async def test_what_died_with_its_process_is_settled_by_the_next_one(pool: Pool) -> None:
    await hold(pool, ONE, process=EARLIER)
    await hold(pool, OTHER, process=NOW)
    await hold(pool, bytes([2]) * 16, holder="issuer-2", process=EARLIER)
    async with transaction(pool) as connection:
        assert await custody.settle_dead(connection, holder="issuer-1", process=NOW) == 1
    async with transaction(pool) as connection:
        assert await custody.settle_dead(connection, holder="issuer-1", process=NOW) == 0
        account = await custody.account(connection, party="issuer")
    assert account.erased == {"process_ended": 1}
    assert [each.holder for each in account.open] == ["issuer-1", "issuer-2"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM custody",
        "TRUNCATE custody",
        "UPDATE custody SET holder = 'nobody'",
        "UPDATE custody SET held_at = now()",
        "INSERT INTO custody (transaction, holder, process, erased_at, how) VALUES ('', 'a', '', now(), 'wiped')",
    ],
)
async def test_the_serving_role_cannot_rewrite_a_receipt(pool: Pool, statement: str) -> None:
    await hold(pool, ONE)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(pool) as connection:
            await connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM custody",
        "TRUNCATE custody",
        "UPDATE custody SET process = '\\x01010101010101010101010101010101'",
        "UPDATE custody SET erased_at = NULL, how = NULL",
    ],
)
async def test_nor_can_the_owner(pool: Pool, database: PartyDatabase, statement: str) -> None:
    await hold(pool, ONE)
    await erase(pool, ONE)
    with psycopg.connect(database.owner_url) as owner, pytest.raises(psycopg.errors.RaiseException):
        owner.execute(statement.encode())


async def test_how_it_was_erased_is_one_of_four_words(pool: Pool) -> None:
    await hold(pool, ONE)
    with pytest.raises(psycopg.errors.CheckViolation):
        await erase(pool, ONE, how="forgotten")  # type: ignore[arg-type]
