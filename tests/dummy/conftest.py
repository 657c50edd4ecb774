"""One small dummy ward, read once for all tests of this room."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import pytest

from madoguchi.dummy import CASES_FILE, write_ward
from madoguchi.records import CardSerial, Instalment, RecordSet, Resident, TaxRecord


@dataclass(frozen=True)
class Ward:
    """The ward as it is read back, and its people by case."""

    records: RecordSet
    cases: dict[str, str]

    def resident(self, case: str) -> Resident:
        return next(each for each in self.records.residents if each.addressee_number == self.cases[case])

    def tax(self, case: str, fiscal_year: int = 2026) -> TaxRecord:
        number = self.cases[case]
        found = (
            each for each in self.records.taxes if (each.addressee_number, each.fiscal_year) == (number, fiscal_year)
        )
        return next(found)

    def instalments(self, case: str, fiscal_year: int = 2026) -> list[Instalment]:
        number = self.cases[case]
        return [
            each
            for each in self.records.instalments
            if (each.addressee_number, each.fiscal_year) == (number, fiscal_year)
        ]

    def serials(self, case: str) -> list[CardSerial]:
        return [each for each in self.records.serials if each.addressee_number == self.cases[case]]


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    directory = tmp_path_factory.mktemp("ward")
    write_ward(directory, residents=1_500, seed=2)
    cases = msgspec.json.decode((directory / CASES_FILE).read_bytes(), type=dict[str, str])
    return Ward(records=RecordSet.read(directory), cases=cases)
