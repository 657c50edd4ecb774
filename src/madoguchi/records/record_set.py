"""The manifest of what a ward hands over at once: all files, or nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from madoguchi.records.files import FILES, INSTALMENTS, RESIDENTS, SERIALS, TAXES
from madoguchi.records.instalment import Instalment
from madoguchi.records.problems import TOTAL, UNKNOWN_FILE
from madoguchi.records.reader import Faults, read_rows
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord, TaxStatus
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
        faults = Faults()
        for path in sorted(directory.glob("*.csv")):
            if path.name not in {each.name for each in FILES}:
                faults.add("*.csv", 0, "", UNKNOWN_FILE)
        residents = tuple(read_rows(directory / RESIDENTS.name, RESIDENTS, faults=faults))
        # With faulty people every other row would look like one of a stranger: say only what is certain.
        known = None if faults.found else frozenset(each.addressee_number for each in residents)
        made = cls(
            residents=residents,
            taxes=tuple(read_rows(directory / TAXES.name, TAXES, faults=faults, known=known)),
            instalments=tuple(read_rows(directory / INSTALMENTS.name, INSTALMENTS, faults=faults, known=known)),
            serials=tuple(read_rows(directory / SERIALS.name, SERIALS, faults=faults, known=known)),
        )
        if not faults.found:
            made._check_instalments(faults)
        faults.refuse()
        return made

    def write(self, directory: Path) -> None:
        """Write the four files into an existing directory."""
        write_file(directory, RESIDENTS, self.residents)
        write_file(directory, TAXES, self.taxes)
        write_file(directory, INSTALMENTS, self.instalments)
        write_file(directory, SERIALS, self.serials)

    def _check_instalments(self, faults: Faults) -> None:
        """Where a year has instalments they add up to its tax: the two certificates must not disagree."""
        due: defaultdict[tuple[str, int], int] = defaultdict(int)
        for each in self.instalments:
            due[each.addressee_number, each.fiscal_year] += each.amount_due
        for line, record in enumerate(self.taxes, start=2):
            asked = due.pop((record.addressee_number, record.fiscal_year), None)
            if record.status is TaxStatus.DECLARED and asked is not None and asked != record.annual_tax:
                faults.add(TAXES.name, line, "annual_tax", TOTAL)
