"""The dated and cited parameter table (`parameters.toml`), and what holds in one fiscal year."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from madoguchi.tax.assessment.entries import (
    CasualtyDeduction,
    Dated,
    DividendCredit,
    DonationCredit,
    Earthquake,
    HousingCredit,
    LifeInsurance,
    MedicalDeduction,
    Occasional,
    SeparateLevy,
    StudentDeduction,
)
from madoguchi.tax.assessment.problems import UNKNOWN_YEAR


class EmploymentBand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """income = base x tenths / 10 - less, for revenues of `at_least` and more."""

    at_least: int
    base: Literal["revenue", "quarter"]
    tenths: int
    less: int


class EmploymentIncome(Dated, frozen=True, kw_only=True):
    """給与所得 by revenue (別表第五 for the lower ones)."""

    bands: tuple[EmploymentBand, ...]


class PensionBand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """deduction = revenue x percent / 100 + plus."""

    at_least: int
    percent: int
    plus: int


class OtherIncomeTier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Above `over` of other income the pension deduction falls by `less`."""

    over: int
    less: int


class PensionDeduction(Dated, frozen=True, kw_only=True):
    """公的年金等控除."""

    elderly_age: int
    minimum: int
    elderly_minimum: int
    bands: tuple[PensionBand, ...]
    other_income: tuple[OtherIncomeTier, ...]


class IncomeAdjustment(Dated, frozen=True, kw_only=True):
    """所得金額調整控除."""

    revenue_over: int
    revenue_cap: int
    percent: int
    child_age: int
    both_cap: int


class OverRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount that holds above `over`."""

    over: int
    amount: int


class UpToRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount that holds up to and including `up_to`."""

    up_to: int
    amount: int


class BasicDeduction(Dated, frozen=True, kw_only=True):
    """基礎控除 by total income, and its difference from income tax (人的控除額の差)."""

    rows: tuple[OverRow, ...]
    difference: int


class Amount(Dated, frozen=True, kw_only=True):
    """One amount of yen."""

    amount: int


class Age(Dated, frozen=True, kw_only=True):
    """One age in years."""

    age: int


Tiers = tuple[int, int, int]
"""One value for each tier of the taxpayer's own income: 9, 9.5 and 10 million yen."""


class SpouseDeduction(Dated, frozen=True, kw_only=True):
    """配偶者控除."""

    own_income_up_to: Tiers
    elderly_age: int
    general: Tiers
    elderly: Tiers
    general_difference: Tiers
    elderly_difference: Tiers


class SpouseSpecialRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for a spouse's total income up to `up_to`."""

    up_to: int
    amounts: Tiers
    differences: Tiers = (0, 0, 0)


class SpouseSpecialDeduction(Dated, frozen=True, kw_only=True):
    """配偶者特別控除."""

    rows: tuple[SpouseSpecialRow, ...]


class Personal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A personal deduction and its statutory difference from income tax."""

    amount: int
    difference: int


class DependantDeduction(Dated, frozen=True, kw_only=True):
    """扶養控除 by age."""

    general_age: int
    specific_age: int
    specific_until_age: int
    elderly_age: int
    general: Personal
    specific: Personal
    elderly: Personal
    elderly_cohabiting: Personal


class SpecificRelativeDeduction(Dated, frozen=True, kw_only=True):
    """特定親族特別控除."""

    rows: tuple[UpToRow, ...]


class DisabilityDeduction(Dated, frozen=True, kw_only=True):
    """障害者控除."""

    ordinary: Personal
    special: Personal
    special_cohabiting: Personal


class WidowDeduction(Dated, frozen=True, kw_only=True):
    """寡婦・寡夫・ひとり親控除. A kind that the year does not know is None."""

    widow: Personal
    special_widow: Personal | None = None
    widower: Personal | None = None
    single_mother: Personal | None = None
    single_father: Personal | None = None


class IncomeLevy(Dated, frozen=True, kw_only=True):
    """所得割の税率, in percent."""

    ward_percent: int
    metropolitan_percent: int


class AdjustmentCredit(Dated, frozen=True, kw_only=True):
    """調整控除."""

    base_threshold: int
    least_base: int
    ward_percent: int
    metropolitan_percent: int
    income_limit: int | None = None


class PerCapita(Dated, frozen=True, kw_only=True):
    """均等割."""

    ward: int
    metropolitan: int


class NonTaxable(Dated, frozen=True, kw_only=True):
    """非課税限度額."""

    per_person: int
    addition: int
    with_relatives_per_capita: int
    with_relatives_income_levy: int
    exempt_people_income: int


class FixedSumReduction(Dated, frozen=True, kw_only=True):
    """定額減税."""

    per_person: int
    income_limit: int
    counts: Literal["household", "same_livelihood_spouse"]


class Rounding(Dated, frozen=True, kw_only=True):
    """端数計算: multiples of yen to which amounts are floored."""

    tax_base: int
    levy: int


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table as it is written."""

    employment_income: tuple[EmploymentIncome, ...]
    pension_deduction: tuple[PensionDeduction, ...]
    income_adjustment: tuple[IncomeAdjustment, ...]
    basic_deduction: tuple[BasicDeduction, ...]
    relative_income_limit: tuple[Amount, ...]
    spouse_deduction: tuple[SpouseDeduction, ...]
    spouse_special_deduction: tuple[SpouseSpecialDeduction, ...]
    dependant_deduction: tuple[DependantDeduction, ...]
    specific_relative_deduction: tuple[SpecificRelativeDeduction, ...]
    disability_deduction: tuple[DisabilityDeduction, ...]
    widow_deduction: tuple[WidowDeduction, ...]
    income_levy: tuple[IncomeLevy, ...]
    adjustment_credit: tuple[AdjustmentCredit, ...]
    per_capita: tuple[PerCapita, ...]
    forest_tax: tuple[Amount, ...]
    non_taxable: tuple[NonTaxable, ...]
    adult_age: tuple[Age, ...]
    fixed_sum_reduction: tuple[FixedSumReduction, ...]
    rounding: tuple[Rounding, ...]
    occasional: tuple[Occasional, ...]
    casualty_deduction: tuple[CasualtyDeduction, ...]
    medical_deduction: tuple[MedicalDeduction, ...]
    life_insurance: tuple[LifeInsurance, ...]
    earthquake: tuple[Earthquake, ...]
    student_deduction: tuple[StudentDeduction, ...]
    separate_levy: tuple[SeparateLevy, ...]
    dividend_credit: tuple[DividendCredit, ...]
    housing_credit: tuple[HousingCredit, ...]
    donation_credit: tuple[DonationCredit, ...]


class YearRules(Struct, frozen=True, kw_only=True):
    """The parameters of one fiscal year. None: the year has no such thing."""

    fiscal_year: int
    employment_income: EmploymentIncome
    pension_deduction: PensionDeduction
    income_adjustment: IncomeAdjustment | None
    basic_deduction: BasicDeduction
    relative_income_limit: Amount
    spouse_deduction: SpouseDeduction
    spouse_special_deduction: SpouseSpecialDeduction
    dependant_deduction: DependantDeduction
    specific_relative_deduction: SpecificRelativeDeduction | None
    disability_deduction: DisabilityDeduction
    widow_deduction: WidowDeduction
    income_levy: IncomeLevy
    adjustment_credit: AdjustmentCredit
    per_capita: PerCapita
    forest_tax: Amount | None
    non_taxable: NonTaxable
    adult_age: Age
    fixed_sum_reduction: FixedSumReduction | None
    rounding: Rounding
    occasional: Occasional
    casualty_deduction: CasualtyDeduction
    medical_deduction: MedicalDeduction
    life_insurance: LifeInsurance
    earthquake: Earthquake
    student_deduction: StudentDeduction
    separate_levy: SeparateLevy
    dividend_credit: DividendCredit
    housing_credit: HousingCredit
    donation_credit: DonationCredit


FISCAL_YEARS = range(2019, 2027)
"""The fiscal years that the table knows."""

_Entry = TypeVar("_Entry", bound=Dated)


@functools.cache
def table() -> Table:
    """The parameter table, read once and checked against its types."""
    text = resources.files(__package__).joinpath("parameters.toml").read_text(encoding="utf-8")
    return msgspec.toml.decode(text, type=Table)


@functools.cache
def year_rules(fiscal_year: int) -> YearRules:
    """What holds in `fiscal_year`. Raises `tax.unknown_year` outside the table."""
    if fiscal_year not in FISCAL_YEARS:
        raise UNKNOWN_YEAR.error(f"fiscal year {fiscal_year}")
    chosen: dict[str, Any] = {name: _holding(getattr(table(), name), fiscal_year) for name in Table.__struct_fields__}
    return YearRules(fiscal_year=fiscal_year, **chosen)


def _holding(entries: tuple[_Entry, ...], fiscal_year: int) -> _Entry | None:
    return next((each for each in entries if each.first <= fiscal_year <= each.last), None)
