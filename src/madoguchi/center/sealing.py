"""The center's sealing keys of the day, shared by its replicas through the database, wrapped under a KEK.

A key is made once per Japanese calendar day (whichever replica needs it first; the others read it), and deleted after
its day plus the longest life of a transaction: an application recorded on the line can never be opened afterwards.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.center.problems import SEALING_KEY_GONE
from madoguchi.runtime.database import Connection, Pool, transaction
from madoguchi.seal import SealingKey
from madoguchi.wire.codec import encode_plain

_NONCE = 12
_MARGIN_SECONDS = 60
_TODAY = "(clock_timestamp() AT TIME ZONE 'Asia/Tokyo')::date"


@dataclass(frozen=True, slots=True)
class _Wrapping:
    """AES-256-GCM under the KEK; environment and key id are authenticated, so that no row can stand in for another."""

    kek: bytes
    environment: str

    def wrap(self, seed: bytes, *, key_id: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.kek).encrypt(nonce, seed, self._bound(key_id))

    def unwrap(self, wrapped: bytes, *, key_id: bytes) -> SealingKey:
        try:
            seed = AESGCM(self.kek).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], self._bound(key_id))
        except InvalidTag:
            raise SEALING_KEY_GONE.error("the row does not open under this KEK") from None
        key = SealingKey.from_seed(seed)
        if key.key_id != key_id:
            raise SEALING_KEY_GONE.error("the row names another key")
        return key

    def _bound(self, key_id: bytes) -> bytes:
        return encode_plain(["madoguchi sealing key of the day", self.environment, key_id])


class SealingKeys:
    """Today's key for new transactions, and the keys of transactions that are still alive."""

    def __init__(self, *, kek: bytes, environment: str, transaction_seconds: int) -> None:
        self._wrapping = _Wrapping(kek, environment)
        self._life = transaction_seconds + _MARGIN_SECONDS
        self._known: dict[bytes, SealingKey] = {}

    async def of_today(self, connection: Connection) -> SealingKey:
        """The key of the database's present day; made by a conditional insert when nobody has made it yet."""
        cursor = await connection.execute(f"SELECT key_id, wrapped FROM sealing_keys WHERE day = {_TODAY}")  # noqa: S608
        row = await cursor.fetchone()
        if row is None:
            await self._make(connection)
            cursor = await connection.execute(f"SELECT key_id, wrapped FROM sealing_keys WHERE day = {_TODAY}")  # noqa: S608
            row = await cursor.fetchone()
        if row is None:  # midnight passed between the two statements
            return await self.of_today(connection)
        return self._opened(bytes(row["key_id"]), bytes(row["wrapped"]))

    async def by_id(self, connection: Connection, key_id: bytes) -> SealingKey:
        """The key that a transaction was opened with. Raises `center.sealing_key_gone` once it is deleted."""
        cursor = await connection.execute(
            "SELECT wrapped FROM sealing_keys WHERE key_id = %s AND delete_after > clock_timestamp()", (key_id,)
        )
        row = await cursor.fetchone()
        if row is None:
            self._known.pop(key_id, None)
            raise SEALING_KEY_GONE.error()
        return self._opened(key_id, bytes(row["wrapped"]))

    async def delete_old(self, pool: Pool) -> int:
        """Delete keys past their time, here and in the database. Returns how many rows went."""
        async with transaction(pool) as connection:
            gone = await connection.execute("DELETE FROM sealing_keys WHERE delete_after <= clock_timestamp()")
            cursor = await connection.execute("SELECT key_id FROM sealing_keys")
            alive = {bytes(row["key_id"]) for row in await cursor.fetchall()}
        for key_id in set(self._known) - alive:
            del self._known[key_id]
        return gone.rowcount

    async def _make(self, connection: Connection) -> None:
        seed = mlkem.MLKEM768PrivateKey.generate().private_bytes_raw() + (
            x25519.X25519PrivateKey.generate().private_bytes_raw()
        )
        key = SealingKey.from_seed(seed)
        await connection.execute(
            "INSERT INTO sealing_keys (day, key_id, wrapped, delete_after) VALUES ("  # noqa: S608 - a constant
            f"{_TODAY}, %s, %s, ({_TODAY} + 1)::timestamp AT TIME ZONE 'Asia/Tokyo' + make_interval(secs => %s))"
            " ON CONFLICT DO NOTHING",
            (key.key_id, self._wrapping.wrap(seed, key_id=key.key_id), self._life),
        )

    def _opened(self, key_id: bytes, wrapped: bytes) -> SealingKey:
        if key_id not in self._known:
            self._known[key_id] = self._wrapping.unwrap(wrapped, key_id=key_id)
        return self._known[key_id]
