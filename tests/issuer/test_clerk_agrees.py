"""Composer and clerk, each by its own rules, say the same of every resident of a dummy ward, in every year."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from madoguchi.certificate.facts import Authority, Facts, Heading, PrintSettings
from madoguchi.certificate.payment import payment_facts
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.certificate.years import japanese_date, year_title
from madoguchi.dummy.generate import write_ward
from madoguchi.issuer.clerk import words
from madoguchi.issuer.clerk.expected import Expected, WardSays, expected_taxation
from madoguchi.issuer.clerk.expected_payment import expected_payment
from madoguchi.issuer.clerk.record import ClerksRecord
from madoguchi.records import (
    Collection,
    Disability,
    Instalment,
    RecordSet,
    Resident,
    SpouseKind,
    TaxRecord,
    TaxStatus,
    Widowhood,
)
from madoguchi.records.columns import MOST_YEN, Kind, columns
from tests.certificate.fields import taxation_fields
from tests.records.examples import INSTALMENT, RESIDENT, TAX

ON = date(2026, 11, 23)
SETTINGS = [
    PrintSettings(),
    PrintSettings(show_current_address=True, show_sex=True, show_fixed_sum_reduction=False),
]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> RecordSet:
    directory = tmp_path_factory.mktemp("records")
    write_ward(directory, residents=150, seed=7, as_of=ON)
    read = RecordSet.read(directory)
    # A name in private-use characters (外字) is refused by the composer before any clerk looks.
    drawable = tuple(each for each in read.residents if all(unicodedata.category(sign) != "Co" for sign in each.name))
    return replace(read, residents=drawable)


@pytest.mark.parametrize("settings", SETTINGS, ids=["plain", "other"])
def test_taxation(ward: RecordSet, settings: PrintSettings) -> None:
    people = {each.addressee_number: each for each in ward.residents}
    seen = set()
    for tax in ward.taxes:
        person = people.get(tax.addressee_number)
        if person and tax.levied_here and tax.status in {TaxStatus.DECLARED, TaxStatus.DEPENDANT_UNDECLARED}:
            facts = taxation_facts(person, tax, heading(settings))
            expected = expected_taxation(clerks(person, tax, ()), says(settings), number="K7Q2", on=ON)
            compare(facts, expected)
            seen.add((tax.fiscal_year, facts.title))
    assert {year for year, _ in seen} == set(range(2019, 2027))
    assert len({title for _, title in seen}) == 2


def test_payment(ward: RecordSet) -> None:
    people = {each.addressee_number: each for each in ward.residents}
    compared = 0
    for tax in ward.taxes:
        terms = tuple(
            each
            for each in ward.instalments
            if (each.addressee_number, each.fiscal_year) == (tax.addressee_number, tax.fiscal_year)
        )
        person = people.get(tax.addressee_number)
        if person and tax.status is TaxStatus.DECLARED and tax.levied_here and terms and not tax.non_taxable:
            facts = payment_facts(person, tax, terms, heading(SETTINGS[0]), as_of=ON)
            compare(facts, expected_payment(clerks(person, tax, terms), says(SETTINGS[0]), number="K7Q2", on=ON))
            compared += 1
    assert compared > 100


MONEY = {each.name: each.at_least or 0 for each in columns(TaxRecord) if each.at_most == MOST_YEN}
COUNTS = [each.name for each in columns(TaxRecord) if each.kind is Kind.INTEGER and each.at_most == 99]
OF_THE_PERSON: dict[str, st.SearchStrategy[Any]] = {
    "spouse": st.sampled_from([None, *SpouseKind]),
    "own_disability": st.sampled_from([None, *Disability]),
    "own_widowhood": st.sampled_from([None, *Widowhood]),
    "own_student": st.booleans(),
    "own_minor": st.booleans(),
    "remarks": st.sampled_from(["", "令和8年10月1日更正"]),
}


@running(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), settings=st.sampled_from(SETTINGS))
def test_taxation_of_any_record(data: st.DataObject, settings: PrintSettings) -> None:
    """No dummy resident has everything: here every column of the record holds anything that it may."""
    year = data.draw(st.integers(2019, 2030))
    drawn = {name: data.draw(st.one_of(st.none(), st.integers(least, MOST_YEN))) for name, least in MONEY.items()}
    drawn |= {name: data.draw(st.one_of(st.none(), st.integers(0, 99))) for name in COUNTS}
    drawn |= {name: data.draw(values) for name, values in OF_THE_PERSON.items()}
    drawn["annual_tax"] = data.draw(st.sampled_from([0, 100, 248_300]))
    drawn |= dict.fromkeys(drawn.keys() - OF_THE_PERSON.keys() - taxation_fields(year))
    row = msgspec.structs.replace(TAX, fiscal_year=year, **drawn)
    facts = taxation_facts(RESIDENT, row, heading(settings))
    compare(facts, expected_taxation(clerks(RESIDENT, row, ()), says(settings), number="K7Q2", on=ON))


@running(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(Collection), st.dates(date(2026, 6, 1), date(2027, 6, 30)), *[st.integers(0, 90_000)] * 3
        ),
        max_size=70,
    )
)
def test_payment_of_any_instalments(drawn: list[tuple[Collection, date, int, int, int]]) -> None:
    terms = tuple(
        msgspec.structs.replace(
            INSTALMENT,
            collection=collection,
            instalment=at,
            due_date=due,
            amount_due=asked,
            amount_paid=paid,
            amount_refunded=min(returned, max(0, paid - asked)),
        )
        for at, (collection, due, asked, paid, returned) in enumerate(drawn, 1)
    )
    total = sum(term.amount_due for term in terms)
    row = msgspec.structs.replace(TAX, annual_tax=total, remission=1)
    facts = payment_facts(RESIDENT, row, terms, heading(SETTINGS[0]), as_of=ON)
    compare(facts, expected_payment(clerks(RESIDENT, row, terms), says(SETTINGS[0]), number="K7Q2", on=ON))


@given(st.dates(date(1873, 1, 1), date(2150, 12, 31)))
def test_every_day_is_named_alike(day: date) -> None:
    assert words.day(day.isoformat()) == japanese_date(day)


def compare(facts: Facts, expected: Expected) -> None:
    assert dict(facts.values) == expected.fields
    assert facts.remarks == expected.remarks
    assert facts.layout.partition("/")[0] == expected.layout


def clerks(person: Resident, tax: TaxRecord, terms: tuple[Instalment, ...]) -> ClerksRecord:
    def plain(row: Any) -> Any:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(row))

    return ClerksRecord(
        whose=bytes(16),
        addressee_number=person.addressee_number,
        version=1,
        person=plain(person),
        tax=plain(tax),
        terms=tuple(plain(term) for term in terms),
    )


def heading(settings: PrintSettings) -> Heading:
    authority = Authority(ward="見本区", title="見本区長", name="見本 太郎", seal_text="見本区長之印")
    return Heading(certificate_number="K7Q2", issued_on=ON, authority=authority, settings=settings)


def says(settings: PrintSettings) -> WardSays:
    return WardSays(
        ward="見本区",
        title="見本区長",
        name="見本 太郎",
        seal_text="見本区長之印",
        show_current_address=settings.show_current_address,
        show_sex=settings.show_sex,
        show_fixed_sum_reduction=settings.show_fixed_sum_reduction,
    )


@pytest.mark.parametrize(
    ("amount", "printed"),
    [(0, "0"), (None, "－"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "△1,234")],
)
def test_money(amount: int | None, printed: str) -> None:
    assert words.money(amount) == printed


@pytest.mark.parametrize(
    ("day", "printed"),
    [
        ("2026-11-23", "令和8年11月23日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1926-12-24", "大正15年12月24日"),
        ("1912-07-29", "明治45年7月29日"),
    ],
)
def test_days(day: str, printed: str) -> None:
    assert words.day(day) == printed == japanese_date(date.fromisoformat(day))


def test_every_years_name() -> None:
    assert words.year_and_income(2019) == "平成31年度（令和元年度）（平成30年分）"
    assert words.year_and_income(2020) == "令和2年度（平成31年（令和元年）分）"
    for year in range(2015, 2031):
        assert words.year_and_income(year) == year_title(year)


def test_the_clerk_shares_no_rule_with_the_composer() -> None:
    """What is being checked must not be imported by who checks it."""
    room = Path(words.__file__).parent
    text = "".join(path.read_text("utf-8") for path in room.glob("*.py"))
    shared = "amounts taxation payment years kinds facts compose remarks setting".split()  # noqa: SIM905
    assert [name for name in shared if f"from madoguchi.certificate.{name} " in text] == []
    assert "import CaseReader" not in text
