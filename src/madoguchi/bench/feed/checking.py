"""What the database must hold afterwards, and how long it takes to find it: a wrong row voids the measurement."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any, Final

import msgspec

from madoguchi.bench.feed.generate import LargePackage
from madoguchi.bench.feed.street import FISCAL_YEAR
from madoguchi.bench.feed.ward import BenchWard, pair_of
from madoguchi.bench.problems import FEED_WRONG
from madoguchi.deployment.ward_settings import FEE_YEN
from madoguchi.issuer.case import Asked, Case
from madoguchi.issuer.parts import Parts
from madoguchi.records import INSTALMENTS, RESIDENTS, TAXES, Instalment, TaxRecord
from madoguchi.runtime.config import Database
from madoguchi.runtime.database import Connection, connect, transaction

TABLES: Final = ("persons", "records", "instalments")
_SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class TableFigures:
    """One table of the generation in force."""

    rows: int
    cell_octets: float
    """Of a sealed cell, on average."""
    octets_on_disk: int
    """The table, its index and its free space map."""


async def tables_in_force(ward: BenchWard) -> dict[str, TableFigures]:
    """Count everything and weigh it."""
    async with connect(Database(url=ward.owner_url)) as pool, transaction(pool) as connection:
        slot = (await _one(connection, "SELECT slot FROM feeds WHERE slot IS NOT NULL"))["slot"]
        await connection.execute("SET LOCAL statement_timeout = 0")
        return {table: await _figures(connection, f"{table}_{slot}") for table in TABLES}


async def _figures(connection: Connection, table: str) -> TableFigures:
    row = await _one(
        connection,
        f"SELECT count(*) AS rows, coalesce(avg(octet_length(sealed)), 0)::float AS cell,"  # noqa: S608 - our own names
        f" pg_total_relation_size('{table}') AS octets FROM {table}",
    )
    return TableFigures(rows=row["rows"], cell_octets=row["cell"], octets_on_disk=row["octets"])


async def _one(connection: Connection, query: str) -> dict[str, Any]:
    row = await (await connection.execute(query.encode())).fetchone()
    if row is None:
        raise FEED_WRONG.error("no such row")
    return row


def expect_all(package: LargePackage, tables: dict[str, TableFigures]) -> None:
    """Every row of the package is in force and no other. Raises `bench.feed_wrong`."""
    groups = sum(1 for _ in groupby(package.rows[INSTALMENTS.name], attrgetter("addressee_number", "fiscal_year")))
    copies = package.rows_of(RESIDENTS.name) // package.people
    expected = {
        "persons": package.rows_of(RESIDENTS.name),
        "records": package.rows_of(TAXES.name),
        "instalments": groups * copies,
    }
    found = {name: table.rows for name, table in tables.items()}
    if found != expected:
        raise FEED_WRONG.error(f"{found} rows, sent were {expected}")


class Expected:
    """What each person's case of this year must say."""

    def __init__(self, package: LargePackage) -> None:
        self._package = package
        self.remarks: dict[int, str] = {}
        """By a later package."""
        this_year = [row for row in package.rows[TAXES.name] if row.fiscal_year == FISCAL_YEAR]
        self._taxes: dict[int, TaxRecord] = {int(row.addressee_number): row for row in this_year}
        self._terms: dict[int, list[Instalment]] = {}
        for row in package.rows[INSTALMENTS.name]:
            if row.fiscal_year == FISCAL_YEAR:
                self._terms.setdefault(int(row.addressee_number), []).append(row)

    def compare(self, number: int, case: Case) -> None:
        """Raises `bench.feed_wrong`."""
        original = self._package.original(number)
        name = f"{number:010}"
        tax = self._taxes.get(original)
        if tax is not None:
            remarks = self.remarks.get(number, tax.remarks)
            tax = msgspec.structs.replace(tax, addressee_number=name, remarks=remarks)
        terms = tuple(msgspec.structs.replace(each, addressee_number=name) for each in self._terms.get(original, ()))
        if case.someone.addressee_number != name or case.record != tax or case.instalments != terms:
            raise FEED_WRONG.error("a person's rows are not those that were sent")


def chosen(package: LargePackage, *, times: int) -> list[int]:
    """People from all over the ward, the same ones every time."""
    return random.Random(_SEED).sample(package.numbers, min(times, len(package.numbers)))  # noqa: S311 - no secret


async def look_up(parts: Parts, expected: Expected, numbers: Iterable[int]) -> list[float]:
    """Read people's cases by the serial of their card and compare them; the milliseconds of each reading.

    Reading is what an issue does under its locks: switches, offer, serial, person, record and instalments, opened. The
    transaction around it is not counted. Raises `bench.feed_wrong`.
    """
    asked = Asked(kind="taxation", fiscal_year=FISCAL_YEAR, copies=1, fee_yen=FEE_YEN, operator="")
    return [await _timed(parts, number, asked, expected) for number in numbers]


async def _timed(parts: Parts, number: int, asked: Asked, expected: Expected) -> float:
    pair, now = pair_of(f"{number:010}"), parts.clock.now()
    async with transaction(parts.pool) as connection:
        began = time.perf_counter()
        case = await parts.cases.read(connection, pair=pair, asked=asked, now=now)
        milliseconds = (time.perf_counter() - began) * 1000
    expected.compare(number, case)
    return milliseconds


async def find_cards(parts: Parts, numbers: Iterable[int]) -> list[float]:
    """Find people's cards by their serials alone; the milliseconds of each. Raises `bench.feed_wrong`."""
    found = []
    for number in numbers:
        async with transaction(parts.pool) as connection:
            began = time.perf_counter()
            known = await parts.cases.knows(connection, pair_of(f"{number:010}"))
            found.append((time.perf_counter() - began) * 1000)
        if not known:
            raise FEED_WRONG.error("a card that was listed is unknown")
    return found
