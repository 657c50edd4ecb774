"""What must hold within one row, beyond each cell alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from madoguchi.errors import Problem
from madoguchi.records.instalment import Instalment
from madoguchi.records.problems import CONTRADICTION, TOTAL
from madoguchi.records.resident import Resident
from madoguchi.records.serial import CardSerial
from madoguchi.records.tax import TaxRecord, TaxStatus, Widowhood

Finding = tuple[str, Problem]
"""The column that is wrong, and how."""

_LEVIES = (
    "income_levy_ward",
    "income_levy_metropolitan",
    "per_capita_ward",
    "per_capita_metropolitan",
    "forest_tax",
)
_DEDUCTIONS = tuple(
    name for name in TaxRecord.__struct_fields__ if name.startswith("deduction_") and name != "deduction_total"
)
_INCOMES = tuple(
    name
    for name in TaxRecord.__struct_fields__
    if name.endswith(("_income", "_revenue"))
    or name
    in {
        "income_adjustment",
        "family_employee_deduction",
        "loss_carried_over",
    }
)
_FIRST_YEARS = {
    "income_adjustment": 2021,
    "misc_business_income": 2021,
    "forest_tax": 2024,
    "fixed_sum_reduction": 2024,
    "deduction_specific_relatives": 2026,
    "specific_relatives": 2026,
}
"""Columns that are empty in earlier years."""
_LAST_YEARS = {"fixed_sum_reduction": 2025}
"""Columns that are empty in later years."""
_WIDOWHOOD_YEARS = {
    Widowhood.WIDOW: range(2000, 2100),
    Widowhood.SPECIAL_WIDOW: range(2000, 2021),
    Widowhood.WIDOWER: range(2000, 2021),
    Widowhood.SINGLE_PARENT: range(2021, 2100),
}
"""地方税法第292条第1項 before and after 令和2年法律第5号."""


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
    if row.amount_refunded > max(0, row.amount_paid - row.amount_due):
        yield "amount_refunded", CONTRADICTION


def _tax(row: TaxRecord) -> Iterator[Finding]:
    if row.levied_here and not row.address_on_assessment_date:
        yield "address_on_assessment_date", CONTRADICTION
    yield from _not_of_the_year(row)
    if row.status is TaxStatus.DECLARED and row.levied_here:
        yield from _declared(row)
    elif row.status in {TaxStatus.DEPENDANT_UNDECLARED, TaxStatus.PROPERTY_ONLY}:
        if row.status is TaxStatus.DEPENDANT_UNDECLARED and row.annual_tax != 0:
            yield "annual_tax", CONTRADICTION
        yield from ((name, CONTRADICTION) for name in _INCOMES if getattr(row, name) is not None)


def _not_of_the_year(row: TaxRecord) -> Iterator[Finding]:
    year = row.fiscal_year
    for name, first in _FIRST_YEARS.items():
        if year < first and getattr(row, name) is not None:
            yield name, CONTRADICTION
    for name, last in _LAST_YEARS.items():
        if year > last and getattr(row, name) is not None:
            yield name, CONTRADICTION
    if row.own_widowhood is not None and year not in _WIDOWHOOD_YEARS[row.own_widowhood]:
        yield "own_widowhood", CONTRADICTION


def _declared(row: TaxRecord) -> Iterator[Finding]:
    yield from ((name, CONTRADICTION) for name in ("total_income", "annual_tax") if getattr(row, name) is None)
    if row.total_income is not None and row.gross_income is not None:
        carried = row.loss_carried_over or 0
        # A net loss of the year itself leaves a 総所得金額等 of 0, however the tax system writes it.
        if row.gross_income not in {row.total_income - carried, max(0, row.total_income) - carried}:
            yield "gross_income", TOTAL
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
