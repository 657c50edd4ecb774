"""Revenue to income. Every expected figure is worked out by hand in the comment beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.tax.assessment import FISCAL_YEARS, year_rules
from madoguchi.tax.assessment.income import (
    both_incomes_adjustment,
    employment_income,
    household_adjustment,
    pension_income,
)

years = st.sampled_from(FISCAL_YEARS)
revenues = st.integers(0, 60_000_000)


def employment(revenue: int, fiscal_year: int) -> int:
    return employment_income(revenue, year_rules(fiscal_year).employment_income)


def pension(revenue: int, fiscal_year: int, *, age: int, other: int = 0) -> int:
    return pension_income(revenue, year_rules(fiscal_year).pension_deduction, age=age, other_income=other)


@pytest.mark.parametrize(
    ("fiscal_year", "revenue", "expected"),
    [
        # 2019–2020: least deduction 650,000
        (2019, 650_999, 0),  # below 651,000: 0
        (2019, 651_000, 1_000),  # 651,000 - 650,000
        (2020, 1_030_000, 380_000),  # the old 103万の壁: 1,030,000 - 650,000
        (2019, 1_618_999, 968_999),  # 1,618,999 - 650,000
        (2019, 1_619_500, 969_000),  # table: 969,000
        (2019, 1_621_000, 970_000),
        (2019, 1_623_999, 972_000),
        (2019, 1_624_000, 974_000),
        (2019, 1_630_000, 976_800),  # 1,630,000 / 4 = 407,500 -> 407,000; x 2.4 = 976,800
        (2019, 2_000_000, 1_220_000),  # 500,000 x 2.8 = 1,400,000 - 180,000
        (2020, 5_000_000, 3_460_000),  # 1,250,000 x 3.2 = 4,000,000 - 540,000
        (2019, 8_000_000, 6_000_000),  # 8,000,000 x 0.9 = 7,200,000 - 1,200,000
        (2020, 12_000_000, 9_800_000),  # 12,000,000 - 2,200,000
        # 2021–2025: least deduction 550,000, most 1,950,000 from 8,500,000
        (2021, 550_999, 0),
        (2021, 1_030_000, 480_000),  # 1,030,000 - 550,000
        (2023, 1_619_000, 1_069_000),
        (2023, 1_627_999, 1_074_000),
        (2025, 1_630_000, 1_076_800),  # 407,000 x 2.4 = 976,800 + 100,000
        (2022, 3_003_999, 2_020_000),  # 3,003,999 / 4 = 750,999.75 -> 750,000; x 2.8 = 2,100,000 - 80,000
        (2022, 3_004_000, 2_022_800),  # 751,000 x 2.8 = 2,102,800 - 80,000
        (2024, 5_000_000, 3_560_000),  # 1,250,000 x 3.2 = 4,000,000 - 440,000
        (2024, 6_599_999, 4_836_800),  # 1,649,000 x 3.2 = 5,276,800 - 440,000
        (2024, 6_600_001, 4_840_000),  # 6,600,001 x 0.9 = 5,940,000.9 -> 5,940,000 - 1,100,000
        (2025, 8_500_000, 6_550_000),  # 8,500,000 - 1,950,000 = 7,650,000 - 1,100,000
        (2025, 30_000_000, 28_050_000),  # 30,000,000 - 1,950,000
        # 2026: least deduction 650,000 up to 1,900,000
        (2026, 650_000, 0),
        (2026, 1_100_000, 450_000),  # 1,100,000 - 650,000: the limit of 非課税 for one person
        (2026, 1_230_000, 580_000),  # 123万の壁: 1,230,000 - 650,000
        (2026, 1_899_999, 1_249_999),  # 1,899,999 - 650,000
        (2026, 1_900_000, 1_250_000),  # 475,000 x 2.8 = 1,330,000 - 80,000
        (2026, 4_000_000, 2_760_000),  # 1,000,000 x 3.2 = 3,200,000 - 440,000
        (2026, 7_000_000, 5_200_000),  # 6,300,000 - 1,100,000
        (2026, 10_000_000, 8_050_000),
    ],
)
def test_employment_income(fiscal_year: int, revenue: int, expected: int) -> None:
    assert employment(revenue, fiscal_year) == expected


@pytest.mark.parametrize(
    ("fiscal_year", "age", "revenue", "other", "expected"),
    [
        # 2019–2020, under 65: least 700,000
        (2019, 60, 700_000, 0, 0),
        (2019, 64, 1_300_000, 0, 600_000),  # 1,300,000 x 0.75 = 975,000 - 375,000
        (2020, 64, 5_000_000, 0, 3_465_000),  # 5,000,000 x 0.85 = 4,250,000 - 785,000
        (2020, 64, 8_000_000, 0, 6_045_000),  # 8,000,000 x 0.95 = 7,600,000 - 1,555,000
        # 2019–2020, 65 and over: least 1,200,000; other income does not matter
        (2019, 65, 1_200_000, 30_000_000, 0),
        (2019, 70, 3_300_000, 0, 2_100_000),  # 3,300,000 - 1,200,000 = 2,475,000 - 375,000
        (2020, 70, 4_000_000, 0, 2_625_000),  # 3,000,000 - 375,000
        # 2021–, under 65: least 600,000
        (2021, 64, 600_001, 0, 1),
        (2022, 60, 2_000_000, 0, 1_225_000),  # 1,500,000 - 275,000
        (2026, 60, 4_100_000, 0, 2_800_000),  # 4,100,000 x 0.85 = 3,485,000 - 685,000
        (2026, 60, 9_000_000, 0, 7_095_000),  # 8,550,000 - 1,455,000
        (2026, 60, 12_000_000, 0, 10_045_000),  # 12,000,000 - 1,955,000
        # 2021–, 65 and over: least 1,100,000
        (2021, 65, 1_100_000, 0, 0),
        (2025, 72, 2_150_000, 0, 1_050_000),  # 2,150,000 - 1,100,000
        (2025, 72, 3_300_001, 0, 2_200_000),  # 3,300,001 x 0.75 = 2,475,000.75 -> 2,475,000 - 275,000
        # other income over 10 and over 20 million: 100,000 and 200,000 less deduction
        (2021, 70, 2_000_000, 10_000_000, 900_000),  # 2,000,000 - 1,100,000
        (2021, 70, 2_000_000, 10_000_001, 1_000_000),  # 2,000,000 - 1,000,000
        (2021, 70, 2_000_000, 20_000_001, 1_100_000),  # 2,000,000 - 900,000
        (2021, 60, 500_000, 20_000_001, 100_000),  # 500,000 - 400,000
    ],
)
def test_pension_income(fiscal_year: int, age: int, revenue: int, other: int, expected: int) -> None:
    assert pension(revenue, fiscal_year, age=age, other=other) == expected


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        (8_500_000, 0),
        (9_000_000, 50_000),  # (9,000,000 - 8,500,000) x 10 %
        (8_500_001, 1),  # 0.1 yen, rounded up
        (10_000_000, 150_000),  # the cap
        (20_000_000, 150_000),
    ],
)
def test_household_adjustment(revenue: int, expected: int) -> None:
    assert household_adjustment(revenue, year_rules(2021).income_adjustment) == expected
    assert household_adjustment(revenue, year_rules(2020).income_adjustment) == 0


@pytest.mark.parametrize(
    ("employed", "pensioned", "expected"),
    [
        (500_000, 500_000, 100_000),  # 100,000 + 100,000 - 100,000
        (60_000, 70_000, 30_000),  # 60,000 + 70,000 - 100,000
        (50_000, 50_000, 0),  # not over 100,000 together
        (0, 900_000, 0),  # both are needed
        (900_000, 0, 0),
    ],
)
def test_both_incomes_adjustment(employed: int, pensioned: int, expected: int) -> None:
    assert both_incomes_adjustment(employed, pensioned, year_rules(2026).income_adjustment) == expected
    assert both_incomes_adjustment(employed, pensioned, None) == 0


@given(fiscal_year=years, revenue=revenues, more=st.integers(0, 5_000_000))
def test_more_wages_never_mean_less_income(fiscal_year: int, revenue: int, more: int) -> None:
    assert 0 <= employment(revenue, fiscal_year) <= employment(revenue + more, fiscal_year)
    assert employment(revenue, fiscal_year) <= revenue


@given(fiscal_year=years, revenue=revenues, more=st.integers(0, 5_000_000), age=st.integers(50, 99), other=revenues)
def test_more_pension_never_means_less_income(fiscal_year: int, revenue: int, more: int, age: int, other: int) -> None:
    before = pension(revenue, fiscal_year, age=age, other=other)
    assert 0 <= before <= pension(revenue + more, fiscal_year, age=age, other=other)


@given(revenue=st.integers(651_000, 6_599_999))
def test_the_table_stays_within_4000_yen_of_the_formula(revenue: int) -> None:
    """別表第五 only steps what 所得税法第28条第3項 computes: 40 % less 100,000, 30 % + 80,000, 20 % + 440,000."""
    if revenue <= 1_625_000:
        deduction = 550_000.0
    elif revenue <= 1_800_000:
        deduction = revenue * 0.4 - 100_000
    elif revenue <= 3_600_000:
        deduction = revenue * 0.3 + 80_000
    else:
        deduction = revenue * 0.2 + 440_000
    assert abs((revenue - deduction) - employment(revenue, 2024)) < 4_000
