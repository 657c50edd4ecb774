"""更正: one item of an assessed year changes, and the rest follows by the rules.

The ledger keeps figures, not declarations. So the declaration is rebuilt from the record, and only if it gives exactly
the figures that are there is anything changed by it: a year that cannot be traced back is refused, never guessed.

What was spent (insurance, medical costs and the like) stays the deduction that the record has, unless it is what is
changed; whoever changes an income by which such a deduction would move changes the deduction too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec.structs import asdict, replace

from madoguchi.records import Disability, Resident, Sex, SpouseKind, TaxRecord
from madoguchi.tax.assessment.assess import assess
from madoguchi.tax.assessment.declaration import Creditable, Declaration, OtherIncome, Relative
from madoguchi.tax.assessment.deductions import spouse_tier
from madoguchi.tax.assessment.parameters import year_rules
from madoguchi.tax.assessment.problems import NOT_AMENDABLE, NOT_TRACEABLE

_SPENT = (
    "deduction_social_insurance",
    "deduction_casualty",
    "deduction_medical",
    "deduction_small_enterprise",
    "deduction_life_insurance",
    "deduction_earthquake",
)
_OTHER = {
    "misc_business_income": "misc_business",
    "misc_other_income": "misc_other",
    "business_income": "business",
    "agriculture_income": "agriculture",
    "real_estate_income": "real_estate",
    "interest_income": "interest",
    "dividend_income": "dividend",
    "transfer_occasional_income": "transfer",
    "short_transfer_income": "short_transfer",
    "long_transfer_income": "long_transfer",
    "unlisted_shares_income": "unlisted_shares",
    "listed_shares_income": "listed_shares",
    "listed_dividends_income": "listed_dividends",
    "futures_income": "futures",
    "forestry_income": "forestry",
    "retirement_income": "retirement",
    "family_employee_deduction": "family_employees",
}
"""Column to the item of a declaration that becomes it."""
AMENDABLE = ("employment_revenue", "pension_revenue", *_OTHER, *_SPENT, "remission")
"""The columns that can be given; every other one follows from them."""
_GENERAL_AGE, _SPECIFIC_AGE, _CHILD_AGE, _ELDERLY_AGE = 40, 20, 10, 75


def reassess(record: TaxRecord, resident: Resident, changes: Mapping[str, int | None]) -> TaxRecord:
    """The record with these items changed and everything that follows from them.

    Raises `tax.not_amendable` for an item that only follows, `tax.not_traceable` for a record whose figures the rules
    do not give from what it says.
    """
    for name in changes:
        if name not in AMENDABLE:
            raise NOT_AMENDABLE.error(name)
    if _assessed(record, resident) != record:
        raise NOT_TRACEABLE.error(f"{record.fiscal_year}: the rules give other figures than the record")
    return _assessed(replace(record, **changes), resident)


def _assessed(record: TaxRecord, resident: Resident) -> TaxRecord:
    """The record as the rules give it from its items."""
    figures = asdict(assess(_declaration(record, resident)))
    figures |= {name: getattr(record, name) for name in _SPENT}
    remission = min(record.remission, figures["annual_tax"]) if record.remission else None
    figures["annual_tax"] -= remission or 0
    return replace(record, **figures, remission=remission)


def _declaration(record: TaxRecord, resident: Resident) -> Declaration:
    spent = [getattr(record, name) for name in _SPENT]
    given: dict[str, Any] = {item: getattr(record, column) for column, item in _OTHER.items()}
    carried = record.loss_carried_over or 0
    has_other = carried or any(value is not None for value in given.values())
    credited = Creditable(foreign_tax=record.foreign_credit or 0, levied_at_source=record.levy_at_source_credit or 0)
    relatives = _relatives(record)
    return Declaration(
        fiscal_year=record.fiscal_year,
        birth_date=resident.birth_date,
        sex=Sex(resident.sex),
        employment_revenue=record.employment_revenue,
        pension_revenue=record.pension_revenue,
        other=OtherIncome(**given, loss_carried=carried) if has_other else None,
        # All of them are deducted in full here, and none has a difference from income tax: one sum is the same tax.
        social_insurance=sum(filter(None, spent)) if any(each is not None for each in spent) else None,
        creditable=None if credited == Creditable() else credited,
        spouse=relatives.pop("spouse", None),
        dependants=tuple(relatives.values()),
        disability=record.own_disability,
        widowhood=record.own_widowhood,
        student=record.own_student,
    )


def _relatives(record: TaxRecord) -> dict[str, Relative]:
    """Somebody for everyone whom the record counts, of an age and kind that counts the same."""
    year = record.fiscal_year - 1
    disabilities = _disabilities(record)
    found: dict[str, Relative] = {}
    for name, age, ascendant in _counted(record):
        disability, cohabiting = next(disabilities, (None, True))
        found[name] = Relative(
            birth_date=date(year - age, 7, 1),
            total_income=_spouse_income(record) if name == "spouse" else 0,
            disability=disability,
            cohabiting=cohabiting,
            ascendant=ascendant,
        )
    return found


def _counted(record: TaxRecord) -> Iterator[tuple[str, int, bool]]:
    if record.spouse is not None or record.deduction_spouse_special is not None:
        yield "spouse", _ELDERLY_AGE if record.spouse is SpouseKind.ELDERLY else _GENERAL_AGE, False
    for name, age, ascendant in (
        ("dependants_general", _GENERAL_AGE, False),
        ("dependants_specific", _SPECIFIC_AGE, False),
        ("dependants_elderly_cohabiting", _ELDERLY_AGE, True),
        ("dependants_elderly", _ELDERLY_AGE, False),
        ("dependants_under_16", _CHILD_AGE, False),
    ):
        for number in range(getattr(record, name) or 0):
            yield f"{name} {number}", age, ascendant


def _disabilities(record: TaxRecord) -> Iterator[tuple[Disability, bool]]:
    yield from ((Disability.SPECIAL, True) for _ in range(record.disabled_special_cohabiting or 0))
    yield from ((Disability.ORDINARY, True) for _ in range(record.disabled_ordinary or 0))
    yield from ((Disability.SPECIAL, False) for _ in range(record.disabled_special or 0))


def _spouse_income(record: TaxRecord) -> int:
    """The most that a spouse can have earned for this 配偶者特別控除; 0 for a spouse who is deducted otherwise."""
    rules = year_rules(record.fiscal_year)
    tier = spouse_tier(record.total_income or 0, rules)
    if record.deduction_spouse_special is None or tier is None:
        return 0
    rows = rules.spouse_special_deduction.rows
    return next((row.up_to for row in rows if row.amounts[tier] == record.deduction_spouse_special), 0)
