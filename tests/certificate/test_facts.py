"""From rows to printed strings: what a tax clerk would check first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as replace_row

from madoguchi.certificate.amounts import people, yen
from madoguchi.certificate.facts import PrintSettings, page_description, printed
from madoguchi.certificate.kinds import PAYMENT, TAXATION
from madoguchi.certificate.payment import ROWS, payment_facts
from madoguchi.certificate.taxation import taxation_facts
from madoguchi.errors import MadoguchiError
from madoguchi.records import Collection, Disability, Sex, SpouseKind, TaxStatus, Widowhood
from madoguchi.wire.codec import decode_plain
from tests.certificate.fields import COUNTS, INCOMES, LEVIES, RELIEFS
from tests.certificate.people import HEADING, four_terms, instalment, resident, tax, undeclared_dependant, with_values

AS_OF = date(2025, 11, 1)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(1_234_567, "1,234,567"), (0, "0"), (-1_234, "△1,234"), (None, "－"), (99_999_999_999, "99,999,999,999")],
)
def test_yen(amount: int | None, text: str) -> None:
    assert yen(amount) == text


@given(st.integers(-(10**12), 10**12))
def test_yen_reads_back(amount: int) -> None:
    assert int(yen(amount).replace("△", "-").replace(",", "")) == amount


def test_a_negative_number_of_people_is_refused() -> None:
    assert people(0) == "0"
    with pytest.raises(ValueError, match="negative"):
        people(-1)


def test_taxation_prints_zero_and_not_applicable_apart() -> None:
    values = taxation_facts(resident(), tax(), HEADING).values
    assert values["title"] == "課税証明書"
    assert values["employment_revenue"] == "5,123,456"
    assert values["deduction_spouse"] == "0"
    assert values["deduction_dependants"] == "－"
    assert values["dependants_general"] == "0"
    assert values["dependants_elderly"] == "－"
    assert values["spouse_general"] == "有"
    assert values["spouse_elderly"] == "－"
    assert values["year_title"] == "令和7年度（令和6年分）"
    assert values["issued_on"] == "令和8年11月23日"


def test_a_tax_of_zero_makes_the_other_title() -> None:
    zero = dict.fromkeys(LEVIES, 0)
    assert taxation_facts(resident(), tax(**zero), HEADING).title == "非課税証明書"


def test_a_tax_remitted_to_zero_is_not_exempt() -> None:
    facts = taxation_facts(resident(), tax(annual_tax=0, remission=248_300), HEADING)
    assert facts.title == "課税証明書"
    assert facts.values["annual_tax"] == "0"
    assert facts.values["remission"] == "248,300"


@pytest.mark.parametrize("year", range(2019, 2027))
def test_an_undeclared_dependant_prints_stars(year: int) -> None:
    facts = taxation_facts(resident(), undeclared_dependant(year), HEADING)
    assert facts.title == "非課税証明書"
    for name, text in facts.values.items():
        if name in INCOMES:
            assert text == "＊", name
        elif name in LEVIES:
            assert text == "0", name
        elif name in RELIEFS | COUNTS:
            assert text == "－", name
    assert facts.remarks == ("＊は、所得の申告がないため金額を証明できないことを示します。",)


def test_a_loss_prints_a_triangle() -> None:
    facts = taxation_facts(resident(), tax(total_income=-1_234, gross_income=0), HEADING)
    assert facts.values["total_income"] == "△1,234"
    assert facts.values["gross_income"] == "0"


def test_the_person_by_the_wards_settings() -> None:
    person = resident(name="JOHN SMITH", alias="山田　太郎", foreign=True, sex=Sex.MALE)
    plain = taxation_facts(person, tax(), HEADING).values
    assert (plain["name"], plain["alias"], plain["birth_date"]) == ("JOHN SMITH", "山田　太郎", "1985年3月4日")
    assert (plain["sex"], plain["address"]) == ("（記載省略）", "（記載省略）")
    shown = replace(HEADING, settings=PrintSettings(show_current_address=True, show_sex=True))
    values = taxation_facts(person, tax(), shown).values
    assert (values["sex"], values["address"]) == ("男", person.address)
    assert values["address_on_assessment_date"] == "見本区西町三丁目14番15号"


def test_the_fixed_sum_reduction_is_a_setting() -> None:
    hidden = replace(HEADING, settings=PrintSettings(show_fixed_sum_reduction=False))
    row = tax(2024, fixed_sum_reduction=10_000)
    assert taxation_facts(resident(), row, HEADING).values["fixed_sum_reduction"] == "10,000"
    assert taxation_facts(resident(), row, hidden).values["fixed_sum_reduction"] == "（記載省略）"


def test_what_concerns_the_person_is_named() -> None:
    row = tax(
        own_disability=Disability.SPECIAL,
        own_widowhood=Widowhood.SINGLE_PARENT,
        own_minor=True,
        spouse=SpouseKind.SAME_LIVELIHOOD,
    )
    values = taxation_facts(resident(), row, HEADING).values
    assert (values["own_disability"], values["own_widowhood"], values["own_minor"]) == ("特別", "ひとり親", "該当")
    assert (values["spouse_same_livelihood"], values["spouse_general"]) == ("有", "－")


@pytest.mark.parametrize(
    "changes",
    [
        {"addressee_number": "0000000002"},
        {"status": TaxStatus.UNDECLARED},
        {"status": TaxStatus.UNDER_CORRECTION},
        {"levied_here": False},
        {"annual_tax": None},
        {"status": TaxStatus.DEPENDANT_UNDECLARED},
    ],
)
def test_taxation_refuses_what_cannot_be_certified(changes: dict[str, Any]) -> None:
    with pytest.raises(MadoguchiError, match="facts_inconsistent"):
        taxation_facts(resident(), tax(**changes), HEADING)


def test_payment_splits_what_is_unpaid_by_due_date() -> None:
    facts = payment_facts(resident(), tax(), four_terms(), HEADING, as_of=AS_OF)
    values = facts.values
    assert (values["annual_tax"], values["paid"]) == ("248,300", "125,300")
    assert (values["overdue"], values["upcoming"]) == ("62,000", "61,000")
    assert (values["ordinary_amount"], values["special_amount"]) == ("248,300", "－")
    assert (values["row03_label"], values["row03_due_date"]) == ("普通徴収　第3期", "令和7年10月31日")
    assert (values["row05_label"], values["row05_amount"], values["row06_label"]) == ("以下余白", "", "")
    assert values["taxes"] == "特別区民税・都民税・森林環境税"
    assert facts.title == "納税証明書"


def test_an_instalment_is_not_overdue_on_its_due_date() -> None:
    on_time = payment_facts(resident(), tax(), four_terms(), HEADING, as_of=date(2025, 10, 31)).values
    assert (on_time["overdue"], on_time["upcoming"]) == ("0", "123,000")
    late = payment_facts(resident(), tax(), four_terms(), HEADING, as_of=date(2025, 11, 1)).values
    assert (late["overdue"], late["upcoming"]) == ("62,000", "61,000")


def test_all_three_ways_of_collection() -> None:
    rows = [
        instalment(1, date(2025, 6, 30), 100_000, 100_000),
        instalment(5, date(2026, 3, 31), 20_000, 0),
        instalment(1, date(2025, 7, 10), 68_300, 68_300, collection=Collection.SPECIAL),
        instalment(12, date(2026, 6, 10), 40_000, 0, collection=Collection.SPECIAL),
        instalment(6, date(2026, 3, 10), 20_000, 0, collection=Collection.PENSION),
    ]
    values = payment_facts(resident(), tax(), rows[::-1], HEADING, as_of=AS_OF).values
    assert [values[f"row{at:02}_label"] for at in range(1, 7)] == [
        "普通徴収　第1期",
        "普通徴収　随時第1期",
        "給与特別徴収　6月分",
        "給与特別徴収　5月分",
        "年金特別徴収　2月分",
        "以下余白",
    ]
    assert (values["special_paid"], values["pension_upcoming"]) == ("68,300", "20,000")


def test_an_overpayment_is_noted_and_not_counted() -> None:
    facts = payment_facts(resident(), tax(), four_terms((64_300, 62_000, 62_000, 61_000)), HEADING, as_of=AS_OF)
    assert facts.values["paid"] == "248,300"
    assert any("過誤納金1,000円" in remark for remark in facts.remarks)


def test_an_overpayment_that_was_given_back_is_noted_as_such() -> None:
    first, *others = four_terms((64_300, 62_000, 62_000, 61_000))
    half = payment_facts(
        resident(), tax(), [replace_row(first, amount_refunded=400), *others], HEADING, as_of=AS_OF
    ).remarks
    assert [remark for remark in half if "過誤納" in remark] == [
        "ほかに過誤納金600円があります（還付又は充当の対象）。",
        "ほかに納付された過誤納金400円は、還付又は充当済みです。",
    ]
    whole = payment_facts(
        resident(), tax(), [replace_row(first, amount_refunded=1_000), *others], HEADING, as_of=AS_OF
    ).remarks
    assert sum("過誤納" in remark for remark in whole) == 1


@pytest.mark.parametrize("count", [ROWS - 1, ROWS, ROWS + 1, ROWS + 40])
def test_no_instalment_is_lost_however_many_there_are(count: int) -> None:
    rows = [instalment(at, date(2025, 6, 30), 1_000 + at, 0) for at in range(1, count + 1)]
    facts = payment_facts(resident(), tax(annual_tax=sum(row.amount_due for row in rows)), rows, HEADING, as_of=AS_OF)
    labels = [facts.values[f"row{at:02}_label"] for at in range(1, ROWS + 1)]
    in_table = [label for label in labels if label.startswith("普通徴収")]
    below = [remark for remark in facts.remarks if remark.startswith("普通徴収　")]
    assert len(in_table) + len(below) == count
    assert ("以下余白" in labels) == (count < ROWS)
    assert ("以下は備考欄に記載" in labels) == (count > ROWS)
    if count > ROWS:
        last = f"{1_000 + count:,}円"
        assert below[-1] == (
            f"普通徴収　随時第{count - 4}期　納期限令和7年6月30日　納付すべき額{last}　納付済額0円　"
            f"未納額{last}（納期到来分）"
        )


@given(st.lists(st.integers(0, 400_000), min_size=4, max_size=4), st.dates(date(2025, 4, 1), date(2026, 12, 31)))
def test_what_is_due_is_paid_or_unpaid(paid: list[int], as_of: date) -> None:
    rows = four_terms((paid[0], paid[1], paid[2], paid[3]))
    values = payment_facts(resident(), tax(), rows, HEADING, as_of=as_of).values
    total, *parts = (int(values[name].replace(",", "")) for name in ("annual_tax", "paid", "overdue", "upcoming"))
    assert total == sum(parts) == 248_300
    for column, name in (("amount", "annual_tax"), ("paid", "paid"), ("overdue", "overdue"), ("upcoming", "upcoming")):
        assert sum(int(values[f"row{at:02}_{column}"].replace(",", "")) for at in range(1, 5)) == int(
            values[name].replace(",", "")
        )


def test_no_payment_certificate_for_an_exempt_year() -> None:
    with pytest.raises(MadoguchiError, match="payment_of_exempt_year"):
        payment_facts(resident(), tax(annual_tax=0), [], HEADING, as_of=AS_OF)


def test_a_year_remitted_to_zero_still_has_one() -> None:
    facts = payment_facts(resident(), tax(annual_tax=0, remission=248_300), [], HEADING, as_of=AS_OF)
    assert (facts.values["annual_tax"], facts.values["row01_label"]) == ("0", "以下余白")


def test_payment_refuses_rows_that_do_not_belong_together() -> None:
    of_another = [*four_terms()[:3], instalment(4, date(2026, 2, 2), 61_000, 0, addressee_number="0000000002")]
    of_another_year = [*four_terms()[:3], instalment(4, date(2026, 2, 2), 61_000, 0, fiscal_year=2024)]
    for rows in (of_another, of_another_year, four_terms()[:3]):
        with pytest.raises(MadoguchiError, match="facts_inconsistent"):
            payment_facts(resident(), tax(), rows, HEADING, as_of=AS_OF)
    with pytest.raises(MadoguchiError, match="facts_inconsistent"):
        payment_facts(resident(addressee_number="0000000002"), tax(), four_terms(), HEADING, as_of=AS_OF)


@pytest.mark.parametrize(
    "text",
    ["山田\n太郎", "山田\u200b太郎", "\U000e0102山田", "山\ud842", "\ue000", "辻\U000e0102\U000e0103", " \U000e0102"],
)
def test_invisible_text_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(MadoguchiError, match=r"text_unprintable: name$") as caught:
        printed(text, field_name="name")
    assert text not in str(caught.value)


def test_runs_of_spaces_print_as_one() -> None:
    assert printed("  JOHN \u00a0  SMITH ", field_name="name") == "JOHN SMITH"
    assert printed("髙橋　花子", field_name="name") == "髙橋　花子"


def test_the_page_description_is_deterministic_and_complete() -> None:
    facts = taxation_facts(resident(), tax(remarks="更正後"), HEADING)
    described = decode_plain(page_description(facts))
    assert described["layout"] == facts.layout
    assert described["values"] == dict(facts.values)
    assert described["remarks"] == ["更正後"]
    assert page_description(with_values(facts)) == page_description(facts)
    assert page_description(with_values(facts, annual_tax="1")) != page_description(facts)


def test_facts_cannot_be_changed() -> None:
    facts = taxation_facts(resident(), tax(), HEADING)
    with pytest.raises(TypeError):
        facts.values["annual_tax"] = "0"  # type: ignore[index]


def test_kinds_name_their_papers() -> None:
    assert TAXATION.title.ja == "課税証明書"
    assert PAYMENT.exempt_title is None
