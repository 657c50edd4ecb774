"""更正 by rule: only what can be traced back exactly is changed, and then everything follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict
from msgspec.structs import replace as changed

from madoguchi.errors import MadoguchiError
from madoguchi.records import Collection, Disability, Instalment, Sex, TaxRecord, Widowhood
from madoguchi.tax.assessment import Creditable, Declaration, OtherIncome, Relative, Spending, assess
from madoguchi.tax.assessment.reassess import reassess
from madoguchi.tax.terms import adjusted
from tests.records.examples import RESIDENT, TAX

WORKER = Declaration(fiscal_year=2026, birth_date=RESIDENT.birth_date, sex=Sex.FEMALE, employment_revenue=4_000_000)


def record(declaration: Declaration, **changes: Any) -> TaxRecord:
    return changed(TAX, fiscal_year=declaration.fiscal_year, **(asdict(assess(declaration)) | changes))


DECLARATIONS: dict[str, Declaration] = {
    "a worker": WORKER,
    "a family": replace(
        WORKER,
        employment_revenue=7_000_000,
        spouse=Relative(birth_date=date(1985, 1, 5)),
        dependants=(
            Relative(birth_date=date(2015, 5, 5)),
            Relative(birth_date=date(2005, 5, 5)),
            Relative(birth_date=date(1945, 5, 5), ascendant=True, disability=Disability.SPECIAL),
        ),
    ),
    "a spouse who earns": replace(WORKER, spouse=Relative(birth_date=date(1985, 1, 5), total_income=1_000_000)),
    "a single mother in 2020": replace(WORKER, fiscal_year=2020, widowhood=Widowhood.SPECIAL_WIDOW),
    "disabled and insured": replace(
        WORKER,
        disability=Disability.ORDINARY,
        social_insurance=600_000,
        spent=Spending(life_new=96_000, medical=300_000, earthquake=20_000),
    ),
    "a business": replace(WORKER, employment_revenue=None, other=OtherIncome(business=3_000_000, loss_carried=500_000)),
    "dividends": replace(
        WORKER,
        other=OtherIncome(dividend=340_000, listed_shares=500_000),
        creditable=Creditable(levied_at_source=20_000),
    ),
    "2024 with its reduction": replace(WORKER, fiscal_year=2024),
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_the_changed_year_is_the_one_that_the_changed_declaration_gives(name: str) -> None:
    before = DECLARATIONS[name]
    if before.employment_revenue is None:
        after = replace(before, other=OtherIncome(business=3_400_000, loss_carried=500_000))
        made = reassess(record(before), RESIDENT, {"business_income": 3_400_000})
    else:
        # 300,000 more: high enough that 医療費控除 stays the same, whose floor ends at an income of 2,000,000.
        after = replace(before, employment_revenue=before.employment_revenue + 300_000)
        made = reassess(record(before), RESIDENT, {"employment_revenue": before.employment_revenue + 300_000})
    assert made == record(after)


@given(wage=st.integers(0, 30_000_000), later=st.integers(0, 30_000_000), year=st.integers(2019, 2026))
def test_any_wage_in_any_year(wage: int, later: int, year: int) -> None:
    before = replace(WORKER, fiscal_year=year, employment_revenue=wage)
    after = replace(before, employment_revenue=later)
    assert reassess(record(before), RESIDENT, {"employment_revenue": later}) == record(after)


def test_a_year_that_cannot_be_traced_back_is_refused() -> None:
    for wrong in (record(WORKER, donation_credit=5_000), record(WORKER, annual_tax=1)):
        with pytest.raises(MadoguchiError, match=r"tax\.not_traceable"):
            reassess(wrong, RESIDENT, {"employment_revenue": 1})


def test_a_remission_is_taken_off_and_never_more_than_the_tax() -> None:
    made = reassess(record(WORKER), RESIDENT, {"remission": 50_000})
    assert made.annual_tax == (record(WORKER).annual_tax or 0) - 50_000
    assert reassess(made, RESIDENT, {"remission": 99_999_999}).annual_tax == 0


def terms(*amounts: int, paid: int = 0) -> tuple[Instalment, ...]:
    return tuple(
        Instalment(
            addressee_number=RESIDENT.addressee_number,
            fiscal_year=2026,
            collection=Collection.ORDINARY,
            instalment=number,
            due_date=date(2026, 2 + 2 * number, 28),
            amount_due=amount,
            amount_paid=paid,
            paid_on=date(2026, 3, 1) if paid else None,
            amount_refunded=0,
        )
        for number, amount in enumerate(amounts, start=1)
    )


@pytest.mark.parametrize(
    ("before", "tax", "today", "after"),
    [
        ((1_000, 1_000), 2_500, date(2026, 5, 1), [(1, 1_000), (2, 1_500)]),  # the second is not due yet
        ((1_000, 1_000), 2_500, date(2026, 7, 1), [(1, 1_000), (2, 1_000), (5, 500)]),
        ((1_000, 1_000), 1_400, date(2026, 5, 1), [(1, 1_000), (2, 400)]),
        ((1_000, 1_000), 400, date(2026, 7, 1), [(1, 400)]),
        ((), 700, date(2026, 12, 5), [(5, 700)]),
        ((1_000,), 0, date(2026, 7, 1), []),
    ],
)
def test_instalments_follow_the_tax(
    before: tuple[int, ...], tax: int, today: date, after: list[tuple[int, int]]
) -> None:
    made = adjusted(terms(*before), changed(TAX, annual_tax=tax), today=today)
    assert [(each.instalment, each.amount_due) for each in made] == after


def test_a_new_instalment_falls_due_at_the_end_of_the_next_month() -> None:
    for today, due in ((date(2026, 12, 5), date(2027, 1, 31)), (date(2027, 1, 31), date(2027, 2, 28))):
        (made,) = adjusted((), changed(TAX, annual_tax=100), today=today)
        assert made.due_date == due


@given(
    amounts=st.lists(st.integers(0, 50_000), max_size=4),
    tax=st.integers(0, 200_000),
    paid=st.sampled_from([0, 10_000]),
    today=st.dates(date(2026, 1, 1), date(2027, 6, 1)),
)
def test_they_always_add_up_and_nothing_paid_is_lost(amounts: list[int], tax: int, paid: int, today: date) -> None:
    before = terms(*amounts, paid=paid)
    made = adjusted(before, changed(TAX, annual_tax=tax), today=today)
    assert sum(each.amount_due for each in made) == tax
    assert sum(each.amount_paid for each in made) == sum(each.amount_paid for each in before)
