"""All income of a declaration, from revenue to 合計所得金額 and 総所得金額等."""

from __future__ import annotations

from msgspec import Struct

from madoguchi.records import Disability
from madoguchi.tax.assessment.ages import age_at_year_end
from madoguchi.tax.assessment.declaration import Declaration
from madoguchi.tax.assessment.household import Household
from madoguchi.tax.assessment.income import (
    both_incomes_adjustment,
    employment_income,
    household_adjustment,
    pension_income,
)
from madoguchi.tax.assessment.parameters import YearRules
from madoguchi.tax.assessment.settling import Kinds, Separate, settle


class Incomes(Struct, frozen=True, kw_only=True):
    """所得 in yen; None where there is no such revenue, or no such adjustment in the year."""

    employment: int | None
    adjustment: int | None
    pension: int | None
    kinds: Kinds | None = None
    """The other kinds; None where there are none."""
    total: int
    """合計所得金額."""
    carried: int | None = None
    gross: int
    """総所得金額等."""
    general: int
    """What is taxed together, after losses carried over."""
    separate: Separate | None = None
    unearned: int = 0
    """The part of the total that is not from the person's own work (給与所得等以外)."""


def incomes(declaration: Declaration, home: Household, rules: YearRules) -> Incomes:
    """Revenue to income. The pension's tier sees the other income after paragraph 1 of 所得金額調整控除, before 2."""
    revenue, pension_revenue = declaration.employment_revenue, declaration.pension_revenue
    employment = None if revenue is None else employment_income(revenue, rules.employment_income)
    first = _first_adjustment(declaration, home, rules)
    pension = None
    if pension_revenue is not None:
        age = age_at_year_end(declaration.birth_date, rules.fiscal_year - 1)
        other = (employment or 0) - first
        if declaration.other is not None:
            other = settle(other, declaration.other, rules).total
        pension = pension_income(pension_revenue, rules.pension_deduction, age=age, other_income=other)
    second = both_incomes_adjustment(employment or 0, pension or 0, rules.income_adjustment)
    has_adjustment = employment is not None and rules.income_adjustment is not None
    adjustment = first + second if has_adjustment else None
    plain = (employment or 0) - first - second + (pension or 0)
    if declaration.other is None:
        return Incomes(
            employment=employment,
            adjustment=adjustment,
            pension=pension,
            total=plain,
            gross=plain,
            general=plain,
            unearned=pension or 0,
        )
    settled = settle(plain, declaration.other, rules)
    own_work = (employment or 0) - first - second + max(0, declaration.other.business or 0)
    return Incomes(
        employment=employment,
        adjustment=adjustment,
        pension=pension,
        kinds=settled.kinds,
        total=settled.total,
        carried=settled.carried,
        gross=settled.gross,
        general=settled.general,
        separate=settled.separate,
        unearned=max(0, settled.total - own_work),
    )


def _first_adjustment(declaration: Declaration, home: Household, rules: YearRules) -> int:
    special = declaration.disability is Disability.SPECIAL or home.disabled_special or home.disabled_special_cohabiting
    if declaration.employment_revenue is None or not (home.has_child or special):
        return 0
    return household_adjustment(declaration.employment_revenue, rules.income_adjustment)
