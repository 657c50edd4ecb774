"""The fields that the paper of each fiscal year has, written out from the plan's list: no layout is asked."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


INCOMES = _names(
    """
    employment_revenue employment_income income_adjustment pension_revenue pension_income misc_business_income
    misc_other_income business_income agriculture_income real_estate_income interest_income dividend_income
    transfer_occasional_income short_transfer_income long_transfer_income unlisted_shares_income
    listed_shares_income listed_dividends_income futures_income forestry_income retirement_income
    family_employee_deduction total_income loss_carried_over gross_income
    """
)
RELIEFS = _names(
    """
    deduction_casualty deduction_medical deduction_social_insurance deduction_small_enterprise
    deduction_life_insurance deduction_earthquake deduction_disability deduction_widow deduction_student
    deduction_spouse deduction_spouse_special deduction_dependants deduction_specific_relatives deduction_basic
    deduction_total tax_base tax_base_separate adjustment_credit dividend_credit housing_credit donation_credit
    foreign_credit levy_at_source_credit fixed_sum_reduction remission
    """
)
LEVIES = _names(
    """
    income_levy_ward income_levy_metropolitan per_capita_ward per_capita_metropolitan forest_tax annual_tax
    """
)
COUNTS = _names(
    """
    dependants_specific dependants_elderly dependants_elderly_cohabiting dependants_general dependants_under_16
    specific_relatives disabled_ordinary disabled_special disabled_special_cohabiting
    """
)
OF_THE_PERSON = _names(
    """
    spouse_general spouse_elderly spouse_same_livelihood own_disability own_widowhood own_student own_minor
    """
)
HEAD = _names("title year_title certificate_number issued_on authority seal_text name alias birth_date address")
TAXATION = HEAD | INCOMES | RELIEFS | LEVIES | COUNTS | OF_THE_PERSON | {"address_on_assessment_date", "sex"}
SINCE = {
    "income_adjustment": 2021,
    "misc_business_income": 2021,
    "forest_tax": 2024,
    "fixed_sum_reduction": 2024,
    "deduction_specific_relatives": 2026,
    "specific_relatives": 2026,
}
UNTIL = {"fixed_sum_reduction": 2025}
PAYMENT = (
    HEAD
    | {"taxes", "annual_tax", "paid", "overdue", "upcoming"}
    | {
        f"{collection}_{part}"
        for collection in ("ordinary", "special", "pension")
        for part in ("amount", "paid", "overdue", "upcoming")
    }
    | {
        f"row{line:02}_{part}"
        for line in range(1, 25)
        for part in ("label", "due_date", "amount", "paid", "overdue", "upcoming")
    }
)


def taxation_fields(fiscal_year: int) -> frozenset[str]:
    """What the taxation certificate of a year has a box for, and nothing else."""
    return frozenset(name for name in TAXATION if SINCE.get(name, 0) <= fiscal_year <= UNTIL.get(name, 9999))
