"""One sealed cell, and one row as COPY takes it.

A cell is AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D section 8.2.2: at most 2^32 cells per key; a ward of
350,000 with a snapshot every night makes 1.3 * 10^8 a year, so rotate yearly). It names its key. The associated data
is whose cell it is, of which year, which set of columns and under which key: a cell carried to another person, year or
column does not open.

    format (1 octet) | key id (16) | nonce (12) | ciphertext | tag (16)

What the ciphertext says, and the number of its format, is `store.layouts`; both are authenticated.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.issuer.problems import ROW_DAMAGED
from madoguchi.issuer.store.index import BlindIndex
from madoguchi.issuer.store.layouts import FORMAT, digest_of

KEY_ID_OCTETS: Final = 16
KEY_ID_FROM: Final = 1
"""How many octets stand before the key's id."""
_NONCE_OCTETS: Final = 12
_NONCE_FROM: Final = KEY_ID_FROM + KEY_ID_OCTETS
_BEGIN: Final = _NONCE_FROM + _NONCE_OCTETS
_LABEL: Final = b"madoguchi issuer cell\x00"
_FORMAT: Final = bytes([FORMAT])


@cache
def _bound(columns: str, year: int) -> bytes:
    """Before person and key id. Every part has a fixed length, so no two cells share their associated data."""
    return b"".join((_LABEL, _FORMAT, digest_of(columns), struct.pack("!I", year)))


def key_of(cell: bytes) -> bytes:
    """The id of the key under which a cell was sealed."""
    return cell[KEY_ID_FROM:_NONCE_FROM]


def seal_cell(plaintext: bytes, *, cipher: AESGCM, key_id: bytes, person: bytes, year: int, columns: str) -> bytes:
    """Seal the encoded columns of one row. `year` is 0 for what belongs to no year."""
    nonce = os.urandom(_NONCE_OCTETS)
    bound = b"".join((_bound(columns, year), person, key_id))
    return b"".join((_FORMAT, key_id, nonce, cipher.encrypt(nonce, plaintext, bound)))


def open_cell(cell: bytes, *, cipher: AESGCM, person: bytes, year: int, columns: str) -> bytes:
    """Open a cell. Raises `issuer.row_damaged` when it is not exactly what was written there, or of another format."""
    if cell[:KEY_ID_FROM] != _FORMAT:
        raise ROW_DAMAGED.error(f"columns {columns} of year {year}: not of format {FORMAT}")
    bound = b"".join((_bound(columns, year), person, key_of(cell)))
    try:
        return cipher.decrypt(cell[_NONCE_FROM:_BEGIN], cell[_BEGIN:], bound)
    except (InvalidTag, ValueError):
        raise ROW_DAMAGED.error(f"columns {columns} of year {year}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What sealing needs, as plain values: may be handed to a worker process of this party, and to nobody else."""

    index: bytes = field(repr=False)
    keys: Mapping[int, tuple[bytes, bytes]] = field(repr=False)
    """Fiscal year (0 for persons) to id and key; a year that is not here is not taken in."""


class Sealer:
    """Seals the rows of one package."""

    def __init__(self, material: Material) -> None:
        self._index = BlindIndex(material.index)
        self._ciphers = {year: (key_id, AESGCM(key)) for year, (key_id, key) in material.keys.items()}
        self._last = ("", b"")

    def takes(self, year: int) -> bool:
        """Whether rows of this fiscal year are kept at all (`issuer.store.retention`)."""
        return year in self._ciphers

    def person(self, addressee_number: str) -> bytes:
        """The keyed name under which a person's rows lie. They mostly come one after the other."""
        if self._last[0] != addressee_number:
            self._last = (addressee_number, self._index.person(addressee_number))
        return self._last[1]

    def seal(self, plaintext: bytes, *, person: bytes, year: int, columns: str) -> bytes:
        """One cell under the key of its year."""
        key_id, cipher = self._ciphers[year]
        return seal_cell(plaintext, cipher=cipher, key_id=key_id, person=person, year=year, columns=columns)


def pack_person(person: bytes, sealed: bytes) -> bytes:
    """A row of `persons` in PostgreSQL's binary COPY format: number of fields, then each with its length."""
    return b"".join((_PERSON.pack(2, len(person)), person, _LENGTH.pack(len(sealed)), sealed))


def pack_year(person: bytes, fiscal_year: int, sealed: bytes) -> bytes:
    """A row of `records` or `instalments`, likewise."""
    return b"".join((_PERSON.pack(3, len(person)), person, _YEAR.pack(4, fiscal_year, len(sealed)), sealed))


_PERSON: Final = struct.Struct("!hi")
_YEAR: Final = struct.Struct("!iii")
_LENGTH: Final = struct.Struct("!i")
