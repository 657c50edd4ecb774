"""What the process that looks at an upload may not do, whatever a decoder is led to do: the kernel holds it to that.

No socket, no other program, no other process's memory (seccomp, a filter of the kernel for the process and all of its
threads, never to be taken off again); no file that grows, no core, an end of time and memory (resource limits).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from collections.abc import Mapping
from typing import Final

_SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW, _SECCOMP_RET_KILL = 0x00050000, 0x7FFF0000, 0x80000000
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _FILTER_MODE = 38, 22, 2
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
"""BPF: load a word of the call, jump when it equals, jump when it is at least, end (linux/bpf_common.h)."""
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_X32: Final = 0x40000000
"""Calls of the x32 interface, which has other numbers for the same things."""
_INSTRUCTION: Final = struct.Struct("HBBI")

_FORBIDDEN: Final[Mapping[str, tuple[int, tuple[int, ...]]]] = {
    # socket, connect, bind, socketpair, execve, ptrace, process_vm_readv, process_vm_writev, execveat, io_uring_setup
    "x86_64": (0xC000003E, (41, 42, 49, 53, 59, 101, 310, 311, 322, 425)),
    "aarch64": (0xC00000B7, (198, 203, 200, 199, 221, 117, 270, 271, 281, 425)),
}


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(*, seconds: float, memory_octets: int) -> None:
    """Give up what a look does not need. Before any thread is made. Raises OSError where the kernel does not do it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    whole = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_octets, memory_octets))
    _forbid(platform.machine())


def _forbid(machine: str) -> None:
    if machine not in _FORBIDDEN:
        raise OSError(errno.ENOSYS, f"no list of system calls for {machine}")
    octets = _filter(*_FORBIDDEN[machine])
    program = _Program(len(octets) // _INSTRUCTION.size, octets)
    kernel = ctypes.CDLL(None, use_errno=True)
    nothing = ctypes.c_ulong(0)
    for option, value, pointer in (
        (_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing),
        (_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER_MODE), ctypes.byref(program)),
    ):
        if kernel.prctl(option, value, pointer, nothing, nothing):
            raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _filter(architecture: int, calls: tuple[int, ...]) -> bytes:
    """A call of another architecture ends the process; one of the list, or of x32, fails with EPERM."""
    refused = _SECCOMP_RET_ERRNO | errno.EPERM
    program = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _SECCOMP_RET_KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, len(calls) + 1, 0, _X32),
        *((_EQUAL, len(calls) - at, 0, call) for at, call in enumerate(calls)),
        (_RETURN, 0, 0, _SECCOMP_RET_ALLOW),
        (_RETURN, 0, 0, refused),
    ]
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in program)
