"""Octets to and from a receipt printer: over TCP, or through a character device (serial, or USB's `/dev/usb/lp0`)."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import termios
import tty
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

DEFAULT_PORT: Final = 9100
_READ_OCTETS: Final = 64

Baud = Literal[38400, 57600, 115200]
_SPEEDS: Final[dict[Baud, int]] = {
    38400: termios.B38400,
    57600: termios.B57600,
    115200: termios.B115200,
}


class Stream(Protocol):
    """Raises OSError when the other end is gone. Nothing here waits by the clock: the caller does."""

    async def write(self, octets: bytes) -> None:
        """Hand everything over."""
        ...

    async def read(self) -> bytes:
        """At least one octet."""
        ...

    def last_word(self, octets: bytes) -> None:
        """Hand over what can be handed over without waiting; whether it arrives nobody learns."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class TcpStream:
    """Implements `Stream`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def write(self, octets: bytes) -> None:
        """Into the connection."""
        self._writer.write(octets)
        await self._writer.drain()

    async def read(self) -> bytes:
        """From the connection."""
        octets = await self._reader.read(_READ_OCTETS)
        if not octets:
            raise ConnectionResetError(errno.ECONNRESET, "the printer hung up")
        return octets

    def last_word(self, octets: bytes) -> None:
        """Goes out while it closes."""
        self._writer.write(octets)

    def close(self) -> None:
        """Hang up. What a printer has not taken is dropped: it must not print it later."""
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()
        else:
            self._writer.close()


class DeviceStream:
    """Implements `Stream`. `device` is open, does not block, and is this object's own."""

    def __init__(self, device: int) -> None:
        self._device = device

    async def write(self, octets: bytes) -> None:
        """As much at a time as the device takes."""
        rest = memoryview(octets)
        while rest:
            try:
                rest = rest[os.write(self._device, rest) :]
            except BlockingIOError:
                await self._ready(reading=False)

    async def read(self) -> bytes:
        """What is there."""
        while True:
            with suppress(BlockingIOError):
                octets = os.read(self._device, _READ_OCTETS)
                if not octets:
                    raise ConnectionResetError(errno.ECONNRESET, "the printer is gone")
                return octets
            await self._ready(reading=True)

    def last_word(self, octets: bytes) -> None:
        """Before what the device still holds, which is dropped."""
        with suppress(OSError):
            if os.isatty(self._device):
                termios.tcflush(self._device, termios.TCOFLUSH)
            os.write(self._device, octets)

    def close(self) -> None:
        """Close the device."""
        os.close(self._device)

    async def _ready(self, *, reading: bool) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        watch, forget = (loop.add_reader, loop.remove_reader) if reading else (loop.add_writer, loop.remove_writer)
        watch(self._device, ready.set)
        try:
            await ready.wait()
        finally:
            forget(self._device)


def parse_address(address: str) -> tuple[str, int] | Path:
    """(host, port) of `tcp://host[:port]`, or the path of `file:///dev/...`. Raises ValueError."""
    parts = urlsplit(address)
    extra = parts.query or parts.fragment or parts.username is not None or parts.password is not None
    if parts.scheme == "tcp" and parts.hostname and not parts.path and not extra:
        return parts.hostname, DEFAULT_PORT if parts.port is None else parts.port
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/") and not extra:
        return Path(parts.path)
    raise ValueError("expected tcp://host[:port] or file:///dev/...")


async def open_stream(where: tuple[str, int] | Path, *, baud: Baud) -> Stream:
    """Raises OSError. `baud` is for serial lines."""
    if isinstance(where, Path):
        return DeviceStream(_open_device(where, baud=baud))
    host, port = where
    return TcpStream(*await asyncio.open_connection(host, port))


def _open_device(path: Path, *, baud: Baud) -> int:
    device = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _make_plain(device, baud=baud)
    except (OSError, termios.error) as error:
        os.close(device)
        raise OSError(errno.ENODEV, "not a printer's device") from error
    return device


def _make_plain(device: int, *, baud: Baud) -> None:
    if not stat.S_ISCHR(os.fstat(device).st_mode):
        raise OSError(errno.ENODEV, "not a character device")
    if os.isatty(device):
        _set_serial(device, baud=baud)


def _set_serial(device: int, *, baud: Baud) -> None:
    """Eight bits as they are, and no flow control.

    None is needed where each line is seen done before the next, and one that holds a printer's line back while it
    stands still would hold back the question why.
    """
    tty.setraw(device, termios.TCSANOW)
    settings = termios.tcgetattr(device)
    settings[0] &= ~(termios.IXON | termios.IXOFF)
    settings[2] = (settings[2] | termios.CLOCAL | termios.CREAD) & ~termios.CRTSCTS
    settings[4] = settings[5] = _SPEEDS[baud]
    termios.tcsetattr(device, termios.TCSANOW, settings)
    termios.tcflush(device, termios.TCIOFLUSH)
