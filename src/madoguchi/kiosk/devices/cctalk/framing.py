"""Messages of ccTalk: destination, length, source, header, data, and an octet that makes the sum 0 modulo 256."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOST: Final = 1
ACK: Final = 0
NAK: Final = 5
BUSY: Final = 6
_FRAME: Final = 5
_MOST: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message on the line."""

    destination: int
    source: int
    header: int
    data: bytes = b""

    def octets(self) -> bytes:
        """As it goes over the line."""
        body = bytes((self.destination, len(self.data), self.source, self.header)) + self.data
        return body + bytes(((-sum(body)) % 256,))


def parse(octets: bytes) -> tuple[Message, bytes] | None:
    """The first message and what follows it; None while it is not whole. Raises ValueError for a wrong checksum."""
    if len(octets) < _FRAME:
        return None
    end = octets[1] + _FRAME
    if len(octets) < end:
        return None
    if sum(octets[:end]) % 256:
        raise ValueError("checksum")
    message = Message(destination=octets[0], source=octets[2], header=octets[3], data=octets[4 : end - 1])
    return message, octets[end:]


def events_between(before: int, now: int) -> int:
    """Events since: the counter goes 1..255 and round again, and is 0 only after a reset."""
    if now == 0:
        return 0
    return now if before == 0 else (now - before) % _MOST
