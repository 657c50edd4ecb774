"""The assessment as a numbered recipe: one declaration in, every figure of the certificate out. Pure."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.records import Disability, SpouseKind, Widowhood
from madoguchi.tax.assessment.ages import age_at_year_end
from madoguchi.tax.assessment.declaration import Declaration
from madoguchi.tax.assessment.deductions import deductions, spouse_tier
from madoguchi.tax.assessment.household import Household, household
from madoguchi.tax.assessment.income import (
    both_incomes_adjustment,
    employment_income,
    household_adjustment,
    pension_income,
)
from madoguchi.tax.assessment.levy import (
    NOTHING,
    exempt_person,
    income_levy,
    income_levy_limit,
    is_minor,
    per_capita_limit,
)
from madoguchi.tax.assessment.parameters import YearRules, year_rules


class Assessment(Struct, frozen=True, kw_only=True):
    """The figures of one person and year, named as in `taxes.csv`. None does not apply, 0 is a true zero."""

    employment_revenue: int | None
    employment_income: int | None
    income_adjustment: int | None
    pension_revenue: int | None
    pension_income: int | None
    total_income: int
    gross_income: int
    deduction_social_insurance: int | None
    deduction_disability: int | None
    deduction_widow: int | None
    deduction_spouse: int | None
    deduction_spouse_special: int | None
    deduction_dependants: int | None
    deduction_specific_relatives: int | None
    deduction_basic: int
    deduction_total: int
    tax_base: int | None
    adjustment_credit: int | None
    fixed_sum_reduction: int | None
    income_levy_ward: int
    income_levy_metropolitan: int
    per_capita_ward: int
    per_capita_metropolitan: int
    forest_tax: int | None
    annual_tax: int
    spouse: SpouseKind | None
    dependants_specific: int
    dependants_elderly: int
    dependants_elderly_cohabiting: int
    dependants_general: int
    dependants_under_16: int
    specific_relatives: int | None
    disabled_ordinary: int
    disabled_special: int
    disabled_special_cohabiting: int
    own_disability: Disability | None
    own_widowhood: Widowhood | None
    own_minor: bool


class _Income(Struct, frozen=True, kw_only=True):
    """所得 in yen; None where there is no such revenue, or no such adjustment in the year."""

    employment: int | None
    adjustment: int | None
    pension: int | None
    total: int


def assess(declaration: Declaration) -> Assessment:
    """Assess one declaration by the rules of its fiscal year.

    1. Take the year's rules; a year outside the table raises `tax.unknown_year`.
    2. Sort the relatives into kinds (the income limit, ages on December 31).
    3. Revenue to income, with 所得金額調整控除.
    4. Deductions by total income; a kind that the year does not know raises `tax.not_in_this_year`.
    5. Exempt people, then the limits of 均等割 and of 所得割.
    6. 所得割: base, rates, 調整控除, the limit's edge, 定額減税, floors.
    7. 均等割 and 森林環境税 share one limit.
    """
    rules = year_rules(declaration.fiscal_year)
    home = household(declaration, rules)
    income = _income(declaration, home, rules)
    found = deductions(declaration, home, income.total, rules)
    exempt = exempt_person(declaration, income.total, rules)
    levy = None
    if not exempt and income.total > income_levy_limit(home.relatives, rules):
        levy = income_levy(home, found, income.total, rules)
    levied = NOTHING if levy is None else levy.levied
    flat = not exempt and income.total > per_capita_limit(home.relatives, rules)
    ward, metropolitan = (rules.per_capita.ward, rules.per_capita.metropolitan) if flat else (0, 0)
    forest = None if rules.forest_tax is None else rules.forest_tax.amount * flat
    return Assessment(
        employment_revenue=declaration.employment_revenue,
        employment_income=income.employment,
        income_adjustment=income.adjustment,
        pension_revenue=declaration.pension_revenue,
        pension_income=income.pension,
        total_income=income.total,
        gross_income=income.total,
        deduction_social_insurance=found.social_insurance,
        deduction_disability=found.disability,
        deduction_widow=found.widow,
        deduction_spouse=found.spouse,
        deduction_spouse_special=found.spouse_special,
        deduction_dependants=found.dependants,
        deduction_specific_relatives=found.specific_relatives,
        deduction_basic=found.basic,
        deduction_total=found.total,
        tax_base=None if levy is None else levy.tax_base,
        adjustment_credit=None if levy is None else levy.adjustment_credit,
        fixed_sum_reduction=None if levy is None or rules.fixed_sum_reduction is None else levy.reduction,
        income_levy_ward=levied.ward,
        income_levy_metropolitan=levied.metropolitan,
        per_capita_ward=ward,
        per_capita_metropolitan=metropolitan,
        forest_tax=forest,
        annual_tax=levied.both + ward + metropolitan + (forest or 0),
        spouse=home.spouse_kind(may_deduct=spouse_tier(income.total, rules) is not None),
        dependants_specific=home.specific,
        dependants_elderly=home.elderly,
        dependants_elderly_cohabiting=home.elderly_cohabiting,
        dependants_general=home.general,
        dependants_under_16=home.under_16,
        specific_relatives=None if rules.specific_relative_deduction is None else len(home.specific_relative_incomes),
        disabled_ordinary=home.disabled_ordinary,
        disabled_special=home.disabled_special,
        disabled_special_cohabiting=home.disabled_special_cohabiting,
        own_disability=declaration.disability,
        own_widowhood=declaration.widowhood,
        own_minor=is_minor(declaration, rules),
    )


def _income(declaration: Declaration, home: Household, rules: YearRules) -> _Income:
    """Step 3. The pension's tier sees the other income after paragraph 1 of the adjustment, before paragraph 2."""
    revenue, pension_revenue = declaration.employment_revenue, declaration.pension_revenue
    employment = None if revenue is None else employment_income(revenue, rules.employment_income)
    first = _first_adjustment(declaration, home, rules)
    pension = None
    if pension_revenue is not None:
        age = age_at_year_end(declaration.birth_date, rules.fiscal_year - 1)
        other = (employment or 0) - first
        pension = pension_income(pension_revenue, rules.pension_deduction, age=age, other_income=other)
    second = both_incomes_adjustment(employment or 0, pension or 0, rules.income_adjustment)
    has_adjustment = employment is not None and rules.income_adjustment is not None
    return _Income(
        employment=employment,
        adjustment=first + second if has_adjustment else None,
        pension=pension,
        total=(employment or 0) - first - second + (pension or 0),
    )


def _first_adjustment(declaration: Declaration, home: Household, rules: YearRules) -> int:
    special = declaration.disability is Disability.SPECIAL or home.disabled_special or home.disabled_special_cohabiting
    if declaration.employment_revenue is None or not (home.has_child or special):
        return 0
    return household_adjustment(declaration.employment_revenue, rules.income_adjustment)
