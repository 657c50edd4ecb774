"""The embedded server: who may enter where, what it logs, what it leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.cluster import Cluster, cluster, start_cluster
from madoguchi.runtime.provision import PartyDatabase


@pytest.fixture(scope="session")
def parties(postgres: Cluster) -> dict[str, PartyDatabase]:
    return {name: postgres.add_party(name) for name in ("isolated_one", "isolated_two")}


@pytest.fixture
def short() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="mado-"))
    directory.chmod(0o711)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


def at(url: str, database: str) -> str:
    before, _, after = url.partition("@/")
    return f"{before}@/{database}?{after.partition('?')[2]}"


@pytest.mark.parametrize("kind", ["url", "owner_url"])
@pytest.mark.parametrize("database", ["isolated_two", "postgres", "template1", "template0"])
def test_a_role_enters_no_other_database(parties: dict[str, PartyDatabase], kind: str, database: str) -> None:
    own = getattr(parties["isolated_one"], kind)
    with psycopg.connect(own) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("isolated_one",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(at(own, database))


def test_connect_rights_alone_would_hold_too(postgres: Cluster, parties: dict[str, PartyDatabase]) -> None:
    """Without pg_hba: no role but the party's own two has CONNECT anywhere."""
    query = """
        SELECT r.rolname, d.datname FROM pg_roles r, pg_database d
        WHERE NOT r.rolsuper AND r.rolcanlogin AND has_database_privilege(r.oid, d.oid, 'CONNECT')
        AND r.rolname LIKE 'isolated%%' ORDER BY 1
    """
    with psycopg.connect(postgres.admin_url) as connection:
        found = connection.execute(query).fetchall()
    assert found == [(f"{name}{role}", name) for name in parties for role in ("", "_owner")]


@pytest.mark.parametrize("user", ["isolated_one", "isolated_one_owner", "postgres"])
@pytest.mark.parametrize("password", ["", ":wrong"])
def test_every_role_needs_its_password(
    postgres: Cluster, parties: dict[str, PartyDatabase], user: str, password: str
) -> None:
    database = "postgres" if user == "postgres" else "isolated_one"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(f"postgresql://{user}{password}@/{database}?host={postgres.directory}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE ROLE other",
        "SET ROLE isolated_one_owner",
        "ALTER ROLE isolated_one SUPERUSER",
        "CREATE EXTENSION plpgsql",
        "SELECT pg_read_file('postgresql.conf')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "ALTER SYSTEM SET fsync = off",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_the_serving_role_has_least_rights(parties: dict[str, PartyDatabase], statement: str) -> None:
    refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.DuplicateObject)
    with psycopg.connect(parties["isolated_one"].url, autocommit=True) as connection, pytest.raises(refusals):
        connection.execute(statement)


def test_the_owner_cannot_become_the_serving_role(parties: dict[str, PartyDatabase]) -> None:
    refusal = psycopg.errors.InsufficientPrivilege
    with psycopg.connect(parties["isolated_one"].owner_url) as connection, pytest.raises(refusal):
        connection.execute("SET ROLE isolated_one")


def test_no_address_is_listened_on_and_no_mode_is_opened(postgres: Cluster) -> None:
    with psycopg.connect(postgres.admin_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    assert postgres.directory.stat().st_mode & 0o777 == 0o700


def test_the_server_log_quotes_no_value(postgres: Cluster, parties: dict[str, PartyDatabase]) -> None:
    with psycopg.connect(parties["isolated_one"].owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE resident (name text UNIQUE, age int)")
        connection.execute("INSERT INTO resident VALUES (%s, 1)", ("Tarou-in-a-row",))
        for statement, values in (
            ("INSERT INTO resident VALUES (%s, 2)", ("Tarou-in-a-row",)),
            ("INSERT INTO resident VALUES ('x', %s)", ("Tarou-is-no-number",)),
            ("SELECT 'Tarou-in-a-statement' FROM nowhere", ()),
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement, values)
    log = (postgres.directory / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "Tarou-in-a" not in log


def test_stop_leaves_no_process_file_or_shared_memory(short: Path) -> None:
    began = time.monotonic()
    with cluster(short / "pg") as running:
        running.add_party("center")
        assert time.monotonic() - began < 15
        pid = running.pid
        segments = shared_memory(pid)
        assert len(segments) == 1
        assert "/dev/shm/" not in Path(f"/proc/{pid}/maps").read_text()
    assert not list(short.iterdir())
    assert not Path(f"/proc/{pid}").exists()
    assert not any(str(short) in line for line in command_lines())
    assert shared_memory(pid) == set()


STARTER = """
import sys, time
from pathlib import Path
from madoguchi.runtime.cluster import start_cluster
running = start_cluster(Path(sys.argv[1]))
print(running.pid, flush=True)
time.sleep(60)
"""


def test_the_server_ends_with_a_killed_starter(short: Path) -> None:
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(short / "pg")], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    server = int(starter.stdout.readline())
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    deadline = time.monotonic() + 15
    while is_alive(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(server)


def test_a_path_too_long_for_a_socket_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    directory = tmp_path / ("x" * 100)
    with pytest.raises(MadoguchiError, match="too long"):
        start_cluster(directory)
    assert not directory.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_root_opens_no_parent_directory(short: Path) -> None:
    short.chmod(0o700)
    with pytest.raises(MadoguchiError, match="cannot be passed"):
        start_cluster(short / "pg")
    assert short.stat().st_mode & 0o777 == 0o700
    assert not list(short.iterdir())


def shared_memory(creator: int) -> set[str]:
    """System V segments that a process made: shmid and cpid are the second and fifth columns (proc(5))."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return {columns[1] for columns in map(str.split, lines) if int(columns[4]) == creator}


def command_lines() -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(process.read_text(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
