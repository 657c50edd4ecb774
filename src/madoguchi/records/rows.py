"""What must hold within one row, beyond each cell alone."""

from __future__ import annotations

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any

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
_SUMMED: dict[tuple[str, ...], Callable[[TaxRecord], tuple[int | None, ...]]] = {
    names: attrgetter(*names) for names in (_LEVIES, _DEDUCTIONS)
}
_incomes_of: Callable[[TaxRecord], tuple[int | None, ...]] = attrgetter(*_INCOMES)
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
_YEARS = range(2000, 2100)


def _unknown_in(year: int) -> tuple[str, ...]:
    early = [name for name, first in _FIRST_YEARS.items() if year < first]
    return (*early, *(name for name, last in _LAST_YEARS.items() if year > last))


_UNKNOWN_IN = {year: _unknown_in(year) for year in _YEARS}
"""Columns that the year does not know; `_FOREIGN_TO` reads them from a row, all at once."""
_FOREIGN_TO: dict[int, Callable[[TaxRecord], Any]] = {year: attrgetter(*names) for year, names in _UNKNOWN_IN.items()}
_NOTHING = tuple((None,) * count for count in range(len(_FIRST_YEARS) + len(_LAST_YEARS) + 1))


def rules_of(row: type[Struct]) -> Callable[..., Collection[Finding]]:
    """A function from a row of this type to the row rules that it breaks: nearly always none, so that comes first."""
    return _RULES[row]


def _resident(row: Resident) -> Collection[Finding]:
    if (row.removal is None) != (row.removal_date is None):
        return (("removal_date", CONTRADICTION),)
    return ()


def _serial(row: CardSerial) -> Collection[Finding]:
    return (("valid_until", CONTRADICTION),) if row.valid_until < row.valid_from else ()


def _instalment(row: Instalment) -> Collection[Finding]:
    paid, refunded = row.amount_paid, row.amount_refunded
    undated = (paid == 0) is not (row.paid_on is None)
    if not undated and not refunded:
        return ()
    wrong: list[Finding] = [("paid_on", CONTRADICTION)] if undated else []
    if refunded > max(0, paid - row.amount_due):
        wrong.append(("amount_refunded", CONTRADICTION))
    return wrong


def _tax(row: TaxRecord) -> Collection[Finding]:
    wrong: list[Finding] = []
    if row.levied_here and not row.address_on_assessment_date:
        wrong.append(("address_on_assessment_date", CONTRADICTION))
    _not_of_the_year(row, wrong)
    if row.status is TaxStatus.DECLARED and row.levied_here:
        _declared(row, wrong)
    elif row.status in {TaxStatus.DEPENDANT_UNDECLARED, TaxStatus.PROPERTY_ONLY}:
        if row.status is TaxStatus.DEPENDANT_UNDECLARED and row.annual_tax != 0:
            wrong.append(("annual_tax", CONTRADICTION))
        given = _incomes_of(row)
        wrong += [(name, CONTRADICTION) for name, value in zip(_INCOMES, given, strict=True) if value is not None]
    return wrong


def _not_of_the_year(row: TaxRecord, wrong: list[Finding]) -> None:
    year = row.fiscal_year
    foreign = _FOREIGN_TO[year](row)
    if foreign is not None and foreign != _NOTHING[len(_UNKNOWN_IN[year])]:
        wrong += [(name, CONTRADICTION) for name in _UNKNOWN_IN[year] if getattr(row, name) is not None]
    if row.own_widowhood is not None and year not in _WIDOWHOOD_YEARS[row.own_widowhood]:
        wrong.append(("own_widowhood", CONTRADICTION))


def _declared(row: TaxRecord, wrong: list[Finding]) -> None:
    total, gross, tax = row.total_income, row.gross_income, row.annual_tax
    if total is None:
        wrong.append(("total_income", CONTRADICTION))
    if tax is None:
        wrong.append(("annual_tax", CONTRADICTION))
    if total is not None and gross is not None:
        carried = row.loss_carried_over or 0
        # A net loss of the year itself leaves a 総所得金額等 of 0, however the tax system writes it.
        if gross not in (total - carried, max(0, total) - carried):
            wrong.append(("gross_income", TOTAL))
    if row.deduction_total is not None and row.deduction_total != _sum(row, _DEDUCTIONS):
        wrong.append(("deduction_total", TOTAL))
    if tax is not None and tax != max(0, _sum(row, _LEVIES) - (row.remission or 0)):
        wrong.append(("annual_tax", TOTAL))


def _sum(row: TaxRecord, names: tuple[str, ...]) -> int:
    return sum(filter(None, _SUMMED[names](row)))


_RULES: dict[type[Struct], Callable[..., Collection[Finding]]] = {
    Resident: _resident,
    CardSerial: _serial,
    Instalment: _instalment,
    TaxRecord: _tax,
}
