"""Instalments add up to the tax, in whatever way they are split."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.dummy.calendar import due_dates
from madoguchi.dummy.instalments import split
from madoguchi.dummy.serials import fifth_birthday
from madoguchi.records import Collection
from madoguchi.tax.assessment import FISCAL_YEARS


@pytest.mark.parametrize(
    ("tax", "reduction", "collection", "expected"),
    [
        # 175,500 / 4 = 43,875 -> 43,000 three times, 46,500 first
        (175_500, 0, Collection.ORDINARY, [46_500, 43_000, 43_000, 43_000]),
        # 100,000 / 12 = 8,333 -> 8,300 eleven times, 8,700 in June
        (100_000, 0, Collection.SPECIAL, [8_700, *[8_300] * 11]),
        (5_000, 0, Collection.ORDINARY, [5_000, 0, 0, 0]),
        # 定額減税 2024: 175,500 + 60,000 = 235,500 -> 61,500, 58,000 …; 60,000 off the first
        (175_500, 60_000, Collection.ORDINARY, [1_500, 58_000, 58_000, 58_000]),
        # none in June, 110,000 / 11 from July
        (110_000, 10_000, Collection.SPECIAL, [0, *[10_000] * 11]),
        # 60,000 + 12,000 = 72,000 / 6 = 12,000: all of October's
        (60_000, 12_000, Collection.PENSION, [12_000, 12_000, 12_000, 0, 12_000, 12_000]),
    ],
)
def test_split(tax: int, reduction: int, collection: Collection, expected: list[int]) -> None:
    assert split(tax, reduction, collection) == expected


@given(
    tax=st.integers(1, 300_000).map(lambda hundreds: hundreds * 100),
    reduction=st.integers(0, 8).map(lambda people: people * 10_000),
    collection=st.sampled_from(Collection),
)
def test_a_split_adds_up(tax: int, reduction: int, collection: Collection) -> None:
    parts = split(tax, reduction, collection)
    assert sum(parts) == tax
    assert min(parts) >= 0
    assert len(parts) == len(due_dates(2024, collection))


@pytest.mark.parametrize("collection", Collection)
@pytest.mark.parametrize("fiscal_year", FISCAL_YEARS)
def test_due_dates_are_business_days_in_order(fiscal_year: int, collection: Collection) -> None:
    days = [day for _, day in due_dates(fiscal_year, collection)]
    assert days == sorted(set(days))
    assert all(day.weekday() < 5 for day in days)


def test_a_due_date_on_a_holiday_moves_on() -> None:
    # October 10, 2026 is a Saturday and Monday the 12th スポーツの日: September's instalment is due on the 13th.
    assert dict(due_dates(2026, Collection.SPECIAL))[4] == date(2026, 10, 13)


@pytest.mark.parametrize(
    ("born", "issued", "until"),
    [
        (date(1990, 6, 15), date(2024, 6, 14), date(2028, 6, 15)),
        (date(1990, 6, 15), date(2024, 6, 15), date(2029, 6, 15)),
        (date(1992, 2, 29), date(2024, 3, 1), date(2029, 2, 28)),
    ],
)
def test_a_card_ends_on_the_fifth_birthday(born: date, issued: date, until: date) -> None:
    assert fifth_birthday(born, issued) == until
