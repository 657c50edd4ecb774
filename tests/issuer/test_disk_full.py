"""The disk of the database is full while a package is loaded: all of it is refused, and what was in force stays."""

from __future__ import annotations

import os
import pwd
import secrets
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.records import Resident
from madoguchi.runtime.cluster import Cluster
from madoguchi.runtime.database import Pool
from madoguchi.wire.transaction import Issued
from tests.issuer.world import HANAKO, TARO, World, tax_of

DISK_MEGABYTES = 32
LEFT_OCTETS = 512 * 1024
PEOPLE = 3000
"""More than fits into what is left."""

Fill = Callable[[], None]


def crowd() -> list[Resident]:
    return [msgspec.structs.replace(TARO, addressee_number=f"{number:010d}") for number in range(100, 100 + PEOPLE)]


@contextmanager
def small_disk(directory: Path) -> Iterator[None]:
    """A file system of its own, which only root can mount. Raises OSError or CalledProcessError."""
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "tmpfs", str(directory)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)


def real_disk(world: World, postgres: Cluster, stack: ExitStack) -> tuple[Fill, Fill]:
    """The ward's database moves to a small disk; what fills it is a file beside the tables."""
    disk, name = postgres.directory / f"disk-{secrets.token_hex(4)}", f"small_{secrets.token_hex(4)}"
    stack.enter_context(small_disk(disk))
    tables = disk / "tables"
    tables.mkdir(mode=0o700)
    account = pwd.getpwuid(postgres.directory.stat().st_uid)
    os.chown(tables, account.pw_uid, account.pw_gid)
    database = database_name(world)
    with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE TABLESPACE {name} LOCATION '{tables}'".encode())
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'".encode())
        admin.execute(f"ALTER DATABASE {database} SET TABLESPACE {name}".encode())
    filler = disk / "filler"

    def fill() -> None:
        state = os.statvfs(disk)
        filler.write_bytes(bytes(state.f_bavail * state.f_frsize - LEFT_OCTETS))

    def drop() -> None:
        with psycopg.connect(postgres.admin_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {database} WITH (FORCE)".encode())
            admin.execute(f"DROP TABLESPACE {name}".encode())
            admin.execute(f"CREATE DATABASE {database}".encode())  # the fixture drops it

    stack.callback(drop)
    return fill, filler.unlink


def injected(world: World) -> tuple[Fill, Fill]:
    """Without root: the server itself says ENOSPC when the package has come half-way."""
    owner = world.database.owner_url
    assert owner is not None

    def run(*statements: str) -> None:
        with psycopg.connect(owner) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def fill() -> None:
        run(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF get_byte(NEW.person, 0) > 127"
            " THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';"
            " END IF; RETURN NEW; END $$",
            *(
                f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
                for table in ("persons_a", "persons_b")
            ),
        )

    return fill, lambda: run("DROP FUNCTION full_disk() CASCADE")


def database_name(world: World) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(world.database.url)["dbname"])


@pytest.fixture
async def disk(world: World, postgres: Cluster) -> AsyncIterator[tuple[Fill, Fill]]:
    """Fill the disk, and make room. A real one where we are root and may mount."""
    with ExitStack() as stack:
        try:
            made = real_disk(world, postgres, stack)
        except (PermissionError, subprocess.CalledProcessError):
            made = injected(world)
        for pool in (world.pool, world.intake_pool, world.owner_pool):
            await fresh(pool)
        yield made


async def fresh(pool: Pool) -> None:
    """Connections that were cut off when the database moved are replaced."""
    await pool.check()


async def test_a_package_that_does_not_fit_is_refused_whole(world: World, disk: tuple[Fill, Fill]) -> None:
    fill, make_room = disk
    replica, card = await world.replica(), world.kit.card()
    await world.open(replica, HANAKO, cards={HANAKO.addressee_number: card})
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued)
    people = [HANAKO, *crowd()]
    package = world.tax.package(sequence=2, residents=people, taxes=[tax_of(each) for each in people])
    fill()
    with pytest.raises(MadoguchiError) as refused:
        await replica.feed.package(package)
    assert refused.value.code == "runtime.database_full"
    assert await world.one("SELECT sequence FROM feeds WHERE feed = 'tax'") == {"sequence": 1}
    (only,) = await world.in_force("persons")
    assert only["person"] == world.kit.index.person(HANAKO.addressee_number)
    assert isinstance(await replica.issue(world.street.visit(card).request), Issued), "what was in force still is"
    make_room()
    receipt = await replica.feed.package(package)
    assert receipt.sequence == 2
    assert len(await world.in_force("persons")) == len(people)
