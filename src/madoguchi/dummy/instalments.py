"""How a year's tax is split into instalments, and what of it was paid by a given day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from madoguchi.dummy.calendar import due_dates
from madoguchi.dummy.people import Paying, Person
from madoguchi.records import Collection, Instalment, TaxRecord
from madoguchi.tax.assessment import FISCAL_YEARS

_LEVIED_AT_ONCE = 5_000
"""均等割 alone is levied in one instalment (地方税法第320条, ward ordinance)."""
_A_WEEK = timedelta(days=7)
_ELDERLY = 65
_LEAST_PENSION = 180_000
"""地方税法第321条の7の2: from this pension a year on the tax is taken from it (from April 1 at 65 and over)."""
_NEWEST = FISCAL_YEARS[-1]


def collection_of(person: Person, fiscal_year: int) -> Collection:
    """From wages, from the pension at 65 and over, or by payment slips."""
    place = fiscal_year - FISCAL_YEARS[0]
    if person.wages[place] is not None and person.paid_from_wages and person.age_for(fiscal_year) < _ELDERLY:
        return Collection.SPECIAL
    if (
        (person.pensions[place] or 0) >= _LEAST_PENSION
        and person.age_for(fiscal_year) >= _ELDERLY
        and person.paid_from_wages
    ):
        return Collection.PENSION
    return Collection.ORDINARY


def instalments(person: Person, record: TaxRecord, *, as_of: date) -> Iterator[Instalment]:
    """The instalments of a taxed year; none where there is no tax."""
    irregular = record.fiscal_year == _NEWEST
    if not record.annual_tax or (irregular and person.paying is Paying.NOT_ENTERED):
        return
    collection = collection_of(person, record.fiscal_year)
    dates = due_dates(record.fiscal_year, collection)
    amounts = split(record.annual_tax, record.fixed_sum_reduction or 0, collection)
    at_once = dates[0][1] if person.paying is Paying.AT_ONCE and dates[0][1] <= as_of else None
    for (number, due), amount in zip(dates, amounts, strict=True):
        if not amount:
            continue
        if at_once is not None:
            paid, on = amount, at_once - _A_WEEK
        else:
            paid = 0 if due > as_of else _paid(person.paying, number, amount) if irregular else amount
            on = due
        yield Instalment(
            addressee_number=person.number,
            fiscal_year=record.fiscal_year,
            collection=collection,
            instalment=number,
            due_date=due,
            amount_due=amount,
            amount_paid=paid,
            paid_on=on if paid else None,
            amount_refunded=paid - amount if paid > amount and person.paying is Paying.REFUNDED else 0,
        )


def _paid(paying: Paying, number: int, amount: int) -> int:
    """What of an instalment of the newest year is paid once it is due."""
    if paying is Paying.OVERDUE:
        return 0
    if paying is Paying.PARTLY:
        return amount // 2
    return amount * 2 if paying in {Paying.TOO_MUCH, Paying.REFUNDED} and number == 1 else amount


def split(tax: int, reduction: int, collection: Collection) -> list[int]:
    """Split `tax` over the instalments.

    Fractions of the even part go to the first (地方税法第20条の4の2第6項). 定額減税 is taken before the split: from the
    first slips on (ordinary), by starting in July (wages), or from October on (pension).
    """
    if collection is Collection.SPECIAL and reduction:
        return [0, *_even(tax, 11, 100)]
    count, multiple = {Collection.ORDINARY: (4, 1_000), Collection.SPECIAL: (12, 100), Collection.PENSION: (6, 100)}[
        collection
    ]
    if tax + reduction <= _LEVIED_AT_ONCE:
        return [tax] + [0] * (count - 1)
    amounts = _even(tax + reduction, count, multiple)
    order = [3, 4, 5, 2, 1, 0] if collection is Collection.PENSION else list(range(count))
    for place in order:
        taken = min(reduction, amounts[place])
        amounts[place] -= taken
        reduction -= taken
    return amounts


def _even(amount: int, count: int, multiple: int) -> list[int]:
    part = amount // count // multiple * multiple
    return [amount - part * (count - 1)] + [part] * (count - 1)
