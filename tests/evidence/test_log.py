"""Append-only and chained: the database refuses what does not follow, and `check` finds what a superuser changed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi import evidence
from madoguchi.errors import MadoguchiError
from madoguchi.evidence.log import GENESIS, entry_hash
from madoguchi.runtime.database import Pool, transaction
from madoguchi.wire.codec import encode_plain
from tests.evidence.conftest import Logbook

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECONDS = int(AT.timestamp())
BODY = encode_plain({"number": 1})
INSERT = "INSERT INTO evidence (position, at, event, body, previous, hash) VALUES (%s, %s, %s, %s, %s, %s)"


async def write(pool: Pool, number: int) -> list[bytes]:
    made = []
    for each in range(number):
        async with transaction(pool) as connection:
            made.append(await evidence.append(connection, "paper.issued", {"number": each}, at=AT))
    return made


async def checked(pool: Pool) -> tuple[int, bytes]:
    async with transaction(pool) as connection:
        return await evidence.check(connection)


async def test_entries_follow_one_another(pool: Pool) -> None:
    assert await checked(pool) == (0, GENESIS)
    hashes = await write(pool, 3)
    assert await checked(pool) == (3, hashes[-1])
    async with transaction(pool) as connection:
        assert await evidence.end(connection) == (3, hashes[-1])
        read = [entry async for entry in evidence.entries(connection, after=1)]
    assert [(entry.position, entry.at, entry.event, entry.body) for entry in read] == [
        (2, SECONDS, "paper.issued", {"number": 1}),
        (3, SECONDS, "paper.issued", {"number": 2}),
    ]
    assert [entry.previous for entry in read] == hashes[:2]


async def test_what_is_rolled_back_leaves_no_gap(pool: Pool) -> None:
    await write(pool, 1)

    async def write_and_fail() -> None:
        async with transaction(pool) as connection:
            await evidence.append(connection, "paper.issued", {}, at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    await write(pool, 1)
    assert (await checked(pool))[0] == 2


async def test_writers_at_once_keep_one_chain(pool: Pool) -> None:
    await asyncio.gather(*(write(pool, 10) for _ in range(4)))
    assert (await checked(pool))[0] == 40


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET event = 'paper.revoked'",
        "DELETE FROM evidence",
        "TRUNCATE evidence",
        "ALTER TABLE evidence DISABLE TRIGGER ALL",
        "DROP TABLE evidence",
    ],
)
async def test_the_serving_role_may_only_insert_and_read(pool: Pool, statement: str) -> None:
    await write(pool, 1)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with transaction(pool) as connection:
            await connection.execute(statement.encode())
    assert (await checked(pool))[0] == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE evidence SET event = 'paper.revoked'", "DELETE FROM evidence", "TRUNCATE evidence"]
)
async def test_the_owner_neither(pool: Pool, logbook: Logbook, statement: str) -> None:
    await write(pool, 1)
    with (
        psycopg.connect(logbook.database.owner_url) as owner,
        pytest.raises(psycopg.errors.RaiseException, match="append-only"),
    ):
        owner.execute(statement.encode())


def _hash(*, position: int = 2, at: int = SECONDS, event: str = "paper.issued", body: bytes, previous: bytes) -> bytes:
    return entry_hash(previous=previous, position=position, at=at, event=event, body=body)


@pytest.mark.parametrize("wrong", ["position skipped", "position taken", "body", "event", "at", "previous", "hash"])
async def test_the_database_refuses_what_does_not_follow(pool: Pool, wrong: str) -> None:
    last = (await write(pool, 1))[-1]
    row: dict[str, tuple[object, ...]] = {
        "position skipped": (3, SECONDS, "paper.issued", BODY, last, _hash(position=3, body=BODY, previous=last)),
        "position taken": (1, SECONDS, "paper.issued", BODY, GENESIS, _hash(position=1, body=BODY, previous=GENESIS)),
        "body": (2, SECONDS, "paper.issued", b"\xa0", last, _hash(body=BODY, previous=last)),
        "event": (2, SECONDS, "paper.other", BODY, last, _hash(body=BODY, previous=last)),
        "at": (2, SECONDS + 1, "paper.issued", BODY, last, _hash(body=BODY, previous=last)),
        "previous": (2, SECONDS, "paper.issued", BODY, GENESIS, _hash(body=BODY, previous=GENESIS)),
        "hash": (2, SECONDS, "paper.issued", BODY, last, bytes(32)),
    }
    with pytest.raises(psycopg.errors.RaiseException, match="must follow"):
        async with transaction(pool) as connection:
            await connection.execute(INSERT, row[wrong])
    right = (2, SECONDS, "paper.issued", BODY, last, _hash(body=BODY, previous=last))
    async with transaction(pool) as connection:
        await connection.execute(INSERT, right)
    assert await checked(pool) == (2, right[-1])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence SET body = '\\xa0' WHERE position = 2",
        "UPDATE evidence SET body = '\\xff' WHERE position = 2",
        "UPDATE evidence SET event = 'paper.revoked' WHERE position = 2",
        "UPDATE evidence SET at = at + 1 WHERE position = 2",
        "UPDATE evidence SET hash = sha256(hash) WHERE position = 2",
        "DELETE FROM evidence WHERE position = 2",
    ],
)
async def test_check_finds_what_a_superuser_changed(
    pool: Pool, superuser: psycopg.Connection[tuple[object, ...]], change: str
) -> None:
    await write(pool, 3)
    superuser.execute(change.encode())
    with pytest.raises(MadoguchiError, match=r"evidence\.broken: at position 2"):
        await checked(pool)


async def test_what_is_cut_off_shows_only_against_an_end_that_was_kept(
    pool: Pool, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    kept = (3, (await write(pool, 3))[-1])
    superuser.execute("DELETE FROM evidence WHERE position = 3")
    assert await checked(pool) != kept


@pytest.mark.parametrize("event", ["Paper", "paper issued", "", "氏名", "paper.", "paper\n"])
async def test_an_event_is_a_static_name(pool: Pool, event: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        async with transaction(pool) as connection:
            await evidence.append(connection, event, {}, at=AT)


PARTS = st.fixed_dictionaries(
    {
        "previous": st.binary(min_size=32, max_size=32),
        "position": st.integers(1, 2**63 - 1),
        "at": st.integers(0, 2**40),
        "event": st.from_regex(r"[a-z_]+([.][a-z_]+)*", fullmatch=True),
        "body": st.binary(max_size=40),
    }
)


@given(one=PARTS, other=PARTS)
def test_different_entries_have_different_hashes(one: dict[str, object], other: dict[str, object]) -> None:
    same = entry_hash(**one) == entry_hash(**other)  # type: ignore[arg-type]
    assert same is (one == other)


@given(parts=PARTS, cut=st.integers(0, 60))
def test_no_octet_wanders_from_event_to_body(parts: dict[str, object], cut: int) -> None:
    """The same octets split elsewhere are another entry."""
    event, body = str(parts["event"]), bytes(parts["body"])  # type: ignore[call-overload]
    moved = event[: cut % (len(event) + 1)]
    other = parts | {"event": moved, "body": event[len(moved) :].encode() + body}
    assert (entry_hash(**parts) == entry_hash(**other)) is (moved == event)  # type: ignore[arg-type]
