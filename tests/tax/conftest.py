"""The ledger in a database of its own, and small exports to load."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from madoguchi.records import Instalment, RecordSet, Resident, TaxRecord
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Pool, connect
from madoguchi.runtime.provision import PartyDatabase
from tests.conftest import MakeDatabase
from tests.records.examples import INSTALMENT, RESIDENT, TAX


def person(number: int, **changes: object) -> Resident:
    """A resident whose addressee number ends in `number`."""
    return msgspec.structs.replace(RESIDENT, addressee_number=f"{number:010}", **changes)


def export(*numbers: int, years: tuple[int, ...] = (2026,)) -> RecordSet:
    """Residents with tax and one instalment for each of the years."""

    def tax(number: int, year: int) -> TaxRecord:
        return msgspec.structs.replace(TAX, addressee_number=f"{number:010}", fiscal_year=year)

    def instalment(number: int, year: int) -> Instalment:
        return msgspec.structs.replace(INSTALMENT, addressee_number=f"{number:010}", fiscal_year=year)

    return RecordSet(
        residents=tuple(person(number) for number in numbers),
        taxes=tuple(tax(number, year) for number in numbers for year in years),
        instalments=tuple(instalment(number, year) for number in numbers for year in years),
        serials=(),
    )


@pytest.fixture
def database(make_database: MakeDatabase) -> PartyDatabase:
    return make_database("tax")


@pytest.fixture
async def pool(database: PartyDatabase) -> AsyncIterator[Pool]:
    async with connect(Database(url=database.url)) as opened:
        yield opened
