"""Starting a printer (`press.py`) from a test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_PROGRAMS = ("ippeveprinter", "avahi-daemon", "dbus-daemon", "unshare", "ip")

WHOLE = """
sides=0
while [ $sides -lt {sides} ]; do
    sides=$((sides + 1))
    echo "ATTR: job-impressions-completed=$sides" >&2
    sleep 0.15
done
cp "$1" "$OUT/$IPP_JOB_NAME.pdf"
"""
"""Prints every side and counts it."""
UNCOUNTED = 'cp "$1" "$OUT/$IPP_JOB_NAME.pdf"\n'
"""Prints and counts nothing, and calls it completed."""
STUCK = """
echo "ATTR: job-impressions-completed={sides}" >&2
echo "STATE: +{reason}" >&2
sleep {seconds}
echo "STATE: -{reason}" >&2
exit 1
"""
"""Prints so many sides; then a person must come, and comes after so many seconds."""
COVER = """
echo "STATE: {change}cover-open" >&2
"""
"""Prints nothing; somebody opens (+) or closes (-) its cover meanwhile."""
SLOW = """
echo "ATTR: job-impressions-completed=2" >&2
sleep {seconds}
"""
"""Prints one sheet and takes its time with the next."""


@dataclass(frozen=True, slots=True)
class Press:
    """A running printer."""

    process: subprocess.Popen[str]
    directory: Path
    port: int

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"ipps://127.0.0.1:{self.port}/ipp/print"

    @property
    def certificate(self) -> Path:
        """What it shows, in PEM."""
        return self.directory / "printer.pem"

    @property
    def spool(self) -> Path:
        """Where it keeps what it was sent."""
        return self.directory / "spool"

    def plan(self, script: str) -> None:
        """What it does with the jobs that come from now on."""
        (self.directory / "plan").write_text(script)

    def printed(self) -> dict[str, bytes]:
        """Job name to document, of all that came out."""
        return {path.stem: path.read_bytes() for path in (self.directory / "out").iterdir()}

    def forget(self) -> None:
        """Nothing has come out."""
        for path in (self.directory / "out").iterdir():
            path.unlink()

    def kill(self) -> None:
        """The plug is pulled."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "killed\n"


@contextmanager
def a_press(directory: Path) -> Iterator[Press]:
    """A printer for as long as the block runs. Skips where it cannot be (CI has everything, as root)."""
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root, and {', '.join(missing) or 'has the programs'}")
    (directory / "plan").write_text(WHOLE.format(sides=2))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with socket.create_server(("127.0.0.1", 0)) as outside:
        command = ["unshare", "--mount", "--net", sys.executable, "-m", "tests.ipp.press", str(directory)]
        with subprocess.Popen(
            [*command, str(outside.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            pass_fds=(outside.fileno(),),
        ) as process:  # at the end its input is closed, and so it ends
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "the printer did not start"
            yield Press(process, directory, outside.getsockname()[1])
