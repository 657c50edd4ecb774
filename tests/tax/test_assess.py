"""Whole assessments, worked out by hand, and what must hold for all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.records import Disability, Sex, SpouseKind, Widowhood
from madoguchi.tax.assessment import FISCAL_YEARS, Assessment, Declaration, Relative, assess, year_rules
from madoguchi.tax.assessment.income import employment_income
from madoguchi.tax.assessment.levy import income_levy_limit

WORKER = Declaration(fiscal_year=2026, birth_date=date(1990, 4, 2), sex=Sex.FEMALE)
SPOUSE = Relative(birth_date=date(1991, 5, 5))
PUPIL = Relative(birth_date=date(2012, 7, 7))


def levies(made: Assessment) -> tuple[int, int, int, int, int | None, int]:
    return (
        made.income_levy_ward,
        made.income_levy_metropolitan,
        made.per_capita_ward,
        made.per_capita_metropolitan,
        made.forest_tax,
        made.annual_tax,
    )


def test_a_single_worker_in_2019() -> None:
    made = assess(replace(WORKER, fiscal_year=2019, employment_revenue=4_000_000, social_insurance=600_000))
    # income 1,000,000 x 3.2 - 540,000 = 2,660,000; deductions 600,000 + 330,000 = 930,000; base 1,730,000
    # credit min(50,000, 1,730,000) x 5 % = 2,500 (1,500 + 1,000)
    # ward 103,800 - 1,500 = 102,300; metropolitan 69,200 - 1,000 = 68,200
    assert (made.total_income, made.tax_base, made.adjustment_credit) == (2_660_000, 1_730_000, 2_500)
    assert levies(made) == (102_300, 68_200, 3_500, 1_500, None, 175_500)
    assert made.income_adjustment is None


def test_a_single_worker_in_2023() -> None:
    made = assess(replace(WORKER, fiscal_year=2023, employment_revenue=4_000_000, social_insurance=600_000))
    # income 3,200,000 - 440,000 = 2,760,000; deductions 600,000 + 430,000: base the same 1,730,000
    assert levies(made) == (102_300, 68_200, 3_500, 1_500, None, 175_500)
    assert made.income_adjustment == 0


def test_a_single_worker_in_2026_pays_the_forest_tax() -> None:
    made = assess(replace(WORKER, employment_revenue=4_000_000, social_insurance=600_000))
    assert levies(made) == (102_300, 68_200, 3_000, 1_000, 1_000, 175_500)
    assert made.fixed_sum_reduction is None


def test_the_base_is_floored_to_1000_and_each_levy_to_100_yen() -> None:
    made = assess(replace(WORKER, employment_revenue=7_654_321, social_insurance=1_148_148))
    # income 7,654,321 x 0.9 = 6,888,888 - 1,100,000 = 5,788,888; deductions 1,148,148 + 430,000 = 1,578,148
    # 4,210,740 -> base 4,210,000; over 2,000,000: least base 50,000, credit 1,500 + 1,000
    # ward 252,600 - 1,500 = 251,100; metropolitan 168,400 - 1,000 = 167,400
    assert (made.total_income, made.tax_base) == (5_788_888, 4_210_000)
    assert levies(made) == (251_100, 167_400, 3_000, 1_000, 1_000, 423_500)


def test_a_family_in_2024_with_the_fixed_sum_reduction() -> None:
    made = assess(
        replace(
            WORKER,
            fiscal_year=2024,
            employment_revenue=5_000_000,
            social_insurance=750_000,
            spouse=SPOUSE,
            dependants=(PUPIL, PUPIL),
        )
    )
    # income 3,560,000; deductions 750,000 + 330,000 + 430,000 = 1,510,000; base 2,050,000
    # difference 100,000 - (2,050,000 - 2,000,000) = 50,000; credit 1,500 + 1,000
    # ward 123,000 - 1,500 = 121,500; metropolitan 82,000 - 1,000 = 81,000; together 202,500
    # reduction 10,000 x 4 = 40,000; metropolitan 40,000 x 81,000 / 202,500 = 16,000; ward 24,000
    assert (made.tax_base, made.adjustment_credit, made.fixed_sum_reduction) == (2_050_000, 2_500, 40_000)
    assert levies(made) == (97_500, 65_000, 3_000, 1_000, 1_000, 167_500)
    assert (made.spouse, made.dependants_under_16) == (SpouseKind.GENERAL, 2)


def test_the_reduction_takes_no_more_than_the_income_levy() -> None:
    made = assess(replace(WORKER, fiscal_year=2024, employment_revenue=1_100_000))
    # income 550,000 - basic 430,000 = base 120,000; 12,000 - credit 50,000 x 5 % 2,500 = 9,500 < 10,000
    assert made.fixed_sum_reduction == 9_500
    assert levies(made) == (0, 0, 3_000, 1_000, 1_000, 5_000)


def test_2025_reduces_only_for_a_spouse_who_could_not_be_deducted() -> None:
    rich = replace(WORKER, fiscal_year=2025, employment_revenue=14_500_000, spouse=SPOUSE)
    # income 12,550,000: over 10,000,000 and not over 18,050,000
    assert assess(rich).fixed_sum_reduction == 10_000
    assert assess(rich).spouse is SpouseKind.SAME_LIVELIHOOD
    assert assess(rich).deduction_spouse is None
    assert assess(replace(rich, spouse=None)).fixed_sum_reduction == 0
    assert assess(replace(rich, employment_revenue=10_000_000)).fixed_sum_reduction == 0  # deductible: 8,050,000
    assert assess(replace(rich, employment_revenue=20_000_001)).fixed_sum_reduction == 0  # 18,050,001


def test_the_fixed_sum_reduction_ends_above_18_050_000() -> None:
    # 20,000,000 - 1,950,000 = 18,050,000
    at = replace(WORKER, fiscal_year=2024, employment_revenue=20_000_000)
    assert assess(at).fixed_sum_reduction == 10_000
    assert assess(replace(at, employment_revenue=20_000_001)).fixed_sum_reduction == 0


@pytest.mark.parametrize(
    ("fiscal_year", "relatives", "per_capita", "income_levy"),
    [
        (2019, 0, 350_000, 350_000),
        (2020, 2, 1_260_000, 1_370_000),  # 350,000 x 3 + 210,000; + 320,000
        (2021, 0, 450_000, 450_000),  # 350,000 + 100,000
        (2023, 1, 1_010_000, 1_120_000),  # 350,000 x 2 + 100,000 + 210,000; + 320,000
        (2026, 3, 1_710_000, 1_820_000),  # 350,000 x 4 + 100,000 + 210,000; + 320,000
    ],
)
def test_limits_of_the_levies(fiscal_year: int, relatives: int, per_capita: int, income_levy: int) -> None:
    rules = year_rules(fiscal_year)
    elderly = replace(WORKER, fiscal_year=fiscal_year, birth_date=date(1945, 1, 5), dependants=(PUPIL,) * relatives)

    def with_income(total: int) -> Assessment:
        """At 65 and over a pension up to 3.3 million is deducted the least deduction alone."""
        return assess(replace(elderly, pension_revenue=total + rules.pension_deduction.elderly_minimum))

    assert with_income(per_capita).annual_tax == 0
    assert with_income(per_capita + 1).per_capita_ward == rules.per_capita.ward
    assert with_income(per_capita + 1).forest_tax == (1_000 if fiscal_year >= 2024 else None)
    assert with_income(income_levy).tax_base is None
    assert with_income(income_levy + 1).tax_base is not None


def _wage(total: int, fiscal_year: int) -> int:
    """The smallest wage with at least this income."""
    table = year_rules(fiscal_year).employment_income
    return next(wage for wage in range(total, total + 3_000_000, 1_000) if employment_income(wage, table) >= total)


def test_just_above_the_limit_the_income_levy_takes_no_more_than_what_is_above() -> None:
    made = assess(replace(WORKER, employment_revenue=1_780_000, spouse=SPOUSE))
    # income 1,780,000 - 650,000 = 1,130,000; limit 1,120,000; base 1,130,000 - 760,000 = 370,000
    # 37,000 - credit 100,000 x 5 % 5,000 = 32,000 (19,200 + 12,800); 1,130,000 - 32,000 is 22,000 below the limit
    # left 10,000: metropolitan 12,800 - 8,800 = 4,000; ward 19,200 - 13,200 = 6,000
    assert (made.tax_base, made.adjustment_credit) == (370_000, 5_000)
    assert levies(made) == (6_000, 4_000, 3_000, 1_000, 1_000, 15_000)


@pytest.mark.parametrize(
    ("fiscal_year", "limit"), [(2019, 1_250_000), (2020, 1_250_000), (2021, 1_350_000), (2026, 1_350_000)]
)
@pytest.mark.parametrize(
    "protected",
    [{"disability": Disability.ORDINARY}, {"widowhood": Widowhood.WIDOW}, {"birth_date": date(2009, 6, 1)}],
    ids=["disabled", "widow", "minor"],
)
def test_protected_people_are_exempt_up_to_a_limit(fiscal_year: int, limit: int, protected: dict[str, object]) -> None:
    facts = {"fiscal_year": fiscal_year, "employment_revenue": _wage(limit, fiscal_year), **protected}
    if fiscal_year <= 2020 and "birth_date" in protected:
        facts["birth_date"] = date(2003, 6, 1)
    made = assess(replace(WORKER, **facts))  # type: ignore[arg-type]
    assert (made.total_income <= limit) is (made.annual_tax == 0)
    higher = assess(replace(WORKER, **{**facts, "employment_revenue": _wage(limit + 4_000, fiscal_year)}))  # type: ignore[arg-type]
    assert higher.annual_tax > 0


@pytest.mark.parametrize(
    ("fiscal_year", "born", "minor"),
    [
        (2022, date(2002, 1, 2), False),  # completes 20 at the end of January 1, 2022
        (2022, date(2002, 1, 3), True),
        (2023, date(2005, 1, 2), False),  # 18 from 2023
        (2023, date(2005, 1, 3), True),
        (2026, date(2008, 1, 3), True),
    ],
)
def test_who_is_a_minor_on_the_assessment_date(fiscal_year: int, born: date, minor: bool) -> None:
    assert assess(replace(WORKER, fiscal_year=fiscal_year, birth_date=born)).own_minor is minor


def test_public_assistance_exempts_at_any_income() -> None:
    made = assess(replace(WORKER, employment_revenue=9_000_000, public_assistance=True))
    assert levies(made) == (0, 0, 0, 0, 0, 0)
    assert made.tax_base is None


def test_no_basic_deduction_and_no_credit_above_25_million() -> None:
    made = assess(replace(WORKER, employment_revenue=30_000_000, social_insurance=2_000_000))
    # income 28,050,000; base 26,050,000; no credit: ward 1,563,000, metropolitan 1,042,000
    assert (made.deduction_basic, made.tax_base, made.adjustment_credit) == (0, 26_050_000, 0)
    assert levies(made) == (1_563_000, 1_042_000, 3_000, 1_000, 1_000, 2_610_000)


def test_before_2021_the_credit_knows_no_income_limit() -> None:
    made = assess(replace(WORKER, fiscal_year=2020, employment_revenue=30_000_000))
    assert (made.deduction_basic, made.adjustment_credit) == (330_000, 2_500)


def test_a_pensioner_with_wages_has_both_adjusted() -> None:
    made = assess(replace(WORKER, birth_date=date(1959, 1, 1), employment_revenue=3_000_000, pension_revenue=1_600_000))
    # wages 750,000 x 2.8 - 80,000 = 2,020,000; pension 1,600,000 - 1,100,000 = 500,000; adjustment 100,000
    assert (made.employment_income, made.pension_income, made.income_adjustment) == (2_020_000, 500_000, 100_000)
    assert made.total_income == 2_420_000


def test_a_child_adjusts_a_high_wage() -> None:
    made = assess(replace(WORKER, employment_revenue=10_500_000, dependants=(PUPIL,)))
    # 10,500,000 - 1,950,000 = 8,550,000 - 150,000
    assert (made.income_adjustment, made.total_income) == (150_000, 8_400_000)


def test_a_specific_relative_does_not_count_for_the_limits() -> None:
    student = Relative(birth_date=date(2005, 8, 1), total_income=700_000)
    made = assess(replace(WORKER, employment_revenue=1_110_000, dependants=(student,)))
    # 460,000 > 450,000: the limit of one person
    assert (made.per_capita_ward, made.specific_relatives, made.dependants_specific) == (3_000, 1, 0)


def test_what_does_not_apply_is_none_and_what_is_zero_is_zero() -> None:
    made = assess(WORKER)
    assert (made.employment_revenue, made.employment_income, made.pension_income) == (None, None, None)
    assert (made.total_income, made.annual_tax, made.dependants_general) == (0, 0, 0)
    assert assess(replace(WORKER, employment_revenue=0)).employment_income == 0


WORKER_BY_YEAR = {
    # income 2,660,000 - 930,000 and, from 2021, 2,760,000 - 1,030,000: the base is 1,730,000 in every year
    2019: (102_300, 68_200, 3_500, 1_500, None, 175_500),
    2020: (102_300, 68_200, 3_500, 1_500, None, 175_500),
    2021: (102_300, 68_200, 3_500, 1_500, None, 175_500),
    2022: (102_300, 68_200, 3_500, 1_500, None, 175_500),
    2023: (102_300, 68_200, 3_500, 1_500, None, 175_500),
    # 10,000 off: metropolitan 10,000 x 68,200 / 170,500 = 4,000, ward 6,000
    2024: (96_300, 64_200, 3_000, 1_000, 1_000, 165_500),
    2025: (102_300, 68_200, 3_000, 1_000, 1_000, 175_500),
    2026: (102_300, 68_200, 3_000, 1_000, 1_000, 175_500),
}
PENSIONER_BY_YEAR = {
    # 2,400,000 - 1,200,000 - 330,000 and, from 2021, 2,400,000 - 1,100,000 - 430,000: base 870,000
    # ward 52,200 - 1,500, metropolitan 34,800 - 1,000
    2019: (50_700, 33_800, 3_500, 1_500, None, 89_500),
    2020: (50_700, 33_800, 3_500, 1_500, None, 89_500),
    2021: (50_700, 33_800, 3_500, 1_500, None, 89_500),
    2022: (50_700, 33_800, 3_500, 1_500, None, 89_500),
    2023: (50_700, 33_800, 3_500, 1_500, None, 89_500),
    # 10,000 off: metropolitan 10,000 x 33,800 / 84,500 = 4,000, ward 6,000
    2024: (44_700, 29_800, 3_000, 1_000, 1_000, 79_500),
    2025: (50_700, 33_800, 3_000, 1_000, 1_000, 89_500),
    2026: (50_700, 33_800, 3_000, 1_000, 1_000, 89_500),
}


@pytest.mark.parametrize("year", FISCAL_YEARS)
def test_the_same_wage_and_the_same_pension_through_all_years(year: int) -> None:
    worker = replace(WORKER, fiscal_year=year, employment_revenue=4_000_000, social_insurance=600_000)
    assert levies(assess(worker)) == WORKER_BY_YEAR[year]
    pensioner = replace(WORKER, fiscal_year=year, birth_date=date(1945, 1, 5), pension_revenue=2_400_000)
    assert levies(assess(pensioner)) == PENSIONER_BY_YEAR[year]


@pytest.mark.parametrize(
    ("year", "wage", "taxed"),
    [
        # One person alone is not taxed up to an income of 350,000 until 2020 and 450,000 from 2021; the least
        # employment deduction is 650,000 until 2020, 550,000 from 2021, 650,000 from 2026.
        (2019, 1_000_000, 0),
        (2019, 1_001_000, 5_000),
        (2020, 1_000_000, 0),
        (2021, 1_000_000, 0),
        (2021, 1_001_000, 5_000),
        (2025, 1_000_000, 0),
        (2025, 1_001_000, 5_000),
        (2026, 1_100_000, 0),
        (2026, 1_101_000, 5_000),
    ],
)
def test_the_wage_from_which_a_person_alone_pays(year: int, wage: int, taxed: int) -> None:
    made = assess(replace(WORKER, fiscal_year=year, employment_revenue=wage, social_insurance=200_000))
    assert made.annual_tax == taxed


declarations = st.builds(
    Declaration,
    fiscal_year=st.sampled_from(FISCAL_YEARS),
    birth_date=st.dates(date(1930, 1, 1), date(2009, 12, 31)),
    sex=st.sampled_from(Sex),
    employment_revenue=st.none() | st.integers(0, 40_000_000),
    pension_revenue=st.none() | st.integers(0, 12_000_000),
    social_insurance=st.none() | st.integers(0, 2_000_000),
    spouse=st.none()
    | st.builds(
        Relative, birth_date=st.dates(date(1930, 1, 1), date(2005, 1, 1)), total_income=st.integers(0, 2_000_000)
    ),
    dependants=st.lists(
        st.builds(
            Relative,
            birth_date=st.dates(date(1930, 1, 1), date(2018, 12, 31)),
            total_income=st.integers(0, 1_500_000),
            disability=st.none() | st.sampled_from(Disability),
            ascendant=st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    disability=st.none() | st.sampled_from(Disability),
)


@given(declarations)
def test_every_figure_is_floored_and_adds_up(declaration: Declaration) -> None:
    made = assess(declaration)
    assert (made.tax_base or 0) % 1_000 == 0
    assert made.income_levy_ward % 100 == made.income_levy_metropolitan % 100 == 0
    assert made.annual_tax == sum(value or 0 for value in levies(made)[:5])
    assert all(value is None or value >= 0 for value in levies(made))


@given(declarations, st.integers(0, 3_000_000))
def test_more_deductions_never_mean_more_tax(declaration: Declaration, more: int) -> None:
    insured = replace(declaration, social_insurance=(declaration.social_insurance or 0) + more)
    assert assess(insured).annual_tax <= assess(declaration).annual_tax


@given(declarations)
def test_the_income_levy_never_pushes_below_its_limit(declaration: Declaration) -> None:
    made = assess(declaration)
    rules = year_rules(declaration.fiscal_year)
    relatives = (
        (made.spouse is not None)
        + made.dependants_specific
        + made.dependants_elderly
        + made.dependants_elderly_cohabiting
        + made.dependants_general
        + made.dependants_under_16
    )
    if made.income_levy_ward:
        left = made.gross_income - made.income_levy_ward - made.income_levy_metropolitan
        assert left >= income_levy_limit(relatives, rules)


@given(declarations)
def test_another_child_never_means_more_tax(declaration: Declaration) -> None:
    child = Relative(birth_date=date(2016, 2, 2))
    more = replace(declaration, dependants=(*declaration.dependants, child))
    assert assess(more).annual_tax <= assess(declaration).annual_tax
