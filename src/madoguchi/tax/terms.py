"""What becomes of the instalments of a year when its tax changes or something is paid. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from madoguchi.records import Collection, Instalment, TaxRecord
from madoguchi.tax.problems import NOT_OVERPAID

_FIRST_OCCASIONAL = 5
"""随時期 of 普通徴収 come after the four 期."""


def adjusted(terms: Sequence[Instalment], record: TaxRecord, *, today: date) -> tuple[Instalment, ...]:
    """The instalments that add up to the year's tax.

    More tax falls due with the last instalment that is not due yet, or as 随時期 at the end of the next month. Less is
    taken from the last instalment backwards; what was paid stays paid and becomes an overpayment (過誤納).
    """
    ordered = sorted(terms, key=lambda each: (each.due_date, each.collection, each.instalment))
    more = (record.annual_tax or 0) - sum(each.amount_due for each in ordered)
    if more > 0:
        if ordered and ordered[-1].due_date >= today:
            ordered[-1] = replace(ordered[-1], amount_due=ordered[-1].amount_due + more)
        else:
            ordered.append(_occasional(ordered, record, more, today))
    for place in reversed(range(len(ordered))):
        taken = min(ordered[place].amount_due, max(0, -more))
        more += taken
        ordered[place] = replace(ordered[place], amount_due=ordered[place].amount_due - taken)
    return tuple(each for each in ordered if each.amount_due or each.amount_paid)


def _occasional(terms: Sequence[Instalment], record: TaxRecord, amount: int, today: date) -> Instalment:
    numbers = [each.instalment for each in terms if each.collection is Collection.ORDINARY]
    return Instalment(
        addressee_number=record.addressee_number,
        fiscal_year=record.fiscal_year,
        collection=Collection.ORDINARY,
        instalment=max([_FIRST_OCCASIONAL - 1, *numbers]) + 1,
        due_date=_end_of_next_month(today),
        amount_due=amount,
        amount_paid=0,
        paid_on=None,
        amount_refunded=0,
    )


def _end_of_next_month(day: date) -> date:
    after_next = (day.replace(day=1) + timedelta(days=63)).replace(day=1)
    return after_next - timedelta(days=1)


def paid(term: Instalment, amount: int, *, on: date) -> Instalment:
    """The instalment with a further payment; the later of two days stays."""
    last = on if term.paid_on is None else max(term.paid_on, on)
    return replace(term, amount_paid=term.amount_paid + amount, paid_on=last)


def refunded(term: Instalment, amount: int) -> Instalment:
    """The instalment with so much of an overpayment given back. Raises `tax.not_overpaid`."""
    given = term.amount_refunded + amount
    if given > max(0, term.amount_paid - term.amount_due):
        raise NOT_OVERPAID.error()
    return replace(term, amount_refunded=given)
