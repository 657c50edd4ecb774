"""The process that looks at an upload: real ones, with children that die, hang, grow and write."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.runtime.clock import SystemClock
from madoguchi.verify.scans import confining
from madoguchi.verify.scans.process import Limits, Looked, Looking, Work
from madoguchi.verify.scans.seen import Seen
from tests.sites import MADE_AT
from tests.verify.papers import BLANK, as_file, as_picture

QUICK = Limits(seconds=2.0, waiting_seconds=0.2)


def dies(_documents: Sequence[bytes]) -> Seen:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def raises(_documents: Sequence[bytes]) -> Seen:
    raise ValueError("a decoder's own error, which may quote what it read")


def hangs(_documents: Sequence[bytes]) -> Seen:
    time.sleep(60)
    raise AssertionError


def spins(_documents: Sequence[bytes]) -> Seen:
    while True:
        pass


def grows(_documents: Sequence[bytes]) -> Seen:
    held = [bytearray(64 * 1024 * 1024) for _ in range(200)]
    return Seen(unreadable=len(held))


def writes(documents: Sequence[bytes]) -> Seen:
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(documents[0])
    raise AssertionError


def lies(_documents: Sequence[bytes]) -> Seen:
    return {"sheets": [], "unreadable": "many", "empty": 0, "left_out": False}  # type: ignore[return-value]


def tells_its_process(_documents: Sequence[bytes]) -> Seen:
    return Seen(unreadable=os.getpid(), empty=len(_sockets()))


def reaches_out(_documents: Sequence[bytes]) -> Seen:
    """How many of the ways out of a process fail with EPERM, of how many that were tried; in a thread too."""
    kernel = ctypes.CDLL(None, use_errno=True)
    ways: tuple[Callable[[], object], ...] = (
        lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
        socket.socketpair,
        lambda: os.execv("/bin/true", ["true"]),
        lambda: _checked(kernel.ptrace(16, os.getppid(), None, None)),
    )
    refused = [isinstance(_failure(way), PermissionError) for way in ways]
    in_a_thread: list[bool] = []
    thread = threading.Thread(target=lambda: in_a_thread.append(isinstance(_failure(ways[0]), PermissionError)))
    thread.start()
    thread.join()
    return Seen(unreadable=sum(refused + in_a_thread), empty=len(ways) + 1)


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _failure(way: Callable[[], object]) -> OSError | None:
    try:
        way()
    except OSError as failure:
        return failure
    return None


def _sockets() -> list[str]:
    links = (str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return [link for link in links if link.startswith("socket:")]


def looked(work: Work | None, *documents: bytes, limits: Limits = QUICK) -> Looked:
    return Looking(clock=SystemClock(), limits=limits, work=work).look(documents)


@pytest.mark.parametrize("work", [dies, raises, hangs, spins, grows, writes, lies])
def test_whatever_becomes_of_a_child_is_told_and_nothing_else_happens(work: Work, tmp_path: Path) -> None:
    limits = Limits(seconds=2.0, memory_octets=1024**3)
    before = set(Path(tempfile.gettempdir()).iterdir())
    with pytest.raises(MadoguchiError) as refused:
        looked(work, b"somebody's certificate", limits=limits)
    assert refused.value.code == "verify.not_looked_at"
    assert "quote" not in str(refused.value)
    left = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert [file for file in left if file.is_file() and file.stat().st_size] == []
    assert looked(None, as_file(BLANK)).seen == Seen(empty=1), "the next upload is looked at"


def test_the_child_is_dead_before_anything_is_answered() -> None:
    answer = looked(tells_its_process, b"12345")
    assert answer.octets == 5
    assert answer.ended_at > MADE_AT
    with pytest.raises(ProcessLookupError):
        os.kill(answer.seen.unreadable, 0)
    assert answer.seen.unreadable != looked(tells_its_process, b"").seen.unreadable


def test_the_child_holds_none_of_our_connections() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()):
        assert looked(tells_its_process, b"").seen.empty == 0


def test_the_kernel_lets_the_child_reach_nobody() -> None:
    seen = looked(reaches_out).seen
    assert (seen.unreadable, seen.empty) == (6, 6)


def test_a_machine_whose_calls_are_not_known_looks_at_nothing() -> None:
    with pytest.raises(OSError, match="riscv64"):
        confining._forbid("riscv64")


def test_the_real_look_reads_a_code_in_its_own_process() -> None:
    (sheet,) = looked(None, as_file(as_picture(b"not signed by anybody"))).seen.sheets
    assert sheet.front_code == b"not signed by anybody"


def test_one_at_a_time_and_the_others_wait_a_moment() -> None:
    looking = Looking(clock=SystemClock(), limits=QUICK, work=hangs)
    codes: list[str] = []

    def ask() -> None:
        with pytest.raises(MadoguchiError) as refused:
            looking.look((b"",))
        codes.append(refused.value.code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["verify.busy", "verify.busy", "verify.not_looked_at"]
