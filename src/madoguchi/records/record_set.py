"""The manifest of what a ward hands over at once: all files, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from madoguchi.records.directory import read_directory, rows_as_they_are
from madoguchi.records.files import FILES, INSTALMENTS, RESIDENTS, SERIALS, TAXES
from madoguchi.records.instalment import Instalment
from madoguchi.records.reading import Reader
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord
from madoguchi.records.writer import write_file


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSet:
    """One consistent export: people, tax records, instalments and card serials, each in the order of its file."""

    residents: tuple[Resident, ...]
    taxes: tuple[TaxRecord, ...]
    instalments: tuple[Instalment, ...]
    serials: tuple[CardSerial, ...]

    @classmethod
    def read(cls, directory: Path) -> RecordSet:
        """Read a records directory, all or nothing. Raises `RecordsRefusedError` with up to fifty faults."""
        rows: dict[str, list[Any]] = {each.name: [] for each in FILES}
        for name, made in read_directory(directory, reader=Reader(rows_as_they_are)):
            rows[name] += made
        return cls(
            residents=tuple(rows[RESIDENTS.name]),
            taxes=tuple(rows[TAXES.name]),
            instalments=tuple(rows[INSTALMENTS.name]),
            serials=tuple(rows[SERIALS.name]),
        )

    def write(self, directory: Path) -> None:
        """Write the four files into an existing directory."""
        write_file(directory, RESIDENTS, self.residents)
        write_file(directory, TAXES, self.taxes)
        write_file(directory, INSTALMENTS, self.instalments)
        write_file(directory, SERIALS, self.serials)
