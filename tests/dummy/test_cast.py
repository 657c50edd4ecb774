"""Every named case is what its name says."""

from __future__ import annotations

from datetime import date

import pytest

from madoguchi.dummy import AS_OF
from madoguchi.dummy.names import LONG_LATIN, VARIANT_FAMILY
from madoguchi.records import (
    CaGeneration,
    Collection,
    Disability,
    Medium,
    Removal,
    SerialStatus,
    SpouseKind,
    TaxStatus,
    Widowhood,
)
from madoguchi.runtime.fonts import find_fonts
from tests.dummy.conftest import Ward

IPAMJ = find_fonts()[0]
SELECTORS = range(0xE0100, 0xE01F0)


@pytest.mark.parametrize(
    ("case", "beginning"),
    [
        ("yoshida_u20bb7", "\U00020bb7田"),
        ("hashigo_taka", "\u9ad9橋"),
        ("tatsu_saki", "宮\ufa11"),
        ("ivs_tsuji", "辻\U000e0102"),
        ("ivs_katsu", "葛\U000e0103"),
        ("ivs_nabe_908a", "渡\u908a\U000e0108"),
        ("ivs_nabe_9089", "渡\u9089\U000e0113"),
        ("undrawable_character", "\ue7b5"),
        ("foreign_selector", "辻\U000e0100"),
    ],
)
def test_characters(ward: Ward, case: str, beginning: str) -> None:
    assert ward.resident(case).name.startswith(beginning)


def test_long_and_short_names(ward: Ward) -> None:
    assert len(LONG_LATIN) >= 60
    assert ward.resident("long_latin_name").name == LONG_LATIN
    assert len(ward.resident("one_character_name").name) == 1
    assert " " not in ward.resident("no_family_name").name
    assert ward.resident("alias").alias
    assert len(ward.resident("moved_within_ward").address) > 45


def test_every_character_and_selector_of_the_names_is_in_ipamj(ward: Ward) -> None:
    from fontTools.ttLib import TTFont

    with TTFont(IPAMJ, lazy=True) as font:
        plain = set(font.getBestCmap())
        (variation,) = (each for each in font["cmap"].tables if each.format == 14)
        pairs = {(base, selector) for selector, listed in variation.uvsDict.items() for base, _ in listed}
    refused = {ward.cases["undrawable_character"], ward.cases["foreign_selector"]}
    names = [each.name + each.alias for each in ward.records.residents if each.addressee_number not in refused]
    for name in [*names, *(family for family, _ in VARIANT_FAMILY)]:
        for place, character in enumerate(name):
            if ord(character) in SELECTORS:
                assert (ord(name[place - 1]), ord(character)) in pairs
            else:
                assert ord(character) in plain
    assert (ord("辻"), 0xE0100) not in pairs
    assert 0xE7B5 not in plain


def test_the_family(ward: Ward) -> None:
    head = ward.tax("family_head")
    assert head.spouse is SpouseKind.GENERAL
    assert (head.dependants_specific, head.dependants_general, head.dependants_under_16) == (1, 1, 1)
    assert head.dependants_elderly_cohabiting == 1
    assert head.annual_tax
    home = ward.resident("family_head").household_number
    assert ward.resident("elderly_parent").household_number == home


def test_an_undeclared_dependant_has_no_income_and_tax_0(ward: Ward) -> None:
    spouse = ward.tax("dependant_undeclared")
    assert spouse.status is TaxStatus.DEPENDANT_UNDECLARED
    assert (spouse.employment_income, spouse.total_income, spouse.annual_tax) == (None, None, 0)
    assert spouse.non_taxable


def test_under_15_has_a_card_and_no_record(ward: Ward) -> None:
    child = ward.resident("under_15")
    assert child.birth_date > date(AS_OF.year - 15, AS_OF.month, AS_OF.day)
    assert ward.serials("under_15")[0].status is SerialStatus.VALID
    assert not any(each.addressee_number == child.addressee_number for each in ward.records.taxes)


def test_incomes(ward: Ward) -> None:
    assert ward.tax("plain").annual_tax
    assert ward.tax("non_taxable").non_taxable
    assert ward.tax("pension").pension_income
    both = ward.tax("pension_and_wages")
    assert both.pension_income
    assert both.income_adjustment == 100_000
    assert ward.tax("high_income").deduction_basic == 0
    assert ward.tax("spouse_not_deductible").spouse is SpouseKind.SAME_LIVELIHOOD
    assert ward.tax("spouse_not_deductible", 2025).fixed_sum_reduction == 10_000
    assert ward.tax("spouse_special").deduction_spouse_special
    assert ward.tax("single_parent").own_widowhood is Widowhood.SINGLE_PARENT
    assert ward.tax("single_parent", 2020).own_widowhood is Widowhood.SPECIAL_WIDOW
    assert ward.tax("disabled").own_disability is Disability.SPECIAL
    assert ward.tax("minor_worker").own_minor
    assert ward.tax("minor_worker").non_taxable


def test_refusals(ward: Ward) -> None:
    assert ward.resident("suppressed").suppression
    assert ward.resident("moved_out").removal is Removal.MOVED_OUT
    assert ward.resident("moved_out").address.startswith("架空県")
    assert ward.resident("died").removal is Removal.DIED
    assert ward.resident("deleted").removal is Removal.DELETED
    assert ward.tax("undeclared").status is TaxStatus.UNDECLARED
    assert ward.tax("undeclared").annual_tax is None
    assert ward.tax("under_correction").status is TaxStatus.UNDER_CORRECTION
    assert not ward.tax("not_levied_here").levied_here
    assert ward.tax("not_levied_here", 2025).levied_here


def test_the_address_on_the_assessment_date_may_be_another(ward: Ward) -> None:
    assert ward.tax("moved_within_ward").address_on_assessment_date != ward.resident("moved_within_ward").address


def test_payments(ward: Ward) -> None:
    overdue = ward.instalments("overdue")
    assert [each.amount_paid for each in overdue] == [0, 0, 0, 0]
    assert [each.due_date < AS_OF for each in overdue] == [True, True, True, False]
    assert [each.due_date for each in overdue] == [
        date(2026, 6, 30),
        date(2026, 8, 31),
        date(2026, 11, 2),  # October 31 is a Saturday
        date(2027, 2, 1),  # January 31 is a Sunday
    ]
    assert all(each.amount_paid == each.amount_due for each in ward.instalments("paid_in_full"))
    assert [bool(each.amount_paid) for each in ward.instalments("not_yet_due")] == [True, True, True, False]
    assert ward.instalments("overpaid")[0].amount_paid == 2 * ward.instalments("overpaid")[0].amount_due
    partly = ward.instalments("partly_paid")[0]
    assert 0 < partly.amount_paid < partly.amount_due
    assert ward.tax("remitted").annual_tax == 0
    assert not ward.tax("remitted").non_taxable


def test_a_loss_that_nothing_takes_up(ward: Ward) -> None:
    row = ward.tax("business_loss")
    assert (row.business_income, row.total_income, row.gross_income) == (-1_234_567, 0, 0)
    assert row.non_taxable
    assert ward.tax("business_loss", 2025).annual_tax


def test_a_loss_carried_over(ward: Ward) -> None:
    assert ward.tax("carried_over_loss", 2025).business_income == -1_800_000
    row = ward.tax("carried_over_loss")
    assert (row.total_income, row.loss_carried_over, row.gross_income) == (4_512_300, 1_800_000, 2_712_300)
    assert (row.family_employee_deduction, row.deduction_small_enterprise) == (860_000, 840_000)


def test_shares_and_dividends(ward: Ward) -> None:
    row = ward.tax("shareholder")
    # wages 5,400,000: 3,880,000; all of it: 3,880,000 + 340,000 + 410,000 + 1,250,300 + 286,000 + 95,000
    assert (row.employment_income, row.total_income) == (3_880_000, 6_261_300)
    assert (row.loss_carried_over, row.gross_income) == (450_000, 5_811_300)
    # 1,250,300 - 450,000 is floored to 800,000
    assert row.tax_base_separate == 410_000 + 800_000 + 286_000 + 95_000
    # 1.6 % and 1.2 % of 340,000
    assert (row.dividend_credit, row.levy_at_source_credit) == (9_520, 54_300)


def test_a_landlords_loss_is_taken_from_the_wages(ward: Ward) -> None:
    row = ward.tax("landlord")
    # wages 6,200,000: 4,520,000
    assert (row.employment_income, row.real_estate_income, row.total_income) == (4_520_000, -712_000, 3_808_000)
    assert ward.tax("landlord", 2025).real_estate_income == 3_120_000


def test_a_working_student(ward: Ward) -> None:
    for year in (2025, 2026):
        row = ward.tax("working_student", year)
        assert row.own_student
        assert row.deduction_student == 260_000
    assert not ward.tax("plain").own_student


def test_a_housing_loan_and_gifts(ward: Ward) -> None:
    row = ward.tax("housing_loan")
    assert row.housing_credit == 118_400
    assert row.donation_credit
    # new life 28,000, care 18,000 and old annuity 35,000 stop at 70,000; half of 38,000
    assert (row.deduction_life_insurance, row.deduction_earthquake) == (70_000, 19_000)
    assert ward.tax("housing_loan", 2024).fixed_sum_reduction == 10_000


def test_other_affairs(ward: Ward) -> None:
    farmer = ward.tax("farmer")
    incomes = (farmer.agriculture_income, farmer.forestry_income, farmer.misc_business_income)
    assert incomes == (1_830_000, 640_000, 75_000)
    assert ward.tax("farmer", 2020).misc_other_income == 84_800
    land = ward.tax("land_sale")
    assert (land.transfer_occasional_income, land.tax_base_separate) == (180_000, 11_105_000)
    assert ward.tax("retired_abroad").foreign_credit == 31_000
    ill = ward.tax("medical_and_casualty")
    # income 3,560,000: a tenth of it off 980,000, and 100,000 off 463,800
    assert (ill.deduction_casualty, ill.deduction_medical) == (624_000, 363_800)


def test_what_was_overpaid_and_given_back(ward: Ward) -> None:
    first = ward.instalments("refunded")[0]
    assert first.amount_refunded == first.amount_paid - first.amount_due > 0
    assert ward.instalments("overpaid")[0].amount_refunded == 0


def test_collections(ward: Ward) -> None:
    special = ward.instalments("plain")
    assert [each.instalment for each in special] == list(range(1, 13))
    assert {each.collection for each in special} == {Collection.SPECIAL}
    assert special[0].due_date == date(2026, 7, 10)
    assert special[-1].due_date == date(2027, 6, 10)
    assert [each.instalment for each in ward.instalments("plain", 2024)] == list(range(2, 13))  # 定額減税: from July
    assert {each.collection for each in ward.instalments("pension")} == {Collection.PENSION}


def test_cards(ward: Ward) -> None:
    assert {each.medium for each in ward.serials("card_and_phone")} == set(Medium)
    assert [each.status for each in ward.serials("renewed_card")] == [SerialStatus.SUPERSEDED, SerialStatus.VALID]
    assert ward.serials("revoked_card")[0].status is SerialStatus.REVOKED
    assert ward.serials("expired_card")[0].valid_until < AS_OF
    (plain,) = ward.serials("plain")
    assert plain.valid_until > AS_OF


def test_two_people_share_a_serial_number_under_two_generations(ward: Ward) -> None:
    (first,), (second,) = ward.serials("same_serial_g1"), ward.serials("same_serial_g2")
    assert first.serial == second.serial
    assert (first.ca_generation, second.ca_generation) == (CaGeneration.G1, CaGeneration.G2)
    assert first.addressee_number != second.addressee_number
