"""A real IPP printer of one's own: CUPS's `ippeveprinter` over TLS, in a mount and network namespace.

Run as `unshare -mn python -m tests.ipp.press DIRECTORY FD`, as root. It needs a D-Bus and an avahi-daemon, which have
fixed places, and it listens on all addresses, so all three live apart. FD is a listening socket of the network outside:
whoever connects there is led to the printer. DIRECTORY gets `spool/`, `out/` (what was printed) and `printer.pem`.

What the printer does with a job is the shell script `DIRECTORY/plan`, which it runs with the document's name as `$1`.
"""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

PORT = 8631
PPD = Path(__file__).with_name("a4.ppd")
_START_SECONDS = 20.0


def main(directory: Path, outside: socket.socket) -> None:
    """Start everything, say so, and end when the input ends."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for place in ("/run/dbus", "/run/avahi-daemon"):
        Path(place).mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    for name in ("spool", "out", "keys"):
        (directory / name).mkdir()
    with ExitStack() as stack:
        _started(stack, directory, "dbus-daemon", "--system", "--nofork", "--nopidfile")
        _until(lambda: Path("/run/dbus/system_bus_socket").exists())
        _started(stack, directory, "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits")
        _until(lambda: Path("/run/avahi-daemon/socket").exists())
        _printer(stack, directory)
        threading.Thread(target=_lead_in, args=(outside,), daemon=True).start()
        _say("ready")
        for line in sys.stdin:
            if line == "kill\n":
                stack.close()
                _say("killed")


def _printer(stack: ExitStack, directory: Path) -> None:
    command = directory / "command"
    command.write_text(f"#!/bin/sh\nOUT={directory}/out\n. {directory}/plan\n")
    command.chmod(0o755)
    _started(
        stack, directory, "ippeveprinter", "-p", str(PORT), "-n", "localhost", "-r", "off", "-P", str(PPD),
        "-K", str(directory / "keys"), "-d", str(directory / "spool"), "-c", str(command), "-vvv", "Kiosk",
    )  # fmt: skip

    def shows_its_certificate() -> bool:
        with suppress(OSError):
            shown = ssl.get_server_certificate(("127.0.0.1", PORT))
            (directory / "printer.pem").write_text(shown)
            return True
        return False

    _until(shows_its_certificate)


def _started(stack: ExitStack, directory: Path, *command: str) -> None:
    with (directory / f"{command[0]}.log").open("wb") as log:
        # It ends with this process, however that ends: a killed test run leaves no daemon behind.
        mortal = ("setpriv", "--pdeathsig", "KILL", *command)
        process = subprocess.Popen(mortal, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    stack.callback(process.wait)
    stack.callback(process.kill)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def _lead_in(outside: socket.socket) -> None:
    """Every connection from outside becomes one to the printer."""
    while True:
        theirs, _ = outside.accept()
        try:
            ours = socket.create_connection(("127.0.0.1", PORT))
        except OSError:
            theirs.close()
            continue
        for one, other in ((theirs, ours), (ours, theirs)):
            threading.Thread(target=_copy, args=(one, other), daemon=True).start()


def _copy(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while octets := one.recv(65536):
            other.sendall(octets)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
    os._exit(0)
