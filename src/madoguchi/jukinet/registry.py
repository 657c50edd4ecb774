"""The registry: whose card certificate is which. Always by the pair (digest of the CA's key, serial number)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509

from madoguchi.cardproof.pinned import key_digest
from madoguchi.jukinet.problems import UNKNOWN_GENERATION
from madoguchi.records import CardSerial
from madoguchi.runtime.database import Connection
from madoguchi.trust import TrustList
from madoguchi.wire.feed import SerialEntry

PAGE_ROWS = 5_000
_COLUMNS = "addressee_number, ca_key_digest, serial, medium, status, valid_from, valid_until, position"


def generations(trust: TrustList) -> dict[str, bytes]:
    """Generation name to the digest of its CA's key, as the trust list pins them.

    Raises `jukinet.unknown_generation` when one name has two keys: nobody could say whose a serial is.
    """
    digests: dict[str, bytes] = {}
    for each in trust.body.card_authorities:
        digest = key_digest(x509.load_der_x509_certificate(each.certificate))
        if digests.setdefault(each.generation, digest) != digest:
            raise UNKNOWN_GENERATION.error(f"two keys are called {each.generation}")
    return digests


async def one_writer(connection: Connection) -> None:
    """One writer at a time until the caller's commit: positions become visible in order, no reader misses one."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('jukinet positions'))")


async def load(connection: Connection, serials: Sequence[CardSerial], *, digests: Mapping[str, bytes]) -> int:
    """Take in a whole export, in the caller's transaction. Returns how many entries changed.

    New pairs are added, changed ones move to the end of the list, and a pair that the export no longer lists is
    revoked: nobody vouches for it any more. Raises `jukinet.unknown_generation`.
    """
    entered = await enter(connection, serials, digests=digests)
    rows = [_row(each, digests) for each in serials]
    async with connection.cursor() as cursor:
        await cursor.execute(_REVOKE_UNLISTED, ([row["ca"] for row in rows], [row["serial"] for row in rows]))
        return entered + cursor.rowcount


async def enter(connection: Connection, serials: Sequence[CardSerial], *, digests: Mapping[str, bytes]) -> int:
    """Take in single entries as an export would list them, and leave all others. Returns how many changed."""
    await one_writer(connection)
    if not serials:
        return 0
    async with connection.cursor() as cursor:
        await cursor.executemany(_ENTER, [_row(each, digests) for each in serials])
        return cursor.rowcount


_ENTER = """
    INSERT INTO serials (ca_key_digest, serial, addressee_number, medium, status, valid_from, valid_until, position)
    VALUES (%(ca)s, %(serial)s, %(who)s, %(medium)s, %(status)s, %(from)s, %(until)s, nextval('positions'))
    ON CONFLICT (ca_key_digest, serial) DO UPDATE SET
        addressee_number = excluded.addressee_number, medium = excluded.medium, status = excluded.status,
        valid_from = excluded.valid_from, valid_until = excluded.valid_until, position = excluded.position,
        event = 'listed'
    WHERE (serials.addressee_number, serials.medium, serials.status, serials.valid_from, serials.valid_until)
        IS DISTINCT FROM
        (excluded.addressee_number, excluded.medium, excluded.status, excluded.valid_from, excluded.valid_until)
"""
_REVOKE_UNLISTED = """
    UPDATE serials SET status = 'revoked', event = 'unlisted', position = nextval('positions')
    WHERE status <> 'revoked' AND NOT EXISTS (
        SELECT FROM unnest(%s::bytea[], %s::text[]) AS listed (ca, serial)
        WHERE (listed.ca, listed.serial) = (serials.ca_key_digest, serials.serial))
"""


async def page(connection: Connection, *, after: int) -> tuple[tuple[SerialEntry, ...], int, bool]:
    """Entries that changed after a position: (entries, new position, whether that is all)."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM serials WHERE position > %s ORDER BY position LIMIT %s".encode(),  # noqa: S608 - names
        (after, PAGE_ROWS + 1),
    )
    rows = await cursor.fetchall()
    given = rows[:PAGE_ROWS]
    position = given[-1]["position"] if given else after
    return tuple(entry_of(row) for row in given), position, len(rows) <= PAGE_ROWS


async def find(connection: Connection, *, ca_key_digest: bytes, serial: str) -> SerialEntry | None:
    """The entry of one pair, or None when the registry does not know it."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM serials WHERE ca_key_digest = %s AND serial = %s".encode(),  # noqa: S608 - names
        (ca_key_digest, serial),
    )
    row = await cursor.fetchone()
    return None if row is None else entry_of(row)


def entry_of(row: Mapping[str, Any]) -> SerialEntry:
    """A row of `serials` or `history` as it goes over the wire."""
    return SerialEntry(
        addressee_number=row["addressee_number"],
        ca_key_digest=bytes(row["ca_key_digest"]),
        serial=row["serial"],
        medium=row["medium"],
        status=row["status"],
        valid_from=row["valid_from"].isoformat(),
        valid_until=row["valid_until"].isoformat(),
    )


def _row(each: CardSerial, digests: Mapping[str, bytes]) -> dict[str, Any]:
    digest = digests.get(each.ca_generation)
    if digest is None:
        raise UNKNOWN_GENERATION.error(f"generation {each.ca_generation}")
    return {
        "ca": digest,
        "serial": each.serial,
        "who": each.addressee_number,
        "medium": each.medium,
        "status": each.status,
        "from": each.valid_from,
        "until": each.valid_until,
    }
