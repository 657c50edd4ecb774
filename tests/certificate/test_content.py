"""Both papers are complete: a box for every field that the year has, and every figure of the record in its own box."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from madoguchi.certificate.amounts import yen
from madoguchi.certificate.compose import Composer
from madoguchi.certificate.facts import Facts
from madoguchi.certificate.layout import all_layouts
from madoguchi.certificate.payment import ROWS, payment_facts
from madoguchi.certificate.reading import joined_remarks, read_certificate
from madoguchi.certificate.remarks import remarks_text
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from madoguchi.records import Collection, TaxRecord
from madoguchi.records.columns import MOST_YEN, columns
from tests.certificate.fields import PAYMENT, taxation_fields
from tests.certificate.people import (
    HEADING,
    ISSUED_AT,
    instalment,
    resident,
    sheets,
    tax,
    undeclared_dependant,
)

MOST = 99_999_999_999
YEARS = range(2019, 2027)
MONEY = {each.name: each.at_least or 0 for each in columns(TaxRecord) if each.at_most == MOST_YEN}
"""Every money column of the record, and the least that it may hold."""
ONE_OF_EACH_LAYOUT = (2019, 2021, 2024, 2026)


@pytest.mark.parametrize("year", range(2019, 2031))
def test_the_paper_has_a_box_for_every_field_of_its_year_and_none_other(year: int) -> None:
    assert all_layouts().of(kind="taxation", fiscal_year=year).fields == taxation_fields(year)
    assert all_layouts().of(kind="payment", fiscal_year=year).fields == PAYMENT


@pytest.mark.parametrize("year", YEARS)
def test_the_facts_hold_exactly_the_fields_of_the_year(year: int) -> None:
    for row in (tax(year), undeclared_dependant(year)):
        assert set(taxation_facts(resident(), row, HEADING).values) == taxation_fields(year)


@pytest.mark.parametrize("year", YEARS)
def test_every_amount_of_the_record_stands_in_its_own_box(year: int) -> None:
    """Each money column holds a number of its own: a column printed in another's box, or nowhere, is seen."""
    amounts = {name: 1_000_000 + at for at, name in enumerate(MONEY) if name in taxation_fields(year)}
    values = taxation_facts(resident(), tax(year, **amounts), HEADING).values
    assert {name: values[name] for name in amounts} == {name: yen(amount) for name, amount in amounts.items()}


@pytest.mark.parametrize("year", YEARS)
def test_a_figure_without_a_box_in_the_year_is_refused(year: int) -> None:
    for name in MONEY.keys() - taxation_fields(year):
        with pytest.raises(MadoguchiError, match=f"facts_inconsistent: the paper of {year} has no box for {name}$"):
            taxation_facts(resident(), tax(year, **{name: 0}), HEADING)


@pytest.mark.parametrize("year", YEARS)
def test_every_count_of_the_record_stands_in_its_own_box(year: int) -> None:
    named = [each.name for each in columns(TaxRecord) if each.at_most == 99 and each.name in taxation_fields(year)]
    counts = {name: at for at, name in enumerate(named, 1)}
    values = taxation_facts(resident(), tax(year, **counts), HEADING).values
    assert {name: values[name] for name in counts} == {name: str(count) for name, count in counts.items()}


@pytest.mark.parametrize("amount", [MOST, -MOST, 0, None])
@pytest.mark.parametrize("year", ONE_OF_EACH_LAYOUT)
def test_the_longest_amounts_fit_every_box(composer: Composer, year: int, amount: int | None) -> None:
    amounts = {
        name: amount if amount is None else max(least, amount)
        for name, least in MONEY.items()
        if name in taxation_fields(year)
    }
    if amount is None:
        amounts["annual_tax"] = 0
    _read_back(composer, taxation_facts(resident(), tax(year, **amounts), HEADING))


@given(data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_record_of_any_year_is_read_back_from_its_paper(composer: Composer, data: st.DataObject) -> None:
    year = data.draw(st.sampled_from(YEARS))
    amounts = {
        name: data.draw(st.one_of(st.none(), st.integers(max(least, -MOST), MOST)), label=name)
        for name, least in MONEY.items()
        if name in taxation_fields(year)
    }
    amounts["annual_tax"] = data.draw(st.integers(0, MOST))
    row = tax(year, own_student=data.draw(st.booleans()), **amounts)
    _read_back(composer, taxation_facts(resident(), row, HEADING))


@pytest.mark.parametrize("kind", ["taxation", "payment"])
@pytest.mark.parametrize("name", ["乙", "髙" * 80, ("ABCDEFGHI " * 8).strip(), "辻\U000e0102" * 80, "名　" * 39 + "名"])
def test_names_of_one_and_of_eighty_characters(composer: Composer, kind: str, name: str) -> None:
    person = resident(name=name, alias=name)
    if kind == "taxation":
        facts = taxation_facts(person, tax(), HEADING)
    else:
        facts = payment_facts(person, tax(), [instalment(1, date(2025, 6, 30), 248_300, 0)], HEADING, as_of=DAY)
    _read_back(composer, facts)


DAY = date(2025, 11, 1)


def test_a_payment_certificate_of_the_longest_amounts_fits(composer: Composer) -> None:
    rows = [
        instalment(at, date(2025, 12, 31), MOST if at == 1 else 0, MOST if at == 1 else 0, collection=collection)
        for collection in (Collection.ORDINARY, Collection.SPECIAL, Collection.PENSION)
        for at in range(1, 9)
    ]
    facts = payment_facts(resident(), tax(annual_tax=3 * MOST), rows, HEADING, as_of=DAY)
    _read_back(composer, facts)


def test_instalments_beyond_the_table_run_on_to_a_second_page(composer: Composer) -> None:
    rows = [instalment(at, date(2025, 6, 30), 1_000, 500) for at in range(1, ROWS + 5)]
    row = replace(tax(), annual_tax=1_000 * len(rows))
    facts = payment_facts(resident(), row, rows, HEADING, as_of=DAY)
    pages = composer.page_count(facts)
    assert pages > 1
    read = read_certificate(composer.compose(facts, sheets(pages=pages), issued_at=ISSUED_AT))
    assert [(page.page, page.pages) for page in read] == [(number, pages) for number in range(1, pages + 1)]
    for page in read:
        assert page.name == facts.name
        for name in ("title", "certificate_number", "year_title", "issued_on", "authority"):
            assert page.fields[name] == facts.values[name]
    assert joined_remarks(read) == remarks_text(facts.remarks)


def _read_back(composer: Composer, facts: Facts) -> None:
    pages = composer.page_count(facts)
    read = read_certificate(composer.compose(facts, sheets(pages=pages), issued_at=ISSUED_AT))
    assert read[0].fields == facts.values
    assert joined_remarks(read) == remarks_text(facts.remarks)
