"""The sealing keys of the day, the card's pseudonym, and the ends that nobody asked for."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from madoguchi import custody
from madoguchi.center import transactions
from madoguchi.center.applying import apply, tie_loose_ends
from madoguchi.center.housekeeping import settle_dead
from madoguchi.center.keyfile import load_key
from madoguchi.center.parts import Parts
from madoguchi.center.pseudonym import Pseudonyms
from madoguchi.center.sealing import SealingKeys
from madoguchi.errors import MadoguchiError
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect, transaction
from madoguchi.wire.transaction import Refused
from tests.center.conftest import Steps, TimeMachine
from tests.center.states import custody_of, state
from tests.center.stub_lines import StubLines, center
from tests.center.world import OPERATOR, Kiosk, World

KEK = bytes(range(32))


def _keys(kek: bytes = KEK, environment: str = "test") -> SealingKeys:
    return SealingKeys(kek=kek, environment=environment, transaction_seconds=240)


async def _put(pool: Pool, keys: SealingKeys, *, day: str, delete_in: int) -> bytes:
    """Another day's key, which only the owner of a clock can make: written by hand from today's maker."""
    import os

    from madoguchi.seal import SealingKey

    seed = os.urandom(96)
    key = SealingKey.from_seed(seed)
    async with transaction(pool) as connection:
        await connection.execute(
            "INSERT INTO sealing_keys (day, key_id, wrapped, delete_after)"
            " VALUES (%s, %s, %s, clock_timestamp() + make_interval(secs => %s))",
            (day, key.key_id, keys._wrapping.wrap(seed, key_id=key.key_id), delete_in),
        )
    return key.key_id


async def test_two_replicas_make_one_key_of_the_day(one: Parts, two: Parts) -> None:
    """At once, on a day that has no key yet: whose insert comes second waits for the first, and takes its key."""
    async with transaction(one.pool) as connection:
        await connection.execute("DELETE FROM sealing_keys")

    async def made(parts: Parts) -> bytes:
        async with transaction(parts.pool) as connection:
            key = await parts.sealing.of_today(connection)
            await asyncio.sleep(0.05)  # the other meets a row that is not committed yet
        return key.key_id

    a, b = await asyncio.gather(made(one), made(two))
    assert a == b
    async with transaction(one.pool) as connection:
        cursor = await connection.execute("SELECT key_id FROM sealing_keys")
        assert [bytes(row["key_id"]) for row in await cursor.fetchall()] == [a]


async def test_a_key_is_gone_after_its_time(pool: Pool) -> None:
    keys = _keys()
    living = await _put(pool, keys, day="2001-01-01", delete_in=600)
    past = await _put(pool, keys, day="2001-01-02", delete_in=-1)
    async with transaction(pool) as connection:
        assert (await keys.by_id(connection, living)).key_id == living
        with pytest.raises(MadoguchiError, match="sealing_key_gone"):
            await keys.by_id(connection, past)
    assert await keys.delete_old(pool) == 1
    async with transaction(pool) as connection:
        cursor = await connection.execute("SELECT day FROM sealing_keys WHERE key_id = %s", (past,))
        assert await cursor.fetchone() is None
        await connection.execute("DELETE FROM sealing_keys WHERE key_id = %s", (living,))
    await keys.delete_old(pool)
    assert living not in keys._known


@pytest.mark.parametrize("other", [_keys(kek=bytes(32)), _keys(environment="demo")], ids=["kek", "environment"])
async def test_a_key_opens_under_its_own_kek_and_environment_only(pool: Pool, other: SealingKeys) -> None:
    key_id = await _put(pool, _keys(), day="2001-02-01", delete_in=600)
    async with transaction(pool) as connection:
        with pytest.raises(MadoguchiError, match="sealing_key_gone"):
            await other.by_id(connection, key_id)
        await connection.execute("DELETE FROM sealing_keys WHERE key_id = %s", (key_id,))


async def test_a_row_cannot_stand_in_for_another(pool: Pool) -> None:
    keys = _keys()
    wrapped = keys._wrapping.wrap(secrets.token_bytes(96), key_id=b"a" * 16)
    with pytest.raises(MadoguchiError, match="sealing_key_gone"):
        keys._wrapping.unwrap(wrapped, key_id=b"b" * 16)
    with pytest.raises(MadoguchiError, match="another key"):
        keys._wrapping.unwrap(wrapped, key_id=b"a" * 16)


def test_a_pseudonym_is_of_the_pair_the_day_and_the_environment() -> None:
    before_midnight = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)  # 23:59 in Japan
    after = datetime(2026, 11, 23, 15, 1, tzinfo=UTC)
    made = Pseudonyms(KEK, "test")

    def of(one: Pseudonyms = made, *, ca: bytes = b"c" * 32, serial: str = "1A", at: datetime = after) -> Any:
        return one.of_card(ca_key_digest=ca, serial=serial, at=at)

    today, yesterday = of()
    assert of(at=before_midnight)[0] == yesterday
    others = {of(ca=b"d" * 32)[0], of(serial="1B")[0], of(Pseudonyms(bytes(32), "test"))[0]}
    assert len(others | {of(Pseudonyms(KEK, "demo"))[0], today, yesterday}) == 6


async def test_midnight_does_not_let_a_card_be_live_twice(
    one: Parts, two: Parts, steps: Steps, kiosk: Kiosk, world: World
) -> None:
    from datetime import timedelta

    card = world.card()
    first, second = await steps.open(one), await steps.open(two)

    class Tomorrow(Pseudonyms):
        def of_card(self, *, ca_key_digest: bytes, serial: str, at: datetime) -> tuple[bytes, bytes]:
            return Pseudonyms.of_card(self, ca_key_digest=ca_key_digest, serial=serial, at=at + timedelta(days=1))

    later = replace(two, pseudonyms=Tomorrow(two.pseudonyms.key, two.pseudonyms.environment))
    await apply(one, kiosk.apply(first, card), operator=OPERATOR)
    assert isinstance(kiosk.open(second, await apply(later, kiosk.apply(second, card), operator=OPERATOR)), Refused)


async def test_what_is_overdue_ends(one: Parts, steps: Steps, time_machine: TimeMachine) -> None:
    opened, delivered = await steps.open(one), await steps.open(one)
    await steps.apply(one, delivered)
    async with transaction(one.pool) as connection:
        await transactions.end_overdue(connection)
    assert (await state(one, opened), await state(one, delivered)) == ("opened", "delivered")
    for visit in (opened, delivered):
        time_machine.age(visit.transaction, seconds=100_000)
    async with transaction(one.pool) as connection:
        await transactions.end_overdue(connection)
    assert (await state(one, opened), await state(one, delivered)) == ("expired", "undelivered")


async def test_receipts_are_written_later_when_the_database_was_away(
    one: Parts, steps: Steps, kiosk: Kiosk, world: World, database: Database, lines: StubLines
) -> None:
    visit = await steps.open(one)
    async with connect(database) as own_pool:
        lonely = center(world, "center-1", pool=own_pool, database=database, lines=lines)
        await lonely.menus.refresh(world.ward)
        lines.on_issue = own_pool.close
        with pytest.raises(MadoguchiError, match="database_unavailable"):
            await apply(lonely, kiosk.apply(visit, world.card()), operator=OPERATOR)
    assert lonely.loose_ends == {visit.transaction}
    assert await custody_of(one, visit) is None
    back = replace(lonely, pool=one.pool)
    await tie_loose_ends(back)
    assert (await state(one, visit), await custody_of(one, visit)) == ("failed", "wiped")
    assert back.loose_ends == set()


async def test_a_replica_settles_its_own_past_only(
    one: Parts, two: Parts, steps: Steps, owner: psycopg.Connection[Any]
) -> None:
    mine, other = await steps.open(one), await steps.open(one)
    for visit, parts in ((mine, one), (other, two)):
        async with transaction(parts.pool) as connection:
            await transactions.use_up_challenge(
                connection, visit.transaction, operator=OPERATOR, applied_by=parts.holder, seconds=60
            )
            await custody.hold(connection, visit.transaction, holder=parts.holder, process=bytes(16))
    await settle_dead(one)
    assert (await state(one, mine), await custody_of(one, mine)) == ("failed", "process_ended")
    assert (await state(one, other), await custody_of(one, other)) == ("applying", None)
    await settle_dead(two)


@pytest.mark.parametrize("octets", [0, 31, 33])
def test_a_key_file_has_32_octets(tmp_path: Path, octets: int) -> None:
    path = tmp_path / "key"
    path.write_bytes(bytes(octets))
    with pytest.raises(MadoguchiError, match="key_file"):
        load_key(path)
    with pytest.raises(MadoguchiError, match="key_file"):
        load_key(tmp_path / "none")
