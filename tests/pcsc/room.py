"""A pcscd of one's own with a virtual reader, in a mount and network namespace, and a virtual card at its wire.

Run as `unshare -mn python -m tests.pcsc.room DIRECTORY`, as root. `vpcd` listens on all addresses, so it must have a
network of its own; pcscd's socket has a fixed place, so DIRECTORY is mounted there and other processes reach it by
`PCSCLITE_CSOCK_NAME`. Commands come in as lines of JSON and each is answered by one:

- `["put", FILE]`: a card file is laid on the reader; `["take"]`: the card is taken away; `["pull_after", N]`: it is
  taken away instead of an answer to the N-th APDU from now; `["confirm", true]`: its holder confirms on it.
- `["run", PROGRAM, ...]`: run a program inside; the answer is its exit code and its words.
- `["seen"]`: the headers (never the data) of the APDUs since the last question, and how often the card was reset.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from madoguchi.card import VirtualCard, load_card

PORT = 35963
READER = "Virtual PCD 00 00"
ATR = bytes.fromhex("3B8001804E")
"""No card's: a reader may invent one, and nobody may recognise a card by it."""
_OFF, _ON, _RESET, _SEND_ATR = 0, 1, 2, 4
_START_SECONDS = 10.0
_VPCD = ("127.0.0.1", PORT)
_CLIENTS = "/run/pcscd/pcscd.comm"


class Slot:
    """The card's end of the virtual reader."""

    def __init__(self) -> None:
        self.headers: list[str] = []
        self.resets = 0
        self.pull_after: int | None = None
        self._line: socket.socket | None = None
        self._card: VirtualCard | None = None
        self._thread: threading.Thread | None = None

    def put(self, card: VirtualCard) -> None:
        """A card comes into the field."""
        self._card = card
        self._line = _connected(_VPCD)
        self._thread = threading.Thread(target=self._serve, args=(self._line, card), daemon=True)
        self._thread.start()

    def confirm(self, *, accepted: bool) -> None:
        """The holder of the phone that lies there confirms on it, or refuses."""
        if self._card is not None:
            self._card.confirmation.answer(accepted=accepted)

    def take(self) -> None:
        """It leaves."""
        line, self._line = self._line, None
        if line is not None:
            line.shutdown(socket.SHUT_RDWR)
        self.confirm(accepted=False)  # only now: a phone that has left says nothing more over the wire
        self._card = None
        if line is not None:
            line.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _serve(self, line: socket.socket, card: VirtualCard) -> None:
        try:
            while (message := _receive(line)) is not None:
                answer = self._answer(card, message)
                if answer is not None:
                    line.sendall(struct.pack(">H", len(answer)) + answer)
        except OSError:
            return

    def _answer(self, card: VirtualCard, message: bytes) -> bytes | None:
        if len(message) == 1:
            if message[0] in {_OFF, _ON, _RESET}:
                self.resets += 1
                card.reset()
            return ATR if message[0] == _SEND_ATR else None
        self.headers.append(message[:4].hex())
        if self.pull_after is not None:
            self.pull_after -= 1
            if self.pull_after <= 0:
                self.pull_after = None
                self.take()
                return None
        return card.transmit(message)


def _connected(address: tuple[str, int] | str) -> socket.socket:
    """A connection to pcscd, which opens the reader's wire before the socket of its clients."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        line = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        line.settimeout(60)
        try:
            line.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            line.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return line


def _receive(line: socket.socket) -> bytes | None:
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, struct.unpack(">H", head)[0])


def _exactly(line: socket.socket, octets: int) -> bytes | None:
    received = b""
    while len(received) < octets:
        # Linux delays acknowledgements by 40 ms, and vpcd waits for them; the option wears off with every receive.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = line.recv(octets - len(received))
        if not part:
            return None
        received += part
    return received


class Room:
    """Answers commands until its input ends."""

    def __init__(self) -> None:
        self._slot = Slot()

    def obey(self, command: str, *words: Any) -> Any:
        """One command."""
        if command == "put":
            self._slot.put(load_card(Path(words[0])))
        elif command == "take":
            self._slot.take()
        elif command == "confirm":
            self._slot.confirm(accepted=words[0])
        elif command == "pull_after":
            self._slot.pull_after = words[0]
        elif command == "seen":
            seen = {"headers": self._slot.headers, "resets": self._slot.resets}
            self._slot.headers, self._slot.resets = [], 0
            return seen
        elif command == "run":
            ran = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
            return {"code": ran.returncode, "out": ran.stdout, "err": ran.stderr}
        else:
            raise ValueError(command)
        return None


def main(directory: str) -> None:
    """Bring the namespace up, start pcscd in it, and obey."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    Path("/run/pcscd").mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", directory, "/run/pcscd"], check=True)
    with (Path(directory) / "pcscd.log").open("wb") as log:
        # It ends with this process, however that ends: a killed test run leaves no daemon behind.
        command = ["setpriv", "--pdeathsig", "TERM", "pcscd", "--foreground"]
        daemon = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _connected(_VPCD).close()
        _connected(_CLIENTS).close()
        room = Room()
        _say("ready")
        for line in sys.stdin:
            _say(room.obey(*json.loads(line)))
    finally:
        daemon.terminate()
        daemon.wait(10)


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
    os._exit(0)
