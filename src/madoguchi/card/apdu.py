"""The few APDUs of the JPKI application, as types and constants (ISO/IEC 7816-4, short form only).

Four open implementations agree on these values; none of them is secret. A card is recognised by its application
identifier, never by its ATR: a contactless reader invents one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

JPKI_AID: Final = bytes.fromhex("D392F000260100000001")
"""Application identifier of JPKI on a My Number Card."""

EF_SIGNING_CERTIFICATE: Final = 0x0001
EF_SIGNING_CA: Final = 0x0002
EF_TOKEN_INFORMATION: Final = 0x0006
EF_AUTHENTICATION_CERTIFICATE: Final = 0x000A
EF_AUTHENTICATION_CA: Final = 0x000B
EF_AUTHENTICATION_KEY: Final = 0x0017
EF_AUTHENTICATION_PIN: Final = 0x0018
EF_SIGNING_KEY: Final = 0x001A
EF_SIGNING_PASSWORD: Final = 0x001B

TOKEN_INFORMATION_OCTETS: Final = 160
AUTHENTICATION_PIN_DIGITS: Final = 4
AUTHENTICATION_PIN_TRIES: Final = 3
SIGNING_PASSWORD_TRIES: Final = 5

FID_OCTETS: Final = 2

CLA_ISO: Final = 0x00
CLA_SIGN: Final = 0x80

INS_VERIFY: Final = 0x20
INS_COMPUTE_SIGNATURE: Final = 0x2A
INS_SELECT: Final = 0xA4
INS_READ_BINARY: Final = 0xB0

SELECT_FILE: Final = 0x02
"""P1 of SELECT: an elementary file under the current application."""
SELECT_NAME: Final = 0x04
"""P1 of SELECT: an application by its name."""
SELECT_SILENT: Final = 0x0C
"""P2 of SELECT: no answer data."""
CURRENT_REFERENCE: Final = (0x00, 0x80)
"""P1 and P2 of VERIFY and SIGN: with the current file."""

SW_OK: Final = 0x9000
SW_TRIES_LEFT: Final = 0x63C0
"""63 Cx: x tries are left."""
SW_WRONG_LENGTH: Final = 0x6700
SW_SECURITY_STATUS: Final = 0x6982
SW_PIN_BLOCKED: Final = 0x6983
SW_PIN_INVALIDATED: Final = 0x6984
SW_CONDITIONS: Final = 0x6985
"""Conditions of use not satisfied: here, a holder who did not confirm."""
SW_NO_CURRENT_EF: Final = 0x6986
SW_WRONG_KIND_OF_FILE: Final = 0x6981
SW_WRONG_DATA: Final = 0x6A80
SW_NOT_FOUND: Final = 0x6A82
SW_WRONG_P1P2: Final = 0x6A86
SW_NO_REFERENCE_DATA: Final = 0x6A88
SW_WRONG_OFFSET: Final = 0x6B00
SW_WRONG_LE: Final = 0x6C00
SW_UNKNOWN_INS: Final = 0x6D00
SW_UNKNOWN_CLA: Final = 0x6E00

MAX_SHORT_LE: Final = 256
MAX_LC: Final = 255
HEADER_OCTETS: Final = 4
STATUS_OCTETS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Command:
    """One short command APDU. It has no `repr` with data: the data of a VERIFY is a PIN."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None
    """Octets wanted, 1 to 256; None when no answer data is wanted."""

    def encode(self) -> bytes:
        """The octets on the wire."""
        if len(self.data) > MAX_LC or (self.le is not None and not 1 <= self.le <= MAX_SHORT_LE):
            raise ValueError("not a short APDU")
        body = bytes((len(self.data),)) + self.data if self.data else b""
        tail = b"" if self.le is None else bytes((self.le % MAX_SHORT_LE,))
        return bytes((self.cla, self.ins, self.p1, self.p2)) + body + tail

    @classmethod
    def decode(cls, octets: bytes | bytearray) -> Command:
        """Read a short APDU of any of the four cases. Raises ValueError when the lengths do not add up."""
        if len(octets) < HEADER_OCTETS:
            raise ValueError("shorter than a header")
        cla, ins, p1, p2 = octets[:HEADER_OCTETS]
        rest = bytes(octets[HEADER_OCTETS:])
        if len(rest) <= 1:
            le = (rest[0] or MAX_SHORT_LE) if rest else None
            return cls(cla=cla, ins=ins, p1=p1, p2=p2, le=le)
        lc, data, tail = rest[0], rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
        if lc == 0 or len(data) != lc or len(tail) > 1:
            raise ValueError("Lc does not fit")
        return cls(cla=cla, ins=ins, p1=p1, p2=p2, data=data, le=(tail[0] or MAX_SHORT_LE) if tail else None)

    def __repr__(self) -> str:
        return f"Command({describe(self.encode())})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Answer data and the two status octets."""

    data: bytes = b""
    sw: int

    def encode(self) -> bytes:
        """The octets on the wire."""
        return self.data + self.sw.to_bytes(2, "big")

    @classmethod
    def decode(cls, octets: bytes) -> Response:
        """Read an answer. Raises ValueError when there is no status word or more than a short answer."""
        if not STATUS_OCTETS <= len(octets) <= MAX_SHORT_LE + STATUS_OCTETS:
            raise ValueError("not a short response")
        return cls(data=octets[:-2], sw=int.from_bytes(octets[-2:], "big"))

    @property
    def tries_left(self) -> int | None:
        """The x of 63 Cx; 0 for both words of a locked PIN; None for every other status."""
        if self.sw & 0xFFF0 == SW_TRIES_LEFT:
            return self.sw & 0x000F
        return 0 if self.sw in {SW_PIN_BLOCKED, SW_PIN_INVALIDATED} else None


def select_application(aid: bytes) -> Command:
    """SELECT by name, no answer data."""
    return Command(cla=CLA_ISO, ins=INS_SELECT, p1=SELECT_NAME, p2=SELECT_SILENT, data=aid)


def select_file(fid: int) -> Command:
    """SELECT an elementary file under the current application, no answer data."""
    return Command(cla=CLA_ISO, ins=INS_SELECT, p1=SELECT_FILE, p2=SELECT_SILENT, data=fid.to_bytes(FID_OCTETS, "big"))


def ask_tries_left() -> Command:
    """VERIFY without data: how many tries are left. Costs none."""
    return Command(cla=CLA_ISO, ins=INS_VERIFY, p1=0x00, p2=0x80)


def read_binary(*, offset: int, octets: int) -> Command:
    """READ BINARY of the current file; `offset` below 32768, `octets` 1 to 256."""
    return Command(cla=CLA_ISO, ins=INS_READ_BINARY, p1=offset >> 8, p2=offset & 0xFF, le=octets)


def compute_signature(digest_info: bytes) -> Command:
    """COMPUTE DIGITAL SIGNATURE of a DigestInfo with the current key file."""
    return Command(cla=CLA_SIGN, ins=INS_COMPUTE_SIGNATURE, p1=0x00, p2=0x80, data=digest_info, le=MAX_SHORT_LE)


def verify_header(digits: int) -> bytearray:
    """The header of a VERIFY; the caller appends the PIN in a buffer that it can wipe."""
    return bytearray((CLA_ISO, INS_VERIFY, 0x00, 0x80, digits))


def describe(apdu: bytes | bytearray) -> str:
    """An APDU for a log: header and length, never data. INS 20 carries the PIN, SELECT and SIGN tell nothing more."""
    return f"{bytes(apdu[:HEADER_OCTETS]).hex(' ').upper()} ({len(apdu)} octets)"
