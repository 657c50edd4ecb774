"""課税（非課税）証明書: from one person's rows to what is printed.

Source: 地方税法 第20条の10 (certificates), and the items of `certificates.md`. What applies and is zero prints 0,
what does not apply prints －, a dependant who has not declared prints ＊ in every income field.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import repeat
from operator import attrgetter
from typing import Final

from madoguchi.certificate.amounts import NOT_APPLICABLE, OMITTED, UNDECLARED, people, yen
from madoguchi.certificate.facts import Authority, Facts, Heading, printed
from madoguchi.certificate.kinds import TAXATION
from madoguchi.certificate.layout import Layout
from madoguchi.certificate.problems import FACTS_INCONSISTENT
from madoguchi.certificate.years import birth_date, japanese_date, year_title
from madoguchi.records import Disability, Resident, Sex, SpouseKind, TaxRecord, TaxStatus, Widowhood

YES: Final = "有"
APPLIES: Final = "該当"
STARS_SAY: Final = "＊は、所得の申告がないため金額を証明できないことを示します。"
SEX: Final = {Sex.MALE: "男", Sex.FEMALE: "女"}
DISABILITY: Final = {Disability.ORDINARY: "普通", Disability.SPECIAL: "特別"}
WIDOWHOOD: Final = {
    Widowhood.WIDOW: "寡婦",
    Widowhood.SPECIAL_WIDOW: "特別寡婦",
    Widowhood.WIDOWER: "寡夫",
    Widowhood.SINGLE_PARENT: "ひとり親",
}


Figures = tuple[int | None, ...]
"""Yen or people, in the order of their boxes; None does not apply."""

# Boxes that are called as the record calls what they show.
_INCOMES: Final = (
    "employment_revenue",
    "employment_income",
    "income_adjustment",
    "pension_revenue",
    "pension_income",
    "misc_business_income",
    "misc_other_income",
    "business_income",
    "agriculture_income",
    "real_estate_income",
    "interest_income",
    "dividend_income",
    "transfer_occasional_income",
    "short_transfer_income",
    "long_transfer_income",
    "unlisted_shares_income",
    "listed_shares_income",
    "listed_dividends_income",
    "futures_income",
    "forestry_income",
    "retirement_income",
    "family_employee_deduction",
    "total_income",
    "loss_carried_over",
    "gross_income",
)
"""Every income field of the paper."""
_RELIEFS: Final = (
    "deduction_casualty",
    "deduction_medical",
    "deduction_social_insurance",
    "deduction_small_enterprise",
    "deduction_life_insurance",
    "deduction_earthquake",
    "deduction_disability",
    "deduction_widow",
    "deduction_student",
    "deduction_spouse",
    "deduction_spouse_special",
    "deduction_dependants",
    "deduction_specific_relatives",
    "deduction_basic",
    "deduction_total",
    "tax_base",
    "tax_base_separate",
    "adjustment_credit",
    "dividend_credit",
    "housing_credit",
    "donation_credit",
    "foreign_credit",
    "levy_at_source_credit",
    "fixed_sum_reduction",
    "remission",
)
"""Deductions, bases, credits and 減免."""
_LEVIES: Final = (
    "income_levy_ward",
    "income_levy_metropolitan",
    "per_capita_ward",
    "per_capita_metropolitan",
    "forest_tax",
    "annual_tax",
)
"""What is levied."""
_COUNTS: Final = (
    "dependants_specific",
    "dependants_elderly",
    "dependants_elderly_cohabiting",
    "dependants_general",
    "dependants_under_16",
    "specific_relatives",
    "disabled_ordinary",
    "disabled_special",
    "disabled_special_cohabiting",
)
"""How many relatives of each kind."""
_MONEY: Final = (*_INCOMES, *_RELIEFS, *_LEVIES)
_FIGURES: Final = (*_MONEY, *_COUNTS)
_figures_of: Final = attrgetter(*_FIGURES)
_UNDECLARED_MONEY: Final = (
    dict.fromkeys(_INCOMES, UNDECLARED) | dict.fromkeys(_RELIEFS, NOT_APPLICABLE) | dict.fromkeys(_LEVIES, "0")
)


def taxation_facts(resident: Resident, tax: TaxRecord, heading: Heading) -> Facts:
    """What the taxation certificate of this person and year says.

    Whether it may be issued at all (未申告, 更正中, no levy here, …) is the issuer's rule; it must have been applied
    before. Raises `certificate.facts_inconsistent` for rows of two people, or when such a record arrives here
    nevertheless, and `certificate.text_unprintable`.
    """
    layout = heading.layouts.of(kind=TAXATION.code, fiscal_year=tax.fiscal_year)
    _check(resident, tax)
    figures = _figures_of(tax)
    _check_boxes(layout, tax, figures)
    known = {
        **heading_values(heading),
        "title": _title(tax),
        "year_title": year_title(tax.fiscal_year),
        **_person(resident, tax, heading),
        **_money(tax, heading, figures[: len(_MONEY)]),
        **_family(tax, figures[len(_MONEY) :]),
    }
    remarks = [*([STARS_SAY] if _undeclared(tax) else []), tax.remarks, *heading.remarks]
    return Facts(
        kind=TAXATION.code,
        layout=layout.id,
        fiscal_year=tax.fiscal_year,
        values=only_of(layout, known),
        remarks=tuple(printed(remark, field_name="remarks") for remark in remarks if remark.strip()),
    )


def heading_values(heading: Heading) -> dict[str, str]:
    """The values that both kinds share: number, date, who certifies."""
    return {
        "certificate_number": heading.certificate_number,
        "issued_on": japanese_date(heading.issued_on),
        **_authority(heading.authority),
    }


@lru_cache(maxsize=8)
def _authority(authority: Authority) -> dict[str, str]:
    """The same on every paper of a term of office."""
    return {
        "authority": printed(f"{authority.title}　{authority.name}", field_name="authority"),
        "seal_text": printed(authority.seal_text, field_name="seal_text"),
    }


def person_name(resident: Resident) -> dict[str, str]:
    """氏名, with 通称 where one is registered."""
    return {
        "name": printed(resident.name, field_name="name"),
        "alias": printed(resident.alias, field_name="alias") or NOT_APPLICABLE,
        "birth_date": birth_date(resident.birth_date, foreign=resident.foreign),
    }


def only_of(layout: Layout, known: dict[str, str]) -> dict[str, str]:
    """The layout's own fields; what does not exist in the year (and so is －) is left out."""
    missing = layout.fields - known.keys()
    if missing:
        raise FACTS_INCONSISTENT.error(f"no value for {', '.join(sorted(missing))}")
    if len(known) == len(layout.fields):
        return known
    return {name: text for name, text in known.items() if name in layout.fields}


def _check(resident: Resident, tax: TaxRecord) -> None:
    if resident.addressee_number != tax.addressee_number:
        raise FACTS_INCONSISTENT.error("rows of two people")
    if tax.status not in {TaxStatus.DECLARED, TaxStatus.DEPENDANT_UNDECLARED}:
        raise FACTS_INCONSISTENT.error("nothing can be certified for this declaration status")
    if not tax.levied_here:
        raise FACTS_INCONSISTENT.error("not levied here")
    if tax.status is TaxStatus.DECLARED and tax.annual_tax is None:
        raise FACTS_INCONSISTENT.error("declared, but no annual tax")
    if tax.status is TaxStatus.DEPENDANT_UNDECLARED and tax.annual_tax:
        raise FACTS_INCONSISTENT.error("undeclared dependant with a tax")


def _check_boxes(layout: Layout, tax: TaxRecord, figures: Figures) -> None:
    """A figure for which the year's paper has no box must not vanish from it."""
    lost = [_FIGURES[at] for at in _without_box(layout.fields) if figures[at] is not None]
    if lost:
        raise FACTS_INCONSISTENT.error(f"the paper of {tax.fiscal_year} has no box for {', '.join(lost)}")


@cache
def _without_box(fields: frozenset[str]) -> tuple[int, ...]:
    return tuple(at for at, name in enumerate(_FIGURES) if name not in fields)


def _undeclared(tax: TaxRecord) -> bool:
    return tax.status is TaxStatus.DEPENDANT_UNDECLARED


def _title(tax: TaxRecord) -> str:
    """非課税証明書 when the tax is 0 by assessment; a tax reduced to 0 by 減免 is not 非課税."""
    if _undeclared(tax) or tax.non_taxable:
        return (TAXATION.exempt_title or TAXATION.title).ja
    return TAXATION.title.ja


def _person(resident: Resident, tax: TaxRecord, heading: Heading) -> dict[str, str]:
    settings = heading.settings
    return {
        **person_name(resident),
        "address_on_assessment_date": printed(tax.address_on_assessment_date, field_name="address_on_assessment_date"),
        "address": printed(resident.address, field_name="address") if settings.show_current_address else OMITTED,
        "sex": SEX[resident.sex] if settings.show_sex else OMITTED,
    }


def _money(tax: TaxRecord, heading: Heading, money: Figures) -> dict[str, str]:
    if _undeclared(tax):
        return _UNDECLARED_MONEY
    values = dict(zip(_MONEY, map(yen, money), strict=True))
    if not heading.settings.show_fixed_sum_reduction:
        values["fixed_sum_reduction"] = OMITTED
    return values


def _family(tax: TaxRecord, counts: Figures) -> dict[str, str]:
    def when(applies: object, word: str) -> str:
        return word if applies and not _undeclared(tax) else NOT_APPLICABLE

    printed_counts = repeat(NOT_APPLICABLE) if _undeclared(tax) else map(people, counts)
    return dict(zip(_COUNTS, printed_counts, strict=False)) | {
        "spouse_general": when(tax.spouse is SpouseKind.GENERAL, YES),
        "spouse_elderly": when(tax.spouse is SpouseKind.ELDERLY, YES),
        "spouse_same_livelihood": when(tax.spouse is SpouseKind.SAME_LIVELIHOOD, YES),
        "own_disability": when(tax.own_disability, DISABILITY[tax.own_disability] if tax.own_disability else ""),
        "own_widowhood": when(tax.own_widowhood, WIDOWHOOD[tax.own_widowhood] if tax.own_widowhood else ""),
        "own_student": when(tax.own_student, APPLIES),
        "own_minor": when(tax.own_minor, APPLIES),
    }
