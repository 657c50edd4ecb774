"""The envelope: a header in the clear, and strips that are each encrypted and authenticated (AES-256-GCM).

The key comes from the paper number, which stands on both sides of the sheet: whoever holds the paper can read its
front anyway, and whoever verifies needs no secret. What the encryption gives is that nothing wrong is ever restored,
and that a picture of a part of a back tells nothing without the number. Who issued it, the front code inside says.
"""

from __future__ import annotations

import hmac
import struct
import zlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from madoguchi.paper.number import OCTETS as NUMBER_OCTETS
from madoguchi.paper.problems import SCRAMBLE_DAMAGED, SCRAMBLE_TOO_LARGE
from madoguchi.paper.scramble.code import LADDER, Rate

VERSION: Final = 1
HEADER_OCTETS: Final = 24
_HEADER: Final = struct.Struct(f">BBBB{NUMBER_OCTETS}s")
_NONCE, _TAG = 12, 16
_LENGTH: Final = struct.Struct(">I")
_CONTEXT: Final = b"madoguchi scramble 1"


class Kind(IntEnum):
    """What is sealed."""

    PAGE_DESCRIPTION = 1
    """The ward's front code and its page description (`content`)."""
    RASTER = 2
    """A front that is not our own description: its pixels, and the center's word that it rendered them (`raster`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What must be known before anything can be decoded. Authenticated with every strip."""

    kind: Kind
    rate: Rate
    strips: int
    paper_number: bytes

    def encode(self) -> bytes:
        """24 octets, the last four a CRC-32 of the others."""
        plain = _HEADER.pack(VERSION, self.kind, self.rate.index, self.strips, self.paper_number)
        return plain + zlib.crc32(plain).to_bytes(4, "big")

    @classmethod
    def decode(cls, raw: bytes) -> Header:
        """Raises `paper.scramble_damaged` for another checksum, version, kind or rate."""
        plain, checksum = raw[: _HEADER.size], raw[_HEADER.size :]
        if len(raw) != HEADER_OCTETS or zlib.crc32(plain).to_bytes(4, "big") != checksum:
            raise SCRAMBLE_DAMAGED.error("header")
        version, kind, rate, strips, number = _HEADER.unpack(plain)
        if version != VERSION or kind not in list(Kind) or rate >= len(LADDER) or not strips:
            raise SCRAMBLE_DAMAGED.error("a header of another version")
        return cls(kind=Kind(kind), rate=LADDER[rate], strips=strips, paper_number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One sealed content: as many strips as codewords, each as long as a codeword's information."""

    header: Header
    strips: tuple[bytes, ...]


def seal(content: bytes, *, kind: Kind, paper_number: bytes, most_strips: int) -> Envelope:
    """Seal at the strongest rate that fits. Deterministic. Raises `paper.scramble_too_large`."""
    framed = _LENGTH.pack(len(content)) + content
    for rate in LADDER:
        room = rate.octets - _NONCE - _TAG
        strips = -(-len(framed) // room)
        if strips <= most_strips:
            header = Header(kind=kind, rate=rate, strips=strips, paper_number=paper_number)
            padded = framed.ljust(strips * room, b"\0")
            keys = _Keys(paper_number)
            return Envelope(
                header=header,
                strips=tuple(
                    keys.seal(padded[at * room : (at + 1) * room], _associated(header, at)) for at in range(strips)
                ),
            )
    raise SCRAMBLE_TOO_LARGE.error(f"{len(content)} octets")


def open_envelope(envelope: Envelope) -> bytes:
    """The content, every octet authenticated. Raises `paper.scramble_damaged`."""
    header = envelope.header
    keys = _Keys(header.paper_number)
    if len(envelope.strips) != header.strips:
        raise SCRAMBLE_DAMAGED.error("strips")
    opened = b"".join(keys.open(strip, _associated(header, at)) for at, strip in enumerate(envelope.strips))
    (length,) = _LENGTH.unpack_from(opened)
    content, padding = opened[_LENGTH.size : _LENGTH.size + length], opened[_LENGTH.size + length :]
    if len(content) != length or padding.strip(b"\0"):
        raise SCRAMBLE_DAMAGED.error("length")
    return content


def _associated(header: Header, strip: int) -> bytes:
    return _CONTEXT + header.encode()[: _HEADER.size] + bytes([strip])


class _Keys:
    """The two keys of one sheet."""

    def __init__(self, paper_number: bytes) -> None:
        made = HKDF(algorithm=SHA256(), length=64, salt=None, info=_CONTEXT).derive(paper_number)
        self._cipher, self._nonce_key = AESGCM(made[:32]), made[32:]

    def seal(self, plain: bytes, associated: bytes) -> bytes:
        """The nonce comes from what is sealed: a sheet made twice has the same octets, and never one nonce for two."""
        nonce = hmac.digest(self._nonce_key, associated + plain, "sha256")[:_NONCE]
        return nonce + self._cipher.encrypt(nonce, plain, associated)

    def open(self, strip: bytes, associated: bytes) -> bytes:
        """Raises `paper.scramble_damaged`."""
        try:
            return self._cipher.decrypt(strip[:_NONCE], strip[_NONCE:], associated)
        except (InvalidTag, ValueError):  # ValueError: shorter than a nonce
            raise SCRAMBLE_DAMAGED.error("a strip is not authentic") from None
