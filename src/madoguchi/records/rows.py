"""What must hold within one row, beyond each cell alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from madoguchi.errors import Problem
from madoguchi.records.instalment import Instalment
from madoguchi.records.problems import CONTRADICTION, TOTAL
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord, TaxStatus

Finding = tuple[str, Problem]
"""The column that is wrong, and how."""

_LEVIES = (
    "income_levy_ward",
    "income_levy_metropolitan",
    "per_capita_ward",
    "per_capita_metropolitan",
    "forest_tax",
)
_DEDUCTIONS = (
    "deduction_social_insurance",
    "deduction_disability",
    "deduction_widow",
    "deduction_spouse",
    "deduction_spouse_special",
    "deduction_dependants",
    "deduction_specific_relatives",
    "deduction_basic",
)
_INCOMES = (
    "employment_revenue",
    "employment_income",
    "pension_revenue",
    "pension_income",
    "total_income",
    "gross_income",
)


def findings(row: Struct) -> Iterator[Finding]:
    """The row rules that this row breaks."""
    return _RULES[type(row)](row)


def _resident(row: Resident) -> Iterator[Finding]:
    if (row.removal is None) != (row.removal_date is None):
        yield "removal_date", CONTRADICTION


def _serial(row: CardSerial) -> Iterator[Finding]:
    if row.valid_until < row.valid_from:
        yield "valid_until", CONTRADICTION


def _instalment(row: Instalment) -> Iterator[Finding]:
    if (row.amount_paid == 0) != (row.paid_on is None):
        yield "paid_on", CONTRADICTION


def _tax(row: TaxRecord) -> Iterator[Finding]:
    if row.levied_here and not row.address_on_assessment_date:
        yield "address_on_assessment_date", CONTRADICTION
    if row.status is TaxStatus.DECLARED and row.levied_here:
        yield from _declared(row)
    elif row.status is TaxStatus.DEPENDANT_UNDECLARED:
        if row.annual_tax != 0:
            yield "annual_tax", CONTRADICTION
        yield from ((name, CONTRADICTION) for name in _INCOMES if getattr(row, name) is not None)


def _declared(row: TaxRecord) -> Iterator[Finding]:
    yield from ((name, CONTRADICTION) for name in ("total_income", "annual_tax") if getattr(row, name) is None)
    if row.deduction_total is not None and row.deduction_total != _sum(row, _DEDUCTIONS):
        yield "deduction_total", TOTAL
    if row.annual_tax is not None and row.annual_tax != max(0, _sum(row, _LEVIES) - (row.remission or 0)):
        yield "annual_tax", TOTAL


def _sum(row: TaxRecord, names: tuple[str, ...]) -> int:
    return sum(getattr(row, name) or 0 for name in names)


_RULES: dict[type[Struct], Callable[..., Iterator[Finding]]] = {
    Resident: _resident,
    CardSerial: _serial,
    Instalment: _instalment,
    TaxRecord: _tax,
}
