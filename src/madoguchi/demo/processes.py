"""Starting the parties as real processes and leaving none behind."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.demo.problems import NOT_STARTED
from madoguchi.deployment.plan import Process
from madoguchi.runtime.server import READY_FD

PROGRAM = "madoguchi.cli"
START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(slots=True)
class Running:
    """One started party."""

    process: Process
    child: subprocess.Popen[bytes]
    ready: int
    """The descriptor on which it says that it listens."""


def the_program(_process: Process) -> str:
    """Every process runs the program itself."""
    return PROGRAM


@dataclass(slots=True)
class Processes:
    """The parties of one deployment as children of this process."""

    directory: Path
    module_of: Callable[[Process], str] = the_program
    """The Python module that a process runs; tests put parties there that stop or lie where they are told."""
    running: dict[str, Running] = field(default_factory=dict)

    def start(self, process: Process) -> None:
        """Start one party from its configuration file; it is ready when `wait_ready` says so."""
        reading, writing = os.pipe()
        home = self.directory / process.name
        module = self.module_of(process)
        command = [sys.executable, "-m", module, *process.words, "--config", str(home / "config.toml")]
        with (home / "stderr.txt").open("ab") as errors:
            child = subprocess.Popen(
                [*_die_with_parent(), *command],
                env={**os.environ, READY_FD: str(writing), "MALLOC_ARENA_MAX": "2"},
                pass_fds=(writing,),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                start_new_session=True,  # Ctrl-C reaches the demo, which stops the parties in good order
            )
        os.close(writing)
        self.running[process.name] = Running(process=process, child=child, ready=reading)

    def wait_ready(self, names: Iterable[str], *, timeout: float = START_SECONDS) -> None:
        """Wait until all of them listen. Raises `demo.not_started` naming the one that ended or stayed silent."""
        deadline = time.monotonic() + timeout
        for name in names:
            running = self.running[name]
            if not _says_ready(running.ready, deadline=deadline):
                raise NOT_STARTED.error(f"{name}: {self._last_words(name)}")

    def kill(self, name: str) -> None:
        """SIGKILL: what a power cut looks like from outside."""
        running = self.running.pop(name)
        running.child.kill()
        running.child.wait()
        os.close(running.ready)

    def start_again(self, name: str) -> None:
        """Start a party that has ended. Raises `demo.not_started`."""
        running = self.running.pop(name)
        os.close(running.ready)
        self.start(running.process)
        self.wait_ready([name])

    def stop(self) -> None:
        """SIGTERM to all, in the order of their starting reversed; SIGKILL to whoever does not end."""
        for running in reversed(self.running.values()):
            running.child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for running in self.running.values():
            try:
                running.child.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                running.child.kill()
                running.child.wait()
            os.close(running.ready)
        self.running.clear()

    def ended(self) -> list[str]:
        """Names of parties that ended by themselves."""
        return [name for name, running in self.running.items() if running.child.poll() is not None]

    def _last_words(self, name: str) -> str:
        text = (self.directory / name / "stderr.txt").read_text(errors="replace").strip()
        return text.splitlines()[-1][:300] if text else "it said nothing"


def _die_with_parent() -> list[str]:
    """A prefix that ends the child when this process is killed (Linux); nothing where setpriv is missing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _says_ready(descriptor: int, *, deadline: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(timeout=left):
                return os.read(descriptor, 200).startswith(b"ready")
    return False
