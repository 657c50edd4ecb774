"""Durability, transactions and migrations on a real server."""

from __future__ import annotations

import io
import secrets
from pathlib import Path

import msgspec
import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import answers, connect, transaction
from madoguchi.runtime.migrate import migrate_from
from madoguchi.runtime.provision import PartyDatabase
from madoguchi.runtime.schema import refuse_other_schema

FIRST = '''
"""Make the table."""
from alembic import op
from madoguchi.runtime.migrate import grant
revision = "0001"
down_revision = None

def upgrade():
    op.execute("CREATE TABLE seen (id integer PRIMARY KEY, state text NOT NULL)")
    op.execute("CREATE TABLE hidden (id integer)")
    grant("SELECT, INSERT, UPDATE (state)", on="seen")
'''
SECOND = '''
"""Fail half-way."""
from alembic import op
revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("CREATE TABLE half (id integer)")
    op.execute("SELECT 1/0")
'''


@pytest.fixture
def own(postgres: Cluster) -> PartyDatabase:
    return postgres.add_party(f"p{secrets.token_hex(6)}")


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0001_first.py").write_text(FIRST)
    return tmp_path


@pytest.fixture
def database(own: PartyDatabase, migrations: Path) -> Database:
    migrate_from(migrations, own.owner_url)
    return Database(url=own.url, pool_size=2)


async def test_a_transaction_commits_at_the_end_and_rolls_back_on_an_exception(database: Database) -> None:
    async with connect(database) as pool:
        async with transaction(pool) as connection:
            await connection.execute("INSERT INTO seen VALUES (1, 'a')")
        with pytest.raises(KeyError):  # noqa: PT012
            async with transaction(pool) as connection:
                await connection.execute("INSERT INTO seen VALUES (2, 'a')")
                raise KeyError
        async with transaction(pool) as connection:
            rows = await (await connection.execute("SELECT id FROM seen")).fetchall()
    assert rows == [{"id": 1}]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM seen",
        "UPDATE seen SET id = 9",
        "SELECT * FROM hidden",
        "UPDATE alembic_version SET version_num='9'",
    ],
)
async def test_what_no_migration_granted_is_refused(database: Database, statement: str) -> None:
    async with connect(database) as pool:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with transaction(pool) as connection:
                await connection.execute(statement)


@pytest.mark.parametrize(("setting", "value"), [("synchronous_commit", "off"), ("synchronous_commit", "local")])
async def test_a_database_that_may_lose_commits_is_refused(
    postgres: Cluster, database: Database, lines: io.StringIO, setting: str, value: str
) -> None:
    role = database.url.removeprefix("postgresql://").partition(":")[0]
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {role} SET {setting} = {value}")
    with pytest.raises(MadoguchiError) as refused:
        async with connect(database):
            pass
    assert refused.value.code == "runtime.database_not_durable"
    async with connect(msgspec.structs.replace(database, declared_volatile=True)):
        pass
    assert '"setting":"synchronous_commit"' in lines.getvalue()


async def test_no_server_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(MadoguchiError) as refused:
        async with connect(Database(url=f"postgresql://a:b@/a?host={tmp_path}&connect_timeout=2"), wait_seconds=0.2):
            pass
    assert refused.value.code == "runtime.database_unavailable"


async def test_a_pool_that_is_busy_refuses_in_time(database: Database) -> None:
    single = msgspec.structs.replace(database, pool_size=1)
    async with connect(single, wait_seconds=0.2) as pool, transaction(pool):
        with pytest.raises(MadoguchiError) as refused:
            async with transaction(pool):
                pass
    assert refused.value.code == "runtime.database_unavailable"


async def test_whether_the_server_answers(database: Database) -> None:
    """What `/ready` of every party with a database asks."""
    async with connect(database) as pool:
        await answers(pool)
    with pytest.raises(MadoguchiError, match=r"runtime\.database_unavailable"):
        await answers(pool)


async def test_connections_that_the_server_closed_meanwhile_fail_nobody(postgres: Cluster, database: Database) -> None:
    """A server that was restarted while nobody asked: the first request of each connection succeeds."""
    async with connect(msgspec.structs.replace(database, pool_size=4)) as pool:
        async with transaction(pool), transaction(pool), transaction(pool), transaction(pool):
            assert pool.get_stats()["pool_size"] == 4
        with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
            name = psycopg.conninfo.conninfo_to_dict(database.url)["dbname"]
            admin.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,))
        for _ in range(8):
            await answers(pool)


async def test_migrating_again_changes_nothing(own: PartyDatabase, migrations: Path, database: Database) -> None:
    migrate_from(migrations, own.owner_url)
    async with connect(database) as pool:
        await refuse_other_schema(pool, migrations=migrations)


async def test_a_failing_migration_leaves_nothing_and_another_schema_is_a_stranger(
    own: PartyDatabase, migrations: Path, database: Database
) -> None:
    (migrations / "versions" / "0002_second.py").write_text(SECOND)
    with pytest.raises(Exception, match="division by zero"):
        migrate_from(migrations, own.owner_url)
    with psycopg.connect(own.owner_url) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)
    async with connect(database) as pool:
        with pytest.raises(MadoguchiError) as refused:
            await refuse_other_schema(pool, migrations=migrations)
    assert refused.value.code == "runtime.stranger"
