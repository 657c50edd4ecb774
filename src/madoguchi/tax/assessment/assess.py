"""The assessment as a numbered recipe: one declaration in, every figure of the certificate out. Pure."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from madoguchi.records import Disability, SpouseKind, Widowhood
from madoguchi.tax.assessment.credits import NO_CREDITS
from madoguchi.tax.assessment.declaration import Declaration
from madoguchi.tax.assessment.deductions import Deductions, deductions, spouse_tier
from madoguchi.tax.assessment.household import household
from madoguchi.tax.assessment.incomes import Incomes, incomes
from madoguchi.tax.assessment.levy import (
    IncomeLevy,
    exempt_person,
    income_levy,
    income_levy_limit,
    is_minor,
    per_capita_limit,
)
from madoguchi.tax.assessment.parameters import year_rules
from madoguchi.tax.assessment.shares import NOTHING
from madoguchi.tax.assessment.spending import NOTHING_SPENT


class Assessment(Struct, frozen=True, kw_only=True):
    """The figures of one person and year, named as in `taxes.csv`. None does not apply, 0 is a true zero."""

    employment_revenue: int | None
    employment_income: int | None
    income_adjustment: int | None
    pension_revenue: int | None
    pension_income: int | None
    misc_business_income: int | None = None
    misc_other_income: int | None = None
    business_income: int | None = None
    agriculture_income: int | None = None
    real_estate_income: int | None = None
    interest_income: int | None = None
    dividend_income: int | None = None
    transfer_occasional_income: int | None = None
    short_transfer_income: int | None = None
    long_transfer_income: int | None = None
    unlisted_shares_income: int | None = None
    listed_shares_income: int | None = None
    listed_dividends_income: int | None = None
    futures_income: int | None = None
    forestry_income: int | None = None
    retirement_income: int | None = None
    family_employee_deduction: int | None = None
    total_income: int
    loss_carried_over: int | None
    gross_income: int
    deduction_casualty: int | None = None
    deduction_medical: int | None = None
    deduction_social_insurance: int | None
    deduction_small_enterprise: int | None = None
    deduction_life_insurance: int | None = None
    deduction_earthquake: int | None = None
    deduction_disability: int | None
    deduction_widow: int | None
    deduction_student: int | None
    deduction_spouse: int | None
    deduction_spouse_special: int | None
    deduction_dependants: int | None
    deduction_specific_relatives: int | None
    deduction_basic: int
    deduction_total: int
    tax_base: int | None
    tax_base_separate: int | None
    adjustment_credit: int | None
    dividend_credit: int | None = None
    housing_credit: int | None = None
    donation_credit: int | None = None
    foreign_credit: int | None = None
    levy_at_source_credit: int | None = None
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
    own_student: bool
    own_minor: bool


def assess(declaration: Declaration) -> Assessment:
    """Assess one declaration by the rules of its fiscal year.

    1. Take the year's rules; a year outside the table raises `tax.unknown_year`.
    2. Sort the relatives into kinds (the income limit, ages on December 31).
    3. Revenue to income, with 所得金額調整控除; losses are set off, and those of earlier years taken off.
    4. Deductions by total income; a kind that the year does not know raises `tax.not_in_this_year`.
    5. Exempt people, then the limits of 均等割 and of 所得割.
    6. 所得割: bases, rates, 調整控除, the limit's edge, the other credits, 定額減税, floors.
    7. 均等割 and 森林環境税 share one limit.
    """
    rules = year_rules(declaration.fiscal_year)
    home = household(declaration, rules)
    income = incomes(declaration, home, rules)
    found = deductions(declaration, home, income, rules)
    exempt = exempt_person(declaration, income.total, rules)
    levy = None
    if not exempt and income.gross > income_levy_limit(home.relatives, rules):
        levy = income_levy(declaration, home, found, income, rules)
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
        loss_carried_over=income.carried,
        gross_income=income.gross,
        deduction_social_insurance=found.social_insurance,
        deduction_disability=found.disability,
        deduction_widow=found.widow,
        deduction_student=found.student,
        deduction_spouse=found.spouse,
        deduction_spouse_special=found.spouse_special,
        deduction_dependants=found.dependants,
        deduction_specific_relatives=found.specific_relatives,
        deduction_basic=found.basic,
        deduction_total=found.total,
        tax_base=None if levy is None else levy.tax_base,
        tax_base_separate=None if levy is None else levy.separate_base,
        adjustment_credit=None if levy is None else levy.adjustment_credit,
        fixed_sum_reduction=None if levy is None or rules.fixed_sum_reduction is None else levy.reduction,
        income_levy_ward=levied.ward,
        income_levy_metropolitan=levied.metropolitan,
        per_capita_ward=ward,
        per_capita_metropolitan=metropolitan,
        forest_tax=forest,
        annual_tax=levied.both + ward + metropolitan + (forest or 0),
        spouse=home.spouse_kind(may_deduct=spouse_tier(income.total, rules) is not None)
        if home.same_livelihood_spouse
        else None,
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
        own_student=found.student is not None,
        own_minor=is_minor(declaration, rules),
        **_rare(income, found, levy),
    )


def _rare(income: Incomes, found: Deductions, levy: IncomeLevy | None) -> dict[str, int | None]:
    """The figures that most people do not have; what is left out is None."""
    figures: dict[str, int | None] = {}
    if income.kinds is not None:
        figures |= asdict(income.kinds)
    if found.spent is not NOTHING_SPENT:
        figures |= {f"deduction_{name}": amount for name, amount in asdict(found.spent).items()}
    if levy is not None and levy.credits is not NO_CREDITS:
        credited = levy.credits
        figures |= {
            "dividend_credit": credited.dividend,
            "housing_credit": credited.housing,
            "donation_credit": credited.donation,
            "foreign_credit": credited.foreign,
            "levy_at_source_credit": credited.at_source,
        }
    return figures
