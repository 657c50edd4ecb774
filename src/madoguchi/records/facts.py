"""What one piece of a file contributes to the checks across rows and files: small arrays, cheap to hand on.

Keys are numbers, so that a million of them are eight megabytes and need no text: `number * 100 + year - 2000` names a
person's year, and that times 300, plus 100 for each collection, plus the instalment, names an instalment.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import attrgetter
from typing import Any

from madoguchi.records.columns import MOST_YEN, Kind, columns
from madoguchi.records.files import INSTALMENTS, RESIDENTS, SERIALS, TAXES, RecordFile
from madoguchi.records.instalment import Collection, Instalment
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord, TaxStatus

YEARS, FIRST_YEAR = 100, 2000
INSTALMENTS_OF_A_YEAR = 300
NO_TAX = -1
"""In place of a tax that instalments need not add up to: the year is not declared."""

_COLLECTION = {each: place * 100 for place, each in enumerate(Collection)}


@dataclass(slots=True, kw_only=True)
class Facts:
    """What the good rows of a piece say. A group is one row, or the instalments of a year that stand together."""

    people: Sequence[int]
    """Whose each group is."""
    keys: Sequence[Hashable]
    """What names each group in the file."""
    starts: Sequence[int]
    """The first row of each group, from 0."""
    totals: dict[str, int]
    years: frozenset[int] = frozenset()
    amounts: Sequence[int] = ()
    """The tax of each tax record; what is due in each group of instalments."""
    parts: Sequence[int] = ()
    """The key of each instalment, row by row."""
    doubles: tuple[int, ...] = ()
    """Rows whose key another row of the piece had before."""


@cache
def money_columns(file: RecordFile[Any]) -> tuple[str, ...]:
    """The names of the columns that control totals add up."""
    return tuple(each.name for each in columns(file.row) if each.kind is Kind.INTEGER and each.at_most == MOST_YEN)


def control_totals(file: RecordFile[Any], rows: Sequence[Any]) -> dict[str, int]:
    """The sum of every money column, by its name; an empty cell adds nothing."""
    names = money_columns(file)
    if not names or not rows:
        return dict.fromkeys(names, 0)
    sums = (sum(filter(None, values)) for values in zip(*map(attrgetter(*names), rows), strict=True))
    return dict(zip(names, sums, strict=True))


def facts_of(file: RecordFile[Any], rows: Sequence[Any]) -> Facts:
    """The facts of a piece's good rows."""
    return _FACTS[file.name](rows, control_totals(file, rows))


def _of_residents(rows: Sequence[Resident], totals: dict[str, int]) -> Facts:
    people = array("q", [int(row.addressee_number) for row in rows])
    return Facts(people=people, keys=people, starts=range(len(rows)), totals=totals, doubles=_doubles(people))


def _of_taxes(rows: Sequence[TaxRecord], totals: dict[str, int]) -> Facts:
    keys = array("q", _person_years(rows))
    declared = TaxStatus.DECLARED
    taxes = [NO_TAX if row.status is not declared or row.annual_tax is None else row.annual_tax for row in rows]
    return Facts(
        people=array("q", [key // YEARS for key in keys]),
        keys=keys,
        starts=range(len(rows)),
        totals=totals,
        years=_years(keys),
        amounts=array("q", taxes),
        doubles=_doubles(keys),
    )


def _of_instalments(rows: Sequence[Instalment], totals: dict[str, int]) -> Facts:
    of_collection = _COLLECTION
    person_years = _person_years(rows)
    parts = array(
        "q",
        [
            person_year * INSTALMENTS_OF_A_YEAR + of_collection[row.collection] + row.instalment
            for person_year, row in zip(person_years, rows, strict=True)
        ],
    )
    starts = [0] if rows else []
    starts += [place for place, (one, next_one) in enumerate(pairwise(person_years), start=1) if one != next_one]
    keys = array("q", [person_years[start] for start in starts])
    due = [row.amount_due for row in rows]
    return Facts(
        people=array("q", [key // YEARS for key in keys]),
        keys=keys,
        starts=array("q", starts),
        totals=totals,
        years=_years(keys),
        amounts=array("q", [sum(due[start:end]) for start, end in pairwise([*starts, len(rows)])]),
        parts=parts,
        doubles=_doubles(parts),
    )


def _person_years(rows: Sequence[Any]) -> list[int]:
    numbers = map(int, map(attrgetter("addressee_number"), rows))
    years = map(attrgetter("fiscal_year"), rows)
    return [number * YEARS + year - FIRST_YEAR for number, year in zip(numbers, years, strict=True)]


def _years(keys: Sequence[int]) -> frozenset[int]:
    return frozenset(key % YEARS + FIRST_YEAR for key in keys)


def _of_serials(rows: Sequence[CardSerial], totals: dict[str, int]) -> Facts:
    keys = [(row.ca_generation, row.serial) for row in rows]
    people = array("q", [int(row.addressee_number) for row in rows])
    return Facts(people=people, keys=keys, starts=range(len(rows)), totals=totals, doubles=_doubles(keys))


def _doubles(keys: Sequence[Hashable]) -> tuple[int, ...]:
    if len(set(keys)) == len(keys):
        return ()
    seen: set[Hashable] = set()
    found = []
    for place, key in enumerate(keys):
        if key in seen:
            found.append(place)
        seen.add(key)
    return tuple(found)


_FACTS: dict[str, Callable[[Any, dict[str, int]], Facts]] = {
    RESIDENTS.name: _of_residents,
    TAXES.name: _of_taxes,
    INSTALMENTS.name: _of_instalments,
    SERIALS.name: _of_serials,
}
