"""雑損, 医療費, 生命保険料, 地震保険料, 勤労学生: worked out by hand, at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from madoguchi.records import Sex
from madoguchi.tax.assessment import Declaration, OtherIncome, Spending, assess, year_rules
from madoguchi.tax.assessment.spending import (
    casualty_deduction,
    earthquake_deduction,
    life_insurance_deduction,
    medical_deduction,
    spending_deductions,
)

RULES = year_rules(2026)


@pytest.mark.parametrize(
    ("spent", "income", "deducted"),
    [
        (Spending(casualty_loss=980_000), 3_560_000, 624_000),  # 980,000 - 356,000
        (Spending(casualty_loss=200_000), 3_560_000, 0),
        (Spending(casualty_loss=380_000, disaster_cost=120_000), 3_560_000, 70_000),  # 120,000 - 50,000 > 24,000
    ],
)
def test_casualty(spent: Spending, income: int, deducted: int) -> None:
    assert casualty_deduction(spent, income, RULES) == deducted


@pytest.mark.parametrize(
    ("paid", "income", "deducted"),
    [
        (463_800, 3_560_000, 363_800),  # less 100,000
        (100_000, 3_560_000, 0),
        (90_000, 1_200_000, 30_000),  # less 5 % of 1,200,000 = 60,000
        (3_000_000, 3_560_000, 2_000_000),  # the cap
    ],
)
def test_medical(paid: int, income: int, deducted: int) -> None:
    assert medical_deduction(paid, income, RULES) == deducted


@pytest.mark.parametrize(
    ("spent", "deducted"),
    [
        (Spending(life_new=12_000), 12_000),
        (Spending(life_new=12_001), 12_001),  # 6,000.5 + 6,000, rounded up
        (Spending(life_new=32_000), 22_000),  # 16,000 + 6,000
        (Spending(life_new=56_000), 28_000),  # 14,000 + 14,000
        (Spending(life_new=500_000), 28_000),
        (Spending(life_old=15_000), 15_000),
        (Spending(life_old=40_000), 27_500),  # 20,000 + 7,500
        (Spending(life_old=70_000), 35_000),  # 17,500 + 17,500
        (Spending(life_old=70_001), 35_000),
        (Spending(life_new=56_000, life_old=40_000), 28_000),  # both together stop at 28,000, above the old 27,500
        (Spending(life_new=56_000, life_old=70_000), 35_000),  # the old contract alone is more
        (Spending(life_new=20_000, care_new=12_000, annuity_old=15_000), 43_000),  # 16,000 + 12,000 + 15,000
        (Spending(life_new=90_000, care_new=90_000, annuity_new=90_000), 70_000),  # 84,000 stops at the cap of all
    ],
)
def test_life_insurance(spent: Spending, deducted: int) -> None:
    assert life_insurance_deduction(spent, RULES) == deducted


@pytest.mark.parametrize(
    ("spent", "deducted"),
    [
        (Spending(earthquake=38_001), 19_001),  # half, rounded up
        (Spending(earthquake=50_000), 25_000),
        (Spending(earthquake=90_000), 25_000),
        (Spending(long_term_casualty=5_000), 5_000),
        (Spending(long_term_casualty=15_000), 10_000),  # 7,500 + 2,500
        (Spending(long_term_casualty=80_000), 10_000),
        (Spending(earthquake=40_000, long_term_casualty=15_000), 25_000),  # 20,000 + 10,000 stops at 25,000
    ],
)
def test_earthquake(spent: Spending, deducted: int) -> None:
    assert earthquake_deduction(spent, RULES) == deducted


def test_what_gives_nothing_does_not_apply() -> None:
    made = spending_deductions(Spending(medical=50_000), 5_000_000, RULES)
    assert (made.medical, made.casualty, made.life_insurance, made.earthquake, made.small_enterprise) == (None,) * 5
    assert made.total == 0


STUDENT = Declaration(fiscal_year=2026, birth_date=date(2004, 5, 5), sex=Sex.MALE, student=True)


@pytest.mark.parametrize(
    ("year", "revenue", "deducted"),
    [
        (2019, 1_300_000, 260_000),  # income 650,000
        (2019, 1_300_001, None),
        (2021, 1_300_000, 260_000),  # income 750,000
        (2025, 1_300_001, None),
        (2026, 1_500_000, 260_000),  # income 850,000
        (2026, 1_500_001, None),
    ],
)
def test_a_working_students_limits(year: int, revenue: int, deducted: int | None) -> None:
    made = assess(replace(STUDENT, fiscal_year=year, employment_revenue=revenue))
    assert made.deduction_student == deducted
    assert made.own_student is (deducted is not None)


def test_a_students_income_must_be_from_the_own_work() -> None:
    working = replace(STUDENT, employment_revenue=1_200_000)
    assert assess(replace(working, other=OtherIncome(misc_other=100_000))).own_student
    assert not assess(replace(working, other=OtherIncome(misc_other=100_001))).own_student
    assert assess(replace(working, other=OtherIncome(business=200_000))).own_student
    assert not assess(replace(working, student=False)).own_student
