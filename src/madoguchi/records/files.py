"""The files of a records directory: name, row type, key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from msgspec import Struct

from madoguchi.records.instalment import Instalment
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord

Row = TypeVar("Row", bound=Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile(Generic[Row]):
    """One file of the directory.

    Row types allow arguments by position, for the reader alone, which has them in the order of the columns: naming 68
    columns costs more than all else in reading a tax record. They hold nothing that could form a cycle (`gc=False`).
    """

    name: str
    row: type[Row]
    key: tuple[str, ...]
    """The columns that together name a row once."""
    together: int = 0
    """Rows that agree in so many leading columns stand together in a package, and are read together."""


RESIDENTS = RecordFile(name="residents.csv", row=Resident, key=("addressee_number",))
TAXES = RecordFile(name="taxes.csv", row=TaxRecord, key=("addressee_number", "fiscal_year"))
INSTALMENTS = RecordFile(
    name="instalments.csv",
    row=Instalment,
    key=("addressee_number", "fiscal_year", "collection", "instalment"),
    together=2,
)
SERIALS = RecordFile(name="serials.csv", row=CardSerial, key=("ca_generation", "serial"))

FILES: tuple[RecordFile[Resident] | RecordFile[TaxRecord] | RecordFile[Instalment] | RecordFile[CardSerial], ...] = (
    RESIDENTS,
    TAXES,
    INSTALMENTS,
    SERIALS,
)
"""All of them, in the order in which they are read: people first."""
