"""What the octets of a cell mean: the columns of a row in their order, without their names, as one MessagePack array.

A year's record is about 230 octets so, where names and empty columns made it 1,600. What an array cannot say, where
each column stands, is part of what the cell is authenticated with: the number of this format and a digest of the
columns in their order. A program that knows other columns, or the same in another order, opens no such cell; it never
reads one column as another. Columns that change mean a new format and a snapshot, not a conversion.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

import msgspec

from madoguchi.records import Collection, Instalment, Resident, TaxRecord
from madoguchi.records.columns import Yen
from madoguchi.records.instalment import InstalmentNumber

FORMAT: Final = 1
"""The first octet of every cell."""
PERSON_COLUMNS: Final = "person"
RECORD_COLUMNS: Final = "record"
INSTALMENT_COLUMNS: Final = "instalments"
"""Names of the sets of sealed columns, part of their associated data."""
_DIGEST_OCTETS: Final = 16


class PersonColumns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The sealed columns of a person: the least that certificates and the rules need."""

    addressee_number: str
    suppression: bool
    removal: str | None
    """Why the person is not, or no longer, in the register."""
    name: str
    alias: str
    birth_date: date
    sex: str
    address: str
    foreign: bool


class RecordColumns(TaxRecord, frozen=True, gc=False, array_like=True, forbid_unknown_fields=True):
    """All columns of a tax record."""


_Term = tuple[Collection, InstalmentNumber, date, Yen, Yen, date | None, Yen]
"""An instalment after its person and year."""
_TERM_FROM: Final = 2


class InstalmentColumns(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """All instalments of one person and year, sealed together, which they name once."""

    addressee_number: str
    fiscal_year: int
    terms: tuple[_Term, ...]

    def rows(self) -> tuple[Instalment, ...]:
        """As they were sent."""
        return tuple(Instalment(self.addressee_number, self.fiscal_year, *term) for term in self.terms)


TERM_COLUMNS: Final = Instalment.__struct_fields__[_TERM_FROM:]
LAYOUTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        PERSON_COLUMNS: PersonColumns.__struct_fields__,
        RECORD_COLUMNS: RecordColumns.__struct_fields__,
        INSTALMENT_COLUMNS: (*InstalmentColumns.__struct_fields__, *TERM_COLUMNS),
    }
)
"""The columns of each set in their order; of the instalments those of a year, then those of each."""


def digest_of(columns: str) -> bytes:
    """16 octets that stand for one set of columns, their names and their order."""
    return hashlib.sha256("\n".join((columns, *LAYOUTS[columns])).encode()).digest()[:_DIGEST_OCTETS]


def person_octets(row: Resident) -> bytes:
    """The plaintext of a person's cell."""
    return _encode([getattr(row, name) for name in PersonColumns.__struct_fields__])


def record_octets(row: TaxRecord) -> bytes:
    """The plaintext of a year's cell."""
    return _encode(msgspec.structs.astuple(row))


def instalment_octets(number: str, year: int, rows: Sequence[Instalment]) -> bytes:
    """The plaintext of the cell of a year's instalments, which are all this person's and of this year."""
    return _encode((number, year, [msgspec.structs.astuple(row)[_TERM_FROM:] for row in rows]))


_encode = msgspec.msgpack.Encoder().encode


def record_from(plain: RecordColumns) -> TaxRecord:
    """The record as it was sent."""
    return TaxRecord(*msgspec.structs.astuple(plain))


def by_name(columns: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Values with the names of their columns. Raises ValueError when there are more or fewer."""
    return dict(zip(columns, values, strict=True))
