"""Key files, and the pseudonyms that evidence may hold. Sealing of columns is `issuer.store`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from pathlib import Path
from typing import Final

from madoguchi.issuer.problems import KEY_UNUSABLE
from madoguchi.runtime.clock import JST
from madoguchi.runtime.database import Connection

KEY_OCTETS: Final = 32


def read_key(path: Path) -> bytes:
    """Read a key file of exactly 32 octets. Raises `issuer.key_unusable`."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise KEY_UNUSABLE.error(f"{path.name}: {error.strerror}") from None
    if len(key) != KEY_OCTETS:
        raise KEY_UNUSABLE.error(f"{path.name}: {len(key)} octets, not {KEY_OCTETS}")
    return key


async def refuse_other_key(connection: Connection, name: str, *digests: bytes) -> None:
    """Raise `issuer.key_unusable` unless one of these names the key that this database was written with.

    The first process of a new database says which it is: the first of them.
    """
    await connection.execute(
        "INSERT INTO key_checks (name, digest) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING", (name, digests[0])
    )
    cursor = await connection.execute("SELECT digest FROM key_checks WHERE name = %s", (name,))
    row = await cursor.fetchone()
    if row is None or bytes(row["digest"]) not in digests:
        raise KEY_UNUSABLE.error(f"{name}: not the key that this database was written with")


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
