"""Keyed names of persons and cards: what rows are found by, and what says nothing to whoever reads the database.

An addressee number has ten digits and a plain digest of it could be tried out in minutes, so both are HMACs under a key
of their own. 128 bits: two persons of a ward get one name with a probability below 2^-87.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from madoguchi.issuer.case import Pair

INDEX_OCTETS: Final = 16
_PERSON: Final = b"madoguchi index of a person\x00"
_SERIAL: Final = b"madoguchi index of a serial\x00"


class BlindIndex:
    """The keyed index of one ward."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.check = hmac.digest(key, b"madoguchi issuer index key check", hashlib.sha256)
        """Names the key without revealing it: replicas with another key refuse to start."""

    def person(self, addressee_number: str) -> bytes:
        """16 octets for a 宛名番号."""
        return hmac.digest(self._key, _PERSON + addressee_number.encode(), hashlib.sha256)[:INDEX_OCTETS]

    def serial(self, pair: Pair) -> bytes:
        """16 octets for a card's certificate: digest of the CA's key (32 octets) and serial."""
        return hmac.digest(self._key, _SERIAL + pair.ca_key_digest + pair.serial.encode(), hashlib.sha256)[
            :INDEX_OCTETS
        ]
