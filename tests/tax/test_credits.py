"""The credits after 調整控除 and 分離課税, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from madoguchi.records import Sex
from madoguchi.tax.assessment import Creditable, Declaration, HousingLoan, OtherIncome, Spending, assess, year_rules
from madoguchi.tax.assessment.credits import Ground, dividend_credit, donation_credit, housing_credit, in_fifths
from madoguchi.tax.assessment.shares import Shares

RULES = year_rules(2026)
WORKER = Declaration(
    fiscal_year=2026,
    birth_date=date(1990, 4, 2),
    sex=Sex.FEMALE,
    employment_revenue=4_000_000,
    social_insurance=600_000,
)
"""Income 2,760,000, base 1,730,000; levies before further credits 102,300 and 68,200 (tests/tax/test_assess.py)."""


@pytest.mark.parametrize(
    ("dividend", "bases", "ward", "metropolitan"),
    [
        (340_000, 5_000_000, 5_440, 4_080),  # 1.6 %, 1.2 %
        (340_000, 10_100_000, 4_640, 3_480),  # 240,000 x 1.6 % + 100,000 x 0.8 %; 1.2 % and 0.6 %
        (340_000, 20_000_000, 2_720, 2_040),  # 0.8 %, 0.6 %
    ],
)
def test_dividends(dividend: int, bases: int, ward: int, metropolitan: int) -> None:
    assert dividend_credit(dividend, bases, RULES) == Shares(ward, metropolitan)


@pytest.mark.parametrize(
    ("moved_in", "unused", "base", "credit"),
    [
        (date(2016, 3, 20), 118_400, 2_310_000, 118_400),  # 7 % would be 161,700, the cap 136,500
        (date(2016, 3, 20), 180_000, 2_310_000, 136_500),
        (date(2016, 3, 20), 180_000, 1_500_000, 105_000),  # 7 %
        (date(2013, 5, 1), 180_000, 2_310_000, 97_500),  # the cap at 5 %
        (date(2022, 5, 1), 180_000, 1_500_000, 75_000),  # 5 %
        (date(2008, 12, 31), 180_000, 1_500_000, 0),
    ],
)
def test_housing(moved_in: date, unused: int, base: int, credit: int) -> None:
    loan = HousingLoan(unused=unused, income_tax_base=base, moved_in=moved_in)
    assert housing_credit(loan, RULES) == in_fifths(credit)


def test_fifths() -> None:
    assert in_fifths(118_400) == Shares(71_040, 47_360)
    assert in_fifths(101) == Shares(61, 40)


def ground(base: int, ward: int, metropolitan: int, gross: int) -> Ground:
    return Ground(
        levy=Shares(ward, metropolitan),
        base=base,
        all_bases=base,
        difference=50_000,
        gross_income=gross,
        dividend=None,
    )


def test_donations() -> None:
    # basic 40,000 x 6 % = 2,400 and 4 % = 1,600; base 1,730,000 - 50,000: 84.895 % of 40,000 = 33,958,
    # three fifths 20,374.8 -> 20,375, two fifths 13,583.2 -> 13,584; caps 20 %: 20,460 and 13,640
    assert donation_credit(42_000, ground(1_730_000, 102_300, 68_200, 2_760_000), RULES) == Shares(22_775, 15_184)
    # 60,000: special 50,937, three fifths 30,562.2 stops at 20,460, two fifths 20,374.8 at 13,640
    assert donation_credit(62_000, ground(1_730_000, 102_300, 68_200, 2_760_000), RULES) == Shares(24_060, 16_040)
    assert donation_credit(2_000, ground(1_730_000, 102_300, 68_200, 2_760_000), RULES) == Shares(0, 0)
    # no more than 30 % of the income counts for the basic part: 300,000 - 2,000
    large = donation_credit(900_000, ground(500_000, 0, 0, 1_000_000), RULES)
    assert large == Shares(17_880, 11_920)


def test_a_house_and_a_gift_lower_the_levy() -> None:
    loan = HousingLoan(unused=50_000, income_tax_base=1_500_000, moved_in=date(2016, 3, 20))
    made = assess(replace(WORKER, creditable=Creditable(housing=loan, donation=42_000)))
    # ward 102,300 - 30,000 - 22,775 = 49,525 -> 49,500; metropolitan 68,200 - 20,000 - 15,184 = 33,016 -> 33,000
    assert (made.housing_credit, made.donation_credit) == (50_000, 37_959)
    assert (made.income_levy_ward, made.income_levy_metropolitan) == (49_500, 33_000)
    assert (made.dividend_credit, made.foreign_credit, made.levy_at_source_credit) == (None, None, None)


def test_credits_take_no_more_than_the_levy() -> None:
    made = assess(replace(WORKER, creditable=Creditable(foreign_tax=100_000, levied_at_source=900_000)))
    # foreign 60,000 + 40,000; at source what is left: 42,300 + 28,200
    assert (made.foreign_credit, made.levy_at_source_credit) == (100_000, 70_500)
    assert (made.income_levy_ward, made.income_levy_metropolitan, made.annual_tax) == (0, 0, 5_000)


def test_the_fixed_sum_reduction_comes_after_the_credits() -> None:
    before = replace(WORKER, fiscal_year=2024, creditable=Creditable(foreign_tax=165_000))
    # 102,300 - 99,000 = 3,300 and 68,200 - 66,000 = 2,200: 5,500 is less than 10,000
    assert assess(before).fixed_sum_reduction == 5_500


def test_land_and_shares_are_taxed_apart() -> None:
    other = OtherIncome(short_transfer=2_340_500, long_transfer=8_765_000, listed_shares=1_250_300)
    made = assess(replace(WORKER, other=other))
    # bases 2,340,000, 8,765,000 and 1,250,000: together 12,355,000
    # ward 102,300 + 126,360 (5.4 %) + 262,950 (3 %) + 37,500 (3 %) = 529,110 -> 529,100
    # metropolitan 68,200 + 84,240 (3.6 %) + 175,300 (2 %) + 25,000 (2 %) = 352,740 -> 352,700
    assert (made.tax_base, made.tax_base_separate) == (1_730_000, 12_355_000)
    assert (made.income_levy_ward, made.income_levy_metropolitan) == (529_100, 352_700)
    assert made.total_income == 2_760_000 + 12_355_800


def test_deductions_go_on_to_what_is_taxed_apart() -> None:
    made = assess(
        replace(
            WORKER,
            employment_revenue=None,
            social_insurance=300_000,
            other=OtherIncome(misc_other=200_000, long_transfer=3_000_000, retirement=1_000_000),
        )
    )
    # deductions 730,000: 200,000 from general, 530,000 from land: 2,470,000; retirement 1,000,000 at 6 % and 4 %
    # 調整控除 by general, forestry and retirement bases: min(50,000, 1,000,000) x 3 % and 2 %
    # ward 74,100 + 60,000 - 1,500 = 132,600; metropolitan 49,400 + 40,000 - 1,000 = 88,400
    assert (made.tax_base, made.tax_base_separate, made.adjustment_credit) == (0, 3_470_000, 2_500)
    assert (made.income_levy_ward, made.income_levy_metropolitan) == (132_600, 88_400)


def test_the_limit_of_the_income_levy_sees_what_is_left_after_losses_carried_over() -> None:
    rich = replace(WORKER, employment_revenue=None, social_insurance=None)
    made = assess(replace(rich, other=OtherIncome(business=2_000_000, loss_carried=1_600_000)))
    # 総所得金額等 400,000 is not over 450,000: no 所得割; 合計所得金額 2,000,000 is: 均等割
    assert (made.total_income, made.gross_income, made.loss_carried_over) == (2_000_000, 400_000, 1_600_000)
    assert (made.income_levy_ward, made.per_capita_ward, made.annual_tax) == (0, 3_000, 5_000)
    assert made.tax_base is None


def test_medical_costs_are_measured_by_the_gross_income() -> None:
    other = OtherIncome(business=2_000_000, loss_carried=1_000_000)
    made = assess(
        replace(WORKER, employment_revenue=None, social_insurance=None, other=other, spent=Spending(medical=90_000))
    )
    # 90,000 less 5 % of 1,000,000
    assert made.deduction_medical == 40_000
    assert made.deduction_total == 470_000


def test_a_pensions_tier_sees_the_other_income() -> None:
    old = replace(WORKER, birth_date=date(1950, 1, 1), employment_revenue=None, pension_revenue=3_000_000)
    # 3,000,000 - 1,100,000, and the deduction is 100,000 less above 10,000,000 of other income
    assert assess(replace(old, other=OtherIncome(business=10_000_000))).pension_income == 1_900_000
    assert assess(replace(old, other=OtherIncome(business=10_000_001))).pension_income == 2_000_000
