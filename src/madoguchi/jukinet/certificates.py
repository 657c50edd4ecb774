"""What happens to a resident's certificates: issue, renewal, loss, return, death. The dummy register's own counter.

Every change gives the entry a new position and the history a row, so that the issuing servers learn of it with their
next look, in this order. A real 住基ネット is told of all this by J-LIS; what it then hands on has the same shape.

A certificate is named by the pair (digest of the CA's key, serial); one number of two CA generations is two
certificates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from madoguchi.jukinet.problems import NO_CERTIFICATE, SERIAL_TAKEN
from madoguchi.jukinet.registry import entry_of, one_writer
from madoguchi.runtime.database import Connection
from madoguchi.wire.feed import SerialEntry

Medium = Literal["card", "phone"]
End = Literal["lost", "returned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that is to be entered: its pair, what holds its key, and its days (first and last included)."""

    ca_key_digest: bytes = field(repr=False)
    serial: str = field(repr=False)
    medium: Medium
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One row of the history: how the entry was from this position on."""

    position: int
    event: str
    at: datetime
    entry: SerialEntry


async def issue(connection: Connection, addressee_number: str, new: Certificate) -> None:
    """Enter a certificate beside whatever the person holds: card and phone are live side by side.

    Raises `jukinet.serial_taken` when the pair was ever given out; no certificate changes its owner.
    """
    await _enter(connection, addressee_number, new, event="issued")


async def renew(connection: Connection, addressee_number: str, new: Certificate) -> int:
    """Enter the successor; the live certificates of the same medium are superseded. Returns how many.

    Raises `jukinet.no_certificate` when there is nothing to renew, and `jukinet.serial_taken`.
    """
    await one_writer(connection)
    ended = await _end(connection, addressee_number, medium=new.medium, status="superseded", event="superseded")
    await _enter(connection, addressee_number, new, event="renewed")
    return ended


async def end(connection: Connection, addressee_number: str, *, medium: Medium, event: End) -> int:
    """Revoke the live certificates of one medium: lost, or given back. Returns how many.

    Raises `jukinet.no_certificate` when there is none.
    """
    await one_writer(connection)
    return await _end(connection, addressee_number, medium=medium, status="revoked", event=event)


async def die(connection: Connection, addressee_number: str) -> int:
    """Revoke every live certificate of a person who died, and every superseded one. Returns how many; none is well."""
    await one_writer(connection)
    cursor = await connection.execute(
        "UPDATE serials SET status = 'revoked', event = 'died', position = nextval('positions')"
        " WHERE addressee_number = %s AND status <> 'revoked'",
        (addressee_number,),
    )
    return cursor.rowcount


async def held_by(connection: Connection, addressee_number: str) -> tuple[SerialEntry, ...]:
    """Everything that was ever entered for a person, as it is now, the oldest change first."""
    cursor = await connection.execute(_HELD, (addressee_number,))
    return tuple(entry_of(row) for row in await cursor.fetchall())


async def history_of(connection: Connection, addressee_number: str) -> tuple[Change, ...]:
    """What happened to a person's certificates, in the order of positions."""
    cursor = await connection.execute(_HISTORY, (addressee_number,))
    return tuple(
        Change(position=row["position"], event=row["event"], at=row["at"], entry=entry_of(row))
        for row in await cursor.fetchall()
    )


_ENTRY: Final = "ca_key_digest, serial, addressee_number, medium, status, valid_from, valid_until"
_HELD: Final = f"SELECT {_ENTRY} FROM serials WHERE addressee_number = %s ORDER BY position"  # noqa: S608
_HISTORY: Final = f"SELECT position, event, at, {_ENTRY} FROM history WHERE addressee_number = %s ORDER BY position"  # noqa: S608


async def _enter(connection: Connection, addressee_number: str, new: Certificate, *, event: str) -> None:
    await one_writer(connection)
    cursor = await connection.execute(
        "INSERT INTO serials (ca_key_digest, serial, addressee_number, medium, status, valid_from, valid_until,"
        " position, event) VALUES (%s, %s, %s, %s, 'valid', %s, %s, nextval('positions'), %s)"
        " ON CONFLICT (ca_key_digest, serial) DO NOTHING",
        (new.ca_key_digest, new.serial, addressee_number, new.medium, new.valid_from, new.valid_until, event),
    )
    if cursor.rowcount != 1:
        raise SERIAL_TAKEN.error()


async def _end(connection: Connection, addressee_number: str, *, medium: Medium, status: str, event: str) -> int:
    cursor = await connection.execute(
        "UPDATE serials SET status = %s, event = %s, position = nextval('positions')"
        " WHERE addressee_number = %s AND medium = %s AND status = 'valid'",
        (status, event, addressee_number, medium),
    )
    if not cursor.rowcount:
        raise NO_CERTIFICATE.error(medium)
    return cursor.rowcount
