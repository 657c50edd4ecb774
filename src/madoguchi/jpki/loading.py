"""From `serials.csv` to registrations: what the authority takes of it, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from madoguchi.card.profile import serial_number
from madoguchi.jpki.problems import SERIAL_MALFORMED
from madoguchi.jpki.registry import Registration
from madoguchi.jpki.status import Reason
from madoguchi.records import CardSerial, SerialStatus

_REASONS: Final = {
    SerialStatus.VALID: None,
    SerialStatus.REVOKED: Reason.UNSPECIFIED,
    SerialStatus.SUPERSEDED: Reason.SUPERSEDED,
}


def registrations(rows: Iterable[CardSerial]) -> Iterator[Registration]:
    """The part of each row that the authority keeps: no 宛名番号, no medium. Raises `jpki.serial_malformed`."""
    for row in rows:
        try:
            serial_number(row.serial)
        except ValueError:
            raise SERIAL_MALFORMED.error("a serial is longer than X.509 allows") from None
        yield Registration(
            generation=row.ca_generation,
            serial=row.serial,
            valid_until=row.valid_until,
            revoked=_REASONS[row.status],
        )
