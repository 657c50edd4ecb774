"""How the center recognises that two applications are of one card, without keeping who it is.

A pseudonym is an HMAC under a key of the day, and its row loses it as soon as the transaction is no longer live: the
database's trigger does that. What is left afterwards lets nobody test a guess.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from madoguchi.runtime.clock import JST
from madoguchi.wire.codec import encode_plain


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Makes the pseudonyms of one environment."""

    key: bytes
    environment: str

    def of_card(self, *, ca_key_digest: bytes, serial: str, at: datetime) -> tuple[bytes, bytes]:
        """The pseudonym of the pair (CA key, serial) on the Japanese day of `at`, and the one of the day before.

        Both are looked at, so that midnight does not let one card be live twice.
        """
        day = at.astimezone(JST).date()
        return (
            self._of_day(day.isoformat(), ca_key_digest, serial),
            self._of_day((day - timedelta(days=1)).isoformat(), ca_key_digest, serial),
        )

    def _of_day(self, day: str, ca_key_digest: bytes, serial: str) -> bytes:
        period_key = _hmac(self.key, ["madoguchi center pseudonym period", self.environment, day])
        return _hmac(period_key, ["madoguchi center card pseudonym", ca_key_digest, serial])


def _hmac(key: bytes, parts: list[bytes | str]) -> bytes:
    return hmac.new(key, encode_plain(parts), hashlib.sha256).digest()
