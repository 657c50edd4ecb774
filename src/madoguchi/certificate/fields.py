"""Which values a kind of certificate has: what a layout may show, and what it must show.

Written out, so that a layout is judged without a record; a test holds the whole against what the builders of the two
kinds (`taxation`, `payment`) really give.
"""

from __future__ import annotations

from typing import Final

from madoguchi.certificate.kinds import PAYMENT, TAXATION, Kind, kind_of
from madoguchi.certificate.layout import SHEET_FIELDS
from madoguchi.certificate.payment import ROWS

_HEADING: Final = frozenset(("certificate_number", "issued_on", "authority", "seal_text", "title", "year_title"))
_PERSON: Final = frozenset(("name", "alias", "birth_date", "address"))
_MONEY: Final = frozenset(
    (
        "employment_revenue", "employment_income", "income_adjustment", "pension_revenue", "pension_income",
        "misc_business_income", "misc_other_income", "business_income", "agriculture_income", "real_estate_income",
        "interest_income", "dividend_income", "transfer_occasional_income", "short_transfer_income",
        "long_transfer_income", "unlisted_shares_income", "listed_shares_income", "listed_dividends_income",
        "futures_income", "forestry_income", "retirement_income", "family_employee_deduction", "total_income",
        "loss_carried_over", "gross_income", "deduction_casualty", "deduction_medical", "deduction_social_insurance",
        "deduction_small_enterprise", "deduction_life_insurance", "deduction_earthquake", "deduction_disability",
        "deduction_widow", "deduction_student", "deduction_spouse", "deduction_spouse_special",
        "deduction_dependants", "deduction_specific_relatives", "deduction_basic", "deduction_total", "tax_base",
        "tax_base_separate", "adjustment_credit", "dividend_credit", "housing_credit", "donation_credit",
        "foreign_credit", "levy_at_source_credit", "fixed_sum_reduction", "remission", "income_levy_ward",
        "income_levy_metropolitan", "per_capita_ward", "per_capita_metropolitan", "forest_tax", "annual_tax",
    )
)  # fmt: skip
_COUNTS: Final = frozenset(
    (
        "dependants_specific", "dependants_elderly", "dependants_elderly_cohabiting", "dependants_general",
        "dependants_under_16", "specific_relatives", "disabled_ordinary", "disabled_special",
        "disabled_special_cohabiting",
    )
)  # fmt: skip
_FAMILY: Final = frozenset(
    (
        "spouse_general", "spouse_elderly", "spouse_same_livelihood", "own_disability", "own_widowhood", "own_student",
        "own_minor",
    )
)  # fmt: skip
_BALANCE: Final = ("amount", "paid", "overdue", "upcoming")
_PAYMENT: Final = frozenset(
    (
        "taxes", "annual_tax", "paid", "overdue", "upcoming",
        *(f"{way}_{part}" for way in ("ordinary", "special", "pension") for part in _BALANCE),
        *(f"row{number:02}_{part}" for number in range(1, ROWS + 1) for part in ("label", "due_date", *_BALANCE)),
    )
)  # fmt: skip
_OF_KIND: dict[str, frozenset[str]] = {}
_NEEDED: dict[str, frozenset[str]] = {}
_ALWAYS: Final = frozenset(
    ("certificate_number", "issued_on", "authority", "title", "year_title", "name", "birth_date")
)


def register_fields(kind: Kind, every: frozenset[str], *, needed: frozenset[str] = frozenset()) -> None:
    """Say which values a kind has beside heading and person, and which of them page 1 cannot be without.

    ValueError when it was said before.
    """
    if kind.code in _OF_KIND:
        msg = f"kind {kind.code} has its fields"
        raise ValueError(msg)
    _OF_KIND[kind.code], _NEEDED[kind.code] = _HEADING | _PERSON | every, needed


register_fields(TAXATION, _MONEY | _COUNTS | _FAMILY | {"address_on_assessment_date", "sex"})
register_fields(PAYMENT, _PAYMENT, needed=_PAYMENT)


def fields_of(kind: str) -> frozenset[str]:
    """Every value of a kind, those of some years only included. KeyError for a kind that nobody registered."""
    return _OF_KIND[kind]


def required_fields(kind: str) -> frozenset[str]:
    """What page 1 cannot be without.

    Who, what, when and by whom, and what the signed front code repeats; of a payment certificate everything that
    counts money, because an instalment without a line would simply not be there. KeyError for an unknown kind.
    """
    return _ALWAYS | frozenset(kind_of(kind).main_fields) | SHEET_FIELDS | _NEEDED[kind]


CONTINUATION_FIELDS: Final = SHEET_FIELDS | {"certificate_number", "name"}
"""What every following page cannot be without: whose page it is, and which."""
