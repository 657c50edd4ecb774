"""What each box of a paper must say, from the clerk's own look at the record. Nothing here is shared with the composer.

The lists below are written out on purpose: a box that the clerk does not know, or that is missing, is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from madoguchi.issuer.clerk import words
from madoguchi.issuer.clerk.record import ClerksRecord, Plain


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_INCOMES: Final = _names(
    "employment_revenue employment_income income_adjustment pension_revenue pension_income misc_business_income"
    " misc_other_income business_income agriculture_income real_estate_income interest_income dividend_income"
    " transfer_occasional_income short_transfer_income long_transfer_income unlisted_shares_income listed_shares_income"
    " listed_dividends_income futures_income forestry_income retirement_income family_employee_deduction total_income"
    " loss_carried_over gross_income"
)
_RELIEFS: Final = _names(
    "deduction_casualty deduction_medical deduction_social_insurance deduction_small_enterprise"
    " deduction_life_insurance deduction_earthquake deduction_disability deduction_widow deduction_student"
    " deduction_spouse deduction_spouse_special deduction_dependants deduction_specific_relatives deduction_basic"
    " deduction_total tax_base tax_base_separate adjustment_credit dividend_credit housing_credit donation_credit"
    " foreign_credit levy_at_source_credit fixed_sum_reduction remission"
)
_LEVIES: Final = _names(
    "income_levy_ward income_levy_metropolitan per_capita_ward per_capita_metropolitan forest_tax annual_tax"
)
_COUNTS: Final = _names(
    "dependants_specific dependants_elderly dependants_elderly_cohabiting dependants_general dependants_under_16"
    " specific_relatives disabled_ordinary disabled_special disabled_special_cohabiting"
)
_SPOUSES: Final = {
    "spouse_general": "general",
    "spouse_elderly": "elderly",
    "spouse_same_livelihood": "same_livelihood",
}
_HIDDEN_MEANS: Final = "＊は、所得の申告がないため金額を証明できないことを示します。"
_DISABILITY: Final = {"ordinary": "普通", "special": "特別"}
_WIDOWED: Final = {"widow": "寡婦", "special_widow": "特別寡婦", "widower": "寡夫", "single_parent": "ひとり親"}

_ADJUSTMENT_FROM: Final = 2021
_FOREST_FROM: Final = 2024
_RELATIVES_FROM: Final = 2026
_LAST_REDUCTION: Final = 2025
_TAXATION_LAYOUTS: Final = (
    (_RELATIVES_FROM, "taxation-2026"),
    (_FOREST_FROM, "taxation-2024"),
    (2021, "taxation-2021"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WardSays:
    """What the ward's configuration, not the record, puts on the paper."""

    ward: str
    title: str
    name: str
    seal_text: str
    show_current_address: bool
    show_sex: bool
    show_fixed_sum_reduction: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a finished paper must read: its boxes, remarks, layout, and the amounts of its front code."""

    layout: str
    """The layout's id without its edition."""
    fields: dict[str, str]
    remarks: tuple[str, ...]
    amounts: tuple[str, ...]

    @property
    def remarks_text(self) -> str:
        """備考 of one copy, all pages joined."""
        return "".join(f"・{each}" for each in self.remarks) + "以下余白"


def common_fields(record: ClerksRecord, says: WardSays, *, number: str, on: date) -> dict[str, str]:
    """Boxes of both kinds: number, date, authority, seal, and who the person is."""
    person = record.person
    born = words.western_day if person["foreign"] else words.day
    return {
        "certificate_number": number,
        "issued_on": words.day(on.isoformat()),
        "authority": words.text(f"{says.title}　{says.name}"),
        "seal_text": words.text(says.seal_text),
        "year_title": words.year_and_income(record.tax["fiscal_year"]),
        "name": words.text(person["name"]),
        "alias": words.text(person["alias"]) or words.NOTHING,
        "birth_date": born(person["birth_date"]),
    }


def expected_taxation(record: ClerksRecord, says: WardSays, *, number: str, on: date) -> Expected:
    """The taxation certificate of this record."""
    tax = record.tax
    hidden = tax["status"] == "dependant_undeclared"
    exempt = hidden or (tax["annual_tax"] == 0 and not tax["remission"])
    fields = {
        **common_fields(record, says, number=number, on=on),
        "title": "非課税証明書" if exempt else "課税証明書",
        "address_on_assessment_date": words.text(tax["address_on_assessment_date"]),
        "address": words.text(record.person["address"]) if says.show_current_address else words.LEFT_OUT,
        "sex": {"male": "男", "female": "女"}[record.person["sex"]] if says.show_sex else words.LEFT_OUT,
        **(_hidden_amounts() if hidden else _amounts(tax, says)),
        **(_hidden_family() if hidden else _family(tax)),
    }
    _leave_out(fields, tax["fiscal_year"])
    layout = next((name for since, name in _TAXATION_LAYOUTS if tax["fiscal_year"] >= since), "taxation-2019")
    remark = words.text(tax["remarks"])
    return Expected(
        layout=layout,
        fields=fields,
        remarks=tuple(each for each in (_HIDDEN_MEANS if hidden else "", remark) if each),
        amounts=tuple(fields[name] for name in ("total_income", "gross_income", "annual_tax")),
    )


def _amounts(tax: Plain, says: WardSays) -> dict[str, str]:
    found = {name: words.money(tax[name]) for name in (*_INCOMES, *_RELIEFS, *_LEVIES)}
    if not says.show_fixed_sum_reduction:
        found["fixed_sum_reduction"] = words.LEFT_OUT
    return found


def _hidden_amounts() -> dict[str, str]:
    return {
        **dict.fromkeys(_INCOMES, words.HIDDEN),
        **dict.fromkeys(_RELIEFS, words.NOTHING),
        **dict.fromkeys(_LEVIES, "0"),
    }


def _family(tax: Plain) -> dict[str, str]:
    return {
        **{name: words.count(tax[name]) for name in _COUNTS},
        **{name: "有" if tax["spouse"] == kind else words.NOTHING for name, kind in _SPOUSES.items()},
        "own_disability": _DISABILITY[tax["own_disability"]] if tax["own_disability"] else words.NOTHING,
        "own_widowhood": _WIDOWED[tax["own_widowhood"]] if tax["own_widowhood"] else words.NOTHING,
        "own_student": "該当" if tax["own_student"] else words.NOTHING,
        "own_minor": "該当" if tax["own_minor"] else words.NOTHING,
    }


def _hidden_family() -> dict[str, str]:
    names = (*_COUNTS, *_SPOUSES, "own_disability", "own_widowhood", "own_student", "own_minor")
    return dict.fromkeys(names, words.NOTHING)


def _leave_out(fields: dict[str, str], year: int) -> None:
    """Boxes that the paper of a year does not have."""
    gone: list[str] = []
    if year < _ADJUSTMENT_FROM:
        gone += ["income_adjustment", "misc_business_income"]
    if year < _FOREST_FROM:
        gone.append("forest_tax")
    if not _FOREST_FROM <= year <= _LAST_REDUCTION:
        gone.append("fixed_sum_reduction")
    if year < _RELATIVES_FROM:
        gone += ["deduction_specific_relatives", "specific_relatives"]
    for name in gone:
        del fields[name]
