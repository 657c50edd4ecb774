"""Starting a room (`room.py`) from a test, and speaking to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from madoguchi.card import VirtualCard, save_card

ROOT = Path(__file__).resolve().parents[2]
SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
_PROGRAMS = ("pcscd", "opensc-tool", "unshare", "ip")
_MODULE = "tests.pcsc.room"


class Room:
    """A running room."""

    def __init__(self, process: subprocess.Popen[str], directory: Path) -> None:
        self._process = process
        self.directory = directory

    @property
    def socket(self) -> str:
        """What `PCSCLITE_CSOCK_NAME` must be for a program to reach this pcscd."""
        return str(self.directory / "pcscd.comm")

    def ask(self, *command: Any) -> Any:
        """One command and its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """The next answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the room ended"
        return json.loads(line)

    def put(self, card: VirtualCard) -> Path:
        """Lay a card on the reader; its file tells the counter afterwards."""
        file = self.directory / "card.json"
        save_card(card, file)
        self.ask("put", str(file))
        return file

    def run(self, *command: str) -> str:
        """Run a program beside pcscd; what it says when it is content."""
        ran = self.ask("run", *command)
        assert ran["code"] == 0, ran["err"]
        said: str = ran["out"]
        return said


@contextmanager
def a_room(directory: Path) -> Iterator[Room]:
    """A room for as long as the block runs. Skips where it cannot be (CI has everything, as root)."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {', '.join(missing) or 'has the programs'}")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = ["unshare", "--mount", "--net", sys.executable, "-m", _MODULE, str(directory)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:  # at the end its input is closed, and so it ends
        room = Room(process, directory)
        assert room.answer() == "ready"
        yield room
