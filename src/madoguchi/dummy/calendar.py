"""When instalments fall due: the last day of a month, or the tenth of the next, moved to the next business day."""

from __future__ import annotations

import functools
from datetime import date, timedelta

from madoguchi.records import Collection

_HOLIDAYS = frozenset(
    {
        # Only those that a due date of 2019 to 2026 can run into: 山の日 (moved in 2020) and its substitutes,
        # スポーツの日, 成人の日, the substitute of 建国記念の日.
        date(2019, 8, 12),
        date(2020, 8, 10),
        date(2021, 1, 11),
        date(2022, 1, 10),
        date(2022, 10, 10),
        date(2024, 2, 12),
        date(2024, 8, 12),
        date(2025, 8, 11),
        date(2026, 1, 12),
        date(2026, 10, 12),
        date(2027, 1, 11),
    }
)

_SATURDAY = 5

DueDates = tuple[tuple[int, date], ...]
"""Instalment number and due date."""


@functools.cache
def due_dates(fiscal_year: int, collection: Collection) -> DueDates:
    """The due dates of a year: 4 期 of the wards, 12 months of wages, 6 payments of a pension."""
    if collection is Collection.ORDINARY:
        ends = ((6, 30, 0), (8, 31, 0), (10, 31, 0), (1, 31, 1))
        return tuple(
            (number, _business_day(date(fiscal_year + later, month, day)))
            for number, (month, day, later) in enumerate(ends, start=1)
        )
    months = range(6, 18) if collection is Collection.SPECIAL else range(4, 16, 2)
    return tuple((number, _tenth_after(fiscal_year, month)) for number, month in enumerate(months, start=1))


def _tenth_after(fiscal_year: int, month: int) -> date:
    years, rest = divmod(month, 12)
    return _business_day(date(fiscal_year + years, rest + 1, 10))


def _business_day(day: date) -> date:
    """地方税法第20条の5第2項: a Saturday, Sunday or holiday moves the date on."""
    while day.weekday() >= _SATURDAY or day in _HOLIDAYS:
        day += timedelta(days=1)
    return day
