"""A PostgreSQL server that a test may stop, freeze and kill, and that comes back on the same data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from madoguchi.runtime import cluster as runtime
from madoguchi.runtime.cluster import Cluster, start_cluster


@dataclass(slots=True)
class OwnServer:
    """`running` is the server; its data outlive it."""

    running: Cluster
    directory: Path
    command: list[str]
    environment: dict[str, str]

    @classmethod
    def of(cls, running: Cluster, directory: Path) -> OwnServer:
        """Remember how it was started."""
        proc = Path(f"/proc/{running.pid}")
        command = (proc / "cmdline").read_text().rstrip("\0").split("\0")
        pairs = (proc / "environ").read_text().rstrip("\0").split("\0")
        return cls(running, directory, command, dict(pair.split("=", 1) for pair in pairs))

    def kill(self) -> None:
        """SIGKILL to everything of it, as when the machine loses power."""
        for pid in self._processes():
            os.kill(pid, signal.SIGKILL)
        self.running._process.wait()

    def start(self) -> None:
        """Come back, with crash recovery."""
        command = runtime._as(runtime._account(), self.command)
        with (self.directory / "postgres.log").open("ab") as output:
            launched = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.running._process = launched
        runtime._wait_ready(self.directory, launched)

    def frozen(self) -> AbstractContextManager[None]:
        """SIGSTOP: connections stay open and nothing answers."""
        return frozen(self.running.pid)

    def _processes(self) -> list[int]:
        return _processes_of(self.running.pid)


@contextmanager
def frozen(server: int) -> Iterator[None]:
    """The server of this process id stands still during the block."""
    stopped = _processes_of(server)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)


def _processes_of(server: int) -> list[int]:
    """The server and its children: each is a session of its own."""
    return [server, *(pid for pid, parent in _parents() if parent == server)]


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server of this test alone."""
    base = Path(tempfile.mkdtemp(prefix="mado-"))
    base.chmod(0o711)
    try:
        running = start_cluster(base / "pg")
        try:
            yield OwnServer.of(running, base / "pg")
        finally:
            running.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)
