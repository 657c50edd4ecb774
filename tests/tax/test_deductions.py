"""Deductions and their differences from income tax; the computation stands beside every expected figure."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.errors import MadoguchiError
from madoguchi.records import Disability, Sex, SpouseKind, Widowhood
from madoguchi.tax.assessment import Declaration, Relative, year_rules
from madoguchi.tax.assessment.deductions import Deductions, basic_deduction, deductions
from madoguchi.tax.assessment.household import household
from madoguchi.tax.assessment.incomes import Incomes

ADULT = date(1980, 6, 15)
BASIC = 50_000


def found(
    fiscal_year: int,
    total_income: int = 3_000_000,
    *,
    sex: Sex = Sex.FEMALE,
    spouse: Relative | None = None,
    dependants: tuple[Relative, ...] = (),
    disability: Disability | None = None,
    widowhood: Widowhood | None = None,
    social_insurance: int | None = None,
) -> Deductions:
    declaration = Declaration(
        fiscal_year=fiscal_year,
        birth_date=ADULT,
        sex=sex,
        spouse=spouse,
        dependants=dependants,
        disability=disability,
        widowhood=widowhood,
        social_insurance=social_insurance,
    )
    rules = year_rules(fiscal_year)
    income = Incomes(
        employment=None, adjustment=None, pension=None, total=total_income, gross=total_income, general=total_income
    )
    return deductions(declaration, household(declaration, rules), income, rules)


def aged(age: int, fiscal_year: int, *, income: int = 0, ascendant: bool = False, cohabiting: bool = True) -> Relative:
    """A relative who has this age on December 31 before the fiscal year."""
    born = date(fiscal_year - 1 - age, 6, 1)
    return Relative(birth_date=born, total_income=income, ascendant=ascendant, cohabiting=cohabiting)


@pytest.mark.parametrize(
    ("fiscal_year", "total_income", "expected"),
    [
        (2019, 0, 330_000),
        (2020, 90_000_000, 330_000),  # no limit before 2021
        (2021, 0, 430_000),
        (2021, 24_000_000, 430_000),
        (2021, 24_000_001, 290_000),
        (2026, 24_500_001, 150_000),
        (2026, 25_000_001, 0),
    ],
)
def test_basic(fiscal_year: int, total_income: int, expected: int) -> None:
    assert basic_deduction(total_income, year_rules(fiscal_year)) == expected


@pytest.mark.parametrize(
    ("own", "age", "amount", "difference"),
    [
        (9_000_000, 40, 330_000, 50_000),
        (9_000_001, 40, 220_000, 40_000),
        (9_500_001, 40, 110_000, 20_000),
        (10_000_001, 40, None, 0),
        (9_000_000, 70, 380_000, 100_000),
        (9_200_000, 70, 260_000, 60_000),
        (10_000_000, 70, 130_000, 30_000),
    ],
)
@pytest.mark.parametrize("fiscal_year", [2019, 2022, 2026])
def test_spouse(fiscal_year: int, own: int, age: int, amount: int | None, difference: int) -> None:
    made = found(fiscal_year, own, spouse=aged(age, fiscal_year))
    assert (made.spouse, made.difference - BASIC) == (amount, difference)


@pytest.mark.parametrize(
    ("fiscal_year", "income", "spouse", "special", "difference"),
    [
        (2020, 380_000, 330_000, None, 50_000),  # the limit itself
        (2020, 380_001, None, 330_000, 50_000),  # up to 400,000 the difference stays 50,000
        (2020, 450_000, None, 330_000, 30_000),
        (2020, 450_001, None, 330_000, 0),
        (2020, 1_230_000, None, 30_000, 0),
        (2020, 1_230_001, None, None, 0),
        (2021, 480_000, 330_000, None, 50_000),
        (2021, 499_999, None, 330_000, 50_000),  # below 500,000
        (2021, 500_000, None, 330_000, 30_000),  # from 500,000, below 550,000
        (2021, 550_000, None, 330_000, 0),
        (2023, 1_000_001, None, 310_000, 0),
        (2025, 1_100_000, None, 260_000, 0),
        (2025, 1_330_000, None, 30_000, 0),
        (2026, 580_000, 330_000, None, 50_000),  # the new limit
        (2026, 580_001, None, 330_000, 0),  # and no difference above it any more
        (2026, 1_250_000, None, 110_000, 0),
    ],
)
def test_spouse_special(fiscal_year: int, income: int, spouse: int, special: int, difference: int) -> None:
    made = found(fiscal_year, spouse=aged(35, fiscal_year, income=income))
    assert (made.spouse, made.spouse_special, made.difference - BASIC) == (spouse, special, difference)


def test_spouse_special_by_the_own_income() -> None:
    spouse = aged(35, 2026, income=1_020_000)
    # 310,000 x 2/3 = 206,667 -> 210,000 (rounded up to 10,000); x 1/3 = 103,333 -> 110,000
    assert [
        found(2026, own, spouse=spouse).spouse_special for own in (9_000_000, 9_500_000, 10_000_000, 10_000_001)
    ] == [
        310_000,
        210_000,
        110_000,
        None,
    ]


@pytest.mark.parametrize(
    ("age", "ascendant", "cohabiting", "amount", "difference"),
    [
        (15, False, True, None, 0),
        (16, False, True, 330_000, 50_000),
        (18, False, True, 330_000, 50_000),
        (19, False, True, 450_000, 180_000),
        (22, False, True, 450_000, 180_000),
        (23, False, True, 330_000, 50_000),
        (69, True, True, 330_000, 50_000),
        (70, False, True, 380_000, 100_000),  # not an ascendant: 同居老親等 needs one
        (70, True, False, 380_000, 100_000),
        (70, True, True, 450_000, 130_000),
    ],
)
@pytest.mark.parametrize("fiscal_year", [2019, 2021, 2026])
def test_dependants(
    *, fiscal_year: int, age: int, ascendant: bool, cohabiting: bool, amount: int | None, difference: int
) -> None:
    relative = aged(age, fiscal_year, ascendant=ascendant, cohabiting=cohabiting)
    made = found(fiscal_year, dependants=(relative,))
    assert (made.dependants, made.difference - BASIC) == (amount, difference)


@pytest.mark.parametrize(
    ("fiscal_year", "limit"), [(2019, 380_000), (2020, 380_000), (2021, 480_000), (2025, 480_000), (2026, 580_000)]
)
def test_a_dependant_earns_at_most_the_limit(fiscal_year: int, limit: int) -> None:
    assert found(fiscal_year, dependants=(aged(30, fiscal_year, income=limit),)).dependants == 330_000
    assert found(fiscal_year, dependants=(aged(30, fiscal_year, income=limit + 1),)).dependants is None


@pytest.mark.parametrize(
    ("income", "expected"),
    [
        (580_001, 450_000),
        (950_000, 450_000),
        (950_001, 410_000),
        (1_050_000, 310_000),
        (1_100_000, 210_000),
        (1_150_000, 110_000),
        (1_200_000, 60_000),
        (1_230_000, 30_000),
        (1_230_001, None),
    ],
)
def test_specific_relatives_from_2026(income: int, expected: int | None) -> None:
    student = aged(20, 2026, income=income)
    made = found(2026, dependants=(student,))
    assert (made.specific_relatives, made.dependants, made.difference) == (expected, None, BASIC)
    assert found(2025, dependants=(student,)).specific_relatives is None


def test_a_specific_relative_is_19_to_22() -> None:
    assert found(2026, dependants=(aged(18, 2026, income=700_000),)).specific_relatives is None
    assert found(2026, dependants=(aged(23, 2026, income=700_000),)).specific_relatives is None


def test_disability_of_the_person_and_of_relatives() -> None:
    child = Relative(birth_date=date(2015, 1, 2), disability=Disability.SPECIAL)
    away = Relative(birth_date=date(1950, 1, 2), disability=Disability.SPECIAL, cohabiting=False)
    spouse = Relative(birth_date=date(1981, 1, 2), disability=Disability.ORDINARY)
    made = found(2024, disability=Disability.SPECIAL, spouse=spouse, dependants=(child, away))
    # own special 300,000 + spouse 260,000 + child living together 530,000 + parent away 300,000
    assert made.disability == 1_390_000
    # 100,000 + 10,000 + 220,000 + 100,000, spouse 50,000, parent over 70 100,000, basic 50,000
    assert made.difference == 630_000


@pytest.mark.parametrize(
    ("fiscal_year", "sex", "kind", "amount", "difference"),
    [
        (2020, Sex.FEMALE, Widowhood.WIDOW, 260_000, 10_000),
        (2020, Sex.FEMALE, Widowhood.SPECIAL_WIDOW, 300_000, 50_000),
        (2019, Sex.MALE, Widowhood.WIDOWER, 260_000, 10_000),
        (2021, Sex.FEMALE, Widowhood.WIDOW, 260_000, 10_000),
        (2021, Sex.FEMALE, Widowhood.SINGLE_PARENT, 300_000, 50_000),
        (2026, Sex.MALE, Widowhood.SINGLE_PARENT, 300_000, 10_000),
    ],
)
def test_widowhood(fiscal_year: int, sex: Sex, kind: Widowhood, amount: int, difference: int) -> None:
    made = found(fiscal_year, sex=sex, widowhood=kind)
    assert (made.widow, made.difference - BASIC) == (amount, difference)


@pytest.mark.parametrize(
    ("fiscal_year", "kind"),
    [(2020, Widowhood.SINGLE_PARENT), (2021, Widowhood.SPECIAL_WIDOW), (2021, Widowhood.WIDOWER)],
)
def test_a_kind_that_the_year_does_not_know_is_refused(fiscal_year: int, kind: Widowhood) -> None:
    with pytest.raises(MadoguchiError) as refusal:
        found(fiscal_year, widowhood=kind)
    assert refusal.value.code == "tax.not_in_this_year"


def test_the_total_is_the_sum() -> None:
    made = found(2026, social_insurance=555_555, spouse=aged(40, 2026), dependants=(aged(17, 2026), aged(3, 2026)))
    assert made.total == 555_555 + 330_000 + 330_000 + 430_000


@pytest.mark.parametrize(
    ("born", "counted"),
    [
        (date(2009, 1, 1), True),  # completes 16 on December 31, 2024
        (date(2009, 1, 2), False),
    ],
)
def test_ages_are_complete_the_day_before_the_birthday(born: date, counted: bool) -> None:
    made = found(2025, dependants=(Relative(birth_date=born),))
    assert (made.dependants is not None) is counted


def test_how_the_certificate_names_the_spouse() -> None:
    declaration = Declaration(fiscal_year=2026, birth_date=ADULT, sex=Sex.MALE, spouse=aged(70, 2026))
    home = household(declaration, year_rules(2026))
    assert home.spouse_kind(may_deduct=True) is SpouseKind.ELDERLY
    assert home.spouse_kind(may_deduct=False) is SpouseKind.SAME_LIVELIHOOD
