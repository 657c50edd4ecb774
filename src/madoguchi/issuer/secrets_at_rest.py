"""Encryption of personal columns, and the pseudonyms that evidence may hold.

AES-256-GCM with a random 96-bit nonce before each ciphertext (NIST SP 800-38D section 8.2.2: at most 2^32 encryptions
per key, which a ward reaches after centuries of daily feeds; rotate the key yearly all the same). The associated data
is whose and which columns they are, so that a row copied to another person or year does not decrypt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.issuer.problems import KEY_UNUSABLE, ROW_DAMAGED
from madoguchi.runtime.clock import JST
from madoguchi.wire.codec import encode_plain

KEY_OCTETS: Final = 32
_NONCE_OCTETS: Final = 12


def read_key(path: Path) -> bytes:
    """Read a key file of exactly 32 octets. Raises `issuer.key_unusable`."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise KEY_UNUSABLE.error(f"{path.name}: {error.strerror}") from None
    if len(key) != KEY_OCTETS:
        raise KEY_UNUSABLE.error(f"{path.name}: {len(key)} octets, not {KEY_OCTETS}")
    return key


def associated_data(*, addressee: str, year: int, columns: str) -> bytes:
    """What a sealed cell is bound to: person, fiscal year (0 for what belongs to no year), set of columns."""
    return encode_plain(["madoguchi issuer columns", 1, columns, addressee, year])


class ColumnKey:
    """The key of the personal columns."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self.check = hmac.digest(key, b"madoguchi issuer column key check", hashlib.sha256)
        """Names the key without revealing it: replicas with another key refuse to start."""

    def seal(self, plaintext: bytes, *, addressee: str, year: int, columns: str) -> bytes:
        """Encrypt the encoded columns of one row: nonce, ciphertext, tag."""
        nonce = os.urandom(_NONCE_OCTETS)
        bound = associated_data(addressee=addressee, year=year, columns=columns)
        return nonce + self._cipher.encrypt(nonce, plaintext, bound)

    def open(self, sealed: bytes, *, addressee: str, year: int, columns: str) -> bytes:
        """Decrypt. Raises `issuer.row_damaged` when the row is not exactly what was written there."""
        bound = associated_data(addressee=addressee, year=year, columns=columns)
        try:
            return self._cipher.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], bound)
        except (InvalidTag, ValueError):
            raise ROW_DAMAGED.error(f"columns {columns} of year {year}") from None


class Pseudonyms:
    """Keyed names of persons for evidence: the same person is recognised within a period, by the ward alone."""

    def __init__(self, root: bytes) -> None:
        self._root = root
        self.check = hmac.digest(root, b"madoguchi issuer pseudonym key check", hashlib.sha256)

    def of(self, addressee: str, *, at: datetime) -> tuple[str, bytes]:
        """The period (month in Japanese time, `YYYY-MM`) and 16 octets that name the person in it."""
        period = at.astimezone(JST).strftime("%Y-%m")
        key = hmac.digest(self._root, b"madoguchi pseudonym period\x00" + period.encode(), hashlib.sha256)
        return period, hmac.digest(key, addressee.encode(), hashlib.sha256)[:16]
